"""A click in the configurator beside flamapy, python-sat and CP-SAT, all asked the same in the same run."""

from __future__ import annotations

import os
import random
import tempfile
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

from benchmarks.compiling import compile_apart
from benchmarks.peers import cp_sat, flamapy, naive_sat
from benchmarks.peers.question import Question, Reply
from benchmarks.synthetic import SYNTHETIC, read_products
from benchmarks.table import pair, render
from catalog.product import ProductDefinition
from configurator.configuration import Conflict, Domains, OptionState, Selection
from configurator.engine.formula import exclusive_pairs
from configurator.engine.loading import compile_definition
from configurator.engine.model import CompiledModel

ROOT = Path(__file__).resolve().parent.parent
DEMO = ROOT / "catalog" / "demo"
DEFAULT_FILES = (
    "eshop.uvl", "berkeleydb.uvl", "pc-richmond.dimacs", "windows8.uvl", "financial1805.uvl", "ecos-am31.uvl",
    "automotive01.uvl.xz", "automotive2_1.uvl.xz", "renault_small.xml", "renault_big.xml.xz",
)
STEPS = 60
WALKS = 3
EXPLANATIONS = 60
PEER_SECONDS = 5.0
SEED = 7

Asked = ParamSpec("Asked")
Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True)
class Step:
    """A selection on a walk, and what was answered to it."""

    selection: Selection
    answer: Domains
    milliseconds: float


def run(files: Sequence[Path]) -> list[dict[str, Any]]:
    """Click at random through products and time every complete answer.

    Parameters
    ----------
    files
        Sources in any format we read; none means the real models beside the project, when they are there.
        The demo families and two made-up products of 30 choices and 6 numbers are always measured.

    Returns
    -------
    list of dict
        Per product ``ours_ms`` (the state of every option and the reach of every number, after each click);
        ``count_ms`` (the exact number of variants left); ``price_ms`` and ``give_up_ms`` (the least price of,
        and the choices to change for, every option); ``explain_ms`` (why an option is excluded: choices and
        rules); ``peers`` with the milliseconds of a click, the ratio of the medians (above 1: ours is faster)
        and a note where one gave up; what compiling took; and ``mismatches``: steps at which a peer's answer
        differs from ours. ``load`` is the machine's load when the measurement of the product began.
    """
    chosen = list(files) or _default_files()
    return [
        _measure(path, definition) for path in (DEMO, SYNTHETIC, *chosen) for definition in read_products(path)
    ]


def table(rows: Sequence[dict[str, Any]]) -> str:
    """Write the measurements as a table: milliseconds as median / 95th percentile."""
    header = ("product", "options", "click", "count", "price", "give up", "explain",
              *(f"× {name}" for name in PEERS), "wrong", "publish s", "MiB", "edges", "load")
    return render(header, [
        (row["work"], str(row["options"]), pair(row["ours_ms"]), pair(row["count_ms"]), pair(row["price_ms"]),
         pair(row["give_up_ms"]), pair(row["explain_ms"]), *(_ratio(row["peers"][name]) for name in PEERS),
         str(row["mismatches"]), str(row["compile_seconds"]), str(row["compile_peak_mib"] or "–"),
         str(row["edges"] or row["method"]), str(row["load"]))
        for row in rows
    ])


def _ratio(peer: dict[str, Any]) -> str:
    return f"{peer['ratio']:g}" if "ratio" in peer else peer["note"]


PEERS = {"flamapy": flamapy, "naive_sat": naive_sat, "cp_sat": cp_sat}


def _default_files() -> list[Path]:
    folder = Path(os.environ.get("ONELOT_TEST_SHARED", ROOT.parent / "shared")) / "models"
    return [folder / name for name in DEFAULT_FILES if (folder / name).exists()]


def _measure(path: Path, definition: ProductDefinition) -> dict[str, Any]:
    load = round(os.getloadavg()[0], 1) if hasattr(os, "getloadavg") else None
    with tempfile.TemporaryDirectory() as folder:
        cost = compile_apart(path, product=definition.code, cache_directory=Path(folder))
        model = compile_definition(definition, content_hash=definition.code, cache_directory=Path(folder))
        rng = random.Random(SEED)
        steps = [step for _ in range(WALKS) for step in _walk(model, rng)]
        ours = _figures(step.milliseconds for step in steps)
        peers, mismatches = _ask_peers(model, steps, ours["median"])
        return {
            "work": definition.code, "ours_ms": ours, **_further(model, steps), "peers": peers,
            "steps": len(steps), "mismatches": mismatches, "method": model.method,
            "compile_seconds": cost["seconds"], "compile_peak_mib": cost["peak_mib"],
            "read_seconds": cost["read_seconds"],
            "options": sum(len(attribute.options) for attribute in definition.attributes),
            "edges": model.graph.edge_count if model.graph else None,
            "levels": model.graph.level_count if model.graph else None, "load": load,
        }


