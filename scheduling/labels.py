"""The label search behind every promise: per operation and site, the few best ways to get that far.

Imports neither SQLAlchemy nor OR-Tools nor the catalog.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import NamedTuple

from scheduling.problem import Job, Minute, Mode, Operation, Placement
from scheduling.snapshot import Snapshot
from scheduling.timeline import Slot

MOST_LABELS = 8
"""Labels kept per operation and site; the earliest, cheapest and greenest always survive."""


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """One operation put on one unit, and the parts it builds on; compared by identity.

    ``cost_minor`` and ``co2_grams`` hold its own work and the moves that bring its inputs.
    """

    operation: int
    mode: Mode
    site: str
    ready_minute: Minute
    slot: Slot
    cost_minor: int
    co2_grams: int
    inputs: tuple[Part, ...]


class Label(NamedTuple):
    """A way to finish some work: when, for how much, and the parts that end it."""

    end_minute: Minute
    cost_minor: int
    co2_grams: int
    parts: tuple[Part, ...]


class DeadEnd(NamedTuple):
    """The first operation that could not be placed."""

    operation: int


def search(snapshot: Snapshot, job: Job, *, most_labels: int = MOST_LABELS) -> list[Label] | DeadEnd:
    """Find the ways to deliver a job without moving booked work.

    Parameters
    ----------
    snapshot
        Only read.
    job
        Operations in topological order; modes on units the snapshot does not know are ignored.
    most_labels
        Labels kept per operation and site, at least 3.

    Returns
    -------
    list of Label or DeadEnd
        Labels not dominated in (arrival at the destination, cost, emissions), earliest first.

    Notes
    -----
    Earliest, cheapest and greenest are exact when each operation feeds at most one other and no two
    operations of the job compete for one unit; elsewhere they are very good.
    """
    return search_around(snapshot, job, {}, most_labels=most_labels)


def search_around(
    snapshot: Snapshot, job: Job, fixed: Mapping[int, Placement], *, most_labels: int = MOST_LABELS
) -> list[Label] | DeadEnd:
    """Search like :func:`search`, with some operations already standing where they must stay.

    ``fixed`` maps positions to placements; with each, the operations before it are fixed too, or they
    would have to end in time for it.
    """
    finder = _Search(snapshot, job, most_labels)
    for index, operation in enumerate(job.operations):
        standing = fixed.get(index)
        if standing is not None:
            finder.stand(index, operation, standing)
        elif not finder.place(index, operation):
            return DeadEnd(index)
    return finder.deliver()


class _Search:
    """The labels of one job so far: per operation, per site."""

    def __init__(self, snapshot: Snapshot, job: Job, most_labels: int) -> None:
        self.snapshot = snapshot
        self.job = job
        self.most_labels = most_labels
        self.at: list[dict[str, list[Label]]] = []
        uses = [0] * len(job.operations)
        for operation in job.operations:
            for before in operation.predecessors:
                uses[before] += 1
        self.is_tree = max(uses, default=0) <= 1
        self.last = [index for index, count in enumerate(uses) if count == 0]

    def place(self, index: int, operation: Operation) -> bool:
        """Add the labels of one operation; False when it fits nowhere."""
        by_site: dict[str, list[Mode]] = {}
        for mode in operation.modes:
            if mode.unit_id in self.snapshot.timelines:
                by_site.setdefault(self.snapshot.site_of(mode.unit_id), []).append(mode)
        found: dict[str, list[Label]] = {}
        for site, modes in by_site.items():
            labels = [
                label
                for inputs in self.join(operation.predecessors, site)
                for label in self.runs(index, operation, site, modes, inputs)
            ]
            if labels:
                found[site] = pruned(labels, self.most_labels)
        self.at.append(found)
        return bool(found)

    def stand(self, index: int, operation: Operation, placement: Placement) -> None:
        """Add the one label of an operation that stays where it is."""
        timeline = self.snapshot.timelines[placement.unit_id]
        site = timeline.unit.site
        inputs = next(iter(self.join(operation.predecessors, site)))
        mode = next(
            (mode for mode in operation.modes if mode.unit_id == placement.unit_id),
            Mode(placement.unit_id, placement.work_minutes, 0, 0),
        )
        slot = Slot(placement.setup_start_minute, placement.start_minute, placement.end_minute)
        self.at.append({site: [self.label(index, mode, site, inputs, slot)]})

    def runs(
        self, index: int, operation: Operation, site: str, modes: Sequence[Mode], inputs: Label
    ) -> Iterator[Label]:
        """Put the operation behind its inputs: the earliest unit of each price."""
        earliest: dict[tuple[int, int], tuple[Slot, Mode]] = {}
        timelines, floor = self.snapshot.timelines, self.job.release_minute
        for mode in modes:
            slot = timelines[mode.unit_id].earliest(
                inputs.end_minute,
                mode.work_minutes,
                setup_family=operation.setup_family,
                is_resumable=operation.is_resumable,
                floor_minute=floor,
            )
            if slot is None:
                continue
            terms = (mode.cost_minor, mode.co2_grams)
            best = earliest.get(terms)
            if best is None or slot.end_minute < best[0].end_minute:
                earliest[terms] = (slot, mode)
        for slot, mode in earliest.values():
            yield self.label(index, mode, site, inputs, slot)

    def label(self, index: int, mode: Mode, site: str, inputs: Label, slot: Slot) -> Label:
        """Make the label of an operation done by one mode after its inputs."""
        cost, co2 = mode.cost_minor, mode.co2_grams
        for part in inputs.parts:
            leg = self.snapshot.legs.leg(part.site, site, self.job.load_grams)
            cost += leg.cost_minor
            co2 += leg.co2_grams
        own = Part(index, mode, site, inputs.end_minute, slot, cost, co2, inputs.parts)
        return Label(
            slot.end_minute, inputs.cost_minor + mode.cost_minor, inputs.co2_grams + mode.co2_grams, (own,)
        )

    def join(self, predecessors: Sequence[int], site: str) -> Iterable[Label]:
        """Combine the ways the predecessors' work arrives at a site."""
        if not predecessors:
            return [Label(self.job.release_minute, 0, 0, ())]
        joined = self.arriving(predecessors[0], site)
        for before in predecessors[1:]:
            arriving = self.arriving(before, site)
            joined = pruned(
                [
                    label
                    for left, right in product(joined, arriving)
                    if (label := self.both(left, right)) is not None
                ],
                self.most_labels,
            )
        return joined

    def arriving(self, index: int, site: str) -> list[Label]:
        """List the ways an operation's work arrives at a site."""
        moved: list[Label] = []
        for origin, labels in self.at[index].items():
            leg = self.snapshot.legs.leg(origin, site, self.job.load_grams)
            moved.extend(
                Label(end + leg.minutes, cost + leg.cost_minor, co2 + leg.co2_grams, parts)
                for end, cost, co2, parts in labels
            )
        return pruned(moved, self.most_labels)

    def both(self, left: Label, right: Label) -> Label | None:
        """Combine two labels; None when they do the same operation in different ways."""
        end = max(left.end_minute, right.end_minute)
        cost, co2 = left.cost_minor + right.cost_minor, left.co2_grams + right.co2_grams
        parts = (*left.parts, *right.parts)
        if not self.is_tree:
            mine, theirs = parts_of(left.parts), parts_of(right.parts)
            for operation in mine.keys() & theirs.keys():
                if mine[operation] is not theirs[operation]:
                    return None
                cost -= mine[operation].cost_minor
                co2 -= mine[operation].co2_grams
        return Label(end, cost, co2, parts)

    def deliver(self) -> list[Label] | DeadEnd:
        """Bring the last operations' work to the destination."""
        labels = list(self.join(self.last, self.job.destination))
        return labels or DeadEnd(self.last[-1])


