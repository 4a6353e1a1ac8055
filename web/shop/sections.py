"""The questions of the configurator: sections with option rows, number fields and swatches."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from markupsafe import Markup

from catalog.product import Attribute, AttributeKind, Group, Option
from configurator.configuration import NumberDomain, OptionState
from configurator.input import REPEATED
from web import formatting
from web.drawings import draw_option
from web.shop.answer import Answer, Difference
from web.shop.parts import Delta, NumberField, OptionRow, RowState, Section, Step, Why
from web.shop.query import Query
from web.shop.recommendations import caution_words, recommended_words
from web.shop.ruler import describe_domain, draw_scale
from web.shop.wording import NO, YES, attribute_title, brief_words, element_id, is_yes_no, option_title
from web.words import gettext as _
from web.words import ngettext

_STATES: Mapping[OptionState, RowState] = {
    OptionState.CHOSEN: "chosen", OptionState.FORCED: "implied", OptionState.AVAILABLE: "available",
    OptionState.EXCLUDED: "excluded",
}
_ICONS = {"warranty": "lock", "maintenance": "clock", "installation": "user", "spare_kit": "machine",
          "certificate": "doc", "take_back": "leaf", "monitoring": "eye", "pay_per_use": "coin", "uptime": "flag",
          "energy_share": "leaf", "medium": "swap", "seal": "open", "material": "machine"}
_LEAST_COMPACT = 4
_MOST_REASONS = 2
_SWATCHES = frozenset({"colour", "color"})


@dataclass(frozen=True, slots=True)
class Place:
    """Where rows are drawn: the answer, its query, the page's address, and the panel that stands open."""

    answer: Answer
    query: Query
    address: str
    why: Why | None = None

    def url(self, query: Query) -> str:
        """Give the address of another query on the same page."""
        encoded = query.encode()
        return f"{self.address}?{encoded}" if encoded else self.address


def build_sections(place: Place) -> tuple[Section, ...]:
    """Build the sections of every group in the product's order; ungrouped attributes come last."""
    return tuple(section for group in groups_of(place.answer) for section in _group_sections(place, group))


def build_steps(place: Place) -> tuple[Step, ...]:
    """Build the bar of steps: a group is done when each of its attributes is chosen or follows from others."""
    steps = []
    for group in groups_of(place.answer):
        attributes = _attributes(place.answer, group)
        if attributes:
            first = _blocks(attributes)[0]
            steps.append(Step(section_id(first[0]), group.title.in_language(formatting.language()) or group.code,
                              all(is_settled(place.answer, attribute) for attribute in attributes)))
    return tuple(steps)


def groups_of(answer: Answer) -> tuple[Group, ...]:
    """Give the product's groups, and one more for attributes that no group names."""
    definition = answer.version.definition
    named = {code for group in definition.groups for code in group.attributes}
    rest = tuple(attribute.code for attribute in definition.attributes if attribute.code not in named)
    return definition.groups + ((Group("", definition.title, rest),) if rest else ())


def is_settled(answer: Answer, attribute: Attribute) -> bool:
    """Whether nothing is open about an attribute: chosen, set by other choices, or a single value."""
    if attribute.code in answer.selection:
        return True
    if attribute.kind is AttributeKind.CHOICE:
        states = answer.options.get(attribute.code, {})
        return OptionState.FORCED in states.values()
    if attribute.kind is AttributeKind.TEXT:
        return attribute.code not in answer.input_errors
    domain = answer.numbers.get(attribute.code)
    return domain is not None and domain.minimum == domain.maximum


def section_id(attribute: Attribute) -> str:
    """Give the id of the section in which an attribute is asked."""
    return element_id("ask", attribute.code)


def _group_sections(place: Place, group: Group) -> Iterable[Section]:
    attributes = _attributes(place.answer, group)
    blocks = _blocks(attributes)
    title = group.title.in_language(formatting.language()) or group.code
    for block in blocks:
        first = block[0]
        is_joined = len(block) > 1 or is_yes_no(first)
        heading = title if len(blocks) == 1 or is_joined else attribute_title(first)
        if is_yes_no(first):
            yield _flags(place, block, heading)
        elif first.kind is AttributeKind.CHOICE:
            yield _options(place, first, heading)
        else:
            yield Section(section_id(first), heading, "", first.help.in_language(formatting.language()), "numbers",
                          fields=tuple(_field(place, attribute) for attribute in block))


def _attributes(answer: Answer, group: Group) -> list[Attribute]:
    definition = answer.version.definition
    return [attribute for code in group.attributes if (attribute := definition.attribute(code)) is not None]


def _blocks(attributes: list[Attribute]) -> list[list[Attribute]]:
    """Join what is asked together: numbers and texts, or yes/no questions; each block stands where it begins."""
    blocks: list[list[Attribute]] = []
    for attribute in attributes:
        kind = _block_kind(attribute)
        block = next((block for block in blocks if kind and _block_kind(block[0]) == kind), None)
        if block is None:
            blocks.append([attribute])
        else:
            block.append(attribute)
    return blocks


