"""Compiling a large product in a process of its own, so that a process that also answers customers is not slowed.

The child reads a line of JSON (``content_hash``, ``on``, ``cache_directory``) and then the canonical bytes of the
source from its standard input. It writes lines of JSON: progress, and last its ``facts`` or its ``fault``.
"""

from __future__ import annotations

import contextlib
import json
import os
import selectors
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import IO, Any

from catalog.formats.published import PublishedSource, read_definition
from catalog.product import ProductDefinition
from catalog.readiness import CompileFacts
from configurator.compiling import STOPPED, CompileFault, Progress, compile_product

LARGE = 400
"""Options, rules and clauses from which on a process of its own is worth its start."""

PROJECT_FOLDER = Path(__file__).resolve().parent.parent
_ASK_SECONDS = 0.5
_INHERITED = ("PATH", "SYSTEMROOT", "LD_LIBRARY_PATH", "TMPDIR", "LANG")


class CompileProcessLost(RuntimeError):
    """The process ended without an answer: it was killed, or ran out of memory."""


def is_large(definition: ProductDefinition) -> bool:
    """Tell whether a product is worth a process of its own."""
    clauses = len(definition.clauses.clauses) if definition.clauses is not None else 0
    rows = sum(len(table.rows) for table in definition.table_rules)
    return sum(len(item.options) for item in definition.attributes) + len(definition.rules) + rows + clauses >= LARGE


def compile_apart(source: PublishedSource, *, content_hash: str, on: date, cache_directory: Path | None,
                  progress: Progress, should_stop: Callable[[], bool]) -> CompileFacts | CompileFault:
    """Compile a product in a process of its own; see :func:`configurator.compiling.compile_product`.

    Parameters
    ----------
    source
        The published source.
    content_hash, on, cache_directory
        As there.
    progress
        Called in this process with phase and share.
    should_stop
        Asked every half second; True ends the process at once. What it was writing is never half there.

    Raises
    ------
    CompileProcessLost
        The process ended without an answer.
    """
    order = {"content_hash": content_hash, "on": on.isoformat(),
             "cache_directory": None if cache_directory is None else str(cache_directory.resolve())}
    environment = {name: os.environ[name] for name in _INHERITED if name in os.environ}
    process = subprocess.Popen(  # our own module, no shell
        [sys.executable, "-m", "configurator.compile_process"], cwd=PROJECT_FOLDER, stdin=subprocess.PIPE,
        stdout=subprocess.PIPE, env=environment | {"PYTHONPATH": str(PROJECT_FOLDER)})
    if process.stdin is None or process.stdout is None:
        raise AssertionError("unreachable: both are pipes")
    try:
        process.stdin.write(json.dumps(order).encode() + b"\n" + source.canonical())
        process.stdin.close()
        for message in _messages(process.stdout):
            if message is None:
                if should_stop():
                    return STOPPED
            elif "facts" in message:
                return CompileFacts(**message["facts"])
            elif "fault" in message:
                return CompileFault(**message["fault"])
            else:
                progress(message["phase"], message["share"])
    except BrokenPipeError as error:
        raise CompileProcessLost("the compiling process did not take its order") from error
    finally:
        process.kill()
        process.wait()
        with contextlib.suppress(BrokenPipeError):  # what it did not take is of no use any more
            process.stdin.close()
        process.stdout.close()
    raise CompileProcessLost("the compiling process ended without an answer")


def _messages(stream: IO[bytes]) -> Iterator[dict[str, Any] | None]:  # Any: plain JSON values
    """Give the messages of a stream as they come until it ends, and None at least every half second."""
    rest = b""
    with selectors.DefaultSelector() as selector:
        selector.register(stream, selectors.EVENT_READ)
        while True:
            if selector.select(_ASK_SECONDS):
                chunk = os.read(stream.fileno(), 65536)
                if not chunk:
                    return
                *lines, rest = (rest + chunk).split(b"\n")
                yield from (json.loads(line) for line in lines)
            yield None


def main() -> None:
    """Be the compiling process: take one order, answer it, end."""
    order = json.loads(sys.stdin.buffer.readline())
    source = PublishedSource.from_canonical(sys.stdin.buffer.read())
    cache_directory = None if order["cache_directory"] is None else Path(order["cache_directory"])
    found = compile_product(read_definition(source), content_hash=order["content_hash"],
                            on=date.fromisoformat(order["on"]), cache_directory=cache_directory,
                            progress=lambda phase, share: _tell(phase=phase, share=share))
    _tell(**{"facts" if isinstance(found, CompileFacts) else "fault": asdict(found)})


def _tell(**message: object) -> None:
    """Write a message; a reader that is gone ends the process."""
    sys.stdout.write(json.dumps(message) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
