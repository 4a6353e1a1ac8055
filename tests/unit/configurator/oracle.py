"""Independent answers for the tests: python-sat straight on DIMACS files, and where real models are kept."""

from __future__ import annotations

import lzma
import os
from pathlib import Path

import pytest
from pysat.solvers import Solver

ROOT = Path(__file__).resolve().parents[3]
FIXTURES = ROOT / "tests" / "data" / "models"


def real_model(name: str) -> Path:
    """Find a real model; skip the test, saying so, when there are none on this machine."""
    path = Path(os.environ.get("ONELOT_TEST_SHARED", ROOT.parent / "shared")) / "models" / name
    if not path.exists():
        pytest.skip(f"no {path.name}: set ONELOT_TEST_SHARED to the folder that holds models/")
    return path


class DimacsOracle:
    """One solver call per literal, on the clauses as they stand in the file."""

    def __init__(self, path: Path) -> None:
        raw = path.read_bytes()
        lines = (lzma.decompress(raw) if path.suffix == ".xz" else raw).decode().splitlines()
        self.numbers: dict[str, int] = {}
        clauses: list[list[int]] = []
        for line in lines:
            if line.startswith("c "):
                _, number, name = line.split(" ", 2)
                self.numbers[name.strip()] = int(number)
            elif not line.startswith("p") and line.strip():
                clauses.append([int(word) for word in line.split()][:-1])
        self.solver = Solver(name="minisat22", bootstrap_with=clauses)

    def literal(self, name: str, code: str) -> int:
        return self.numbers[name] if code == "true" else -self.numbers[name]

    def is_consistent(self, choices: dict[str, str]) -> bool:
        return bool(self.solver.solve(assumptions=[self.literal(*choice) for choice in choices.items()]))

    def states(self, choices: dict[str, str]) -> dict[str, dict[str, str]]:
        """Give the state of every option, naively."""
        found = {}
        for name in self.numbers:
            can_be = {code: self.is_consistent({**choices, name: code}) for code in ("true", "false")}
            if name in choices:
                can_be = {code: code == choices[name] for code in can_be}
            found[name] = {
                code: "excluded" if not can
                else "chosen" if choices.get(name) == code
                else "available" if all(can_be.values()) else "forced"
                for code, can in can_be.items()
            }
        return found
