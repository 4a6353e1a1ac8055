"""Order books: reading the files, laying them out for the compiled loop, planning them.

Imports neither SQLAlchemy nor the catalog. A file of this format is JSON, or JSON packed by gzip: sites with what a
move between them takes, work units with calendars and setup times, and orders whose operations follow each other. All
is checked while it is read, so that nothing a file says can make a plan wrong.
"""

from __future__ import annotations

import gc
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

from scheduling.errors import PlanFileInvalid
from scheduling.order_book_file import read_document
from scheduling.printable import printable

LAST_MINUTE = 10_000_000
MOST_MINUTES = 100_000
MOST_PER_MINUTE = 10_000
MOST_WEIGHT = 10_000
MOST_PER_MOVE = 10_000_000
MOST_OPERATIONS = 60
MOST_ORDERS = 20_000
MOST_MODES = 2_000_000
MOST_UNITS, MOST_SITES, MOST_FAMILIES = 2_000, 200, 200
_LEAST_RESERVE_SECONDS = 0.02
_RESERVE_SECONDS_PER_OPERATION = 1.5e-5
"""Time kept back for checking and writing the answer."""

Windows = tuple[tuple[int, int], ...]
Matrix = tuple[tuple[int, ...], ...]


@dataclass(frozen=True, slots=True)
class BookUnit:
    """One work unit; ``type`` and ``calendar`` are names in the book."""

    site: int
    type: str
    cost_minor_per_minute: int
    co2_grams_per_minute: int
    calendar: str


@dataclass(frozen=True, slots=True)
class BookOperation:
    """One operation; ``modes`` are (unit, minutes of work), never empty."""

    family: int
    is_resumable: bool
    modes: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class BookOrder:
    """One order: operations one after the other, never none."""

    order: int
    weight: int
    release_minute: int
    due_minute: int
    operations: tuple[BookOperation, ...]


@dataclass(frozen=True, slots=True)
class OrderBook:
    """A whole book. Moves are [site][site]; setups by type [family before][family after] in minutes of work."""

    sites: int
    move_minutes: Matrix
    move_cost_minor: Matrix
    move_co2_grams: Matrix
    setups: dict[str, Matrix]
    calendars: dict[str, Windows]
    units: tuple[BookUnit, ...]
    orders: tuple[BookOrder, ...]


def read_order_book(path: Path) -> OrderBook:
    """Read an order book.

    Parameters
    ----------
    path
        A ``.json`` or ``.json.gz`` file.

    Returns
    -------
    OrderBook
        In which every name is known and every number within the limits of this module.

    Raises
    ------
    PlanFileInvalid
        The file cannot be read, is not of the format, or breaks one of its rules; the message names the object.
    """
    is_collecting = gc.isenabled()
    gc.disable()  # no cycles are made, and looking for them among so many small objects doubles the time
    try:
        return _Reader(printable(path.name)).book(read_document(path))
    finally:
        if is_collecting:
            gc.enable()


def plan_order_book(path: Path, *, seconds: float, seed: int = 0) -> dict[str, Any]:
    """Plan an order book for the least cost, CO2 and weighted tardiness.

    Parameters
    ----------
    path
        A ``.json`` or ``.json.gz`` file.
    seconds
        Time limit in seconds, ≥ 0, reading the file included; a first plan is made whatever it is.
    seed
        Of the random numbers.

    Returns
    -------
    dict
        ``objective`` and ``lower_bound`` in whole minor units (the objective rounded half up, the bound down),
        ``bound`` (which relaxation it comes from), ``assignments`` of ``order``, ``operation``, ``unit``, ``start`` and
        ``end`` in the order of the book, and ``first_objective``, ``turns``, ``seconds`` and ``compiled``. The plan
        passed the independent check.

    Raises
    ------
    PlanFileInvalid
        The file cannot be read, breaks a rule of the format, or no plan of all orders was found.
    """
    began = time.monotonic()
    answer = plan_book(read_order_book(path), printable(path.name), deadline=began + seconds, seed=seed)
    return {**answer, "seconds": round(time.monotonic() - began, 2)}


