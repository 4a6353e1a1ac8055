"""The units of a snapshot as arrays, and one job laid out upon them: all that a promise needs.

Imports neither SQLAlchemy nor OR-Tools nor the catalog.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from scheduling.engine.arrays import NEVER, NONE, UNIT_FAMILY_BEFORE, Shop, Table
from scheduling.engine.layout import lay_out
from scheduling.families import Families
from scheduling.problem import Job, Leg, Mode, Weights, WorkUnit

OUT_OF_REACH = 1 << 40
"""Minutes of a move between places that no road joins."""
_NO_POINTS = (0, 0, 0)


class _HasUnit(Protocol):
    @property
    def unit(self) -> WorkUnit: ...


class _Legs(Protocol):
    def leg(self, origin: str, destination: str, load_grams: int) -> Leg: ...


@dataclass(frozen=True, slots=True)
class Plant:
    """The units as arrays; a unit's number is its position."""

    units: tuple[WorkUnit, ...]
    index: Mapping[int, int]
    """Number of a unit by its id."""
    sites: Mapping[str, int]
    families: Families
    shop: Shop
    """Without jobs."""

    def is_of(self, timelines: Mapping[int, _HasUnit]) -> bool:
        """Tell whether these are the plant's very units, in its order."""
        return len(timelines) == len(self.units) and all(
            line.unit is unit for line, unit in zip(timelines.values(), self.units, strict=True)
        )


def lay_out_plant(units: Sequence[WorkUnit], families: Families, before: Mapping[int, str | None]) -> Plant:
    """Lay units out as arrays.

    Parameters
    ----------
    units
        In the order of their numbers.
    families
        Knows every family that the units' matrices name.
    before
        Setup family of the last run before the first window, by unit id; None when there was none.
    """
    layout = lay_out(units, (), _no_leg, Weights(), families=families.names[: families.named])
    for position, unit in enumerate(units):
        family = before.get(unit.id)
        if family is not None:
            layout.shop.units[position, UNIT_FAMILY_BEFORE] = families.number(family)
    return Plant(tuple(units), layout.unit_index, layout.site_index, families, layout.shop)


def _no_leg(origin: str, _end: str, _load_grams: int) -> Leg:
    raise KeyError(origin)


def lay_out_job(plant: Plant, job: Job, legs: _Legs) -> Shop:
    """Lay one job out upon a plant; it is job 0.

    Parameters
    ----------
    plant
        Units that modes name and it does not know are left out.
    job
        Operations in topological order.
    legs
        Terms of moves; a pair it does not know is out of reach.
    """
    operations: list[tuple[int, ...]] = []
    befores: list[int] = []
    modes: list[tuple[int, ...]] = []
    secondaries: list[int] = []
    after = [0] * len(job.operations)
    used: dict[str, None] = {}
    for operation in job.operations:
        first_before, first_mode = len(befores), len(modes)
        for before in operation.predecessors:
            after[before] += 1
            befores.append(before)
        for mode in _known_modes(plant, operation.modes):
            used[plant.units[plant.index[mode.unit_id]].site] = None
            first = len(secondaries)
            secondaries.extend(plant.index[unit] for unit in mode.secondary_unit_ids if unit in plant.index)
            number = plant.index[mode.unit_id]
            modes.append((number, mode.work_minutes, mode.cost_minor, mode.co2_grams, 0, first, len(secondaries),
                          plant.sites[plant.units[number].site], 0, 0))
        operations.append((
            0, plant.families.number(operation.setup_family), int(operation.is_resumable),
            -NEVER if operation.earliest_minute is None else operation.earliest_minute,
            first_mode, len(modes), first_before, len(befores), 0, 0, NONE, NONE, 0, NONE, NONE,
        ))
    table = np.array(operations, dtype=np.int64).reshape(-1, 15)
    table[:, 8] = after
    destination = plant.sites.get(job.destination, len(plant.sites))
    head = (0, len(operations), job.release_minute, job.release_minute, NEVER, NEVER, 0, 0, destination, 0)
    return plant.shop._replace(
        legs=_legs(plant, job, legs, used),
        jobs=np.array([head], dtype=np.int64),
        operations=table,
        befores=np.array(befores, dtype=np.int64),
        modes=np.array(modes, dtype=np.int64).reshape(-1, 10),
        secondaries=np.array(secondaries, dtype=np.int64),
    )


def _known_modes(plant: Plant, modes: Sequence[Mode]) -> list[Mode]:
    """List the modes that the plant has units for, those of one site together."""
    known = [
        mode for mode in modes
        if mode.unit_id in plant.index
        and (not mode.secondary_unit_ids or any(unit in plant.index for unit in mode.secondary_unit_ids))
    ]
    if len(known) > 1:
        known.sort(key=lambda mode: plant.sites[plant.units[plant.index[mode.unit_id]].site])
    return known


def _legs(plant: Plant, job: Job, legs: _Legs, used: Mapping[str, None]) -> Table:
    """Give the moves between the places that the job may touch."""
    count = len(plant.sites) + 1
    table = np.zeros((1, count, count, 4), dtype=np.int64)
    for origin in used:
        for end in dict.fromkeys((*used, job.destination)):
            if origin == end:
                continue
            try:
                leg = legs.leg(origin, end, job.load_grams)
                row = (leg.minutes, leg.cost_minor, leg.co2_grams, 0)
            except KeyError:
                row = (OUT_OF_REACH, *_NO_POINTS)
            table[0, plant.sites[origin], plant.sites.get(end, count - 1)] = row
    return table
