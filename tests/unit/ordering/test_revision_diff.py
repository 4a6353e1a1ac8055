"""What a revision changed: lines are told apart by what they are, not by where they stand."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from fractions import Fraction

from catalog.money import Money
from catalog.text import Text
from ordering.quote import Alternative, LineTotals, Quote, QuoteLine, QuoteState
from ordering.quote_item import ItemKind, ItemTotals, QuoteItem, Standing
from ordering.revision_diff import compare_revisions

DAY, NOW = date(2026, 12, 1), datetime(2026, 11, 23, tzinfo=UTC)
NOTHING = Money(0, "CNY")


def line(position: int, product: str = "window", quantity: int = 1, net: int = 100, **choices: str) -> QuoteLine:
    money = Money(net, "CNY")
    return QuoteLine(position, position, product, product * 8, Text.of(product), choices, quantity, (),
                     LineTotals(money, NOTHING, money, NOTHING, money), Fraction(0), 0, DAY, None)


def free(
    position: int, title: str, standing: Standing = Standing.INCLUDED, kind: ItemKind = ItemKind.FREE
) -> QuoteItem:
    money = Money(50, "CNY")
    return QuoteItem(position, kind, standing, Text.of(title), 1,
                     ItemTotals(money, NOTHING, NOTHING, NOTHING, money, NOTHING, money), Fraction(0), Fraction(0))


def quote(*lines: QuoteLine, items: tuple[QuoteItem, ...] = (), net: int = 100) -> Quote:
    money = Money(net, "CNY")
    return Quote(1, "Q-2026-0001", 1, QuoteState.OFFERED, "Li", "li@example.org", "", "CNY", "SZ",
                 Alternative.DEFAULT, money, NOTHING, money, 0, DAY, NOW, NOW, "", lines=lines, items=items)


def test_the_same_is_no_change() -> None:
    one = quote(line(1), items=(free(2, "Fitting"),))
    assert not compare_revisions(one, replace(one, revision=2))


def test_lines_that_came_went_and_changed() -> None:
    old = quote(line(1, quantity=2), line(2, "pump"), items=(free(3, "Fitting"),))
    new = quote(line(1, quantity=5, net=250), items=(free(2, "Fitting"), free(3, "Crane")), net=300)
    found = compare_revisions(old, new)
    assert [item.title.in_language("en") for item in found.added] == ["Crane"]
    assert [item.title.in_language("en") for item in found.removed] == ["pump"]
    assert [(change.after.position, change.fields) for change in found.changed] == [(1, ("quantity", "net"))]
    assert found.net == (Money(100, "CNY"), Money(300, "CNY"))


def test_equal_products_are_matched_by_their_choices_first() -> None:
    old = quote(line(1, glass="2"), line(2, glass="3"))
    new = quote(line(1, glass="3"), line(2, glass="4"))
    found = compare_revisions(old, new)
    assert not found.added
    assert not found.removed
    assert [(change.before.position, change.after.position, change.fields) for change in found.changed] == [
        (1, 2, ("choices",))]


def test_headings_are_no_lines_and_standings_are() -> None:
    old = quote(line(1), items=(free(2, "Fitting", Standing.OPTIONAL), free(3, "Heading", kind=ItemKind.SECTION)))
    new = quote(line(1), items=(free(2, "Fitting"),))
    found = compare_revisions(old, new)
    assert [change.fields for change in found.changed] == [("standing",)]


def test_day_and_terms() -> None:
    old = quote(line(1))
    new = replace(old, promised_on=date(2026, 12, 3), payment_terms="30 days", total_discount=Fraction(2))
    found = compare_revisions(old, new)
    assert found.promised_on == (DAY, date(2026, 12, 3))
    assert found.terms == ("total_discount", "payment_terms")
