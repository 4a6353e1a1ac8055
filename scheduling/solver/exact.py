"""The whole problem of planning as one CP-SAT model, for cases of a few operations: the oracle of the tests.

Shares no code with the engine. Every unit's working minutes are written out one by one, so horizons must be short.
Setups are stated between any two runs of a unit, which is exact where going by way of a third family never takes less
time than going straight.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from ortools.sat.python import cp_model

from scheduling.engine.layout import JobEntry, StandingRun
from scheduling.problem import Leg, Minute, Mode, Weights, WorkUnit

Legs = Callable[[str, str, int], Leg]
POINTS = 1000
"""Per minor unit."""
LATEST = 1 << 30


@dataclass(frozen=True, slots=True)
class ExactRun:
    """Where an operation runs, in [start, end) minutes."""

    unit_id: int
    secondary_unit_id: int | None
    start_minute: Minute
    end_minute: Minute


@dataclass(frozen=True, slots=True)
class ExactAnswer:
    """The best schedule: points of the objective, runs by job and operation (standing ones are None)."""

    points: int
    runs: tuple[tuple[ExactRun | None, ...], ...]


@dataclass(slots=True)
class _Choice:
    """A mode with a secondary unit or none; ``work`` is its start among the unit's working minutes."""

    mode: Mode
    secondary_id: int | None
    literal: cp_model.IntVar
    work: cp_model.IntVar
    start: cp_model.IntVar
    end: cp_model.IntVar
    family: str


@dataclass(slots=True)
class _Placed:
    """An operation: its end and, by site, whether it is there; one that stands is a constant."""

    start: cp_model.IntVar | int
    end: cp_model.IntVar | int
    sites: dict[str, cp_model.IntVar | int]
    choices: list[_Choice]


def solve_exactly(
    units: Sequence[WorkUnit],
    entries: Sequence[JobEntry],
    legs: Legs,
    weights: Weights,
    *,
    families_before: Mapping[int, str] | None = None,
    standing: Iterable[StandingRun] = (),
    effort: float = 300.0,
) -> ExactAnswer | None:
    """Find the best schedule and prove it.

    Parameters
    ----------
    units, entries, legs, weights, families_before
        As of :func:`scheduling.engine.layout.lay_out`.
    standing
        Runs that planning does not touch.
    effort
        Limit in the solver's own units of work, about seconds: the same on every machine, however busy.

    Returns
    -------
    ExactAnswer or None
        None when there is no schedule.

    Raises
    ------
    ValueError
        Entries differ in the minute before which nothing of them begins.
    TimeoutError
        The effort was too small for a proof.
    """
    if len({entry.floor_minute for entry in entries}) > 1:
        raise ValueError("the exact model needs one floor for all jobs")
    model = _Model(units, legs, weights, dict(families_before or {}), list(standing))
    for entry in entries:
        if not model.add_job(entry):
            return None
    model.add_units()
    model.model.minimize(sum(model.terms))
    solver = cp_model.CpSolver()
    solver.parameters.max_deterministic_time = effort
    solver.parameters.num_workers = 1
    status = solver.solve(model.model)
    if status == cp_model.INFEASIBLE:
        return None
    if status != cp_model.OPTIMAL:
        raise TimeoutError("no proof within the effort")
    return ExactAnswer(
        round(solver.objective_value),
        tuple(tuple(_read(solver, placed) for placed in job) for job in model.jobs),
    )


def _read(solver: cp_model.CpSolver, placed: _Placed) -> ExactRun | None:
    for choice in placed.choices:
        if solver.value(choice.literal):
            start, end = solver.value(choice.start), solver.value(choice.end)
            return ExactRun(choice.mode.unit_id, choice.secondary_id, start, end)
    return None


