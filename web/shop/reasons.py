"""Why something is not possible, in the customer's words, with the smallest changes that help."""

from __future__ import annotations

from catalog.product import Attribute, Value
from catalog.text import Text
from web import formatting
from web.shop.answer import Answer, Reason, Repair
from web.shop.parts import Against, Delta, Fix, Why
from web.shop.sections import Place, deltas
from web.shop.wording import (
    attribute_title,
    choice_words,
    figure_words,
    inside_sentence,
    is_yes_no,
    option_title,
    taken_words,
    value_words,
)
from web.words import gettext as _

MOST_FIXES = 3
_MOST_OBSTACLES = 6


def build_why(place: Place) -> Why | None:
    """Build the panel of the option that the query asks about; None when nothing is to be explained."""
    answer = place.answer
    if answer.why is None:
        return None
    code, _colon, option = place.query.view.why.partition(":")
    attribute = answer.version.definition.attribute(code)
    if attribute is None or attribute.option(option) is None:
        return None
    others = tuple(name for name in answer.why.attributes if name != code)
    sentences = _sentences(answer.why)
    if not others and not sentences:
        sentences = (_("The rules of this product leave no such variant, whatever else is chosen."),)
    return Why(
        title=attribute_title(attribute) if is_yes_no(attribute) else option_title(attribute, option),
        words="",
        sentences=sentences,
        against=_against(answer, answer.why, others),
        fixes=tuple(_fix(place, repair, also={code: option}) for repair in answer.why.repairs[:MOST_FIXES]),
    )


def build_conflict(place: Place) -> Why | None:
    """Build the panel of choices that contradict each other; None when they do not."""
    reason = place.answer.conflict
    if reason is None or place.answer.is_void:
        return None
    return Why("", "", _sentences(reason), _against(place.answer, reason, reason.attributes),
               tuple(_fix(place, repair, also={}) for repair in reason.repairs[:MOST_FIXES]))


def obstacles(answer: Answer) -> tuple[str, ...]:
    """Say in sentences why choices lead to no product: entries that cannot be read, or choices that contradict."""
    named = ((answer.version.definition.attribute(code), words) for code, words in answer.input_errors.items())
    wrong = tuple(f"{attribute_title(item)}: {words}" for item, words in named if item is not None)
    reason = answer.conflict
    if reason is None or answer.is_void:
        return wrong[:_MOST_OBSTACLES]
    items = ((answer.version.definition.attribute(code), reason.values.get(code)) for code in reason.attributes)
    against = [choice_words(item, value) for item, value in items if item is not None and value is not None]
    clash = _("These choices cannot stand together: %(choices)s", choices=formatting.enumerated(against)) \
        if against else _("These choices cannot stand together")
    return (*wrong, clash, *_sentences(reason))[:_MOST_OBSTACLES]


def _sentences(reason: Reason) -> tuple[str, ...]:
    told = (f"{text.in_language(formatting.language())} {_figures(reason, text)}".strip() for text in reason.rules)
    return tuple(dict.fromkeys(sentence for sentence in told if sentence))


def _figures(reason: Reason, rule: Text) -> str:
    """Say what the figures that a rule limits would be; empty when it limits none."""
    named = [figure_words(figure) for figure in reason.figures.get(rule, ())]
    written = [f"{inside_sentence(title)} {words}" for title, words in named]
    return _("With your choices: %(figures)s.", figures=formatting.and_words(written)) if written else ""


def _against(answer: Answer, reason: Reason, attributes: tuple[str, ...]) -> tuple[Against, ...]:
    found = []
    for code in attributes:
        attribute = answer.version.definition.attribute(code)
        value = reason.values.get(code)
        if attribute is not None and value is not None:
            title = inside_sentence(attribute_title(attribute))
            words = "" if is_yes_no(attribute) else _("is your choice of %(attribute)s", attribute=title)
            found.append(Against(taken_words(attribute, value), words))
    return tuple(found)


def _fix(place: Place, repair: Repair, *, also: dict[str, str]) -> Fix:
    definition = place.answer.version.definition
    changes = [(attribute, *values) for code, values in repair.changes.items()
               if (attribute := definition.attribute(code)) is not None]
    query = place.query.choosing({attribute.code: _typed(after) for attribute, _before, after in changes} | also)
    return Fix(title=_title(place, also, [_taken(attribute, after) for attribute, _before, after in changes]),
               changes=tuple(_change(attribute, before, after) for attribute, before, after in changes),
               effects=_effects(place, repair), url=place.url(query))


def _taken(attribute: Attribute, value: Value) -> str:
    """Write a value as a thing that is taken; a number is no thing without its name."""
    words = taken_words(attribute, value)
    return words if isinstance(value, str) else f"{inside_sentence(attribute_title(attribute))} {words}"


def _change(attribute: Attribute, before: Value, after: Value) -> str:
    return _("%(attribute)s: %(before)s → %(after)s", attribute=attribute_title(attribute),
             before=value_words(attribute, before), after=value_words(attribute, after))


def _effects(place: Place, repair: Repair) -> tuple[Delta, ...]:
    """Say what a repair changes in price, day and footprint; in a conflict what they are, for want of a present."""
    if place.answer.conflict is None:
        return deltas(repair.difference)
    day = "" if repair.promised_on is None else formatting.day(repair.promised_on)
    footprint = f"{formatting.mass(repair.co2_grams)} kg CO₂e" if repair.co2_grams else ""
    return tuple(Delta(label, "zero", words) for label, words in (
        (_("price"), formatting.money(repair.price)), (_("date"), day), ("CO₂e", footprint)) if words)


def _title(place: Place, also: dict[str, str], set_to: list[str]) -> str:
    changes = formatting.and_words(set_to)
    for code, option in also.items():
        attribute = place.answer.version.definition.attribute(code)
        if attribute is not None:
            chosen = attribute_title(attribute) if is_yes_no(attribute) else option_title(attribute, option)
            return _("%(option)s with %(changes)s", option=chosen, changes=changes) if set_to else chosen
    return changes


def _typed(value: Value) -> str:
    return value if isinstance(value, str) else formatting.plain_number(value)
