"""The CP-SAT model of a job shop, hinted by a whole schedule; reading schedules back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ortools.sat.python import cp_model

from scheduling.job_shop.greedy import Sequenced
from scheduling.job_shop.instance import JobShop

_MOST_MODES = 20_000
_MOST_SETUP_ARCS = 60_000


@dataclass(slots=True)
class _Choice:
    """A mode of an operation: its machine, its place, its interval, whether it is chosen."""

    operation: int
    place: int
    interval: cp_model.IntervalVar
    is_chosen: cp_model.IntVar


@dataclass(slots=True)
class JobShopModel:
    """The model and what is needed to read a schedule from a solution."""

    model: cp_model.CpModel
    starts: list[cp_model.IntVar]
    choices: list[list[_Choice]]

    def read(self, value: Callable[[cp_model.IntVar], int], makespan: int) -> Sequenced:
        """Read a schedule.

        Parameters
        ----------
        value
            Gives a variable's value in the solution.
        makespan
            Of the solution.

        Returns
        -------
        Sequenced
            Modes, and operations by their start.
        """
        modes = tuple(
            next(choice.place for choice in choices if value(choice.is_chosen)) for choices in self.choices
        )
        starts = [value(start) for start in self.starts]
        return Sequenced(makespan, modes, tuple(sorted(range(len(starts)), key=lambda v: starts[v])))


def fits(instance: JobShop) -> bool:
    """Tell whether the model of an instance is small enough to be built and searched with."""
    if sum(map(len, instance.modes)) > _MOST_MODES:
        return False
    if instance.setups is None:
        return True
    on_machine = [0] * instance.machine_count
    for modes in instance.modes:
        for machine, _ in modes:
            on_machine[machine] += 1
    return sum(count * count for count in on_machine) <= _MOST_SETUP_ARCS


def build(instance: JobShop, hint: Sequenced, starts: list[int], lower_bound: int) -> JobShopModel:
    """Build the model.

    Parameters
    ----------
    instance
        The problem; ``fits`` says whether it should be tried.
    hint
        A valid schedule; its makespan is the horizon. A horizon this tight only works because the whole schedule is
        hinted: without a hint the search comes back empty-handed on large instances.
    starts
        The hint's start of every operation.
    lower_bound
        A valid lower bound of the makespan.

    Returns
    -------
    JobShopModel
        Ready to be solved.
    """
    model = cp_model.CpModel()
    span = model.new_int_var(lower_bound, hint.makespan, "makespan")
    model.add_hint(span, hint.makespan)
    found: list[cp_model.IntVar] = []
    ends: list[cp_model.IntVar] = []
    choices: list[list[_Choice]] = []
    for v, modes in enumerate(instance.modes):
        latest = hint.makespan - instance.tails[v]
        found.append(model.new_int_var(instance.heads[v], latest, ""))
        ends.append(model.new_int_var(instance.heads[v], latest, ""))
        model.add_hint(found[v], starts[v])
        model.add_hint(ends[v], starts[v] + modes[hint.modes[v]][1])
        choices.append([])
        for place, (_, duration) in enumerate(modes):
            is_chosen = model.new_bool_var("")
            model.add_hint(is_chosen, place == hint.modes[v])
            interval = model.new_optional_interval_var(found[v], duration, ends[v], is_chosen, "")
            choices[v].append(_Choice(v, place, interval, is_chosen))
        model.add_exactly_one(choice.is_chosen for choice in choices[v])
        model.add(span >= ends[v] + instance.tails[v])
    for v, earlier in enumerate(instance.before):
        for other in earlier:
            model.add(found[v] >= ends[other])
    made = JobShopModel(model, found, choices)
    _sequence_machines(instance, made, ends)
    model.minimize(span)
    return made


def _sequence_machines(instance: JobShop, made: JobShopModel, ends: list[cp_model.IntVar]) -> None:
    on_machine: list[list[_Choice]] = [[] for _ in range(instance.machine_count)]
    for choices in made.choices:
        for choice in choices:
            on_machine[instance.modes[choice.operation][choice.place][0]].append(choice)
    for machine, choices in enumerate(on_machine):
        made.model.add_no_overlap(choice.interval for choice in choices)
        if instance.setups is not None and choices:
            _add_setups(instance, made, ends, machine, choices)


def _add_setups(
    instance: JobShop, made: JobShopModel, ends: list[cp_model.IntVar], machine: int, choices: list[_Choice]
) -> None:
    """Let a circuit through the chosen operations say which follow each other, and keep their setups between."""
    model = made.model
    arcs: list[tuple[int, int, cp_model.LiteralT]] = []
    is_unused = model.new_bool_var("")
    arcs.append((0, 0, is_unused))
    for place, choice in enumerate(choices, 1):
        arcs.append((0, place, model.new_bool_var("")))
        arcs.append((place, 0, model.new_bool_var("")))
        arcs.append((place, place, ~choice.is_chosen))
        model.add_implication(choice.is_chosen, ~is_unused)
        for other_place, other in enumerate(choices, 1):
            if other.operation == choice.operation:
                continue
            follows = model.new_bool_var("")
            arcs.append((place, other_place, follows))
            setup = instance.setup(machine, choice.operation, other.operation)
            model.add(made.starts[other.operation] >= ends[choice.operation] + setup).only_enforce_if(follows)
    model.add_circuit(arcs)
