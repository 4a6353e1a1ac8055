"""The compiled model against brute force on random small products, and its promises one by one."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from itertools import product
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from catalog.product import Attribute, AttributeKind, ClauseSet, Option, ProductDefinition, Rule, TableRule, Value
from catalog.rules import expression as ex
from catalog.rules.evaluation import Evaluator, ValueUndefined
from catalog.text import Text
from configurator.configuration import Conflict, Domains, OptionState, Selection
from configurator.engine.compiled_parts import CompiledParts
from configurator.engine.compiler import Budget
from configurator.engine.loading import compile_definition
from configurator.engine.model import CompiledModel
from configurator.errors import UnknownChoice

NO_BUDGET = Budget(seconds=0.0, edges=0)


def choice(code: str, codes: tuple[str, ...], **numbers: int) -> Attribute:
    options = tuple(
        Option(item, Text.of(item), properties={"n": Fraction(numbers[item])} if item in numbers else {})
        for item in codes
    )
    return Attribute(code, AttributeKind.CHOICE, Text.of(code), options=options)


def number(code: str, low: int, high: int, step: int) -> Attribute:
    return Attribute(
        code, AttributeKind.NUMBER, Text.of(code),
        minimum=Fraction(low), maximum=Fraction(high), step=Fraction(step),
    )


def definition(
    *attributes: Attribute, rules: tuple[ex.Expression, ...] = (), tables: tuple[TableRule, ...] = ()
) -> ProductDefinition:
    named = tuple(Rule(f"rule{place}", rule, Text.of("no")) for place, rule in enumerate(rules))
    return ProductDefinition("p", Text.of("p"), attributes, rules=named, table_rules=tables)


def is_code(attribute: str, code: str) -> ex.Comparison:
    return ex.Comparison("=", ex.Attribute(attribute), ex.Code(code))


def grid(attribute: Attribute) -> list[Value]:
    if attribute.kind is AttributeKind.CHOICE:
        return [option.code for option in attribute.options]
    count = int((attribute.maximum - attribute.minimum) / attribute.step)
    return [attribute.minimum + place * attribute.step for place in range(count + 1)]


def brute_force(item: ProductDefinition) -> list[Mapping[str, Value]]:
    """List every valid configuration by evaluating each rule on each combination."""
    names = [attribute.code for attribute in item.attributes]
    found: list[Mapping[str, Value]] = []
    for values in product(*map(grid, item.attributes)):
        whole = dict(zip(names, values, strict=True))
        evaluator = Evaluator(item, whole)
        if all(_holds(evaluator, rule) for rule in item.rules) and all(
            _is_kept(table, whole) for table in item.table_rules
        ):
            found.append(whole)
    return found


def _holds(evaluator: Evaluator, rule: Rule) -> bool:
    try:
        return evaluator.truth(rule.expression)
    except ValueUndefined:
        return False


def _is_kept(table: TableRule, whole: Mapping[str, Value]) -> bool:
    return (tuple(whole[name] for name in table.attributes) in table.rows) is table.is_allowed


def expected_states(
    item: ProductDefinition, left: list[Mapping[str, Value]], selection: Selection
) -> dict[str, dict[str, OptionState]]:
    states: dict[str, dict[str, OptionState]] = {}
    for attribute in item.attributes:
        if attribute.kind is not AttributeKind.CHOICE:
            continue
        alive = {whole[attribute.code] for whole in left}
        states[attribute.code] = {
            option.code: OptionState.EXCLUDED if option.code not in alive
            else OptionState.CHOSEN if selection.get(attribute.code) == option.code
            else OptionState.FORCED if len(alive) == 1
            else OptionState.AVAILABLE
            for option in attribute.options
        }
    return states


def expected_changes(
    item: ProductDefinition, selection: Selection, every: list[Mapping[str, Value]]
) -> dict[str, tuple[str, ...]]:
    """List, per chosen attribute, the other options that go with all the other choices."""
    changes = {}
    for attribute in item.attributes:
        if attribute.kind is AttributeKind.CHOICE and attribute.code in selection:
            rest = selection.retract(attribute.code)
            fitting = {w[attribute.code] for w in every if all(w[k] == v for k, v in rest.items())}
            codes = [option.code for option in attribute.options if option.code in fitting]
            changes[attribute.code] = tuple(code for code in codes if code != selection[attribute.code])
    return changes


def check_against_brute_force(model: CompiledModel, selection: Selection, every: list[Mapping[str, Value]]) -> None:
    left = [whole for whole in every if all(whole[name] == value for name, value in selection.items())]
    answer = model.domains(selection)
    assert model.replaceable(selection) == expected_changes(model.definition, selection, every)
    assert model.is_consistent(selection) is bool(left)
    assert model.count(selection) == len(left)
    if not left:
        assert isinstance(answer, Conflict)
        check_conflict(answer, selection, every)
        return
    assert isinstance(answer, Domains)
    assert answer.count == len(left)
    assert answer.options == expected_states(model.definition, left, selection)
    for name, domain in answer.numbers.items():
        others = selection.retract(name)
        reachable = {w[name] for w in every if all(w[k] == v for k, v in others.items())}
        attribute = model.definition.attribute(name)
        assert attribute is not None
        assert {value for value in grid(attribute) if value in domain} == reachable
    whole = model.complete(selection, preferred={})
    assert dict(whole) in left


def check_conflict(conflict: Conflict, selection: Selection, every: list[Mapping[str, Value]]) -> None:
    """Check that the conflict is one, and that taking away any of its attributes ends it."""
    named = {name: selection[name] for name in conflict.attributes}
    assert not any(all(whole[k] == v for k, v in named.items()) for whole in every)
    for name in named:
        rest = {k: v for k, v in named.items() if k != name}
        assert any(all(whole[k] == v for k, v in rest.items()) for whole in every)


CODES = ("a", "b", "c", "d")


@st.composite
def products(draw: st.DrawFn) -> ProductDefinition:
    attributes = []
    for place in range(draw(st.integers(1, 5))):
        size = draw(st.integers(1, 4))
        codes = ("true", "false") if draw(st.booleans()) and size == 2 else CODES[:size]
        numbers = {code: draw(st.integers(0, 5)) for code in codes if draw(st.booleans()) or place == 0}
        attributes.append(choice(f"x{place}", codes, **numbers))
    rules = tuple(draw(st.lists(conditions(attributes, 3), max_size=4)))
    tables = tuple(draw(table(attributes, place)) for place in range(draw(st.integers(0, 2))))
    return definition(*attributes, rules=rules, tables=tables)


def conditions(attributes: list[Attribute], depth: int) -> st.SearchStrategy[ex.Expression]:
    atoms = st.sampled_from([is_code(a.code, o.code) for a in attributes for o in a.options])
    truths = [a.code for a in attributes if {o.code for o in a.options} == {"true", "false"}]
    sums = st.builds(
        lambda comparator, one, two, bound: ex.Comparison(
            comparator, ex.Arithmetic("+", ex.Property(one, "n"), ex.Property(two, "n")), ex.Number(bound)
        ),
        st.sampled_from(["<=", ">=", "=", "!="]),
        st.sampled_from([a.code for a in attributes]),
        st.sampled_from([a.code for a in attributes]),
        st.integers(0, 9).map(Fraction),
    )
    leaves: list[st.SearchStrategy[ex.Expression]] = [atoms, sums]
    if truths:
        leaves.append(st.sampled_from([ex.Attribute(code) for code in truths]))
    return st.recursive(
        st.one_of(leaves),
        lambda inner: st.one_of(
            st.builds(ex.Not, inner),
            st.builds(lambda parts: ex.And(tuple(parts)), st.lists(inner, max_size=3)),
            st.builds(lambda parts: ex.Or(tuple(parts)), st.lists(inner, max_size=3)),
            st.builds(ex.Implies, inner, inner),
            st.builds(
                lambda parts, bound: ex.Comparison("<=", ex.Count(tuple(parts)), ex.Number(Fraction(bound))),
                st.lists(inner, min_size=1, max_size=3), st.integers(0, 2),
            ),
        ),
        max_leaves=2 * depth,
    )


@st.composite
def table(draw: st.DrawFn, attributes: list[Attribute], place: int) -> TableRule:
    chosen = draw(st.lists(st.sampled_from(attributes), min_size=1, max_size=3, unique_by=lambda a: a.code))
    every = list(product(*(tuple(option.code for option in a.options) for a in chosen)))
    rows = draw(st.lists(st.sampled_from(every), unique=True))
    return TableRule(f"table{place}", tuple(a.code for a in chosen), tuple(rows), is_allowed=draw(st.booleans()))


@st.composite
def products_and_choices(draw: st.DrawFn) -> tuple[ProductDefinition, list[tuple[str, str]]]:
    item = draw(products())
    pairs = [(a.code, o.code) for a in item.attributes for o in a.options]
    return item, draw(st.lists(st.sampled_from(pairs), max_size=3, unique_by=lambda pair: pair[0]))


@settings(max_examples=150, deadline=None)
@given(products_and_choices())
def test_graph_answers_as_brute_force_when_product_is_random(
    case: tuple[ProductDefinition, list[tuple[str, str]]],
) -> None:
    item, clicks = case
    every = brute_force(item)
    model = compile_definition(item, content_hash="x")
    assert model.method == "graph"
    selection = Selection()
    check_against_brute_force(model, selection, every)
    for name, code in clicks:
        selection = selection.choose(name, code)
        check_against_brute_force(model, selection, every)
    assert model.domains(Selection.of(dict(reversed(clicks)))) == model.domains(selection)


@settings(max_examples=40, deadline=None)
@given(products_and_choices())
def test_search_answers_as_brute_force_when_budget_is_exceeded(
    case: tuple[ProductDefinition, list[tuple[str, str]]],
) -> None:
    item, clicks = case
    every = brute_force(item)
    parts = CompiledParts.compile(item, NO_BUDGET)
    model = CompiledModel(item, parts.components, None)
    assert model.method == "search"
    check_against_brute_force(model, Selection(), every)
    check_against_brute_force(model, Selection.of(dict(clicks)), every)


def coupled_product() -> ProductDefinition:
    """Two numbers coupled with a choice, another number alone, and rules among the choices."""
    width, height, depth = number("width", 2, 10, 1), number("height", 3, 9, 2), number("depth", 0, 4, 1)
    glass = choice("glass", ("thin", "thick", "steel"), thin=2, thick=3, steel=5)
    frame = choice("frame", ("wood", "metal"))
    area = ex.Arithmetic("*", ex.Attribute("width"), ex.Attribute("height"))
    return definition(
        width, height, depth, glass, frame,
        rules=(
            ex.Comparison("<=", ex.Arithmetic("*", area, ex.Property("glass", "n")), ex.Number(Fraction(120))),
            ex.Implies(is_code("frame", "wood"), ex.Comparison("<=", ex.Attribute("width"), ex.Number(Fraction(6)))),
            ex.Implies(is_code("glass", "steel"), is_code("frame", "metal")),
        ),
    )


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_numbers_and_options_agree_with_brute_force_when_coupled(data: st.DataObject) -> None:
    item, every, models = _coupled()
    chosen = {
        attribute.code: data.draw(st.sampled_from(grid(attribute)))
        for attribute in item.attributes
        if data.draw(st.booleans())
    }
    for model in models:
        check_against_brute_force(model, Selection.of(chosen), every)


def _coupled() -> tuple[ProductDefinition, list[Mapping[str, Value]], tuple[CompiledModel, CompiledModel]]:
    if not _KEPT:
        item = coupled_product()
        graph = compile_definition(item, content_hash="x")
        _KEPT.append((item, brute_force(item), (graph, CompiledModel(item, graph.components, None))))
    return _KEPT[0]


_KEPT: list[tuple[ProductDefinition, list[Mapping[str, Value]], tuple[CompiledModel, CompiledModel]]] = []


def test_preferences_are_followed_in_order_when_they_exclude_each_other() -> None:
    item = coupled_product()
    model = compile_definition(item, content_hash="x")
    preferred: dict[str, Value] = {
        "width": Fraction(10), "height": Fraction(9), "glass": "steel", "frame": "wood", "depth": Fraction(3),
    }
    whole = model.complete(Selection(), preferred=preferred)
    # 10 wide leaves at most 6 high with thin glass; 9 high is impossible, so steel (24 / 10 → 2) is too.
    assert whole["width"] == 10
    assert whole["height"] == 3
    assert whole["glass"] == "thin"
    assert whole["frame"] == "metal"
    assert whole["depth"] == 3


def test_explanation_names_choices_and_rules_when_an_option_is_excluded() -> None:
    model = compile_definition(coupled_product(), content_hash="x")
    selection = Selection.of({"width": Fraction(8), "depth": Fraction(2)})
    assert model.explain(selection, "frame", "wood") == Conflict(("width",), ("rule1",))
    selection = Selection.of({"frame": "wood", "depth": Fraction(2)})
    assert model.explain(selection, "glass", "steel") == Conflict(("frame",), ("rule2",))
    with pytest.raises(ValueError, match="possible"):
        model.explain(selection, "glass", "thin")


def test_replaceable_sets_only_the_own_choice_aside() -> None:
    model = compile_definition(coupled_product(), content_hash="x")
    selection = Selection.of({"glass": "thin", "frame": "wood", "width": Fraction(6)})
    assert model.replaceable(selection) == {"glass": ("thick",), "frame": ("metal",)}


def test_conflict_has_no_choices_when_rules_contradict() -> None:
    item = definition(choice("x", ("a", "b")), rules=(is_code("x", "a"), is_code("x", "b")))
    model = compile_definition(item, content_hash="x")
    assert model.domains(Selection()) == Conflict((), ("rule0", "rule1"))
    assert model.count(Selection()) == 0
    assert not model.is_consistent(Selection())


def test_unknown_names_are_refused() -> None:
    model = compile_definition(coupled_product(), content_hash="x")
    for wrong in ({"nothing": "a"}, {"glass": "paper"}, {"glass": Fraction(1)}, {"width": "wide"}):
        with pytest.raises(UnknownChoice):
            model.domains(Selection.of(wrong))


def test_sum_over_many_yes_no_attributes_counts_exactly() -> None:
    names = [f"x{place}" for place in range(24)]
    rule = ex.Comparison("=", ex.Count(tuple(map(ex.Attribute, names))), ex.Number(Fraction(5)))
    nested = ex.Implies(ex.Attribute("y"), rule)
    attributes = [choice(name, ("true", "false")) for name in [*names, "y"]]
    model = compile_definition(definition(*attributes, rules=(nested,)), content_hash="x")
    assert model.count(Selection()) == 42_504 + 2**24
    assert model.count(Selection.of({"y": "true"})) == 42_504
    assert model.count(Selection.of({"y": "true", "x0": "true", "x1": "true"})) == 1_540


def test_clauses_of_imported_models_keep_their_names() -> None:
    item = ProductDefinition(
        "c", Text.of("c"), tuple(choice(name, ("true", "false")) for name in ("one", "two", "three")),
        clauses=ClauseSet(("one", "two", "three"), ((1,), (-1, 2, 3), (-2, -3))),
    )
    answer = compile_definition(item, content_hash="x").domains(Selection.of({"two": "true"}))
    assert isinstance(answer, Domains)
    assert answer.count == 1
    assert answer.options["three"] == {"true": OptionState.EXCLUDED, "false": OptionState.FORCED}


def test_artifact_serves_again_and_damage_is_repaired(tmp_path: Path) -> None:
    item = coupled_product()
    fresh = compile_definition(item, content_hash="h1", cache_directory=tmp_path)
    path = tmp_path / "h1.graph"
    original = path.read_bytes()
    selection = Selection.of({"width": Fraction(6), "glass": "thin"})
    again = compile_definition(item, content_hash="h1", cache_directory=tmp_path, budget=NO_BUDGET)
    assert again.method == "graph"
    assert again.domains(selection) == fresh.domains(selection)
    for damaged in (b"", original[:40], original[:-1], original[:200] + b"\xff" + original[201:], b"x" + original[1:]):
        path.write_bytes(damaged)
        rebuilt = compile_definition(item, content_hash="h1", cache_directory=tmp_path)
        assert rebuilt.domains(selection) == fresh.domains(selection)
        assert path.read_bytes() == original
    path.rename(tmp_path / "h2.graph")
    other = definition(choice("x", ("a", "b", "c")))
    assert compile_definition(other, content_hash="h2", cache_directory=tmp_path).count(Selection()) == 3
    assert sorted(file.name for file in tmp_path.iterdir()) == ["h2.graph"]
