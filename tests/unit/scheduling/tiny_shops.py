"""Tiny planning problems of every kind, drawn at random: the matter of the tests against the exact model."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import product
from random import Random

from scheduling.engine.arrays import Lines, make_lines
from scheduling.engine.layout import JobEntry, Layout, StandingRun, lay_out, put_standing
from scheduling.problem import Job, Leg, Mode, Operation, Placement, Weights, WorkUnit

LIVE = 29_000_000
"""About today, in minutes since 1970."""
FAMILIES = ("a", "b", "c")
SITES = ("north", "south")
HORIZON = 70


@dataclass(frozen=True)
class TinyShop:
    """A problem as values."""

    units: tuple[WorkUnit, ...]
    entries: tuple[JobEntry, ...]
    weights: Weights
    minutes: int
    """Between the two sites."""
    families_before: dict[int, str] = field(default_factory=dict)
    standing: tuple[StandingRun, ...] = ()

    def legs(self, origin: str, end: str, grams: int) -> Leg:
        """Give the terms of a move."""
        return Leg(0, 0, 0) if origin == end else Leg(self.minutes, 7 + grams, 13)

    def layout(self) -> Layout:
        """Lay the problem out."""
        return lay_out(self.units, self.entries, self.legs, self.weights, families_before=self.families_before,
                       families=[run.setup_family for run in self.standing])

    def lines(self, layout: Layout) -> Lines:
        """Make timelines with what stands."""
        lines = make_lines(layout.shop, 40)
        put_standing(layout, lines, self.standing)
        return lines


def tiny_shop(seed: int, *, jobs: int | None = None) -> TinyShop:
    """Draw a problem: breaks, setups, secondary units, joins, shared inputs, standing runs, limits, moves."""
    dice = Random(seed)
    base = dice.choice((0, LIVE))
    units = _units(dice, base)
    standing: list[StandingRun] = []
    _stand(dice, units, base, standing)
    entries = [_entry(dice, units, base, number) for number in range(jobs or dice.randint(1, 3))]
    before = {unit.id: dice.choice(FAMILIES) for unit in units if not unit.is_secondary and dice.random() < 0.4}
    weights = Weights(dice.choice((0, 1, 3)), dice.choice((0, 5)), dice.choice((0, 4)), dice.choice((100, 100, 0)))
    return TinyShop(units, tuple(entries), weights, dice.randint(0, 9), before, tuple(standing))


def _windows(dice: Random, base: int) -> tuple[tuple[int, int], ...]:
    windows, at = [], base + dice.randint(-5, 6)
    while at < base + HORIZON:
        until = at + dice.randint(4, 50)
        windows.append((at, until))
        at = until + dice.randint(1, 9)
    return tuple(windows)


def _matrix(dice: Random) -> tuple[tuple[str, str, int], ...]:
    """Draw setups for which no way round is shorter."""
    table = {(a, b): dice.randint(1, 6) for a, b in product(FAMILIES, FAMILIES) if a != b}
    for way, a, b in product(FAMILIES, FAMILIES, FAMILIES):
        if len({way, a, b}) == 3:
            table[a, b] = min(table[a, b], table[a, way] + table[way, b])
    return tuple((a, b, minutes) for (a, b), minutes in table.items())


def _units(dice: Random, base: int) -> tuple[WorkUnit, ...]:
    units = [
        WorkUnit(10 + number, f"m{number}", "center", dice.choice(SITES), "", 0, _windows(dice, base), _matrix(dice))
        for number in range(dice.randint(1, 3))
    ]
    if dice.random() < 0.4:
        units.append(WorkUnit(90, "tool", "tools", "north", "", 0, _windows(dice, base), (), is_secondary=True))
    return tuple(units)


def _stand(dice: Random, units: tuple[WorkUnit, ...], base: int, standing: list[StandingRun]) -> None:
    for unit in units:
        if unit.is_secondary or dice.random() < 0.5:
            continue
        start, end = unit.windows[dice.randrange(len(unit.windows))]
        begin = dice.randint(start, end - 1)
        standing.append(StandingRun(unit.id, begin, dice.randint(begin + 1, end), dice.choice(FAMILIES), -7))


def _mode(dice: Random, units: tuple[WorkUnit, ...]) -> Mode:
    machines = [unit for unit in units if not unit.is_secondary]
    has_tool = len(machines) < len(units) and dice.random() < 0.3
    return Mode(dice.choice(machines).id, dice.randint(1, 9), dice.randint(0, 40), dice.randint(0, 9),
                (90,) if has_tool else ())


def _entry(dice: Random, units: tuple[WorkUnit, ...], base: int, number: int) -> JobEntry:
    count = dice.randint(1, 3)
    operations = []
    for index in range(count):
        befores = sorted(dice.sample(range(index), min(index, dice.choice((0, 1, 1, 2)))))
        modes = {mode.unit_id: mode for mode in (_mode(dice, units) for _ in range(dice.randint(1, 3)))}
        earliest = base + dice.randint(-5, 40) if dice.random() < 0.3 else None
        operations.append(Operation(f"o{index}", tuple(modes.values()), tuple(befores), dice.choice(FAMILIES),
                                    dice.random() < 0.6, earliest))
    due = base + dice.randint(-10, 60) if dice.random() < 0.8 else None
    release, destination = base + dice.randint(-20, 15), dice.choice(SITES)
    job = Job(f"j{number}", tuple(operations), release, destination, dice.randint(0, 3), due, None, dice.randint(1, 3))
    was: dict[int, Placement] = {}
    stands: dict[int, Placement] = {}
    for index, operation in enumerate(operations):
        draw = dice.random()
        mode = operation.modes[0]
        window = next(unit for unit in units if unit.id == mode.unit_id).windows[0]
        placement = Placement(index, mode.unit_id, window[0], window[0], window[0] + mode.work_minutes,
                              mode.work_minutes, operation.setup_family)
        if draw < 0.15 and all(before in stands for before in operation.predecessors):
            stands[index] = placement
        elif draw < 0.4:
            was[index] = placement
    limit = base + dice.randint(25, 70) if dice.random() < 0.3 else None
    return JobEntry(job, base, limit, was, stands)
