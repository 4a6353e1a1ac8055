"""Wide clauses are split without changing what is possible, and wide groups cost no square of their width."""

from __future__ import annotations

import random
from itertools import product
from math import comb

from hypothesis import given, settings
from hypothesis import strategies as st

from catalog.product import ClauseGroup, ClauseSet, ProductDefinition
from catalog.text import Text
from configurator.configuration import Domains, OptionState, Selection
from configurator.engine import branching
from configurator.engine.branching import elimination_order
from configurator.engine.compiler import Budget, Compiler
from configurator.engine.loading import compile_definition
from configurator.engine.preparation import Prepared
from configurator.engine.wide_clauses import WIDE, split_wide_clauses
from tests.factories import choice


def prepared(count: int, *clauses: tuple[int, ...], exclusive: tuple[tuple[int, ...], ...] = ()) -> Prepared:
    return Prepared(is_consistent=True, variable_count=count, clauses=clauses, exclusive=exclusive,
                    images=tuple(range(count + 1)))


def models(item: Prepared) -> int:
    return Compiler(item, elimination_order(item), Budget()).compile().count()


def features(count: int, *clauses: tuple[int, ...], groups: tuple[ClauseGroup, ...] = ()) -> ProductDefinition:
    names = tuple(f"f{place}" for place in range(count))
    return ProductDefinition("thing", Text.of("Thing"), tuple(choice(name, "true", "false") for name in names),
                             clauses=ClauseSet(names, clauses, groups=groups))


def test_narrow_clauses_are_left_as_they_are() -> None:
    item = prepared(WIDE, tuple(range(1, WIDE + 1)))
    assert split_wide_clauses(item) is item


def test_clauses_of_literals_that_exclude_each_other_are_left() -> None:
    group = tuple(range(1, 101))
    item = prepared(101, group, (*group, -101), exclusive=(group,))
    assert split_wide_clauses(item) == item


@settings(max_examples=20, deadline=None)
@given(st.integers(WIDE + 1, 400), st.integers(0, 1_000))
def test_split_clause_has_as_many_models(width: int, seed: int) -> None:
    rng = random.Random(seed)
    clause = tuple(variable if rng.random() < 0.7 else -variable for variable in range(1, width + 1))
    item = split_wide_clauses(prepared(width, clause))
    assert max(map(len, item.clauses)) < 10
    assert models(item) == 2**width - 1


def test_two_wide_clauses_that_share_literals_count_exactly() -> None:
    first, second = tuple(range(1, 101)), tuple(range(51, 151))
    expected = 2**150 - 2 * 2**50 + 1
    assert models(split_wide_clauses(prepared(150, first, second))) == expected


def test_or_group_of_a_thousand_answers_as_it_must() -> None:
    children = tuple(range(2, 1_002))
    model = compile_definition(features(1_001, (1,), groups=(ClauseGroup(1, children, 1, 1_000),)), content_hash="o")
    assert model.method == "graph"
    assert model.graph is not None
    assert model.graph.level_count < 100
    assert model.count(Selection()) == 2**1_000 - 1
    others = {f"f{place}": "false" for place in range(1, 1_000)}
    answer = model.domains(Selection.of(others))
    assert isinstance(answer, Domains)
    assert answer.options["f1000"]["true"] is OptionState.FORCED
    assert model.count(Selection.of({"f1": "true"})) == 2**999


def test_alternative_of_three_hundred_answers_as_it_must() -> None:
    children = tuple(range(2, 302))
    model = compile_definition(features(301, (1,), groups=(ClauseGroup(1, children, 1, 1),)), content_hash="a")
    assert model.method == "graph"
    assert model.count(Selection()) == 300
    assert model.count(Selection.of({"f7": "true"})) == 1


def test_wide_group_is_not_written_as_pairs_when_nothing_else_reads_its_members() -> None:
    group = tuple(range(1, 2_001))
    item = prepared(2_001, (1, 2_001), exclusive=(group,))
    assert sorted(elimination_order(item).variables) == [*range(1, 2_002)]
    neighbors = branching.primal_graph(item, without=branching.joined_already(item))
    assert sum(map(len, neighbors)) <= 2


def test_order_of_small_rules_has_every_variable_once_and_counts_exactly() -> None:
    names = range(1, 71)
    item = prepared(71, tuple(names), (-1, 71), exclusive=())
    found = models(item)
    assert found == sum(comb(70, taken) for taken in range(1, 71)) * 2 - 2**69
    small = prepared(3, (1, 2), (-1, 3))
    assert models(small) == sum(
        (a or b) and (not a or c) for a, b, c in product((False, True), repeat=3)
    )
