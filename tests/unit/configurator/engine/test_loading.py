"""A compilation tells how far it is, stops when asked to, and takes what is stored."""

from __future__ import annotations

from pathlib import Path

import pytest

from configurator.configuration import Selection
from configurator.engine import compilation
from configurator.engine.loading import compile_definition
from configurator.engine.progress import CompilationStopped
from tests.factories import demo_products


def test_progress_names_every_phase_in_order(tmp_path: Path) -> None:
    heard: list[tuple[str, float]] = []
    definition = demo_products()["window"].definition
    for _ in range(2):
        compile_definition(
            definition, content_hash="w", cache_directory=tmp_path, progress=lambda *told: heard.append(told)
        )
    phases = list(dict.fromkeys(phase for phase, _ in heard))
    assert phases == ["numbers", "rules", "simplify", "graph", "store"]
    assert heard.count(("store", 0.0)) == 1
    assert all(0 <= share <= 1 for _, share in heard)


@pytest.mark.parametrize("patience", [0, 3, 5])
def test_a_stopped_compilation_stores_nothing(tmp_path: Path, patience: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compilation, "FIRST_ATTEMPT_SECONDS", -1.0)
    asked = iter(range(1_000_000))
    definition = demo_products()["pump"].definition
    with pytest.raises(CompilationStopped):
        compile_definition(
            definition, content_hash="p", cache_directory=tmp_path, should_stop=lambda: next(asked) >= patience
        )
    assert not list(tmp_path.iterdir())
    model = compile_definition(definition, content_hash="p", cache_directory=tmp_path)
    assert model.count(Selection()) > 0
