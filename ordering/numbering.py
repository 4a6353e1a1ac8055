"""Numbers of quotes, orders and work orders: a series per kind and year. Imports no database."""

from __future__ import annotations

import re
from enum import StrEnum

_NUMBER = re.compile(r"([QOW])-([0-9]{4})-([0-9]{4,9})")


class Series(StrEnum):
    """A kind of number and its letter."""

    QUOTE = "Q"
    ORDER = "O"
    WORK_ORDER = "W"


def make_number(series: Series, *, year: int, sequence: int) -> str:
    """Write a number such as ``Q-2026-0001``.

    Parameters
    ----------
    series
        The kind.
    year
        Four-digit year in the plant's calendar.
    sequence
        Counts from 1 within kind and year; more than four digits are written in full.

    Returns
    -------
    str
        The number.
    """
    return f"{series.value}-{year:04d}-{sequence:04d}"


def split_number(text: str, series: Series) -> tuple[int, int] | None:
    """Give year and sequence of a number of the series; None when the text is none."""
    match = _NUMBER.fullmatch(text)
    return None if match is None or match.group(1) != series.value else (int(match.group(2)), int(match.group(3)))


def job_order_number(work_order_number: str, *, position: int) -> str:
    """Write a job order's number: the work order's and the operation's place (from 0) in tens."""
    return f"{work_order_number}-{(position + 1) * 10}"


def is_number(text: str, series: Series) -> bool:
    """Whether a text is written like a number of the series."""
    return split_number(text, series) is not None
