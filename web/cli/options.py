"""Options that several commands share."""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import date, datetime
from typing import Any, TypeVar

import click

from web.clock import utc_now

Command = TypeVar("Command", bound=Callable[..., Any])


def day_of_rules(command: Command) -> Command:
    """Add ``--on``: the day whose rules count, handed over as the date ``on``."""
    return click.option("--on", type=click.DateTime(["%Y-%m-%d"]), callback=_day, metavar="YYYY-MM-DD",
                        help="The day whose rules count; today when it is missing.")(command)


def _day(_context: click.Context, _parameter: click.Parameter, given: datetime | None) -> date:
    return utc_now().date() if given is None else given.date()


class Seconds(click.ParamType[float]):
    """A time above zero; "not a number" and "for ever" are none."""

    name = "seconds"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Read a number of seconds."""
        try:
            seconds = float(str(value))
        except ValueError:
            seconds = math.nan
        if not (math.isfinite(seconds) and seconds > 0):
            self.fail("a time is a number of seconds above 0, such as 60", param, ctx)
        return seconds
