"""An order book's plan as a picture: work units by site, closed hours shaded, setups before their operations."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from scheduling.gantt import GanttBar, GanttPicture, GanttRow
from scheduling.order_book import OrderBook

_DAY = 1440


def order_book_picture(book: OrderBook, name: str, answer: Mapping[str, Any]) -> GanttPicture:
    """Say what to draw for an order book.

    Parameters
    ----------
    book
        The order book.
    name
        Its file's.
    answer
        Its plan: ``objective``, ``lower_bound`` and ``assignments``.

    Returns
    -------
    GanttPicture
        A row per work unit, grouped by site; a bar per operation in the hue of its order.
    """
    units = sorted(enumerate(book.units), key=lambda pair: (pair[1].site, pair[1].type, pair[0]))
    row_of = {number: row for row, (number, _) in enumerate(units)}
    items = sorted(answer["assignments"], key=lambda item: (row_of[item["unit"]], item["start"]))
    until = max((item["end"] for item in items), default=0)
    closed = {calendar: _closed(windows, until) for calendar, windows in book.calendars.items()}
    rows = tuple(
        GanttRow(f"unit {number} · type {unit.type}", f"site {unit.site}", closed[unit.calendar])
        for number, unit in units
    )
    return GanttPicture(
        f"{name}: {len(book.orders)} orders, {answer['objective'] / 100:,.2f} of cost and lateness",
        f"{len(items)} operations on {len(units)} work units; no plan is below {answer['lower_bound'] / 100:,.2f}. "
        "Shaded: not working. Dashed: setup. Labels: order.operation.",
        rows, tuple(_bars(book, items, row_of)), has_calendar=True,
    )


def _closed(windows: Sequence[Sequence[int]], until: int) -> tuple[tuple[int, int], ...]:
    """Give the spans between working windows, up to a minute."""
    spans, last = [], 0
    for first, end in windows:
        if first > last:
            spans.append((last, min(first, until)))
        last = end
        if last >= until:
            break
    return tuple(spans)


def _bars(
    book: OrderBook, items: Sequence[Mapping[str, int]], row_of: Mapping[int, int]
) -> list[GanttBar]:
    orders = {order.order: order for order in book.orders}
    bars: list[GanttBar] = []
    last_unit, last_family = -1, 0
    for item in items:
        order = orders[item["order"]]
        family = order.operations[item["operation"]].family
        setup = 0
        if item["unit"] == last_unit:
            setup = book.setups[book.units[last_unit].type][last_family][family]
        last_unit, last_family = item["unit"], family
        late = max(0, item["end"] - order.due_minute)
        title = (f"order {item['order']}, operation {item['operation']} on unit {item['unit']}: "
                 f"{_moment(item['start'])} to {_moment(item['end'])}, due {_moment(order.due_minute)}"
                 + (f", {late} minutes past the due date" if late else ""))
        bars.append(GanttBar(row_of[item["unit"]], item["start"], item["end"], item["order"],
                             f"{item['order']}.{item['operation']}", title, setup))
    return bars


def _moment(minute: int) -> str:
    return f"day {minute // _DAY + 1} {minute % _DAY // 60:02d}:{minute % 60:02d}"