def plan_book(
    book: OrderBook, file: str, *, deadline: float, seed: int = 0, should_stop: Callable[[], bool] = lambda: False
) -> dict[str, Any]:
    """Plan an order book that was read.

    Parameters
    ----------
    book
        The order book.
    file
        Its file's name, for refusals.
    deadline
        When the answer is to be there, in seconds of ``time.monotonic``; a first plan is made whatever it is.
    seed
        Of the random numbers.
    should_stop
        Asked a few times a second; the best plan so far is then the answer.

    Returns
    -------
    dict
        As of :func:`plan_order_book`, without ``seconds``.

    Raises
    ------
    PlanFileInvalid
        No plan of all orders was found.
    """
    # What follows loads the compiled loops, which readers and checkers of books need not.
    from scheduling.order_book_check import faults, hundredths  # noqa: PLC0415
    from scheduling.order_book_plan import make_order_book_plan  # noqa: PLC0415

    operations = sum(len(order.operations) for order in book.orders)
    reserve = _LEAST_RESERVE_SECONDS + operations * _RESERVE_SECONDS_PER_OPERATION
    answer = make_order_book_plan(book, file, seconds=deadline - time.monotonic() - reserve, seed=seed,
                                  should_stop=should_stop)
    broken = faults(book, answer["assignments"])
    if broken:
        raise AssertionError(f"the planner broke its own rules: {broken[0]}")
    answer["objective"] = (hundredths(book, answer["assignments"]) + 50) // 100
    return answer


def _shown(value: object) -> str:
    """Say what a value is, in a few letters however large or deep it is."""
    if isinstance(value, (dict, list)):
        return "an object" if isinstance(value, dict) else "a list"
    return repr(value)[:40]