class _Model:
    """The model while it is built."""

    def __init__(
        self,
        units: Sequence[WorkUnit],
        legs: Legs,
        weights: Weights,
        families_before: dict[int, str],
        standing: list[StandingRun],
    ) -> None:
        self.model = cp_model.CpModel()
        self.units = {unit.id: unit for unit in units}
        self.legs, self.weights = legs, weights
        self.families_before, self.standing = families_before, standing
        self.minutes = {unit.id: [minute for start, end in unit.windows for minute in range(start, end)]
                        for unit in units}
        self.window_of = {unit.id: [number for number, (start, end) in enumerate(unit.windows)
                                    for _ in range(start, end)] for unit in units}
        self.jobs: list[list[_Placed]] = []
        self.terms: list[cp_model.LinearExprT] = []
        self.runs: dict[int, list[_Choice]] = {}
        self.floor = 0

    def price(self, cost_minor: int, co2_grams: int) -> int:
        """Give cost and emissions in points."""
        return cost_minor * self.weights.cost_percent * POINTS // 100 + co2_grams * self.weights.co2_minor_per_kg

    def add_job(self, entry: JobEntry) -> bool:
        """Add a job; False when an operation of it has no start at all."""
        self.floor = entry.floor_minute
        placed: list[_Placed] = []
        self.jobs.append(placed)
        for index, operation in enumerate(entry.job.operations):
            stands = entry.stands.get(index)
            if stands is not None:
                site = self.units[stands.unit_id].site
                placed.append(_Placed(stands.start_minute, stands.end_minute, {site: 1}, []))
                continue
            own = self.add_operation(entry, index)
            if own is None:
                return False
            placed.append(own)
            for before in operation.predecessors:
                self.add_leg(entry, placed[before], own)
        self.add_arrival(entry, placed)
        return True

    def add_operation(self, entry: JobEntry, index: int) -> _Placed | None:
        """Add an operation with all its choices; None when there is none."""
        operation, model = entry.job.operations[index], self.model
        ready = max(entry.job.release_minute, entry.floor_minute)
        if operation.earliest_minute is not None:
            ready = max(ready, operation.earliest_minute)
        choices = []
        for mode in operation.modes:
            if mode.unit_id not in self.units:
                continue
            for secondary_id in mode.secondary_unit_ids or (None,):
                starts = self.starts(mode, secondary_id, ready, is_resumable=operation.is_resumable)
                if starts:
                    choices.append(self.add_choice(mode, secondary_id, starts, operation.setup_family))
        if not choices:
            return None
        model.add_exactly_one(choice.literal for choice in choices)
        placed = _Placed(model.new_int_var(-LATEST, LATEST, ""), model.new_int_var(-LATEST, LATEST, ""), {}, choices)
        for choice in choices:
            model.add(placed.start == choice.start).only_enforce_if(choice.literal)
            model.add(placed.end == choice.end).only_enforce_if(choice.literal)
        for site in {self.units[choice.mode.unit_id].site for choice in choices}:
            here = [choice.literal for choice in choices if self.units[choice.mode.unit_id].site == site]
            placed.sites[site] = model.new_bool_var("")
            model.add(sum(here) == placed.sites[site])
        self.add_stay(entry, index, choices)
        return placed

    def starts(self, mode: Mode, secondary_id: int | None, ready: Minute, *, is_resumable: bool) -> list[int]:
        """List the starts of a mode, in work."""
        minutes, window_of = self.minutes[mode.unit_id], self.window_of[mode.unit_id]
        if secondary_id is not None and secondary_id not in self.units:
            return []
        covered = set(self.minutes[secondary_id]) if secondary_id is not None else set(minutes)
        found = []
        for work in range(bisect_left(minutes, ready), len(minutes) - mode.work_minutes + 1):
            until = work + mode.work_minutes
            if (is_resumable or window_of[work] == window_of[until - 1]) and covered.issuperset(minutes[work:until]):
                found.append(work)
        return found

    def add_choice(self, mode: Mode, secondary_id: int | None, starts: list[int], family: str) -> _Choice:
        """Add a way to run an operation."""
        model, minutes = self.model, self.minutes[mode.unit_id]
        work = model.new_int_var_from_domain(cp_model.Domain.from_values(starts), "")
        start, end = model.new_int_var(-LATEST, LATEST, ""), model.new_int_var(-LATEST, LATEST, "")
        model.add_element(work, minutes, start)
        model.add_element(work, [minutes[min(number + mode.work_minutes, len(minutes)) - 1] + 1
                                 for number in range(len(minutes))], end)
        choice = _Choice(mode, secondary_id, model.new_bool_var(""), work, start, end, family)
        self.terms.append(self.price(mode.cost_minor, mode.co2_grams) * choice.literal)
        self.runs.setdefault(mode.unit_id, []).append(choice)
        return choice

    def add_stay(self, entry: JobEntry, index: int, choices: list[_Choice]) -> None:
        """Price that an operation starts elsewhere than where it stood."""
        was = entry.was.get(index)
        if was is None:
            return
        stays = []
        for choice in choices:
            if choice.mode.unit_id == was.unit_id:
                stay = self.model.new_bool_var("")
                self.model.add_implication(stay, choice.literal)
                self.model.add(choice.start == was.start_minute).only_enforce_if(stay)
                stays.append(stay)
        self.terms.append(self.weights.move_minor * POINTS * (1 - sum(stays)))

    def add_leg(self, entry: JobEntry, before: _Placed, own: _Placed) -> None:
        """Bring a predecessor's work to an operation."""
        for origin, is_from in before.sites.items():
            for site, is_at in own.sites.items():
                leg = self.legs(origin, site, entry.job.load_grams)
                minutes = 0 if origin == site else leg.minutes
                self.model.add(own.start >= before.end + minutes).only_enforce_if(is_from, is_at)
                if origin != site:
                    both = self.model.new_bool_var("")
                    self.model.add(both >= is_from + is_at - 1)
                    self.terms.append(self.price(leg.cost_minor, leg.co2_grams) * both)

    def add_arrival(self, entry: JobEntry, placed: list[_Placed]) -> None:
        """Deliver what a job makes; price lateness."""
        job, model = entry.job, self.model
        arrival = model.new_int_var(job.release_minute, LATEST, "")
        followed = {before for operation in job.operations for before in operation.predecessors}
        for index, own in enumerate(placed):
            if index in followed:
                continue
            for site, is_at in own.sites.items():
                leg = self.legs(site, job.destination, job.load_grams) if site != job.destination else Leg(0, 0, 0)
                model.add(arrival >= own.end + leg.minutes).only_enforce_if(is_at)
                self.terms.append(self.price(leg.cost_minor, leg.co2_grams) * is_at)
        if entry.limit_minute is not None:
            model.add(arrival <= entry.limit_minute)
        if job.due_minute is not None:
            late = model.new_int_var(0, 2 * LATEST, "")
            model.add(late >= arrival - job.due_minute)
            self.terms.append(late * (job.weight * self.weights.tardiness_minor_per_minute * POINTS))

    def add_units(self) -> None:
        """Let no unit do two things at once, with its setups in between."""
        for unit_id, choices in self.runs.items():
            unit = self.units[unit_id]
            own = sorted((run for run in self.standing if run.unit_id == unit_id), key=lambda run: run.start_minute)
            for choice in choices:
                self.add_gaps(unit, own, choice)
            for first, second in combinations(choices, 2):
                self.add_order(unit, first, second)
        for unit_id, unit in self.units.items():
            if unit.is_secondary:
                self.add_secondary(unit_id)

    def add_gaps(self, unit: WorkUnit, standing: list[StandingRun], choice: _Choice) -> None:
        """Put a run into one of the gaps between standing runs."""
        minutes, model = self.minutes[unit.id], self.model
        floor = bisect_left(minutes, self.floor)
        gaps = []
        for number in range(len(standing) + 1):
            here = model.new_bool_var("")
            gaps.append(here)
            family = standing[number - 1].setup_family if number else self.families_before.get(unit.id)
            begin = bisect_left(minutes, standing[number - 1].end_minute) if number else 0
            setup = unit.setup_between(family, choice.family)
            model.add(choice.work >= max(begin, floor) + setup).only_enforce_if(here)
            if number < len(standing):
                following = standing[number]
                until = bisect_left(minutes, following.start_minute)
                until -= unit.setup_between(choice.family, following.setup_family) + choice.mode.work_minutes
                model.add(choice.work <= until).only_enforce_if(here)
        model.add(sum(gaps) == 1).only_enforce_if(choice.literal)

    def add_order(self, unit: WorkUnit, first: _Choice, second: _Choice) -> None:
        """Put one of two runs before the other."""
        model, is_first = self.model, self.model.new_bool_var("")
        both = (first.literal, second.literal)
        forth = first.mode.work_minutes + unit.setup_between(first.family, second.family)
        back = second.mode.work_minutes + unit.setup_between(second.family, first.family)
        model.add(second.work >= first.work + forth).only_enforce_if(is_first, *both)
        model.add(first.work >= second.work + back).only_enforce_if(is_first.negated(), *both)

    def add_secondary(self, unit_id: int) -> None:
        """Let runs of a secondary unit not overlap on the wall clock."""
        model = self.model
        intervals = [
            model.new_fixed_size_interval_var(run.start_minute, run.end_minute - run.start_minute, "")
            for run in self.standing if run.secondary_unit_id == unit_id
        ]
        for choices in self.runs.values():
            for choice in choices:
                if choice.secondary_id == unit_id:
                    size = model.new_int_var(1, LATEST, "")
                    intervals.append(model.new_optional_interval_var(
                        choice.start, size, choice.end, choice.literal, ""))
        model.add_no_overlap(intervals)
