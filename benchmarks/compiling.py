"""Compile one product in a process of its own, so that its time and memory can be told."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from benchmarks.synthetic import read_products
from configurator.engine.loading import compile_definition

_POLL_SECONDS = 0.05
_KIB_PER_MIB = 1024


def compile_apart(path: Path, *, product: str, cache_directory: Path) -> dict[str, Any]:
    """Compile a product into a cache from another process.

    Returns
    -------
    dict
        ``seconds`` of compiling alone, ``read_seconds`` of reading the source, ``peak_mib``: the most memory
        the process and its children held at one moment, None where the system does not tell.
    """
    command = [sys.executable, "-m", "benchmarks.compiling", str(path), product, str(cache_directory)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    peak = 0
    while process.poll() is None:
        peak = max(peak, _resident_kib(process.pid))
        time.sleep(_POLL_SECONDS)
    output = process.communicate()[0]
    if process.returncode:
        raise RuntimeError(f"compiling {product} of {path.name} failed")
    return {**json.loads(output), "peak_mib": peak // _KIB_PER_MIB or None}


def _resident_kib(pid: int) -> int:
    """Add up what a process and all below it hold in memory; 0 when it is gone or the system does not tell."""
    try:
        status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()
    except OSError:
        return 0
    own = next((int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS:")), 0)
    return own + sum(_resident_kib(int(child)) for child in children)


def _main(path: Path, product: str, cache_directory: Path) -> None:
    started = time.perf_counter()
    definition = next(item for item in read_products(path) if item.code == product)
    read_seconds = time.perf_counter() - started
    started = time.perf_counter()
    compile_definition(definition, content_hash=product, cache_directory=cache_directory)
    seconds = time.perf_counter() - started
    json.dump({"seconds": round(seconds, 2), "read_seconds": round(read_seconds, 2)}, sys.stdout)


if __name__ == "__main__":
    _main(Path(sys.argv[1]), sys.argv[2], Path(sys.argv[3]))