def _walk(model: CompiledModel, rng: random.Random) -> list[Step]:
    """Choose one available option after the other, timing the complete answer to each choice."""
    selection = Selection()
    steps: list[Step] = []
    model.domains(selection)
    for _ in range(STEPS):
        answer, milliseconds = _timed(model.domains, selection)
        if isinstance(answer, Conflict):
            raise TypeError("available options contradicted each other")
        steps.append(Step(selection, answer, milliseconds))
        click = _next_click(answer, rng)
        if click is None:
            break
        selection = selection.choose(*click)
    return steps


def _next_click(answer: Domains, rng: random.Random) -> tuple[str, Any] | None:
    """Pick an available option, or now and then a reachable end of a number."""
    open_options = [
        (name, code) for name, states in answer.options.items() for code, state in states.items()
        if state is OptionState.AVAILABLE
    ]
    open_numbers = [
        (name, rng.choice((domain.minimum, domain.maximum))) for name, domain in answer.numbers.items()
        if domain.minimum != domain.maximum
    ]
    if not open_options and not open_numbers:
        return None
    if open_numbers and (not open_options or rng.random() < 0.2):
        return rng.choice(open_numbers)
    return rng.choice(open_options)


def _further(model: CompiledModel, steps: Sequence[Step]) -> dict[str, dict[str, float] | None]:
    """Time what a page asks besides: counts, prices, give-up numbers, explanations."""
    rng = random.Random(SEED)
    found: dict[str, dict[str, float] | None] = {
        "count_ms": None, "price_ms": None, "give_up_ms": None,
        "explain_ms": _figures(_timed(model.explain, at, name, code)[1]
                               for at, name, code in _excluded(steps, rng)),
    }
    if model.method == "search":
        return found
    costs = model.option_costs({
        name: {code: rng.randrange(100_000) for code in codes} for name, codes in steps[0].answer.options.items()
    })

    def prices(selection: Selection) -> object:
        least = model.least_costs(selection, costs)
        return least and least.by_option

    found["count_ms"] = _figures(_timed(model.count, step.selection)[1] for step in steps)
    found["price_ms"] = _figures(_timed(prices, step.selection)[1] for step in steps)
    found["give_up_ms"] = _figures(_timed(model.give_up, step.selection)[1] for step in steps)
    return found


def _excluded(steps: Sequence[Step], rng: random.Random) -> list[tuple[Selection, str, str]]:
    """Sample excluded options of attributes that nobody chose."""
    found = []
    for step in rng.sample(steps, min(len(steps), EXPLANATIONS)):
        excluded = [
            (name, code) for name, states in step.answer.options.items() if name not in step.selection
            for code, state in states.items() if state is OptionState.EXCLUDED
        ]
        if excluded:
            found.append((step.selection, *rng.choice(excluded)))
    return found


def _ask_peers(model: CompiledModel, steps: Sequence[Step], ours: float) -> tuple[dict[str, Any], int]:
    """Put steps of the walks, in random order, to every peer; compare every answer with ours."""
    formula = model.formula
    asked = random.Random(SEED).sample(steps, len(steps))
    question = Question(
        formula.variable_count, [*formula.clauses, *exclusive_pairs(formula)],
        [literal for codes in formula.literals.values() for literal in codes.values()],
        [_evidence(model, step.selection) for step in asked],
    )
    found: dict[str, Any] = {}
    mismatches = 0
    for name, peer in PEERS.items():
        reply = peer.reply(question, seconds=PEER_SECONDS)
        mismatches += _differing(reply, asked, formula.literals)
        found[name] = {"steps": len(reply.milliseconds), "note": reply.note}
        if reply.milliseconds:
            figures = _figures(reply.milliseconds)
            found[name].update(figures or {}, ratio=round(figures["median"] / ours, 1))
    return found, mismatches


def _differing(reply: Reply, asked: Sequence[Step], options: Mapping[str, Iterable[str]]) -> int:
    """Count the steps at which a peer says something else of an option than we do."""
    return sum(
        possible != [step.answer.options[name][code] is not OptionState.EXCLUDED
                     for name, codes in options.items() for code in codes]
        for possible, step in zip(reply.possible, asked, strict=False)
    )


def _evidence(model: CompiledModel, selection: Selection) -> list[int]:
    """Write the choices as literals; chosen numbers as the combinations they rule out."""
    numbers = {name: value for name, value in selection.items() if not isinstance(value, str)}
    evidence = [
        model.formula.literals[name][value] for name, value in selection.items() if isinstance(value, str)
    ]
    for component, variables in zip(model.components, model.formula.combinations, strict=True):
        allowed = component.allowed(numbers).tolist()
        evidence += [-z for z, is_allowed in zip(variables, allowed, strict=True) if not is_allowed]
    return evidence


def _timed(work: Callable[Asked, Answer], *asked: Asked.args, **options: Asked.kwargs) -> tuple[Answer, float]:
    started = time.perf_counter()
    answer = work(*asked, **options)
    return answer, (time.perf_counter() - started) * 1000


def _figures(milliseconds: Iterable[float]) -> dict[str, float]:
    """Give median and 95th percentile; zeros when nothing was measured."""
    ordered = sorted(milliseconds) or [0.0]
    return {
        "median": round(ordered[len(ordered) // 2], 3),
        "p95": round(ordered[min(len(ordered) - 1, int(len(ordered) * 0.95))], 3),
    }
