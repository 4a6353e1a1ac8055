"""Soft rules: they exclude nothing, and they say of a configuration and of each option what they prefer."""

from __future__ import annotations

import random
from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from catalog.product import AttributeKind, ProductDefinition, Rule, Strength
from catalog.rules import expression as ex
from catalog.rules.evaluation import Evaluator, ValueUndefined
from catalog.text import Text
from configurator.configuration import Conflict, Selection
from configurator.preferences import Advice, advise, preferences
from configurator.view import view_configuration
from tests.factories import a_window, attr, calc, choice, demo_products, implies, loaded, number
from tests.factories import test as compare

CODES = ("p", "q", "r")
ATTRIBUTES = (choice("a", *CODES, n=(1, 2, 3)), choice("b", *CODES), choice("c", "true", "false"), number("d", 1, 4))


def soft(code: str, expression: ex.Expression, weight: int = 1) -> Rule:
    return Rule(code, expression, Text.of(f"reason of {code}"), Strength.SOFT, weight=weight)


@st.composite
def conditions(draw: st.DrawFn, depth: int = 2) -> ex.Expression:
    kind = draw(st.integers(0, 6 if depth else 3))
    if kind == 0:
        return ex.Attribute("c")
    if kind == 1:
        return compare(attr(draw(st.sampled_from("ab"))), "=", draw(st.sampled_from(CODES)))
    if kind == 2:
        return compare(attr("d"), draw(st.sampled_from(("<=", ">", "="))), draw(st.integers(1, 4)))
    if kind == 3:
        below = calc(attr("d"), "-", draw(st.integers(1, 4)))  # zero for one value: then it has no result
        return compare(calc(ex.Property("a", "n"), "/", below), "<", draw(st.integers(0, 2)))
    operands = (draw(conditions(depth - 1)), draw(conditions(depth - 1)))
    return ex.And(operands) if kind == 4 else ex.Or(operands) if kind == 5 else ex.Implies(*operands)


rules = st.lists(st.tuples(conditions(), st.booleans(), st.integers(1, 5)), min_size=1, max_size=5)


def definition(drawn: list[tuple[ex.Expression, bool, int]]) -> ProductDefinition:
    built = tuple(soft(f"s{place}", expression, weight) if is_soft else Rule(f"h{place}", expression, Text.of("no"))
                  for place, (expression, is_soft, weight) in enumerate(drawn))
    return ProductDefinition("p", Text.of("p"), ATTRIBUTES, rules=built)


def some_choices(product: ProductDefinition, chance: random.Random) -> Selection:
    chosen: dict[str, str | Fraction] = {}
    for item in chance.sample(product.attributes, chance.randint(0, 3)):
        if item.kind is AttributeKind.NUMBER:
            steps = int((item.maximum - item.minimum) / item.step)
            chosen[item.code] = item.minimum + chance.randint(0, steps) * item.step
        else:
            chosen[item.code] = chance.choice(item.options).code
    return Selection.of(chosen)


@settings(max_examples=150, deadline=None)
@given(drawn=rules, chance=st.randoms(use_true_random=False))
def test_soft_rules_exclude_nothing(drawn: list[tuple[ex.Expression, bool, int]], chance: random.Random) -> None:
    product = definition(drawn)
    without = replace(product, rules=tuple(rule for rule in product.rules if rule.strength is Strength.HARD))
    selection = some_choices(product, chance)
    answer, other = loaded(product).model.domains(selection), loaded(without).model.domains(selection)
    if isinstance(answer, Conflict) or isinstance(other, Conflict):
        assert isinstance(answer, Conflict)
        assert isinstance(other, Conflict)
        assert not any(code.startswith("s") for code in answer.rules)
    else:
        assert answer == other


def test_the_demo_products_have_soft_rules_that_exclude_nothing() -> None:
    for product in demo_products().values():
        hard = tuple(rule for rule in product.definition.rules if rule.strength is Strength.HARD)
        assert len(hard) < len(product.definition.rules)
        other = loaded(replace(product.definition, rules=hard))
        assert product.model.domains(Selection()) == other.model.domains(Selection())


def _truth(product: ProductDefinition, expression: ex.Expression, whole: Selection) -> bool:
    try:
        return Evaluator(product, whole).truth(expression)
    except ValueUndefined:
        return False


