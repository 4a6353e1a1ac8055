"""Differences of versions as JSON-ready documents and as lines for a terminal. Imports no engine."""

from __future__ import annotations

from collections.abc import Iterator

from catalog.text import DEFAULT_LANGUAGE
from configurator.audit.changes import Containment, Difference, ItemChange, NumberReach, Reach
from configurator.audit.wording import counted, selection_document

_LONGEST = 100


def difference_document(difference: Difference) -> dict[str, object]:
    """Give a difference as JSON-ready values; numbers are exact text."""
    return {
        "product": difference.product_code, "is_same": difference.is_same,
        "variants": {"old": counted(difference.old_variants), "new": counted(difference.new_variants)},
        "items": [{"part": str(item.part), "code": item.code, "change": str(item.change), "old": item.old,
                   "new": item.new} for item in difference.items],
        "options": {"possible": difference.options_possible, "impossible": difference.options_impossible},
        "pairs": {"possible": difference.pairs_possible, "impossible": difference.pairs_impossible},
        "reach": [_reach(item) for item in difference.reach],
        "numbers": [_number(item) for item in difference.numbers],
        "old_in_new": _containment(difference.old_in_new), "new_in_old": _containment(difference.new_in_old),
        "prices": [{"start": item.code or "defaults", "title": item.title.in_language(DEFAULT_LANGUAGE),
                    "old_minor": item.old_minor, "new_minor": item.new_minor, "old_currency": item.old_currency,
                    "new_currency": item.new_currency} for item in difference.prices],
        "not_checked": list(difference.not_checked),
    }


def difference_lines(difference: Difference) -> Iterator[str]:
    """Give a difference as lines for a person: what changed first, then what follows from it."""
    if difference.is_same:
        yield f"{difference.product_code}: same"
        return
    old, new = counted(difference.old_variants), counted(difference.new_variants)
    yield f"{difference.product_code}: {old or 'not counted'} → {new or 'not counted'} variants"
    for item in difference.items:
        yield f"  {item.change:<11}{item.part:<13}{item.code}{_told(item)}"
    yield f"  {_contained(difference.old_in_new, 'old', 'new')}"
    yield f"  {_contained(difference.new_in_old, 'new', 'old')}"
    for word, options, pairs in (("possible", difference.options_possible, difference.pairs_possible),
                                 ("impossible", difference.options_impossible, difference.pairs_impossible)):
        if options or pairs:
            yield f"  now {word}: {options} option(s), {pairs} pair(s) of options"
    for reach in difference.reach:
        pairs_of = " with ".join(f"{code} = {option}" for code, option in reach.options)
        yield f"    {'+' if reach.is_possible else '−'} {pairs_of}"
    for number in difference.numbers:
        yield f"  {number.attribute}: {_spans(number.old)} → {_spans(number.new)}"
    for price in difference.prices:
        yield f"  price of {price.code or 'the defaults'}: {price.old_minor} → {price.new_minor} minor units"
    for words in difference.not_checked:
        yield f"  not checked: {words}"


def _told(item: ItemChange) -> str:
    words = f"{_short(item.old)} → {_short(item.new)}" if item.old and item.new else _short(item.old or item.new)
    return f": {words}"


def _short(words: str) -> str:
    return words if len(words) <= _LONGEST else words[: _LONGEST - 1] + "…"


def _contained(item: Containment, inner: str, outer: str) -> str:
    match item.holds:
        case True:
            return f"every {inner} configuration is possible in the {outer} version (proven)"
        case False:
            rules = f", by {', '.join(item.rules)}" if item.rules else ""
            return f"not every {inner} configuration is possible in the {outer} version{rules}"
        case None:
            return f"not decided whether every {inner} configuration is possible in the {outer} version: {item.reason}"


def _reach(item: Reach) -> dict[str, object]:
    return {"options": [{"attribute": code, "option": option} for code, option in item.options],
            "became": "possible" if item.is_possible else "impossible",
            "example": None if item.example is None else selection_document(item.example)}


def _number(item: NumberReach) -> dict[str, object]:
    return {"attribute": item.attribute, "old": [[str(low), str(high)] for low, high in item.old],
            "new": [[str(low), str(high)] for low, high in item.new]}


def _spans(spans: tuple[tuple[object, object], ...]) -> str:
    return ", ".join(f"{low} to {high}" for low, high in spans) or "nothing"


def _containment(item: Containment) -> dict[str, object]:
    return {"holds": item.holds, "rules": list(item.rules), "reason": item.reason,
            "counter_example": None if item.counter_example is None else selection_document(item.counter_example)}