def parts_of(parts: Iterable[Part]) -> dict[int, Part]:
    """List the parts a label is made of, by operation."""
    found: dict[int, Part] = {}
    waiting = list(parts)
    while waiting:
        part = waiting.pop()
        if part.operation not in found:
            found[part.operation] = part
            waiting.extend(part.inputs)
    return found


def pruned(labels: list[Label], most: int) -> list[Label]:
    """Drop dominated labels, then thin them out to ``most``; the three extremes always stay."""
    if len(labels) < 2:
        return labels
    kept: list[Label] = []
    for label in sorted(labels, key=_by_end):
        _, cost, co2, _ = label
        if not any(other[1] <= cost and other[2] <= co2 for other in kept):
            kept.append(label)
    if len(kept) <= most:
        return kept
    extremes = {0, kept.index(min(kept, key=_by_cost)), kept.index(min(kept, key=_by_co2))}
    spare = most - len(extremes)
    others = [index for index in range(len(kept)) if index not in extremes]
    chosen = extremes.union(others[i * len(others) // spare] for i in range(spare))
    return [kept[index] for index in sorted(chosen)]


def _by_end(label: Label) -> tuple[int, int, int]:
    return label[0], label[1], label[2]


def _by_cost(label: Label) -> tuple[int, int, int]:
    return label[1], label[0], label[2]


def _by_co2(label: Label) -> tuple[int, int, int]:
    return label[2], label[0], label[1]