@settings(max_examples=150, deadline=None)
@given(drawn=rules, chance=st.randoms(use_true_random=False))
def test_advice_is_what_evaluating_every_option_says(drawn: list[tuple[ex.Expression, bool, int]],
                                                     chance: random.Random) -> None:
    product = definition(drawn)
    whole = Selection.of({item.code: chance.choice(item.options).code for item in ATTRIBUTES if item.options}
                         | {"d": Fraction(chance.randint(1, 4))})
    verdicts = {item.code: item for item in preferences(product, whole)}
    assert list(verdicts) == [rule.code for rule in product.rules if rule.strength is Strength.SOFT]
    applying = {}
    for rule in product.rules:
        if rule.strength is Strength.SOFT:
            applies, wanted = True, rule.expression
            while isinstance(wanted, ex.Implies):
                applies = applies and _truth(product, wanted.premise, whole)
                wanted = wanted.conclusion
            assert verdicts[rule.code].applies is applies
            assert verdicts[rule.code].is_kept is (not applies or _truth(product, wanted, whole))
            if applies:
                applying[rule.code] = wanted
    selectable = {item.code: frozenset(option.code for option in item.options if chance.random() < 0.8)
                  for item in ATTRIBUTES if item.options}
    advice = advise(product, whole, selectable)
    assert all(code in selectable[attribute] for attribute, code in advice)
    for (attribute, code), found in advice.items():
        for name in (*found.keeps, *found.breaks):
            kept = _truth(product, applying[name], whole.choose(attribute, code))
            assert kept is (name in found.keeps)
        scores = {other: sum(verdicts[name].weight for name in advice[attribute, other].keeps)
                  for other in selectable[attribute]}
        assert found.is_recommended is (scores[code] == max(scores.values()) > min(scores.values()))


def test_a_recommendation_marks_what_it_asks_for_and_not_what_it_asks_about() -> None:
    asks = soft("s", implies(compare(attr("a"), "=", "p"), compare(attr("b"), "=", "q")))
    product = ProductDefinition("p", Text.of("p"), ATTRIBUTES, rules=(asks,))
    every = {item.code: frozenset(option.code for option in item.options) for item in ATTRIBUTES if item.options}
    whole = Selection.of({"a": "p", "b": "r", "c": "true", "d": Fraction(1)})
    assert advise(product, whole, every) == {
        ("b", "p"): Advice(is_recommended=False, keeps=(), breaks=("s",)),
        ("b", "q"): Advice(is_recommended=True, keeps=("s",), breaks=()),
        ("b", "r"): Advice(is_recommended=False, keeps=(), breaks=("s",))}
    assert advise(product, whole, {"b": frozenset("pr")}) == {}  # nothing that could be taken keeps it
    assert advise(product, whole.choose("a", "q"), every) == {}  # it does not apply


def test_the_heavier_of_two_recommendations_wins() -> None:
    product = ProductDefinition("p", Text.of("p"), ATTRIBUTES, rules=(
        soft("light", compare(attr("b"), "=", "p")), soft("heavy", compare(attr("b"), "=", "q"), weight=3)))
    whole = Selection.of({"a": "p", "b": "r", "c": "true", "d": Fraction(1)})
    advice = advise(product, whole, {"b": frozenset(CODES)})
    assert [code for (_, code), found in advice.items() if found.is_recommended] == ["q"]
    assert advice["b", "p"] == Advice(is_recommended=False, keeps=("light",), breaks=("heavy",))


@pytest.mark.parametrize(("choices", "spacer", "is_kept"), [
    ({"glass": "3-4/14/4/14/4", "spacer": "alu"}, "warm", False), ({"glass": "3-4/14/4/14/4"}, "warm", True),
    ({"glass": "2-4/16/4", "spacer": "alu"}, "", True),
])
def test_a_view_tells_what_is_kept_and_recommended(choices: dict[str, str], spacer: str, is_kept: bool) -> None:
    view = view_configuration(demo_products()["window"], choices)
    (preference,) = view.preferences
    assert (preference.code, preference.weight, preference.is_kept) == ("warm_triple", 2, is_kept)
    recommended = [code for (attribute, code), advice in view.advice.items() if advice.is_recommended]
    assert recommended == ([spacer] if spacer else [])
    assert "dew" in preference.reason.in_language("en")


def test_a_product_without_soft_rules_has_no_advice() -> None:
    view = view_configuration(loaded(a_window(step=100)), {})
    assert (view.preferences, view.advice) == ((), {})
