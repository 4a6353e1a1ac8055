"""Plans of files: ours against the best known, our own first answer, and PyJobShop with the same seconds and workers.

Order books are measured against the reference greedy and the bound. Each row says whether the loop was compiled; the
load average is that of the moment, since searches bounded by the clock find less on a busy machine.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.best_known import BEST_KNOWN, REFERENCE_ORDER_BOOKS
from benchmarks.peers import pyjobshop
from benchmarks.table import render
from scheduling.job_shop.bounds import simple_lower_bound
from scheduling.job_shop.greedy import list_schedule
from scheduling.job_shop.instance import chains
from scheduling.job_shop.reading import read_job_shop
from scheduling.plan_file import is_order_book, read_text

SECONDS = 10.0
ROOT = Path(__file__).parent.parent
BUILT_IN = "4 3 2\n3 2 0 4 1 5 1 2 3 2 0 2 2 6\n2 1 1 7 2 0 3 2 4\n3 1 2 2 2 1 3 2 8 1 0 5\n2 2 0 6 1 6 1 2 4\n"
HEADER = ("file", "best known", "ours", "gap %", "bound", "over bound %", "first answer", "its gap %", "its ms",
          "PyJobShop", "its gap %", "ratio", "wall s", "loop", "load")


def run(files: Sequence[Path], *, seconds: float = SECONDS) -> list[dict[str, Any]]:
    """Plan each file by ``onelot plan`` in a process of its own, as a user would, and by the peer.

    Parameters
    ----------
    files
        Job shops of any family and order books; none means a small built-in job shop.
    seconds
        Time limit for each, starting the process included.

    Returns
    -------
    list of dict
        Per file ``best_known``, ``ours``, ``bound``, ``first``, ``first_ms``, ``peer`` with its ``note``, ``seconds``
        of the wall, ``compiled`` and ``load``; ``ratio`` is the peer's value divided by ours.
    """
    _warm()
    if files:
        return [_order_book(path, seconds) if is_order_book(path) else _job_shop(path, seconds) for path in files]
    built_in = ROOT / "var" / "built-in.fjs"
    built_in.parent.mkdir(exist_ok=True)
    built_in.write_text(BUILT_IN)
    return [_job_shop(built_in, min(seconds, 2.0))]


def _warm() -> None:
    """Let the loops be compiled once, so that no row pays for it."""
    from scheduling.solver.job_shop import plan_by_iterations  # noqa: PLC0415

    plan_by_iterations(chains([[[(0, 2), (1, 3)], [(1, 2)]], [[(0, 3)], [(0, 1), (1, 1)]]], 2), iterations=10)


def _ours(path: Path, seconds: float) -> tuple[dict[str, Any], float]:
    started = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-P", "-m", "web.cli", "plan", str(path.resolve()), "--seconds", str(seconds), "--json"],
        capture_output=True, text=True, check=True, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer, time.perf_counter() - started


def _job_shop(path: Path, seconds: float) -> dict[str, Any]:
    instance = read_job_shop(read_text(path), file=path.name)
    started = time.perf_counter()
    first = list_schedule(instance).makespan
    first_ms = (time.perf_counter() - started) * 1000
    load = os.getloadavg()[0]
    answer, wall = _ours(path, seconds)
    peer = pyjobshop.plan(instance, seconds=seconds)
    ours = answer["makespan"]
    return {
        "work": path.name, "family": answer["family"], "best_known": BEST_KNOWN.get(path.stem, (0, None))[1],
        "ours": ours, "bound": max(answer["lower_bound"], simple_lower_bound(instance)[0]), "first": first,
        "first_ms": round(first_ms, 1), "peer": peer.makespan, "note": peer.note, "seconds": round(wall, 2),
        "ratio": round(peer.makespan / ours, 3) if peer.makespan else None, "compiled": answer["compiled"],
        "iterations": answer["iterations"], "load": round(load, 1),
    }


def _order_book(path: Path, seconds: float) -> dict[str, Any]:
    load = os.getloadavg()[0]
    answer, wall = _ours(path, seconds)
    reference = REFERENCE_ORDER_BOOKS.get(path.name.removesuffix(".gz").removesuffix(".json"))
    return {
        "work": path.name, "family": "order book", "best_known": None, "ours": answer["objective"],
        "bound": answer["lower_bound"], "first": reference, "first_ms": None, "peer": None, "note": "",
        "seconds": round(wall, 2), "ratio": round(reference / answer["objective"], 3) if reference else None,
        "compiled": answer.get("compiled"), "iterations": answer.get("iterations"), "load": round(load, 1),
    }


def table(rows: Sequence[dict[str, Any]]) -> str:
    """Write rows, and the means of each family; an order book's first answer is the reference greedy."""
    lines = [_line(row) for row in rows]
    lines += [_mean(family, [row for row in rows if row["family"] == family])
              for family in dict.fromkeys(row["family"] for row in rows)]
    return render(HEADER, lines)


def _gap(value: int | None, base: int | None) -> float | None:
    return 100 * (value / base - 1) if value is not None and base else None


def _line(row: dict[str, Any]) -> tuple[str, ...]:
    base = row["best_known"]
    against = base if base else row["ours"]
    loop = {True: "compiled", False: "interpreted", None: "–"}[row["compiled"]]
    peer = str(row["peer"]) if row["peer"] else row["note"] or "–"
    return (
        row["work"], _text(base), str(row["ours"]), _percent(_gap(row["ours"], base)), str(row["bound"]),
        _percent(_gap(row["ours"], row["bound"])), _text(row["first"]), _percent(_gap(row["first"], against)),
        _text(row["first_ms"]), peer, _percent(_gap(row["peer"], against)), _text(row["ratio"]),
        f"{row['seconds']:.1f}", loop, f"{row['load']:.1f}",
    )


def _mean(family: str, rows: Sequence[dict[str, Any]]) -> tuple[str, ...]:
    def mean(values: Sequence[float | None]) -> str:
        known = [value for value in values if value is not None]
        return _percent(sum(known) / len(known)) if known else "–"

    known = [row for row in rows if row["best_known"]]
    solved = [row["ratio"] for row in rows if row["ratio"]]
    return (
        f"mean of {family} ({len(rows)})", "", "", mean([_gap(row["ours"], row["best_known"]) for row in known]), "",
        mean([_gap(row["ours"], row["bound"]) for row in rows]), "",
        mean([_gap(row["first"], row["best_known"] or row["ours"]) for row in rows]), "",
        f"{sum(row['peer'] is not None for row in rows)} solved",
        mean([_gap(row["peer"], row["best_known"] or row["ours"]) for row in rows]),
        f"{sum(solved) / len(solved):.3f}" if solved else "–", "", "", "",
    )


def _percent(value: float | None) -> str:
    return "–" if value is None else f"{value:+.2f}"


def _text(value: float | None) -> str:
    return "–" if value is None else str(value)
