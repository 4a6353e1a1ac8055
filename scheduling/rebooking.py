"""Changing booked work on scratch timelines, and which stored rows that changes.

Imports neither SQLAlchemy nor OR-Tools nor the catalog.
"""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterable, Mapping
from dataclasses import replace

from scheduling.problem import Job, Minute, Placement
from scheduling.schedule import Booking
from scheduling.snapshot import Snapshot
from scheduling.timeline import Slot, Timeline


class Rebooking:
    """A set of removals and additions on copies of a snapshot's timelines.

    Parameters
    ----------
    snapshot
        Only read; its timelines hold bookings by row id.
    """

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot
        self._scratch: dict[int, Timeline] = {}
        self._added: set[Hashable] = set()
        self._neighbors: set[tuple[int, Hashable]] = set()

    def timeline(self, unit_id: int) -> Timeline:
        """Give the scratch timeline of a unit."""
        if unit_id not in self._scratch:
            self._scratch[unit_id] = self._snapshot.timelines[unit_id].copy()
        return self._scratch[unit_id]

    def changed(self) -> Snapshot:
        """Give the snapshot with the scratch timelines in their places."""
        return self._snapshot.replaced(self._scratch)

    def remove(self, unit_id: int, key: Hashable) -> None:
        """Take a booking out, of its secondary unit too; one the timeline does not know (it is past) is left alone."""
        for helper_id, line in self._snapshot.timelines.items():
            is_there = key in self._scratch.get(helper_id, line)
            if line.unit.is_secondary and is_there and helper_id != unit_id:
                self.timeline(helper_id).remove(key)
        if unit_id in self._snapshot.timelines and key in self.timeline(unit_id):
            after = self.timeline(unit_id).remove(key)
            if after is not None:
                self._neighbors.add((unit_id, after))

    def put(
        self, key: Hashable, placement: Placement, *, is_resumable: bool, floor_minute: Minute
    ) -> bool:
        """Put a run exactly where a placement says; False when it is not free or begins too early."""
        if placement.unit_id not in self._snapshot.timelines:
            return False
        timeline = self.timeline(placement.unit_id)
        slot = timeline.slot_at(
            placement.start_minute,
            placement.work_minutes,
            setup_family=placement.setup_family,
            is_resumable=is_resumable,
        )
        if slot is None or slot.end_minute != placement.end_minute or slot.setup_start_minute < floor_minute:
            return False
        if not self._serve(key, placement):
            return False
        after = timeline.add(key, slot, setup_family=placement.setup_family)
        self._added.add(key)
        if after is not None:
            self._neighbors.add((placement.unit_id, after))
        return True

    def force(self, key: Hashable, stood_on: int, run: Placement) -> None:
        """Book a run where it really was, whatever its unit offers; ``stood_on`` is the unit it was booked on."""
        if stood_on in self._snapshot.timelines:
            self.remove(stood_on, key)
        if run.unit_id not in self._snapshot.timelines or run.end_minute <= self._snapshot.from_minute:
            return
        slot = Slot(run.setup_start_minute, run.start_minute, run.end_minute)
        self.timeline(run.unit_id).add(key, slot, setup_family=run.setup_family)
        self._added.add(key)
        if run.secondary_unit_id is not None and run.secondary_unit_id in self._snapshot.timelines:
            helped = Slot(run.start_minute, run.start_minute, run.end_minute)
            self.timeline(run.secondary_unit_id).add(key, helped, setup_family="")

    def _serve(self, key: Hashable, placement: Placement) -> bool:
        """Book the secondary unit of a placement, if it needs one; False when that is not free."""
        helper_id = placement.secondary_unit_id
        if helper_id is None:
            return True
        if helper_id not in self._snapshot.timelines:
            return False
        helper, start, end = self.timeline(helper_id), placement.start_minute, placement.end_minute
        if key in helper or not helper.serves(self.timeline(placement.unit_id).calendar, start, end):
            return False
        helper.add(key, Slot(start, start, end), setup_family="")
        return True

    def put_job(self, job: Job, placements: Iterable[Placement], *, floor_minute: Minute) -> Placement | None:
        """Put a job's placements, keyed by job code and operation, in time order.

        Returns
        -------
        Placement or None
            The first placement that is not free any more; None when all stand.
        """
        for placement in sorted(placements, key=lambda placement: placement.start_minute):
            is_resumable = job.operations[placement.operation].is_resumable
            key = (job.code, placement.operation)
            if not self.put(key, placement, is_resumable=is_resumable, floor_minute=floor_minute):
                return placement
        return None

    def with_setup(self, key: Hashable, placement: Placement) -> Placement:
        """Give a placement with the setup its present neighbors ask for."""
        slot = self.timeline(placement.unit_id).slot_of(key)
        return replace(placement, setup_start_minute=slot.setup_start_minute)

    def settled(self, key: Hashable, placement: Placement) -> Placement:
        """Give a placement with the setup its present neighbors ask for; as it is when its unit does not hold it."""
        line = self._scratch.get(placement.unit_id, self._snapshot.timelines.get(placement.unit_id))
        if line is None or key not in line:
            return placement
        setup_start = line.slot_of(key).setup_start_minute
        return placement if setup_start == placement.setup_start_minute else replace(
            placement, setup_start_minute=setup_start)

    def setup_changes(self) -> Mapping[Hashable, Minute]:
        """Give the new setup start of every booking beside a change whose setup differs from before."""
        changes: dict[Hashable, Minute] = {}
        for unit_id, key in self._neighbors:
            before, timeline = self._snapshot.timelines[unit_id], self._scratch[unit_id]
            if key in self._added or key not in timeline or key not in before:
                continue
            setup_start = timeline.slot_of(key).setup_start_minute
            if setup_start != before.slot_of(key).setup_start_minute:
                changes[key] = setup_start
        return changes


def without_bookings(snapshot: Snapshot, bookings: Collection[Booking]) -> Snapshot:
    """Give a snapshot in which the places of some bookings are free; the same one when there are none."""
    if not bookings:
        return snapshot
    scratch = Rebooking(snapshot)
    for booking in bookings:
        scratch.remove(booking.unit_id, booking.id)
    return scratch.changed()
