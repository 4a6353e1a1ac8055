"""``onelot plan``: plan a job shop file or an order book."""

from __future__ import annotations

import json
import math
import sys
import time
from pathlib import Path
from typing import Any

import click

from scheduling.errors import PlanFileInvalid
from scheduling.plan_file import Limits, OrderBook, Problem, picture_of, plan_problem, read_problem
from scheduling.printable import printable
from web.cli.ending import Interruption, seconds_since_start
from web.cli.output import print_json, say
from web.cli.plan_files import require_writable, write

_COLUMNS = ("job", "operation", "machine", "start", "end")
_ORDER_COLUMNS = ("order", "operation", "unit", "start", "end")


def _finite(_: click.Context, __: click.Parameter, value: float) -> float:
    if math.isnan(value):
        raise click.BadParameter("nan is not a number of seconds.")
    return value


@click.command("plan")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--seconds", type=click.FloatRange(0, 86_400), default=10.0, show_default=True, callback=_finite,
              help="Time limit, starting up and reading the file included.")
@click.option("--seed", type=click.IntRange(0, 2**31 - 1), default=1, show_default=True,
              help="Seed of the search's random numbers.")
@click.option("--iterations", type=click.IntRange(0), default=None,
              help="Job shops: make so many moves instead of looking at the clock, the same answer every time.")
@click.option("--json", "is_json", is_flag=True, help="The whole answer as one line of JSON.")
@click.option("--gantt", type=click.Path(path_type=Path, dir_okay=False),
              help="Draw the plan as an SVG into this file.")
@click.option("--solution", type=click.Path(path_type=Path, dir_okay=False),
              help="Write the assignments into this file: JSON when it ends in .json, else a table with tabs.")
def command(
    file: Path, seconds: float, seed: int, iterations: int | None, *, is_json: bool, gantt: Path | None,
    solution: Path | None,
) -> None:
    """Plan FILE: a job shop (flexible, setups, precedence graph, classic) or an order book (.json, .json.gz).

    Ctrl-C ends with the best plan so far, a second Ctrl-C without an answer.
    """
    with Interruption() as interruption:
        # What the interpreter spent so far is part of the time that the user waits.
        started = time.monotonic() - seconds_since_start()
        require_writable([path for path in (solution, gantt) if path], file)
        problem = read_problem(file)
        if iterations is not None and isinstance(problem, OrderBook):
            raise click.BadOptionUsage("iterations", "--iterations is for job shops; give an order book --seconds.")
        limits = Limits(seconds, seed, iterations, started, interruption.is_asked)
        answer = plan_problem(problem, file.name, limits)
        is_printed = _print(file, answer, time.monotonic() - started, is_json=is_json)
        is_written = _write_files(problem, file, answer, solution=solution, gantt=gantt)
    for failure in answer.get("failures", ()):
        say(failure)
    sys.exit(interruption.exit_code if is_printed and is_written else 1)


def _print(file: Path, answer: dict[str, Any], seconds: float, *, is_json: bool) -> bool:
    """Print the answer; whether it was, for the files are to be written all the same."""
    try:
        if is_json:
            print_json(answer)
        else:
            click.echo(_summary(file, answer, seconds))
    except BrokenPipeError:  # whoever reads has seen enough
        return False
    except OSError as error:
        say(f"onelot: the answer cannot be printed: {error.strerror}")
        return False
    return True


def _write_files(
    problem: Problem, file: Path, answer: dict[str, Any], *, solution: Path | None, gantt: Path | None
) -> bool:
    """Write what was asked for, each whatever becomes of the other; whether all of it was written."""
    failed = []
    if solution:
        failed.append(_tried(solution, json.dumps(answer) if solution.suffix == ".json" else _table(answer)))
    if gantt:
        failed.append(_tried(gantt, picture_of(problem, file.name, answer)))
    return not any(failed)


def _tried(path: Path, text: str) -> bool:
    """Write a file; a refusal is said, and True."""
    try:
        write(path, text)
    except PlanFileInvalid as refusal:
        say(f"onelot: {refusal.message}")
        return True
    return False


def _table(answer: dict[str, Any]) -> str:
    columns = _COLUMNS if "makespan" in answer else _ORDER_COLUMNS
    figures = ("makespan", "objective", "lower_bound", "bound")
    lines = [f"# {name}: {answer[name]}" for name in figures if name in answer]
    lines.append("\t".join(columns))
    lines += ["\t".join(str(item[column]) for column in columns) for item in answer["assignments"]]
    return "\n".join((*lines, ""))


def _summary(file: Path, answer: dict[str, Any], seconds: float) -> str:
    name = "makespan" if "makespan" in answer else "objective"
    value, bound = answer[name], answer["lower_bound"]
    gap = f"at most {100 * (value - bound) / bound:.1f} % from the optimum" if bound > 0 else "no bound"
    lines = [
        f"{printable(file.name)}: {name} {value}" + ("  (optimal)" if value == bound else ""),
        f"  lower bound {bound} ({answer.get('bound', 'bound')}): {gap}",
        f"  {len(answer['assignments'])} operations, {seconds:.1f} s"
        + (f", found by {answer['found_by']}" if "found_by" in answer else ""),
    ]
    if answer.get("compiled") is not None:
        moves = f"{answer['iterations']} moves of tabu search, " if answer.get("iterations") else ""
        lines.append(f"  {moves}loop {'compiled' if answer['compiled'] else 'interpreted'}")
    return "\n".join(lines)
