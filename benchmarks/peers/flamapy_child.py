"""Runs in the environment of the peers: a question on standard input, the reply on standard output."""

from __future__ import annotations

import json
import sys
import time
from typing import Any

from flamapy.metamodels.pysat_metamodel.models import PySATModel
from flamapy.metamodels.pysat_metamodel.operations import PySATBackbone


def main() -> None:
    """Answer as many steps as the time allows, the first one in any case."""
    task = json.load(sys.stdin)
    options: list[int] = task["options"]
    milliseconds: list[float] = []
    possible: list[list[bool]] = []
    began = time.perf_counter()
    for step in task["steps"]:
        if milliseconds and time.perf_counter() - began > task["seconds"]:
            break
        model = _model(task["clauses"], options)
        started = time.perf_counter()
        for literal in step:
            model.add_clause([literal])
        backbone: dict[str, list[Any]] = PySATBackbone().execute(model).get_result()
        milliseconds.append((time.perf_counter() - started) * 1000)
        core, dead = set(backbone["core"]), set(backbone["dead"])
        possible.append([str(abs(option)) not in (dead if option > 0 else core) for option in options])
    json.dump({"milliseconds": milliseconds, "possible": possible}, sys.stdout)


def _model(clauses: list[list[int]], options: list[int]) -> PySATModel:
    model = PySATModel()
    for clause in clauses:
        model.add_clause(clause)
    for variable in {abs(option) for option in options}:
        model.features[variable] = str(variable)
        model.variables[str(variable)] = variable
    return model


if __name__ == "__main__":
    main()