class _Reader:
    """Reads a document part by part, naming what is wrong."""

    def __init__(self, file: str) -> None:
        self.file = file

    def refuse(self, what: str) -> NoReturn:
        raise PlanFileInvalid(f"{self.file}: {printable(what)}", file=self.file, line=0)

    def number(self, value: object, what: str, least: int, most: int) -> int:
        if type(value) is not int or not least <= value <= most:
            self.refuse(f"{what} is {_shown(value)}, not a whole number from {least} to {most}")
        return value

    def entry(self, holder: object, key: str, what: str) -> Any:  # checked by the caller
        if not isinstance(holder, dict) or key not in holder:
            self.refuse(f"{what} has no {key!r}")
        return holder[key]

    def items(self, value: object, what: str, most: int) -> list[Any]:
        if not isinstance(value, list):
            self.refuse(f"{what} is not a list")
        if len(value) > most:
            self.refuse(f"{what} has more than {most} entries")
        return value

    def book(self, document: object) -> OrderBook:
        """Read the whole."""
        if not isinstance(document, dict):
            self.refuse("the file is not an object")
        if document.get("format", "onelot-orderbook-1") != "onelot-orderbook-1":
            self.refuse(f"unknown format {_shown(document['format'])}")
        sites = self.number(self.entry(document, "sites", "the file"), "sites", 1, MOST_SITES)
        minutes, cost, co2 = (
            self.matrix(self.entry(document, key, "the file"), key, sites, most)
            for key, most in (("transport_minutes", LAST_MINUTE), ("transport_cost_cents", MOST_PER_MOVE),
                              ("transport_co2_grams", MOST_PER_MOVE))
        )
        setups = {
            name: self.matrix(rows, f"setup_minutes of type {name[:40]}", None, MOST_MINUTES)
            for name, rows in self.table(document, "setup_minutes").items()
        }
        calendars = {name: self.windows(rows, name) for name, rows in self.table(document, "calendars").items()}
        listed = self.items(self.entry(document, "units", "the file"), "units", MOST_UNITS)
        units = tuple(self.unit(row, number, sites, setups, calendars) for number, row in enumerate(listed))
        orders = self.orders(document, units, setups)
        return OrderBook(sites, minutes, cost, co2, setups, calendars, units, orders)

    def table(self, document: dict[str, Any], key: str) -> dict[str, Any]:
        value = self.entry(document, key, "the file")
        if not isinstance(value, dict) or len(value) > MOST_UNITS:
            self.refuse(f"{key} is not an object of at most {MOST_UNITS} entries")
        return value

    def matrix(self, value: object, what: str, size: int | None, most: int) -> Matrix:
        """Read a square matrix with 0 on its diagonal."""
        rows = self.items(value, what, MOST_FAMILIES if size is None else size)
        if size is not None and len(rows) != size:
            self.refuse(f"{what} has {len(rows)} rows, not {size}")
        for number, row in enumerate(rows):
            if len(self.items(row, f"{what}, row {number}", len(rows))) != len(rows):
                self.refuse(f"{what}, row {number} has {len(row)} entries, not {len(rows)}")
            for column, entry in enumerate(row):
                self.number(entry, f"{what}, row {number}, column {column}", 0, 0 if number == column else most)
        return tuple(map(tuple, rows))

    def windows(self, value: object, name: str) -> Windows:
        """Read a calendar's windows: ascending, not empty, none inside another."""
        what = f"calendar {name[:40]}"
        rows, before = self.items(value, what, 200_000), 0
        for number, row in enumerate(rows):
            pair = f"{what}, window {number}"
            if len(self.items(row, pair, 2)) != 2:
                self.refuse(f"{pair} is not [start, end)")
            start = self.number(row[0], f"{pair}: the start", 0, LAST_MINUTE)
            if start < before:
                self.refuse(f"{pair} begins at {start}, before the one ahead of it ends at {before}")
            before = self.number(row[1], f"{pair}: the end", start + 1, LAST_MINUTE)
        return tuple(map(tuple, rows))

    def unit(
        self, row: object, number: int, sites: int, setups: dict[str, Matrix], calendars: dict[str, Windows]
    ) -> BookUnit:
        what = f"unit {number}"
        own = self.entry(row, "unit", what)
        if type(own) is not int or own != number:
            self.refuse(f"{what} calls itself {_shown(own)}")
        name = str(self.entry(row, "work_center_type", what))
        calendar = str(self.entry(row, "calendar", what))
        if name not in setups:
            self.refuse(f"{what}: no setup_minutes for its work_center_type {name[:40]}")
        if calendar not in calendars:
            self.refuse(f"{what}: no calendar {calendar[:40]}")
        return BookUnit(
            self.number(self.entry(row, "site", what), f"{what}: its site", 0, sites - 1), name,
            self.number(self.entry(row, "cost_cents_per_minute", what), f"{what}: its cost", 0, MOST_PER_MINUTE),
            self.number(self.entry(row, "co2_grams_per_minute", what), f"{what}: its CO2", 0, MOST_PER_MINUTE),
            calendar,
        )

    def orders(
        self, document: dict[str, Any], units: tuple[BookUnit, ...], setups: dict[str, Matrix]
    ) -> tuple[BookOrder, ...]:
        rows = self.items(self.entry(document, "orders", "the file"), "orders", MOST_ORDERS)
        families = [len(setups[unit.type]) for unit in units]
        seen: set[int] = set()
        orders, modes = [], 0
        for position, row in enumerate(rows):
            order = self.order(row, position, families)
            if order.order in seen:
                self.refuse(f"order {order.order} is there twice")
            seen.add(order.order)
            modes += sum(len(operation.modes) for operation in order.operations)
            if modes > MOST_MODES:
                self.refuse(f"more than {MOST_MODES} modes")
            orders.append(order)
        return tuple(orders)

    def order(self, row: object, position: int, families: list[int]) -> BookOrder:
        place = f"the order at {position}"
        number = self.number(self.entry(row, "order", place), place, 0, 1 << 53)
        what = f"order {number}"
        listed = self.items(self.entry(row, "operations", what), f"{what}: its operations", MOST_OPERATIONS)
        if not listed:
            self.refuse(f"{what} has no operations")
        return BookOrder(
            number,
            self.number(self.entry(row, "weight", what), f"{what}: its weight", 0, MOST_WEIGHT),
            self.number(self.entry(row, "release", what), f"{what}: its release", 0, LAST_MINUTE),
            self.number(self.entry(row, "due", what), f"{what}: its due", -LAST_MINUTE, 2 * LAST_MINUTE),
            tuple([self.operation(entry, f"{what}, operation {index}", families)
                   for index, entry in enumerate(listed)]),
        )

    def operation(self, row: object, what: str, families: list[int]) -> BookOperation:
        modes = self.items(self.entry(row, "modes", what), f"{what}: its modes", MOST_UNITS)
        if not modes:
            self.refuse(f"{what} can be done on no unit")
        family = self.number(self.entry(row, "setup_family", what), f"{what}: its setup_family", 0, MOST_FAMILIES)
        for mode in modes:
            if type(mode) is not list or len(mode) != 2:
                self.refuse(f"{what}: a mode is not [unit, minutes]")
            unit, minutes = mode
            if type(unit) is not int or not 0 <= unit < len(families):
                self.refuse(f"{what}: there is no unit {_shown(unit)}")
            if type(minutes) is not int or not 0 < minutes <= MOST_MINUTES:
                self.refuse(f"{what}: {_shown(minutes)} minutes on unit {unit}, not 1 to {MOST_MINUTES}")
            if family >= families[unit]:
                self.refuse(f"{what}: unit {unit} has no setup_minutes for family {family}")
        fits = self.entry(row, "must_fit_in_one_window", what)
        if type(fits) is not bool:
            self.refuse(f"{what}: must_fit_in_one_window is neither true nor false")
        return BookOperation(family, not fits, tuple(map(tuple, modes)))
