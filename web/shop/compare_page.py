"""Two to four configurations side by side: figures first, then what differs. Formatting only."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction

from markupsafe import Markup

from catalog.money import Money, round_half_up
from catalog.product import Attribute, Value
from web import formatting
from web.shop.item import Item
from web.shop.page import draw, product_title
from web.shop.wording import attribute_title, earlier_day_words, live_day, value_words
from web.words import gettext as _

LEAST, MOST = 2, 4
NOTHING = "–"


@dataclass(frozen=True, slots=True)
class Column:
    """One configuration."""

    title: str
    product: str
    drawing: Markup
    url: str
    keep_url: str
    note: str
    """What hinders it; empty when nothing does."""


@dataclass(frozen=True, slots=True)
class Cell:
    """A value, and its difference to the first column; ``kind`` is less (a gain), more, zero, other or empty."""

    words: str
    difference: str = ""
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """What one question is answered with in each column."""

    title: str
    cells: tuple[Cell, ...]
    is_same: bool


@dataclass(frozen=True, slots=True)
class ComparePage:
    """The comparison."""

    columns: tuple[Column, ...]
    figures: tuple[Row, ...]
    rows: tuple[Row, ...]
    hidden_count: int
    """How many rows are the same everywhere and not shown."""
    is_mixed: bool
    """Whether they are of different products, of which only the figures compare."""
    is_all: bool
    earlier_words: str = ""
    """That a quote may bring an earlier day; empty when it brings these."""


def build_comparison(items: Sequence[Item], *, keep_urls: Sequence[str], shows_all: bool) -> ComparePage:
    """Build the comparison.

    Parameters
    ----------
    items
        The first one is what the others are compared with.
    keep_urls
        Where each can be kept under a name.
    shows_all
        Whether rows that are the same everywhere are shown too.
    """
    is_mixed = len({item.version.content_hash for item in items}) > 1
    rows = () if is_mixed else (*_choice_rows(items), *_derived_rows(items))
    shown = tuple(row for row in rows if shows_all or not row.is_same)
    return ComparePage(
        columns=tuple(_column(item, number, url) for number, (item, url) in enumerate(zip(items, keep_urls,
                                                                                          strict=True), start=1)),
        figures=_figure_rows(items), rows=shown, hidden_count=len(rows) - len(shown), is_mixed=is_mixed,
        is_all=shows_all, earlier_words=earlier_day_words() if any(map(_may_be_earlier, items)) else "")


def _may_be_earlier(item: Item) -> bool:
    return item.forecast is not None and item.forecast.may_be_earlier


def _column(item: Item, number: int, keep_url: str) -> Column:
    definition, answer = item.version.definition, item.answer
    note = ""
    if answer.conflict is not None:
        note = _("These choices do not go together.")
    elif answer.input_errors:
        note = _("Some entries need a change.")
    elif item.promised_on is None:
        note = _("No date can be promised now.")
    return Column(item.address.name or _("Choice %(number)s", number=number), product_title(definition),
                  draw(definition, answer.pictured, answer.derived), item.address.url, keep_url, note)


def _figure_rows(items: Sequence[Item]) -> tuple[Row, ...]:
    first = items[0]

    def price(title: str, read: Callable[[Item], Money | None]) -> Row:
        base = read(first)
        return _row(title, [_cell(formatting.money(value) if value is not None else NOTHING,
                                  *_money_change(value, base)) for value in map(read, items)])

    days = [_cell(live_day(item.promised_on, may_be_earlier=_may_be_earlier(item))
                  if item.promised_on is not None else NOTHING, *_day_change(item, first)) for item in items]
    masses = [_cell(f"{formatting.mass(item.co2_grams)} kg CO₂e" if item.co2_grams else NOTHING,
                    *_mass_change(item, first)) for item in items]
    counts = [_cell(formatting.count(item.answer.pieces)) for item in items]
    quantity = (_row(_("Quantity"), counts),) if any(item.answer.pieces > 1 for item in items) else ()
    has_quantities = len({item.answer.pieces for item in items}) > 1
    single = (price(_("Price of one piece, without VAT"), _net_of_one),) if has_quantities else ()
    return (*quantity, *single, price(_("Price without VAT"), lambda item: item.net),
            price(_("Price with VAT"), lambda item: item.gross), _row(_("Arrives"), days),
            _row(_("Carbon footprint"), masses))


def _net_of_one(item: Item) -> Money | None:
    net = item.net
    return None if net is None else Money(round_half_up(Fraction(net.amount_minor, item.answer.pieces)), net.currency)


def _choice_rows(items: Sequence[Item]) -> list[Row]:
    rows = []
    for attribute in items[0].version.definition.attributes:
        values = [_value(item, attribute) for item in items]
        if any(value is not None for value in values):
            rows.append(_row(attribute_title(attribute),
                             [_value_cell(attribute, value, values[0]) for value in values]))
    return rows


def _derived_rows(items: Sequence[Item]) -> list[Row]:
    rows = []
    for figure in items[0].answer.figures:
        found = [next((other for other in item.answer.figures if other.code == figure.code), None) for item in items]
        cells = []
        for other in found:
            if other is None:
                cells.append(_cell(NOTHING))
                continue
            words = f"{formatting.figure(other.value, other.digits)} {other.unit}".strip()
            change = other.value - figure.value
            cells.append(_cell(words, *_number_change(change, formatting.figure(abs(change), other.digits),
                                                      other.unit)))
        rows.append(_row(figure.title.in_language(formatting.language()), cells))
    return rows


def _value(item: Item, attribute: Attribute) -> Value | None:
    found = item.answer.whole.get(attribute.code)
    return found if found is not None else item.answer.selection.get(attribute.code)


def _value_cell(attribute: Attribute, value: Value | None, base: Value | None) -> Cell:
    if value is None or value == "":
        return _cell(NOTHING)
    words = value_words(attribute, value)
    if isinstance(value, Fraction) and isinstance(base, Fraction):
        change = value - base
        return _cell(words, *_number_change(change, formatting.plain_number(abs(change)), attribute.unit))
    return _cell(words, "", "" if value == base else "other")


def _row(title: str, cells: list[Cell]) -> Row:
    return Row(title, tuple(cells), len({cell.words for cell in cells}) == 1)


def _cell(words: str, difference: str = "", kind: str = "") -> Cell:
    return Cell(words, difference, kind)


def _money_change(value: Money | None, base: Money | None) -> tuple[str, str]:
    if value is None or base is None or value.currency != base.currency:
        return "", ""
    change = value.amount_minor - base.amount_minor
    return formatting.money_difference(Money(change, value.currency)), _kind(change)


def _day_change(item: Item, first: Item) -> tuple[str, str]:
    if item.promised_on is None or first.promised_on is None:
        return "", ""
    days = (item.promised_on - first.promised_on).days
    return formatting.day_difference(days), _kind(days)


def _mass_change(item: Item, first: Item) -> tuple[str, str]:
    if not item.co2_grams or not first.co2_grams:
        return "", ""
    grams = item.co2_grams - first.co2_grams
    return formatting.mass_difference(grams), _kind(grams)


def _number_change(change: Fraction, size: str, unit: str) -> tuple[str, str]:
    """Write the change of a number that is neither gain nor loss by itself, such as a width."""
    if not change:
        return "", ""
    return f"{'+' if change > 0 else formatting.MINUS}{size} {unit}".strip(), "other"


def _kind(change: int) -> str:
    return "less" if change < 0 else "more" if change > 0 else "zero"
