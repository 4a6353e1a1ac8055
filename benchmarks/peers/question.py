"""What a peer is asked: which options can still be had, at the steps of a walk through a product."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

Clause = Sequence[int]


@dataclass(frozen=True, slots=True)
class Question:
    """A formula in conjunctive normal form, its options, and steps.

    Attributes
    ----------
    variable_count
        Variables are 1 to this number.
    clauses
        Lists of literals, of which one holds each.
    options
        The literal of every option, in the order of the product.
    steps
        Per step the literals that the choices make true.
    """

    variable_count: int
    clauses: Sequence[Clause]
    options: Sequence[int]
    steps: Sequence[Sequence[int]]


@dataclass(slots=True)
class Reply:
    """What a peer said: per answered step the milliseconds it took and which options are possible.

    ``note`` says why there are fewer answers than steps; empty when it is only that the time was up.
    """

    milliseconds: list[float] = field(default_factory=list)
    possible: list[list[bool]] = field(default_factory=list)
    note: str = ""


def answer_each(
    steps: Iterable[Sequence[int]], answer: Callable[[Sequence[int]], list[bool] | None], seconds: float
) -> Reply:
    """Ask for one step after the other until the time is up; the first step is always finished.

    Parameters
    ----------
    steps
        Evidence of each step.
    answer
        Gives the possible options; None when it gave up on the step.
    seconds
        How long to go on.
    """
    reply = Reply()
    began = time.perf_counter()
    for step in steps:
        if time.perf_counter() - began > seconds:
            break
        started = time.perf_counter()
        possible = answer(step)
        if possible is None:
            reply.note = f"no complete answer in {time.perf_counter() - started:.0f} s"
            break
        reply.milliseconds.append((time.perf_counter() - started) * 1000)
        reply.possible.append(possible)
    return reply
