"""Planning files as a tool: read a file of any family, plan it within a time limit, give the answer as plain data.

A job shop's answer is a dictionary of ``family``, ``makespan``, ``lower_bound``, ``bound`` (what the bound comes from),
``assignments`` (job, operation, machine, start, end; everything counts from 0, and in a precedence graph the operation
is the file's own number), ``found_by``, ``seconds``, ``iterations``, ``compiled``, ``setups`` (whether the shop has
any) and ``failures``. An order book's answer has ``objective`` in place of the makespan, and its assignments name
order, operation, unit, start and end.
"""

from __future__ import annotations

import stat
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scheduling.errors import PlanFileInvalid
from scheduling.gantt import GanttBar, GanttPicture, GanttRow, gantt_svg
from scheduling.job_shop.instance import Assignment, JobShop
from scheduling.job_shop.reading import read_job_shop
from scheduling.job_shop.validation import violations
from scheduling.order_book import OrderBook, plan_book, read_order_book
from scheduling.plan_pictures import order_book_picture
from scheduling.printable import printable

__all__ = ["Limits", "OrderBook", "Problem", "is_order_book", "picture_of", "plan_file", "plan_problem",
           "read_problem", "read_text"]
MAXIMUM_FILE_BYTES = 20_000_000
_ORDER_BOOK_ENDINGS = (".json", ".json.gz")
_LEAST_RESERVE_SECONDS = 0.06
_RESERVE_SECONDS_PER_OPERATION = 2e-5
"""Time kept back for checking and writing the answer."""

Problem = JobShop | OrderBook


@dataclass(frozen=True, slots=True)
class Limits:
    """What bounds the planning of a file.

    Attributes
    ----------
    seconds
        Time limit in seconds, ≥ 0, reading the file included.
    seed
        Of the search's random numbers.
    iterations
        For a job shop: make exactly so many moves of one search instead of looking at the clock; equal input then
        gives the equal answer.
    started
        Since when the time counts, in seconds of ``time.monotonic``; now when it is missing.
    should_stop
        Asked a few times a second; the best plan so far is then the answer.
    """

    seconds: float
    seed: int = 1
    iterations: int | None = None
    started: float | None = None
    should_stop: Callable[[], bool] = lambda: False


def is_order_book(path: Path) -> bool:
    """Tell whether a file is an order book: by its name, or by how it begins (JSON or gzip)."""
    if path.name.lower().endswith(_ORDER_BOOK_ENDINGS):
        return True
    try:
        with path.open("rb") as file:
            return file.read(64).removeprefix(b"\xef\xbb\xbf").lstrip().startswith((b"\x1f\x8b", b"{"))
    except OSError:
        return False


def read_problem(path: Path) -> Problem:
    """Read a planning file of any family.

    Parameters
    ----------
    path
        A job shop (flexible, with setups, with a precedence graph, classic), or an order book (``.json``,
        ``.json.gz``).

    Returns
    -------
    JobShop or OrderBook
        Which of them the name, or else the beginning of the file, tells.

    Raises
    ------
    PlanFileInvalid
        The file cannot be read or is of no known format.
    """
    _require_file(path)
    if is_order_book(path):
        return read_order_book(path)
    return read_job_shop(read_text(path), file=printable(path.name))


def _require_file(path: Path) -> None:
    """Refuse what would not end, or cannot be read: a pipe, a device, a folder."""
    name = printable(path.name) or str(path)
    try:
        kind = path.stat().st_mode
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else str(error)
        raise PlanFileInvalid(f"{name}: cannot be read: {why}", file=name, line=0) from error
    if not stat.S_ISREG(kind):
        what = "is a folder" if stat.S_ISDIR(kind) else "is no regular file"
        raise PlanFileInvalid(f"{name}: cannot be read: it {what}", file=name, line=0)


def plan_file(
    path: Path, *, seconds: float, seed: int = 1, iterations: int | None = None, started: float | None = None
) -> dict[str, Any]:
    """Plan a file: a job shop for the least makespan, an order book for the least cost.

    Parameters
    ----------
    path
        As of :func:`read_problem`.
    seconds, seed, iterations, started
        As of :class:`Limits`.

    Returns
    -------
    dict
        The answer, as the module says. Its schedule passed the solver-independent check.

    Raises
    ------
    PlanFileInvalid
        The file cannot be read or is of no known format.
    """
    began = time.monotonic() if started is None else started
    return plan_problem(read_problem(path), path.name, Limits(seconds, seed, iterations, began))


