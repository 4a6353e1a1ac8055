"""Why something is not possible, in the customer's words, with the smallest changes that help."""

from __future__ import annotations

from catalog.product import Value
from web import formatting
from web.shop.answer import Answer, Reason, Repair
from web.shop.parts import Against, Fix, Why
from web.shop.sections import Place, deltas
from web.shop.wording import attribute_title, choice_words, option_title, value_words
from web.words import gettext as _
from web.words import ngettext

MOST_FIXES = 3


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
    return Why(
        title=choice_words(attribute, option),
        words="" if others else _("is not offered with this product"),
        sentences=_sentences(answer.why),
        against=_against(answer, answer.why, others),
        fixes=tuple(_fix(place, repair, also={code: option}) for repair in answer.why.repairs[:MOST_FIXES]),
    )


def build_conflict(place: Place) -> Why | None:
    """Build the panel of choices that contradict each other; None when they do not."""
    reason = place.answer.conflict
    if reason is None:
        return None
    return Why("", "", _sentences(reason), _against(place.answer, reason, reason.attributes),
               tuple(_fix(place, repair, also={}) for repair in reason.repairs[:MOST_FIXES]))


def _sentences(reason: Reason) -> tuple[str, ...]:
    told = (text.in_language(formatting.language()) for text in reason.rules)
    return tuple(dict.fromkeys(sentence for sentence in told if sentence))


def _against(answer: Answer, reason: Reason, attributes: tuple[str, ...]) -> tuple[Against, ...]:
    found = []
    for code in attributes:
        attribute = answer.version.definition.attribute(code)
        value = reason.values.get(code)
        if attribute is not None and value is not None:
            found.append(Against(value_words(attribute, value),
                                 _("is your choice for %(attribute)s", attribute=attribute_title(attribute))))
    return tuple(found)


def _fix(place: Place, repair: Repair, *, also: dict[str, str]) -> Fix:
    definition = place.answer.version.definition
    set_to, left_open = [], []
    for code, value in repair.changes.items():
        attribute = definition.attribute(code)
        if attribute is None:
            continue
        if value is None:
            left_open.append(attribute_title(attribute))
        else:
            set_to.append(choice_words(attribute, value))
    query = place.query.choosing({code: _typed(value) for code, value in repair.changes.items() if value is not None})
    query = query.opening(*(code for code, value in repair.changes.items() if value is None)).choosing(also)
    return Fix(title=_title(place, also, set_to), sentence=_sentence(set_to, left_open),
               effects=deltas(repair.difference), url=place.url(query))


def _title(place: Place, also: dict[str, str], set_to: list[str]) -> str:
    for code, option in also.items():
        attribute = place.answer.version.definition.attribute(code)
        if attribute is not None:
            chosen = option_title(attribute, option)
            return _("%(option)s with %(changes)s", option=chosen, changes=", ".join(set_to)) if set_to else chosen
    return ", ".join(set_to) if set_to else _("Take it back")


def _sentence(set_to: list[str], left_open: list[str]) -> str:
    count = len(set_to) + len(left_open)
    words = ngettext("Changes one choice.", "Changes %(num)s choices.", count)
    if left_open:
        words += " " + _("Leaves open: %(names)s.", names=", ".join(left_open))
    return words


def _typed(value: Value) -> str:
    return value if isinstance(value, str) else formatting.plain_number(value)
