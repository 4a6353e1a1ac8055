"""A race within its budget: what it may use is kept to, and no child outlives it."""

from __future__ import annotations

import random
import subprocess
import threading
import time
from dataclasses import replace

import pytest

from catalog.product import ClauseSet, ProductDefinition
from catalog.text import Text
from configurator.configuration import Domains, Selection
from configurator.engine import compilation, race
from configurator.engine.compiler import Budget
from configurator.engine.loading import DEFAULT_BUDGET, compile_definition
from configurator.engine.progress import CompilationStopped
from tests.factories import choice

Children = list["subprocess.Popen[bytes]"]


@pytest.fixture
def children(monkeypatch: pytest.MonkeyPatch) -> Children:
    """Race at once, and keep the children that are started."""
    started: Children = []
    start = race._start_child

    def note() -> subprocess.Popen[bytes]:
        started.append(start())
        return started[-1]

    monkeypatch.setattr(race, "_start_child", note)
    monkeypatch.setattr(compilation, "FIRST_ATTEMPT_SECONDS", 0.01)
    return started


def entangled(count: int = 160, clauses: int = 480) -> ProductDefinition:
    """Random clauses of three literals that a drawn configuration keeps: far too entangled for any order."""
    rng = random.Random(7)
    planted = [0, *(rng.choice((1, -1)) * variable for variable in range(1, count + 1))]
    found: list[tuple[int, ...]] = []
    while len(found) < clauses:
        clause = tuple(rng.choice((1, -1)) * variable for variable in rng.sample(range(1, count + 1), 3))
        if any(planted[abs(literal)] == literal for literal in clause):
            found.append(clause)
    names = tuple(f"f{place}" for place in range(count))
    return ProductDefinition("thing", Text.of("Thing"), tuple(choice(name, "true", "false") for name in names),
                             clauses=ClauseSet(names, tuple(found)))


def test_beyond_its_memory_the_search_answers_and_no_child_is_left(children: Children) -> None:
    budget = replace(DEFAULT_BUDGET, memory=10_000_000)
    model = compile_definition(entangled(), content_hash="x", budget=budget)
    assert model.method == "search"
    assert len(children) == 2
    assert all(child.poll() is not None for child in children)
    assert isinstance(model.domains(Selection()), Domains)


def test_with_hardly_any_memory_no_child_is_left(children: Children) -> None:
    model = compile_definition(entangled(), content_hash="x", budget=replace(DEFAULT_BUDGET, memory=1))
    assert model.method == "search"
    assert all(child.poll() is not None for child in children)


def test_beyond_its_time_the_search_answers_and_no_child_is_left(children: Children) -> None:
    model = compile_definition(entangled(), content_hash="x", budget=Budget(seconds=1.5))
    assert model.method == "search"
    assert children
    assert all(child.poll() is not None for child in children)


def test_stopping_leaves_no_child(children: Children) -> None:
    threads = threading.active_count()
    stop = threading.Event()

    def ask() -> bool:
        return len(children) == 2 or stop.is_set()

    with pytest.raises(CompilationStopped):
        compile_definition(entangled(), content_hash="x", should_stop=ask)
    assert len(children) == 2
    assert all(child.poll() is not None for child in children)
    assert threading.active_count() == threads


def test_system_that_starts_no_more_processes_lets_the_search_answer(
    children: Children, monkeypatch: pytest.MonkeyPatch
) -> None:
    start = race._start_child

    def refuse() -> subprocess.Popen[bytes]:
        if children:
            raise BlockingIOError(11, "Resource temporarily unavailable")
        return start()

    monkeypatch.setattr(race, "_start_child", refuse)
    model = compile_definition(entangled(), content_hash="x")
    assert model.method == "search"
    assert len(children) == 1
    assert children[0].poll() is not None


def test_children_that_are_killed_from_outside_let_the_search_answer(children: Children) -> None:
    def kill() -> None:
        while len(children) < 2:
            time.sleep(0.01)
        for child in children:
            child.kill()

    killer = threading.Thread(target=kill)
    killer.start()
    model = compile_definition(entangled(), content_hash="x")
    killer.join()
    assert model.method == "search"
