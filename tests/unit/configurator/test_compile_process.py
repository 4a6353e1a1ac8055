"""Compiling in a process of its own: the same answer, stopped at once, and told when the process is lost."""

from __future__ import annotations

import os
import signal
import subprocess
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from catalog.formats.catalog_source import SourcedProduct, read_model_file
from configurator.compile_process import CompileProcessLost, compile_apart, is_large
from configurator.compiling import CompileFault, compile_product
from configurator.engine.artifact import read_artifact

TODAY = date(2026, 3, 2)


def chain(length: int, *, is_void: bool = False) -> SourcedProduct:
    """A model of yes/no attributes each of which brings the next one with it."""
    clauses = [f"-{number} {number + 1} 0" for number in range(1, length)]
    clauses += ["1 0", f"-{length} 0"] if is_void else []
    text = f"p cnf {length} {len(clauses)}\n" + "\n".join(clauses) + "\n"
    return read_model_file(text.encode(), file_name="chain.dimacs").products[0]


def silent(_phase: str, _share: float) -> None:
    """Tell nobody."""


def never() -> bool:
    return False


def test_only_what_is_worth_its_start_gets_a_process() -> None:
    assert not is_large(chain(100).definition)
    assert is_large(chain(400).definition)


def test_a_process_gives_the_facts_and_the_artifact_that_compiling_here_gives(tmp_path: Path) -> None:
    product = chain(40)
    told: list[str] = []
    found = compile_apart(product.source, content_hash=product.content_hash, on=TODAY, cache_directory=tmp_path,
                          progress=lambda phase, share: told.append(phase), should_stop=never)
    expected = compile_product(product.definition, content_hash=product.content_hash, on=TODAY, cache_directory=None)
    assert not isinstance(found, CompileFault)
    assert not isinstance(expected, CompileFault)
    assert replace(found, milliseconds=0) == replace(expected, milliseconds=0)
    assert found.variants == "41"
    assert "graph" in told
    assert read_artifact(tmp_path / f"{product.content_hash}.graph", content_hash=product.content_hash) is not None


def test_a_fault_is_told_as_here(tmp_path: Path) -> None:
    product = chain(5, is_void=True)
    found = compile_apart(product.source, content_hash=product.content_hash, on=TODAY, cache_directory=tmp_path,
                          progress=silent, should_stop=never)
    assert found == compile_product(product.definition, content_hash=product.content_hash, on=TODAY,
                                    cache_directory=None)
    assert isinstance(found, CompileFault)


def test_a_stop_ends_the_process_and_leaves_no_artifact(tmp_path: Path) -> None:
    product = chain(400)
    found = compile_apart(product.source, content_hash=product.content_hash, on=TODAY, cache_directory=tmp_path,
                          progress=silent, should_stop=lambda: True)
    assert found == CompileFault("The compilation was stopped.", is_stopped=True)
    assert list(tmp_path.glob("*.graph")) == []


def test_a_killed_process_is_told_so_that_the_work_is_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[subprocess.Popen[bytes]] = []

    class Watched(subprocess.Popen[bytes]):
        def __init__(self, *arguments: object, **options: object) -> None:
            super().__init__(*arguments, **options)  # type: ignore[call-overload]  # passed through
            started.append(self)
            os.kill(self.pid, signal.SIGKILL)

    monkeypatch.setattr(subprocess, "Popen", Watched)
    product = chain(400)
    with pytest.raises(CompileProcessLost):
        compile_apart(product.source, content_hash=product.content_hash, on=TODAY, cache_directory=tmp_path,
                      progress=silent, should_stop=never)
    assert started[0].returncode == -signal.SIGKILL
