"""The work units as a process knows them: read again when the network has another version."""

from __future__ import annotations

from weakref import WeakKeyDictionary

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from scheduling.schedule import WorkUnitEntry
from scheduling.store import find_area, has_written, unit_entry
from scheduling.tables import WorkUnitRow

_kept: WeakKeyDictionary[Engine, tuple[tuple[object, ...], tuple[WorkUnitEntry, ...]]] = WeakKeyDictionary()


def read_units(session: Session) -> tuple[WorkUnitEntry, ...]:
    """Give every work unit by id, inactive ones too; empty before a network is published.

    Units change only with the version of the network, which the planning area carries. A transaction that has raised
    the version reads its own.
    """
    area, bind = find_area(session), session.get_bind()
    if area is None or has_written(session) or not isinstance(bind, Engine):
        return _read(session)
    key = (area.id, area.network_version, area.published_at)
    known = _kept.get(bind)
    if known is not None and known[0] == key:
        return known[1]
    units = _read(session)
    _kept[bind] = (key, units)
    return units


def _read(session: Session) -> tuple[WorkUnitEntry, ...]:
    query = select(WorkUnitRow).order_by(WorkUnitRow.id).execution_options(populate_existing=True)
    return tuple(unit_entry(row) for row in session.scalars(query))
