"""A click in the configurator: our complete domains against one solver call per option, in the same run."""

from __future__ import annotations

import os
import random
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pysat.solvers import Solver

from catalog.formats.source import read_source
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
PEER_SECONDS = 5.0
SEED = 7


def run(files: Sequence[Path]) -> list[dict[str, Any]]:
    """Click at random through products and time every complete answer.

    Parameters
    ----------
    files
        Sources in any format we read; none means the real models beside the project, when they are there.
        The demo families are always measured.

    Returns
    -------
    list of dict
        Per product ``ours_ms``, the peer ``naive_sat`` (python-sat, every option asked, warm; steps until
        five seconds are spent), ``ratio`` of the medians (above 1: ours is faster), what compiling took,
        the size of the graph, and ``mismatches``: answers in which the two differ (numbers apart).
    """
    chosen = list(files) or _default_files()
    definitions = [item for path in (DEMO, *chosen) for item in read_source(path).products]
    return [_measure(definition) for definition in definitions]


def _default_files() -> list[Path]:
    folder = Path(os.environ.get("ONELOT_TEST_SHARED", ROOT.parent / "shared")) / "models"
    return [folder / name for name in DEFAULT_FILES if (folder / name).exists()]


def _measure(definition: ProductDefinition) -> dict[str, Any]:
    started = time.perf_counter()
    model = compile_definition(definition, content_hash=definition.code)
    compile_seconds = time.perf_counter() - started
    rng = random.Random(SEED)
    walks = [_walk(model, rng) for _ in range(WALKS)]
    times = [milliseconds for walk in walks for _, _, milliseconds in walk]
    peer_times, mismatches = _ask_peer(model, [step for walk in walks for step in walk])
    ours, peer = _figures(times), _figures(peer_times)
    return {
        "work": definition.code,
        "ours_ms": ours,
        "peers": {"naive_sat": {**peer, "steps": len(peer_times)}},
        "ratio": round(peer["median"] / ours["median"], 1),
        "steps": len(times),
        "mismatches": mismatches,
        "method": model.method,
        "compile_seconds": round(compile_seconds, 2),
        "options": sum(len(attribute.options) for attribute in definition.attributes),
        "edges": model.graph.edge_count if model.graph else None,
        "levels": model.graph.level_count if model.graph else None,
    }


Step = tuple[Selection, Domains, float]


def _walk(model: CompiledModel, rng: random.Random) -> list[Step]:
    """Choose one available option after the other, timing the complete answer to each choice."""
    selection = Selection()
    steps: list[Step] = []
    model.domains(selection)
    for _ in range(STEPS):
        started = time.perf_counter()
        answer = model.domains(selection)
        milliseconds = (time.perf_counter() - started) * 1000
        if isinstance(answer, Conflict):
            raise TypeError("available options contradicted each other")
        steps.append((selection, answer, milliseconds))
        click = _next_click(answer, rng)
        if click is None:
            break
        selection = selection.choose(*click)
    return steps


def _next_click(answer: Domains, rng: random.Random) -> tuple[str, Any] | None:
    """Pick an available option, or now and then a reachable end of a number."""
    open_options = [
        (name, code)
        for name, states in answer.options.items()
        for code, state in states.items()
        if state is OptionState.AVAILABLE
    ]
    open_numbers = [
        (name, rng.choice((domain.minimum, domain.maximum)))
        for name, domain in answer.numbers.items()
        if domain.minimum != domain.maximum
    ]
    if not open_options and not open_numbers:
        return None
    if open_numbers and (not open_options or rng.random() < 0.2):
        return rng.choice(open_numbers)
    return rng.choice(open_options)


def _ask_peer(model: CompiledModel, steps: Sequence[Step]) -> tuple[list[float], int]:
    """Answer the same steps with one solver call per option, until the time is up; compare the answers."""
    formula = model.formula
    times: list[float] = []
    mismatches = 0
    clauses = [*formula.clauses, *exclusive_pairs(formula)]
    with Solver(name="glucose4", bootstrap_with=clauses) as solver:
        for selection, answer, _ in steps:
            if sum(times) > PEER_SECONDS * 1000:
                break
            started = time.perf_counter()
            evidence = _evidence(model, selection)
            possible = {
                (name, code): solver.solve(assumptions=[*evidence, literal])
                for name, codes in formula.literals.items()
                for code, literal in codes.items()
            }
            times.append((time.perf_counter() - started) * 1000)
            mismatches += any(
                (answer.options[name][code] is not OptionState.EXCLUDED) is not is_possible
                for (name, code), is_possible in possible.items()
            )
    return times, mismatches


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


def _figures(milliseconds: Sequence[float]) -> dict[str, float]:
    ordered = sorted(milliseconds)
    return {
        "median": round(ordered[len(ordered) // 2], 3),
        "p95": round(ordered[min(len(ordered) - 1, int(len(ordered) * 0.95))], 3),
    }
