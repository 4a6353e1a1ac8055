"""Where shoppers stop, as the catalog engineer's page shows it: steps, conflicts, entries, answers. Formatting only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from catalog.product import ProductDefinition
from web import formatting
from web.shop.wording import attribute_title, option_title
from web.usage import Happening
from web.words import gettext as _

MOST_ROWS = 30


@dataclass(frozen=True, slots=True)
class StepRow:
    """A step of the configurator: how often it was the furthest reached, and how often nobody went on from it."""

    title: str
    reached: str
    went_on: str
    stopped: str
    share: int
    """Of all stops, in percent."""


@dataclass(frozen=True, slots=True)
class CountRow:
    """Something with a count or two."""

    title: str
    code: str
    counts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class UsageView:
    """The page's tables."""

    steps: tuple[StepRow, ...]
    quotes: str
    conflicts: tuple[CountRow, ...]
    mistakes: tuple[CountRow, ...]
    chosen: tuple[CountRow, ...]
    answers: tuple[CountRow, ...]

    @property
    def is_empty(self) -> bool:
        """Whether nothing was counted."""
        return not (self.steps or self.conflicts or self.mistakes or self.chosen or self.answers)


def view_usage(definition: ProductDefinition, counts: Mapping[Happening, int]) -> UsageView:
    """Make the tables of a product.

    Parameters
    ----------
    definition
        In whose words codes are told; what it does not have any more keeps its code.
    counts
        From ``web.usage.count_usage``.
    """
    quotes = sum(count for item, count in counts.items() if item.kind == "quote")
    return UsageView(tuple(_steps(definition, counts)), formatting.count(quotes),
                     _options(definition, counts, ("conflict", "why")), _options(definition, counts, ("mistake",)),
                     _options(definition, counts, ("chosen",)), _answers(definition, counts))


def _steps(definition: ProductDefinition, counts: Mapping[Happening, int]) -> list[StepRow]:
    titles = {"": _("Nothing chosen yet")} | {
        group.code: group.title.in_language(formatting.language()) or group.code for group in definition.groups}
    titles |= {item.subject: item.subject for item in counts if item.kind == "reached" and item.subject not in titles}
    found = [(code, counts.get(Happening("reached", code), 0), counts.get(Happening("left", code), 0))
             for code in titles]
    stops = {code: max(0, reached - left) for code, reached, left in found}
    total = sum(stops.values())
    return [StepRow(titles[code], formatting.count(reached), formatting.count(left), formatting.count(stops[code]),
                    stops[code] * 100 // total if total else 0) for code, reached, left in found if reached]


def _options(definition: ProductDefinition, counts: Mapping[Happening, int],
             kinds: tuple[str, ...]) -> tuple[CountRow, ...]:
    rows: dict[tuple[str, str], list[int]] = {}
    for item, count in counts.items():
        if item.kind in kinds:
            rows.setdefault((item.subject, item.option), [0] * len(kinds))[kinds.index(item.kind)] += count
    ranked = sorted(rows.items(), key=lambda entry: (-sum(entry[1]), entry[0]))
    return tuple(CountRow(_named(definition, *key), ":".join(filter(None, key)), tuple(map(formatting.count, numbers)))
                 for key, numbers in ranked[:MOST_ROWS])


def _named(definition: ProductDefinition, code: str, option: str) -> str:
    item = definition.attribute(code)
    if item is None:
        return ": ".join(filter(None, (code, option)))
    title = attribute_title(item)
    return _("%(attribute)s: %(value)s", attribute=title, value=option_title(item, option)) if option else title


def _answers(definition: ProductDefinition, counts: Mapping[Happening, int]) -> tuple[CountRow, ...]:
    rows = []
    language = formatting.language()
    for question in definition.needs:
        title = question.title.in_language(language)
        asked = counts.get(Happening("asked", question.code), 0)
        if asked:
            rows.append(CountRow(title, question.code, (formatting.count(asked), "")))
        for answer in question.answers:
            count = counts.get(Happening("answered", question.code, answer.code), 0)
            if count:
                rows.append(CountRow(f"{title} {answer.title.in_language(language)}",
                                     f"{question.code}:{answer.code}", ("", formatting.count(count))))
    return tuple(rows)
