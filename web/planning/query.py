"""What the board's address asks for. Anything unreadable falls back, with a sentence that says so."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from urllib.parse import urlencode

from web.words import gettext as _

DAYS_BY_ZOOM = {"day": 1, "week": 7, "month": 28}
EARLIEST = date(2020, 1, 1)
LATEST = date(2099, 12, 31)


@dataclass(frozen=True, slots=True)
class BoardQuery:
    """The shown stretch, the selected order and work center; ``problem`` is empty when all was readable."""

    from_on: date
    zoom: str = "week"
    order: str = ""
    work_center: str = ""
    problem: str = ""

    @property
    def days(self) -> int:
        """How many days are shown."""
        return DAYS_BY_ZOOM[self.zoom]

    @property
    def until_on(self) -> date:
        """The first day after the shown ones."""
        return self.from_on + timedelta(days=self.days)

    def arguments(self, **changes: object) -> dict[str, str]:
        """Give the query with changes as address arguments, empty ones left out."""
        changed = replace(self, **changes)  # type: ignore[arg-type]  # names come from this module only
        values = {"from": changed.from_on.isoformat(), "zoom": changed.zoom, "order": changed.order,
                  "center": changed.work_center}
        return {name: value for name, value in values.items() if value}

    def url(self, path: str, **changes: object) -> str:
        """Give the address of a page with this query and changes."""
        return f"{path}?{urlencode(self.arguments(**changes))}"


def read_board_query(arguments: Mapping[str, str], *, today: date) -> BoardQuery:
    """Read the address arguments ``from``, ``zoom``, ``order`` and ``center``.

    Parameters
    ----------
    arguments
        As they came, untrusted.
    today
        Plant-local; the default start is the Monday of its week.

    Returns
    -------
    BoardQuery
        Always usable.
    """
    monday = today - timedelta(days=today.weekday())
    zoom = arguments.get("zoom", "week")
    problem = ""
    if zoom not in DAYS_BY_ZOOM:
        zoom, problem = "week", _("The board shows a day, a week or a month; here is the week.")
    from_on = today if zoom == "day" else monday
    if text := arguments.get("from", ""):
        wished = _date(text)
        if wished is None:
            problem = _("Enter a day such as 2027-03-08, from 2020 to 2099.")
        else:
            from_on = wished
    return BoardQuery(from_on, zoom, arguments.get("order", "")[:40], arguments.get("center", "")[:80], problem)


def _date(text: str) -> date | None:
    try:
        wished = date.fromisoformat(text) if len(text) == 10 and text.isascii() else None
    except ValueError:
        return None
    return wished if wished is not None and EARLIEST <= wished <= LATEST else None
