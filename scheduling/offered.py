"""Reads for the board: what each work unit offers in a period, and when it is down."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from scheduling.errors import NetworkMissing
from scheduling.problem import Minute, WorkUnit
from scheduling.store import area_network, find_area, load_units
from scheduling.tables import DowntimeRow


@dataclass(frozen=True, slots=True)
class Downtime:
    """A time [from, until) in which a work unit cannot work, and why."""

    unit_id: int
    from_minute: Minute
    until_minute: Minute
    reason: str


def list_offered_units(session: Session, *, from_minute: Minute, until_minute: Minute) -> tuple[WorkUnit, ...]:
    """Give the active work units with the windows they offer in [from, until), downtimes cut out.

    Parameters
    ----------
    session
        Only read.
    from_minute, until_minute
        Whole UTC minutes since 1970.

    Returns
    -------
    tuple of WorkUnit
        By id; without secondary units, which have no bookings of their own.

    Raises
    ------
    NetworkMissing
        No network has been published.
    """
    area = find_area(session)
    if area is None:
        raise NetworkMissing("No plants are known yet; publish a network first.")
    units = load_units(session, area_network(area), from_minute=from_minute, until_minute=until_minute)
    return tuple(unit for unit in units if not unit.is_secondary)


def list_downtimes(session: Session, *, from_minute: Minute, until_minute: Minute) -> tuple[Downtime, ...]:
    """List the downtimes that touch [from, until), earliest first; empty when nothing is down."""
    rows = session.scalars(
        select(DowntimeRow)
        .where(DowntimeRow.until_minute > from_minute, DowntimeRow.from_minute < until_minute)
        .order_by(DowntimeRow.from_minute, DowntimeRow.id)
    )
    return tuple(Downtime(row.unit_id, row.from_minute, row.until_minute, row.reason) for row in rows)
