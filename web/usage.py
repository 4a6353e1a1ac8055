"""Counts of what shoppers do: steps reached and left, choices, conflicts. Nothing personal is counted or kept.

A click adds to counts in memory; a thread writes them every few seconds. What a process has not yet written when it is
killed is lost: the counts are for learning, not for books.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from threading import Event, Lock, Thread

from flask import Flask, current_app
from sqlalchemy import func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from web.database import Database
from web.tables import ShopUsageRow

logger = logging.getLogger(__name__)

KINDS = ("reached", "left", "quote", "chosen", "conflict", "why", "mistake", "asked", "answered")
"""Steps reached and gone on from; quotes asked for; options chosen, in a conflict, asked "why not?"; entries that could
not be read; questions about needs asked, and their answers."""
SECONDS = 20
MOST_KEPT = 20_000
LONGEST_CODE = 120
_ROWS_AT_A_TIME = 200
_EXTENSION = "onelot_usage"


@dataclass(frozen=True, slots=True)
class Happening:
    """Something that a shopper did; ``subject`` is a step, an attribute or a question, by its code."""

    kind: str
    subject: str = ""
    option: str = ""


@dataclass(frozen=True, slots=True)
class Clicked:
    """Of which product, and when: what happenings of one click have in common."""

    day: date
    product_code: str
    version: int


Key = tuple[Clicked, Happening]


class UsageLog:
    """The counts of a process that are not written yet.

    Parameters
    ----------
    database
        Where they are written.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._counts: Counter[Key] = Counter()
        self._lock = Lock()
        self._ended = Event()
        self._thread: Thread | None = None

    def add(self, clicked: Clicked, happenings: Iterable[Happening]) -> None:
        """Count what a click did; takes microseconds and never fails."""
        with self._lock:
            for happening in happenings:
                if len(self._counts) < MOST_KEPT or (clicked, happening) in self._counts:
                    self._counts[clicked, happening] += 1

    def flush(self) -> int:
        """Write all counts in one transaction and begin anew; give how many rows were written."""
        with self._lock:
            counts, self._counts = self._counts, Counter()
        if not counts:
            return 0
        try:
            with self._database.transaction() as session:
                add_counts(session, counts)
        except Exception:  # they are written with the next ones
            logger.exception("the counts of clicks could not be written")
            with self._lock:
                self._counts.update(counts)
            return 0
        return len(counts)

    def start(self) -> None:
        """Write every few seconds from now on, in a thread that holds up nothing."""
        if self._thread is None:
            self._thread = Thread(target=self._run, name="usage", daemon=True)
            self._thread.start()

    def stop(self) -> None:
        """Write what is left and stop."""
        self._ended.set()
        if self._thread is not None:
            self._thread.join(5)
        self.flush()

    def _run(self) -> None:
        while not self._ended.wait(SECONDS):
            self.flush()


def get_usage(app: Flask | None = None) -> UsageLog:
    """Give the counts of an application, else of the running one."""
    found = app or current_app
    log: UsageLog | None = found.extensions.get(_EXTENSION)
    if log is None:
        log = found.extensions.setdefault(_EXTENSION, UsageLog(found.extensions["onelot_database"]))
    return log


def add_counts(session: Session, counts: Mapping[Key, int]) -> None:
    """Add counts to those that are stored.

    Parameters
    ----------
    session
        Written; the caller commits.
    counts
        By click and happening.
    """
    rows = [{"day": clicked.day, "product_code": clicked.product_code[:LONGEST_CODE], "version": clicked.version,
             "kind": happening.kind, "subject": happening.subject[:LONGEST_CODE],
             "option_code": happening.option[:LONGEST_CODE], "count": count}
            for (clicked, happening), count in sorted(counts.items(), key=lambda item: repr(item[0]))]
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    for start in range(0, len(rows), _ROWS_AT_A_TIME):
        statement = insert(ShopUsageRow).values(rows[start:start + _ROWS_AT_A_TIME])
        session.execute(statement.on_conflict_do_update(
            index_elements=["day", "product_code", "version", "kind", "subject", "option_code"],
            set_={"count": ShopUsageRow.count + statement.excluded.count}))


def count_usage(session: Session, *, product_code: str, since: date) -> Mapping[Happening, int]:
    """Add up what shoppers did with a product, of all its versions.

    Parameters
    ----------
    session
        Only read.
    product_code
        Of the product.
    since
        The first day that counts.
    """
    row = ShopUsageRow
    query = (select(row.kind, row.subject, row.option_code, func.sum(row.count))
             .where(row.product_code == product_code, row.day >= since)
             .group_by(row.kind, row.subject, row.option_code))
    return {Happening(kind, subject, option): int(count) for kind, subject, option, count in session.execute(query)}


def list_usage(session: Session, *, product_code: str, since: date, most: int) -> tuple[ShopUsageRow, ...]:
    """List the stored counts of a product, the newest day first, at most so many.

    Parameters as :func:`count_usage`.
    """
    return tuple(session.scalars(
        select(ShopUsageRow).where(ShopUsageRow.product_code == product_code, ShopUsageRow.day >= since)
        .order_by(ShopUsageRow.day.desc(), ShopUsageRow.version, ShopUsageRow.kind, ShopUsageRow.subject,
                  ShopUsageRow.option_code).limit(most)))