def _block_kind(attribute: Attribute) -> str:
    if attribute.kind is AttributeKind.CHOICE:
        return "flags" if is_yes_no(attribute) else ""
    return "numbers"


def _options(place: Place, attribute: Attribute, heading: str) -> Section:
    is_chosen = attribute.code in place.answer.selection
    rows = tuple(option_row(place, attribute, option) for option in attribute.options)
    possible = sum(row.state != "excluded" for row in rows)
    words = (ngettext("%(num)s kind", "%(num)s kinds", len(rows)) if possible == len(rows)
             else _("%(possible)s of %(all)s possible now", possible=possible, all=len(rows)))
    return Section(section_id(attribute), heading, words, attribute.help.in_language(formatting.language()),
                   "swatches" if _is_compact(attribute) else "options", rows=rows,
                   open_url=place.url(place.query.opening(attribute.code)) if is_chosen else "",
                   mistakes=mistakes(place, [attribute]))


def _is_compact(attribute: Attribute) -> bool:
    """Whether options are told by their names alone, so that they stand side by side instead of in rows."""
    return attribute.code in _SWATCHES or (len(attribute.options) >= _LEAST_COMPACT
                                           and not any(option.help for option in attribute.options))


def _flags(place: Place, attributes: list[Attribute], heading: str) -> Section:
    rows = []
    for attribute in attributes:
        option = attribute.option(YES)
        if option is not None:
            rows.append(option_row(place, attribute, option, is_flag=True))
    return Section(section_id(attributes[0]), heading, "", "", "flags", rows=tuple(rows),
                   mistakes=mistakes(place, attributes))


def mistakes(place: Place, attributes: Sequence[Attribute]) -> tuple[str, ...]:
    """Say what is wrong with entries, at most 20 of them; an attribute asked alone is not named."""
    errors = [(attribute, place.answer.input_errors[attribute.code]) for attribute in attributes
              if attribute.code in place.answer.input_errors][:20]
    if len(attributes) == 1:
        return tuple(words for _attribute, words in errors)
    return tuple(f"{attribute_title(attribute)}: {words}" for attribute, words in errors)


def option_row(place: Place, attribute: Attribute, option: Option, *, is_flag: bool = False) -> OptionRow:
    """Build the row of an option.

    Parameters
    ----------
    place
        Where the row is drawn.
    attribute, option
        What it offers; for a yes/no attribute its yes.
    is_flag
        Name the row after the attribute, as a yes/no question is asked.
    """
    answer = place.answer
    state = _STATES[answer.options.get(attribute.code, {}).get(option.code, OptionState.AVAILABLE)]
    asked = f"{attribute.code}:{option.code}"
    row_id = element_id(attribute.code, option.code)
    is_asked = place.query.view.why == asked and place.why is not None
    language = formatting.language()
    is_proposed = (state == "available" and attribute.code not in answer.selection
                   and answer.whole.get(attribute.code) == option.code)
    return OptionRow(
        id=row_id,
        attribute=attribute.code,
        code=option.code,
        title=attribute_title(attribute) if is_flag else option_title(attribute, option.code),
        help=(attribute.help if is_flag and attribute.help else option.help).in_language(language),
        state=state,
        is_proposed=is_proposed,
        picture=Markup(draw_option(attribute.code, option.code, picture=option.picture)),  # noqa: S704  # our own SVG
        icon=_ICONS.get(attribute.code, ""),
        deltas=deltas(answer.differences.get((attribute.code, option.code))) if state == "available" else (),
        set_by=set_by(answer, attribute) if state == "implied" else "",
        because=_because(answer, attribute) if state == "implied" else "",
        way_in=_way_in(answer, attribute, option) if state == "excluded" else "",
        why_url=_why_url(place, "" if is_asked else asked, row_id) if state == "excluded" else "",
        why=place.why if is_asked else None,
        recommended=recommended_words(answer, attribute, option.code),
        caution=_caution(answer, attribute, option.code, is_flag=is_flag),
    )


def _caution(answer: Answer, attribute: Attribute, code: str, *, is_flag: bool) -> str:
    """Word the caution of a row; the row of a yes/no question speaks for its no as well."""
    words = caution_words(answer, attribute, code)
    is_recommended = bool(recommended_words(answer, attribute, code))
    return words or (caution_words(answer, attribute, NO) if is_flag and not is_recommended else "")


def _why_url(place: Place, asked: str, row_id: str) -> str:
    return f"{place.url(place.query.asking(asked))}#{row_id}-row"


