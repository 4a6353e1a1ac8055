"""The CP-SAT model of a firm quote: operations with their choices, work units, transport, caps and the objective."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import combinations
from typing import Any

from ortools.sat.python import cp_model

from scheduling.firm import FirmTask, lateness
from scheduling.problem import Job, Minute, Mode, Operation, Placement
from scheduling.solver.firm_windows import Bounds, JobBounds, leg_between
from scheduling.starts import (
    Barrier,
    Starts,
    blocked_spans,
    free_spans,
    led_starts,
    paused_starts,
    secondary_closed,
    standing_runs,
    without,
)

Expression = Any
"""A variable, a whole number, or a sum of such: OR-Tools overloads every operator of its own classes for them."""
Literal = cp_model.IntVar | bool


@dataclass(slots=True)
class Choice:
    """One way to run an operation: a mode, its secondary unit if it needs one, and its free starts.

    ``stretches`` are the model's intervals, one for each length of pause, with the literal of each.
    """

    mode: Mode
    secondary_id: int | None
    site: str
    starts: list[Starts]
    literal: cp_model.IntVar
    is_hinted: bool
    intervals: list[cp_model.IntervalVar] = field(default_factory=list)
    ready: dict[int, Expression] = field(default_factory=dict)
    """By setup minutes, the latest end of the run before it."""


@dataclass(slots=True)
class OperationVariables:
    """An operation in the model; one that stays has constants and no choices."""

    operation: Operation
    present: Placement
    start: Expression
    end: Expression
    choices: list[Choice]
    sites: dict[str, Literal]


@dataclass(slots=True)
class JobVariables:
    """A job in the model, with the placements it is hinted by."""

    job: Job
    present: tuple[Placement, ...]
    is_new: bool
    bounds: JobBounds
    operations: list[OperationVariables] = field(default_factory=list)
    cost: list[tuple[int, Literal]] = field(default_factory=list)
    """Amounts in minor units, each with the literal that makes it due."""
    co2: list[tuple[int, Literal]] = field(default_factory=list)


class FirmModel:
    """A model that grows job by job; every variable is hinted by the inserted plan and the present schedule."""

    def __init__(self, task: FirmTask) -> None:
        self.task = task
        self.model = cp_model.CpModel()
        self._movable = {key for item in task.movable for key in _moving_keys(item.planned.fixed, item.booking_ids)}
        self._on_unit: dict[int, list[tuple[OperationVariables, Choice]]] = {}
        self._barriers: dict[int, tuple[Minute, Minute, list[Barrier]]] = {}
        self._both: dict[tuple[int, int], cp_model.IntVar] = {}
        self._hints: dict[int, bool] = {}
        self._late: list[cp_model.IntVar] = []

    def add_job(
        self, job: Job, placements: tuple[Placement, ...], fixed: frozenset[int], bounds: JobBounds,
        *, is_new: bool = False,
    ) -> JobVariables | None:
        """Add a job's operations and what binds them together; None when one of them has no free start."""
        variables = JobVariables(job, placements, is_new, bounds)
        for index, operation in enumerate(job.operations):
            present, window = placements[index], bounds.operations[index]
            if index in fixed:
                site = self.task.snapshot.site_of(present.unit_id)
                times = present.start_minute, present.end_minute
                item = OperationVariables(operation, present, *times, [], {site: True})
            else:
                item = self._operation(operation, present, window, bounds.floor_minute)
                if not item.choices:
                    return None
            variables.operations.append(item)
            self._bring_inputs(variables, index)
        self._deliver(variables)
        return variables

    def _bool(self, *, hint: bool) -> cp_model.IntVar:
        literal = self.model.new_bool_var("")
        self.model.add_hint(literal, hint)
        self._hints[literal.index] = hint
        return literal

    def _operation(
        self, operation: Operation, present: Placement, window: Bounds, floor_minute: Minute
    ) -> OperationVariables:
        model = self.model
        start = model.new_int_var(window.from_minute, max(window.from_minute, window.until_minute), "")
        end = model.new_int_var(window.from_minute, max(window.from_minute, window.until_minute), "")
        model.add_hint(start, present.start_minute)
        model.add_hint(end, present.end_minute)
        item = OperationVariables(operation, present, start, end, [], {})
        for mode in operation.modes:
            for secondary_id in mode.secondary_unit_ids or (None,):
                starts = self._starts(operation, mode, secondary_id, window, floor_minute)
                if starts:
                    self._choose(item, mode, secondary_id, starts)
        if item.choices:
            model.add_exactly_one(choice.literal for choice in item.choices)
            self._name_sites(item)
        return item

    def _starts(
        self, operation: Operation, mode: Mode, secondary_id: int | None, window: Bounds, floor_minute: Minute
    ) -> list[Starts]:
        timelines = self.task.snapshot.timelines
        if mode.unit_id not in timelines or (secondary_id is not None and secondary_id not in timelines):
            return []
        line = timelines[mode.unit_id]
        barriers = standing_runs(line, self._movable, window.from_minute, window.until_minute)
        spans = list(free_spans(line, barriers, operation, mode, floor_minute=floor_minute,
                                from_minute=window.from_minute, until_minute=window.until_minute))
        if secondary_id is not None:
            closed = secondary_closed(self.task.snapshot, line, secondary_id, self._movable, window.from_minute,
                                      window.until_minute)
            spans = without(spans, blocked_spans(line.calendar, mode.work_minutes, closed))
        return paused_starts(line.calendar, spans, mode.work_minutes, is_resumable=operation.is_resumable)

    def _choose(self, item: OperationVariables, mode: Mode, secondary_id: int | None, starts: list[Starts]) -> None:
        model, present = self.model, item.present
        is_hinted = (mode.unit_id, mode.work_minutes, secondary_id) == (
            present.unit_id, present.work_minutes, present.secondary_unit_id
        ) and not any(choice.is_hinted for choice in item.choices)
        site = self.task.snapshot.site_of(mode.unit_id)
        choice = Choice(mode, secondary_id, site, starts, self._bool(hint=is_hinted), is_hinted)
        classes = _by_extra(starts)
        literals = []
        for pause, domain in classes.items():
            is_taken = is_hinted and domain.contains(present.start_minute)
            literal = choice.literal if len(classes) == 1 else self._bool(hint=is_taken)
            literals.append(literal)
            length = mode.work_minutes + pause
            model.add_linear_expression_in_domain(item.start, domain).only_enforce_if(literal)
            model.add(item.end == item.start + length).only_enforce_if(literal)
            choice.intervals.append(model.new_optional_fixed_size_interval_var(item.start, length, literal, ""))
        if len(classes) > 1:
            model.add(sum(literals) == choice.literal)
        item.choices.append(choice)
        self._on_unit.setdefault(mode.unit_id, []).append((item, choice))
        if secondary_id is not None:
            self._on_unit.setdefault(secondary_id, []).append((item, choice))

    def _name_sites(self, item: OperationVariables) -> None:
        by_site: dict[str, list[Choice]] = {}
        for choice in item.choices:
            by_site.setdefault(choice.site, []).append(choice)
        for site, choices in by_site.items():
            if len(by_site) == 1:
                item.sites[site] = True
            elif len(choices) == 1:
                item.sites[site] = choices[0].literal
            else:
                literal = self._bool(hint=any(choice.is_hinted for choice in choices))
                self.model.add(sum(choice.literal for choice in choices) == literal)
                item.sites[site] = literal

    def _bring_inputs(self, job: JobVariables, index: int) -> None:
        item = job.operations[index]
        for choice in item.choices:
            job.cost.append((choice.mode.cost_minor, choice.literal))
            job.co2.append((choice.mode.co2_grams, choice.literal))
        if not item.choices:
            mode = next((m for m in item.operation.modes if m.unit_id == item.present.unit_id), None)
            job.cost.append((mode.cost_minor if mode else 0, True))
        for before in item.operation.predecessors:
            other = job.operations[before]
            for origin, left in other.sites.items():
                for site, right in item.sites.items():
                    leg = leg_between(self.task.snapshot, job.job, origin, site)
                    if leg.minutes or leg.cost_minor or leg.co2_grams or len(other.sites) * len(item.sites) == 1:
                        both = self._together(left, right)
                        self._when(item.start - other.end >= leg.minutes, both)
                        job.cost.append((leg.cost_minor, both))
                        job.co2.append((leg.co2_grams, both))
            if len(other.sites) * len(item.sites) > 1:
                self._when(item.start - other.end >= 0)

    def _when(self, constraint: Expression, literal: Literal = True) -> None:  # noqa: FBT002 - a literal
        if isinstance(constraint, bool):
            return  # both ends stay: the present schedule answers for them
        added = self.model.add(constraint)
        if literal is not True:
            added.only_enforce_if(literal)

    def _together(self, left: Literal, right: Literal) -> Literal:
        """Give a literal that is true whenever both are."""
        if left is True:
            return right
        if right is True:
            return left
        if isinstance(left, bool) or isinstance(right, bool):
            raise TypeError("a place is open only as a literal of the model")
        key = (left.index, right.index)
        if key not in self._both:
            literal = self._bool(hint=self._hints[left.index] and self._hints[right.index])
            self.model.add_bool_or(~left, ~right, literal)
            self._both[key] = literal
        return self._both[key]

    def _deliver(self, job: JobVariables) -> None:
        used = {before for operation in job.job.operations for before in operation.predecessors}
        for index, item in enumerate(job.operations):
            if index in used:
                continue
            for site, literal in item.sites.items():
                leg = leg_between(self.task.snapshot, job.job, site, job.job.destination)
                if item.choices:
                    self._when(item.end <= job.bounds.limit_minute - leg.minutes, literal)
                job.cost.append((leg.cost_minor, literal))
                job.co2.append((leg.co2_grams, literal))

    def keep_apart(self) -> None:
        """Let no two runs overlap on a unit, with the setups between them."""
        for unit_id, items in self._on_unit.items():
            self.model.add_no_overlap(interval for _, choice in items for interval in choice.intervals)
            for (one, first), (other, second) in combinations(items, 2):
                self._set_up(unit_id, one, first, other, second)

    def _set_up(self, unit_id: int, one: OperationVariables, first: Choice, other: OperationVariables,
                second: Choice) -> None:
        unit = self.task.snapshot.timelines[unit_id].unit
        families = one.operation.setup_family, other.operation.setup_family
        there, back = unit.setup_between(*families), unit.setup_between(*reversed(families))
        if one is other or not (there or back) or unit.is_secondary:
            return
        before = self._bool(hint=one.present.start_minute < other.present.start_minute)
        model = self.model
        model.add(one.end <= self._ready(other, second, there)).only_enforce_if(before, first.literal, second.literal)
        model.add(other.end <= self._ready(one, first, back)).only_enforce_if(~before, first.literal, second.literal)

    def _ready(self, item: OperationVariables, choice: Choice, setup_minutes: int) -> Expression:
        """Give the latest end of the run before, so that a setup fits between."""
        if setup_minutes == 0:
            return item.start
        if setup_minutes not in choice.ready:
            calendar = self.task.snapshot.timelines[choice.mode.unit_id].calendar
            classes = _by_extra(led_starts(calendar, choice.starts, setup_minutes))
            if len(classes) == 1:
                choice.ready[setup_minutes] = item.start - next(iter(classes))
            else:
                choice.ready[setup_minutes] = self._varying_lead(item, choice, classes)
        return choice.ready[setup_minutes]

    def _varying_lead(self, item: OperationVariables, choice: Choice, classes: Mapping[int, cp_model.Domain]
                      ) -> Expression:
        present = item.present.start_minute
        hinted = next((lead for lead, domain in classes.items() if domain.contains(present)), min(classes))
        lead = self.model.new_int_var_from_domain(cp_model.Domain.from_values(list(classes)), "")
        self.model.add_hint(lead, hinted)
        literals = []
        for minutes, domain in classes.items():
            literal = self._bool(hint=choice.is_hinted and minutes == hinted)
            literals.append(literal)
            self.model.add(lead == minutes).only_enforce_if(literal)
            self.model.add_linear_expression_in_domain(item.start, domain).only_enforce_if(literal)
        self.model.add(sum(literals) == choice.literal)
        return item.start - lead

    def arrive(self, job: JobVariables) -> cp_model.IntVar:
        """Give the arrival of a job at its destination."""
        inserted = self.task.inserted.arrival_minute
        arrival = self.model.new_int_var(job.job.release_minute, inserted, "")
        self.model.add_hint(arrival, inserted)
        used = {before for operation in job.job.operations for before in operation.predecessors}
        for index, item in enumerate(job.operations):
            if index not in used:
                for site, literal in item.sites.items():
                    leg = leg_between(self.task.snapshot, job.job, site, job.job.destination)
                    self._when(arrival >= item.end + leg.minutes, literal)
        return arrival

    def cap(self, job: JobVariables, *, cost_minor: int, co2_grams: int | None = None) -> None:
        """Let a job cost and emit no more than so much."""
        self.model.add(_sum(job.cost) <= cost_minor)
        if co2_grams is not None:
            self.model.add(_sum(job.co2) <= co2_grams)

    def want_early(self, arrival: cp_model.IntVar) -> None:
        """Want the earliest arrival, or the earliest of the task's days."""
        self._late = []
        for day_end in self.task.day_ends or ():
            if day_end < self.task.inserted.arrival_minute:
                late = self._bool(hint=True)
                self.model.add(arrival <= day_end).only_enforce_if(~late)
                if self._late:
                    self.model.add_implication(late, self._late[-1])
                self._late.append(late)
        self.model.minimize(sum(self._late) if self._late else arrival)

    def gains(self, arrival_minute: Minute) -> bool:
        """Tell whether an arrival is better than the inserted plan's."""
        task = self.task
        return lateness(task, arrival_minute) < lateness(task, task.inserted.arrival_minute)

    def want_little(
        self, arrival: cp_model.IntVar, arrival_minute: Minute, jobs: Iterable[JobVariables], *, minor_per_move: int
    ) -> None:
        """Hold the arrival to what was found (the day of it, where days count); want least cost and fewest moves."""
        latest = next((end for end in self.task.day_ends or () if arrival_minute <= end), arrival_minute)
        self.model.add(arrival <= latest)
        terms: list[Expression] = []
        for job in jobs:
            terms.append(_sum(job.cost))
            if not job.is_new:
                terms += [minor_per_move * ~self._stays(item) for item in job.operations if item.choices]
        self.model.clear_objective()  # type: ignore[no-untyped-call]
        self.model.minimize(sum(terms))

    def _stays(self, item: OperationVariables) -> cp_model.IntVar:
        stays = self._bool(hint=True)
        hinted = [choice.literal for choice in item.choices if choice.is_hinted]
        self.model.add_bool_or([*hinted, ~stays])
        self.model.add(item.start == item.present.start_minute).only_enforce_if(stays)
        return stays


def _moving_keys(fixed: frozenset[int], booking_ids: Iterable[int]) -> Iterable[int]:
    return (booking_id for position, booking_id in enumerate(booking_ids) if position not in fixed)


def _by_extra(starts: Iterable[Starts]) -> dict[int, cp_model.Domain]:
    found: dict[int, list[list[int]]] = {}
    for first, last, extra in starts:
        found.setdefault(extra, []).append([first, last])
    return {extra: cp_model.Domain.from_intervals(spans) for extra, spans in found.items()}


def _sum(amounts: Iterable[tuple[int, Literal]]) -> Expression:
    return sum(amount * literal for amount, literal in amounts)
