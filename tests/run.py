"""What ``./onelot test`` runs: linters, types, contracts, templates, then the tests.

With arguments only pytest runs, with these arguments.
"""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TOOLS = Path(sys.executable).parent
TEMPLATES = "templates"
IN_PARALLEL = ["-n", "2", "--dist", "loadfile"]
"""Whole files go to one of two processes, so that what a file shares is made once."""
STEPS = (
    ("ruff", ["ruff", "check", "."]),
    ("mypy", ["mypy"]),
    ("import contracts", ["lint-imports", "--no-logo"]),
    ("templates", ["djlint", TEMPLATES, "--lint", "--quiet"]),
)


def main(arguments: list[str]) -> int:
    """Run everything; give the exit code, 0 when all is well."""
    failed = [] if arguments else [name for name, command in STEPS if not _passes(name, command)]
    if not arguments:
        _run([sys.executable, "-m", "scheduling.engine.warm"])  # compiled once, not by each of the processes
    tests = _run([sys.executable, "-m", "pytest", "-rs", *(arguments or IN_PARALLEL)])
    if failed:
        print(f"\nFAILED before the tests: {', '.join(failed)}", file=sys.stderr)
    return tests or (1 if failed else 0)


def _passes(name: str, command: list[str]) -> bool:
    started = time.monotonic()
    code = _run([str(TOOLS / command[0]), *command[1:]])
    print(f"{name}: {'ok' if code == 0 else 'FAILED'} ({time.monotonic() - started:.0f} s)", flush=True)
    return code == 0


def _run(command: list[str]) -> int:
    return subprocess.run(command, cwd=ROOT, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