def deltas(difference: Difference | None) -> tuple[Delta, ...]:
    """Write the differences of an option in the order price, date, footprint; what is unknown is left blank."""
    if difference is None:
        return ()
    price, days, grams = difference.price, difference.days, difference.co2_grams
    return (
        _delta(_("price"), None if price is None else price.amount_minor,
               "" if price is None else formatting.money_difference(price)),
        _delta(_("date"), days, "" if days is None else formatting.day_difference(days)),
        _delta("CO₂e", grams, "" if grams is None else formatting.mass_difference(grams)),
    )


def set_by(answer: Answer, attribute: Attribute) -> str:
    """Say which choices set an attribute."""
    definition = answer.version.definition
    names = []
    source = answer.causes.get(attribute.code)
    for code in source.attributes if source is not None else ():
        cause = definition.attribute(code)
        value = answer.selection.get(code)
        if cause is not None and value is not None:
            names.append(brief_words(cause, value))
    if not names:
        return _("Set by your other choices") if answer.selection else _("Always so")
    if len(names) > 2:
        return _("Set by %(first)s and %(count)s more", first=names[0], count=len(names) - 1)
    return _("Set by %(names)s", names=_(" and ").join(names))


def _because(answer: Answer, attribute: Attribute) -> str:
    """Give the reasons of the rules by which a value follows, at most two of them."""
    source = answer.causes.get(attribute.code)
    reasons = [rule.in_language(formatting.language()) for rule in source.rules] if source is not None else []
    return " ".join([reason for reason in dict.fromkeys(reasons) if reason][:_MOST_REASONS])


def _way_in(answer: Answer, attribute: Attribute, option: Option) -> str:
    asked = (attribute.code, option.code)
    if asked not in answer.changes_needed:
        return ""
    number = answer.changes_needed[asked]
    if number is None:
        return _("Not possible with any choices")
    return ngettext("Possible if you change %(num)s choice", "Possible if you change %(num)s choices", number)


def _delta(label: str, value: int | None, words: str) -> Delta:
    if value is None or words == "±0":
        return Delta(label, "zero", words)
    return Delta(label, "less" if value < 0 else "more", words)


def _field(place: Place, attribute: Attribute) -> NumberField:
    answer, code = place.answer, attribute.code
    error = answer.input_errors.get(code, "")
    chosen = answer.selection.get(code)
    raw = place.query.choices.get(code, "").replace(REPEATED, " ")
    value = raw if error or chosen is None else _typed(chosen)
    proposed = answer.whole.get(code)
    if attribute.kind is AttributeKind.TEXT:
        return NumberField(element_id(code), code, attribute_title(attribute), "", value, "",
                           error or _text_limits(attribute, value), bool(error), None, attribute.max_length)
    domain = answer.numbers.get(code) or NumberDomain(((attribute.minimum, attribute.maximum),), attribute.step)
    needle = chosen if isinstance(chosen, Fraction) else proposed if isinstance(proposed, Fraction) else None
    scale = draw_scale(domain, minimum=attribute.minimum, maximum=attribute.maximum, value=needle,
                       is_proposed=chosen is None)
    limits = error or number_limits(attribute, domain)
    return NumberField(element_id(code), code, attribute_title(attribute), attribute.unit, value,
                       _typed(proposed) if isinstance(proposed, Fraction) else "", limits, bool(error), scale)


def number_limits(attribute: Attribute, domain: NumberDomain) -> str:
    """Say where a number may move, and whether other choices set its limits."""
    words = describe_domain(domain, attribute.unit)
    is_narrowed = domain.minimum > attribute.minimum or domain.maximum < attribute.maximum or len(domain.intervals) > 1
    if is_narrowed:
        return _("%(range)s. Other choices set these limits.", range=words)
    return _("%(range)s.", range=words)


def _text_limits(attribute: Attribute, value: str) -> str:
    return _("%(used)s of %(most)s characters used.", used=len(value), most=attribute.max_length)


def _typed(value: object) -> str:
    return formatting.plain_number(value) if isinstance(value, Fraction) else str(value)


def hidden_fields(answer: Answer, query: Query, shown: frozenset[str], *,
                  has_delivery: bool, has_pieces: bool) -> tuple[tuple[str, str], ...]:
    """Give the fields that carry what no control of the page shows: choices elsewhere, a chosen no, the view.

    Parameters
    ----------
    answer, query
        The page's answer and its query.
    shown
        Attributes that have a control on this page.
    has_delivery, has_pieces
        Whether the page asks for the place, and for the quantity with it.
    """
    definition = answer.version.definition
    fields = []
    for code, raw in sorted(query.choices.items()):
        attribute = definition.attribute(code)
        is_plain_no = raw == NO and attribute is not None and is_yes_no(attribute)
        if code not in shown or is_plain_no:
            fields.append((code, raw))
    view = query.view
    if view.alternative:
        fields.append((".plan", view.alternative))
    if view.destination and not has_delivery:
        fields.append((".to", view.destination))
    if view.pieces and not (has_delivery and has_pieces):
        fields.append((".pieces", view.pieces))
    if view.draft:
        fields.append((".draft", view.draft))
    return tuple(fields)
