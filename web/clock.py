"""The only place where the edge reads the clock. Domain code gets the moment passed in."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from flask import current_app

Clock = Callable[[], datetime]


def utc_now() -> datetime:
    """Give the present moment as aware UTC."""
    return datetime.now(UTC)


def now() -> datetime:
    """Give the present moment of the running application, which tests may set.

    Returns
    -------
    datetime
        Aware UTC.
    """
    clock: Clock = current_app.extensions["onelot_clock"]
    return clock()
