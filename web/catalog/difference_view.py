"""A comparison of two versions as pages show it: plain values made from the stored document."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from catalog.money import Money
from catalog.product import ProductDefinition
from web import formatting
from web.catalog.audit_view import AuditReader
from web.catalog.rows import variant_words
from web.shop.states import StateTag
from web.words import gettext as _
from web.words import ngettext

Document = Mapping[str, Any]
"""Any: a comparison as plain JSON values."""


@dataclass(frozen=True, slots=True)
class ReachRow:
    """An option, or two together, that became possible or impossible, with a configuration that shows it."""

    words: str
    tag: StateTag
    example: str


@dataclass(frozen=True, slots=True)
class NumberRow:
    """A number whose reachable values are others than before."""

    title: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class PriceRow:
    """What a starting point costs in both versions."""

    title: str
    before: str
    after: str
    difference: str


@dataclass(frozen=True, slots=True)
class BrokenRow:
    """An open quote or stored configuration that a new version does not take, or prices otherwise."""

    label: str
    tag: StateTag
    reason: str


@dataclass(frozen=True, slots=True)
class DifferenceView:
    """All that a comparison found."""

    on: str
    variants_before: str
    variants_after: str
    figures: tuple[tuple[str, str], ...]
    sentences: tuple[str, ...]
    reach: tuple[ReachRow, ...]
    numbers: tuple[NumberRow, ...]
    prices: tuple[PriceRow, ...]
    not_checked: tuple[str, ...]
    broken: tuple[BrokenRow, ...]
    impact: str


class DifferenceReader:
    """Puts the document of a comparison into words, with the titles of the new version, then those of the old."""

    def __init__(self, old: ProductDefinition, new: ProductDefinition) -> None:
        language = formatting.language()
        self._currency = new.currency
        self._titles = {item.code: item.title.in_language(language) or item.code
                        for definition in (old, new) for item in definition.attributes}
        self._options = {(item.code, option.code): option.title.in_language(language) or option.code
                         for definition in (old, new) for item in definition.attributes for option in item.options}
        self._examples = {True: AuditReader(new, shop_url=""), False: AuditReader(old, shop_url="")}

    def view(self, document: Document) -> DifferenceView:
        """Show a comparison."""
        found, impact = document["difference"], document["impact"]
        return DifferenceView(
            on=document["on"], variants_before=variant_words(found["variants"]["old"]),
            variants_after=variant_words(found["variants"]["new"]), figures=_figures(found),
            sentences=(self._containment(found["old_in_new"], is_old=True),
                       self._containment(found["new_in_old"], is_old=False)),
            reach=tuple(self._reach(item) for item in found["reach"]),
            numbers=tuple(NumberRow(self._titles.get(item["attribute"], item["attribute"]), _spans(item["old"]),
                                    _spans(item["new"])) for item in found["numbers"]),
            prices=tuple(_price(item) for item in found["prices"]), not_checked=tuple(found["not_checked"]),
            broken=tuple(self._broken(item) for item in impact["changed"]), impact=_impact(impact),
        )

    def _reach(self, item: Document) -> ReachRow:
        words = formatting.and_words([
            f"{self._titles.get(entry['attribute'], entry['attribute'])} = "
            f"{self._options.get((entry['attribute'], entry['option']), entry['option'])}"
            for entry in item["options"]])
        is_possible = item["became"] == "possible"
        tag = (StateTag(_("now possible"), "on", "tick") if is_possible
               else StateTag(_("now impossible"), "late", "slash"))
        return ReachRow(words, tag, self._examples[is_possible].witness(item["example"])[0])

    def _containment(self, item: Document, *, is_old: bool) -> str:
        if item["holds"]:
            return (_("Every old configuration stays possible (proven).") if is_old
                    else _("Nothing becomes possible that was not possible before (proven)."))
        if item["holds"] is None:
            return (_("It was not decided whether every old configuration stays possible.") if is_old
                    else _("It was not decided whether anything becomes possible."))
        example = self._examples[not is_old].witness(item["counter_example"])[0]
        rules = formatting.and_words(item["rules"])
        words = (_("Some old configurations become impossible, such as: %(example)s.", example=example) if is_old
                 else _("Some configurations become possible, such as: %(example)s.", example=example))
        if not rules or not is_old:
            return words
        cause = _("By %(rules)s.", rules=rules)
        return f"{words} {cause}"

    def _broken(self, item: Document) -> BrokenRow:
        if item["is_valid"]:
            before, after = item["old_minor"], item["new_minor"]
            priced = [formatting.money(Money(value, self._currency)) if value is not None else "–"
                      for value in (before, after)]
            return BrokenRow(item["label"], StateTag(_("other price"), "warn"), " → ".join(priced))
        if item["unknown"]:
            names = formatting.and_words([self._titles.get(code, code) for code in item["unknown"]])
            reason = _("The new version does not know what was chosen for %(names)s.", names=names)
        else:
            reason = formatting.enumerated(item["rules"])
        return BrokenRow(item["label"], StateTag(_("not possible"), "late", "slash"), reason)


def _figures(found: Document) -> tuple[tuple[str, str], ...]:
    return tuple((title, formatting.count(found[part][became])) for title, part, became in (
        (_("Options now possible"), "options", "possible"), (_("Options now impossible"), "options", "impossible"),
        (_("Pairs of options now possible"), "pairs", "possible"),
        (_("Pairs of options now impossible"), "pairs", "impossible")))


def _spans(spans: Sequence[Sequence[str]]) -> str:
    words = formatting.enumerated(formatting.range_words(low, high) if low != high else low for low, high in spans)
    return words or "–"


def _price(item: Document) -> PriceRow:
    title = _("Defaults") if item["start"] == "defaults" else item["title"] or item["start"]
    before, after = item["old_minor"], item["new_minor"]
    difference = ""
    if before is not None and after is not None and item["old_currency"] == item["new_currency"]:
        difference = formatting.money_difference(Money(after - before, item["new_currency"]))
    return PriceRow(title, formatting.money(Money(before, item["old_currency"])) if before is not None else "–",
                    formatting.money(Money(after, item["new_currency"])) if after is not None else "–", difference)


def _impact(impact: Document) -> str:
    words = [
        ngettext("%(num)s line of open quotes looked at, %(broken)s of them not possible any more.",
                 "%(num)s lines of open quotes looked at, %(broken)s of them not possible any more.",
                 impact["quote_lines"], broken=impact["broken_quotes"]),
        ngettext("%(num)s stored configuration looked at, %(broken)s of them not possible any more.",
                 "%(num)s stored configurations looked at, %(broken)s of them not possible any more.",
                 impact["looked_at"], broken=impact["broken_stored"]),
    ]
    if impact["looked_at"] < impact["stored"]:
        words.append(_("Of %(count)s stored configurations these are the newest.", count=impact["stored"]))
    return " ".join(words)