def plan_problem(problem: Problem, name: str, limits: Limits) -> dict[str, Any]:
    """Plan what was read.

    Parameters
    ----------
    problem
        As of :func:`read_problem`.
    name
        The file's name, for refusals.
    limits
        Time and moves.

    Returns
    -------
    dict
        The answer, as the module says. Its schedule passed the solver-independent check.

    Raises
    ------
    PlanFileInvalid
        No plan of all orders of a book was found.
    """
    began = time.monotonic() if limits.started is None else limits.started
    if isinstance(problem, OrderBook):
        answer = plan_book(problem, printable(name), deadline=began + limits.seconds, seed=limits.seed,
                           should_stop=limits.should_stop)
    else:
        answer = _plan_job_shop(problem, limits, began)
    return {**answer, "seconds": round(time.monotonic() - began, 2)}


def _plan_job_shop(instance: JobShop, limits: Limits, began: float) -> dict[str, Any]:
    from scheduling.solver.job_shop import plan_by_iterations, plan_job_shop  # noqa: PLC0415 - threads load solvers

    if limits.iterations is None:
        reserve = max(_LEAST_RESERVE_SECONDS, len(instance.modes) * _RESERVE_SECONDS_PER_OPERATION)
        left = max(0.0, limits.seconds - (time.monotonic() - began) - reserve)
        plan = plan_job_shop(instance, seconds=left, seed=limits.seed, should_stop=limits.should_stop)
    else:
        plan = plan_by_iterations(instance, iterations=limits.iterations, seed=limits.seed,
                                  should_stop=limits.should_stop)
    breaches = violations(instance, plan.assignments)
    if breaches:
        raise AssertionError(f"the planner broke its own rules: {breaches[0]}")
    return {
        "family": instance.family, "makespan": plan.makespan, "lower_bound": plan.lower_bound, "bound": plan.bound,
        "found_by": plan.found_by, "seconds": 0.0, "iterations": plan.iterations,
        "compiled": plan.is_compiled, "setups": instance.setups is not None, "failures": list(plan.failures),
        "assignments": [
            {"job": a.job, "operation": a.operation, "machine": a.machine, "start": a.start, "end": a.end}
            for a in plan.assignments
        ],
    }


def read_text(path: Path) -> str:
    """Read a planning file.

    Raises
    ------
    PlanFileInvalid
        The file is missing, larger than 20 MB or no text.
    """
    name = printable(path.name)
    try:
        if path.stat().st_size > MAXIMUM_FILE_BYTES:
            raise PlanFileInvalid(f"{name}: the file is larger than 20 MB", file=name, line=0)
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise PlanFileInvalid(f"{name}: cannot be read: {error.strerror}", file=name, line=0) from error
    except UnicodeDecodeError as error:
        what = f"{name}: this is not text: byte {error.start} is not of UTF-8"
        raise PlanFileInvalid(what, file=name, line=0) from error


def picture_of(problem: Problem, name: str, answer: dict[str, Any]) -> str:
    """Draw an answer of ``plan_problem`` as an SVG.

    Parameters
    ----------
    problem
        What was planned.
    name
        The file's name.
    answer
        Its answer.

    Returns
    -------
    str
        A whole SVG document.
    """
    if isinstance(problem, OrderBook):
        return gantt_svg(order_book_picture(problem, name, answer))
    return gantt_svg(_job_shop_picture(problem, name, answer))


def _job_shop_picture(instance: JobShop, name: str, answer: dict[str, Any]) -> GanttPicture:
    number = {found: operation for operation, found in enumerate(instance.names)}
    items = sorted((Assignment(**item) for item in answer["assignments"]), key=lambda item: (item.machine, item.start))
    bars, last = [], None
    for item in items:
        operation = number[item.job, item.operation]
        setup = 0
        if last is not None and last.machine == item.machine:
            setup = instance.setup(item.machine, number[last.job, last.operation], operation)
        title = (f"job {item.job}, operation {item.operation} on machine {item.machine}: {item.start} to {item.end}"
                 f"{f', setup {setup} before' if setup else ''}")
        label = f"{item.job}.{item.operation}"
        bars.append(GanttBar(item.machine, item.start, item.end, item.job, label, title, setup))
        last = item
    bound = answer["lower_bound"]
    return GanttPicture(
        f"{name}: makespan {answer['makespan']}",
        f"{len(items)} operations of {instance.job_count} jobs on {instance.machine_count} machines; no schedule is "
        f"shorter than {bound} ({answer['bound']}). Labels: job.operation.",
        tuple(GanttRow(f"machine {machine}") for machine in range(instance.machine_count)), tuple(bars),
        marks=((bound, f"bound {bound}"),),
    )
