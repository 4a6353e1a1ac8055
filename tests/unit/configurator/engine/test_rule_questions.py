"""Questions about subsets of rules against evaluating every rule on every combination."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from itertools import combinations, product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from catalog.product import ClauseGroup, ClauseSet, ProductDefinition, TableRule, Value
from catalog.rules import expression as ex
from catalog.rules.evaluation import Evaluator, ValueUndefined
from catalog.text import Text
from configurator.configuration import Selection
from configurator.engine.cells import build_cells
from configurator.engine.rule_questions import Goal, OutOfTime, RuleQuestions
from tests.unit.configurator.engine.test_model import (
    choice,
    conditions,
    coupled_product,
    definition,
    grid,
    number,
    products,
    table,
)


class Evaluated:
    """Every combination of a small product, and which constraints and conditions hold in it."""

    def __init__(self, item: ProductDefinition, asked: Mapping[str, ex.Expression]) -> None:
        names = [attribute.code for attribute in item.attributes]
        self.wholes = [dict(zip(names, values, strict=True)) for values in product(*map(grid, item.attributes))]
        self.kept = [self._kept(item, whole) for whole in self.wholes]
        self.asked = [{name: _holds(item, whole, it) for name, it in asked.items()} for whole in self.wholes]

    @staticmethod
    def _kept(item: ProductDefinition, whole: Mapping[str, Value]) -> dict[str, bool]:
        found = {rule.code: _holds(item, whole, rule.expression) for rule in item.rules}
        for rows in item.table_rules:
            found[rows.code] = (tuple(whole[name] for name in rows.attributes) in rows.rows) is rows.is_allowed
        return found

    def has(self, goal: Goal, codes: frozenset[str]) -> bool:
        """Say whether some combination has the goal and keeps the constraints."""
        return any(self._meets(place, goal) and all(self.kept[place][code] for code in codes)
                   for place in range(len(self.wholes)))

    def _meets(self, place: int, goal: Goal) -> bool:
        whole = self.wholes[place]
        return (all(whole[name] == code for name, code in goal.options.items())
                and all(whole[name] != code for name, code in goal.barred)
                and all(low <= _figure(whole[name]) <= high for name, (low, high) in goal.bounds.items())
                and all(self.asked[place][name] is truth for name, truth in goal.conditions)
                and not any(self.kept[place][code] for code in goal.broken))

    def check(self, questions: RuleQuestions, goal: Goal) -> None:
        """Compare possibility, witness and smallest cause."""
        codes = frozenset(questions.constraints) - set(goal.broken)
        witness = questions.witness(goal)
        assert (witness is not None) is questions.is_possible(goal) is self.has(goal, codes)
        if witness is not None:
            place = self.wholes.index(dict(witness))
            assert self._meets(place, goal)
            assert all(self.kept[place][code] for code in codes)
            return
        cause = questions.cause(goal)
        assert not self.has(goal, frozenset(cause.codes))
        assert cause.are_fewest
        fewer = combinations(codes, len(cause.codes) - 1) if cause.codes else ()
        assert all(self.has(goal, frozenset(few)) for few in fewer)


def _figure(value: Value) -> Fraction:
    assert isinstance(value, Fraction)
    return value


def _holds(item: ProductDefinition, whole: Mapping[str, Value], expression: ex.Expression) -> bool:
    try:
        return Evaluator(item, whole).truth(expression)
    except ValueUndefined:
        return False


@settings(max_examples=120, deadline=None)
@given(st.data())
def test_any_goal_is_answered_as_brute_force_does_when_products_are_random(data: st.DataObject) -> None:
    item = data.draw(products())
    asked = {f"asked{place}": it for place, it in
             enumerate(data.draw(st.lists(conditions(list(item.attributes), 2), max_size=2)))}
    questions, truth = RuleQuestions(item, asked), Evaluated(item, asked)
    goals = [Goal(broken=(code,)) for code in questions.constraints]
    goals += [Goal(options={a.code: o.code}) for a in item.attributes for o in a.options]
    goals += [Goal(barred=((a.code, o.code),)) for a in item.attributes for o in a.options]
    goals += [Goal(conditions=((name, wanted),)) for name in asked for wanted in (True, False)]
    for goal in [Goal(), *goals]:
        truth.check(questions, goal)


@st.composite
def products_with_numbers(draw: st.DrawFn) -> ProductDefinition:
    attributes = [number("n", 0, draw(st.integers(1, 6)), 1), number("m", -2, 4, 2),
                  choice("x", ("a", "b", "c"), a=1, b=3), choice("y", ("true", "false"))]
    comparisons = st.builds(
        ex.Comparison,
        st.sampled_from(["<=", ">", "=", "!="]),
        st.sampled_from([ex.Attribute("n"), ex.Attribute("m"),
                         ex.Arithmetic("*", ex.Attribute("n"), ex.Property("x", "n")),
                         ex.Arithmetic("+", ex.Attribute("n"), ex.Attribute("m")),
                         ex.Arithmetic("/", ex.Attribute("n"), ex.Attribute("m"))]),
        st.integers(-2, 8).map(lambda value: ex.Number(Fraction(value))))
    rules = draw(st.lists(st.one_of(
        comparisons, st.builds(ex.Implies, conditions(attributes[2:], 1), comparisons),
        conditions(attributes[2:], 2)), min_size=1, max_size=4))
    tables = (draw(table(attributes[2:], 0)),) if draw(st.booleans()) else ()
    return definition(*attributes, rules=tuple(rules), tables=tables)


@settings(max_examples=120, deadline=None)
@given(st.data())
def test_goals_about_numbers_are_answered_as_brute_force_does(data: st.DataObject) -> None:
    item = data.draw(products_with_numbers())
    asked = {"asked": item.rules[0].expression, "ratio": ex.Defined(
        ex.Arithmetic("/", ex.Attribute("n"), ex.Attribute("m")))}
    questions, truth = RuleQuestions(item, asked), Evaluated(item, asked)
    low = Fraction(data.draw(st.integers(0, 6)))
    goals = [Goal(broken=(code,)) for code in questions.constraints]
    goals += [Goal(conditions=(("ratio", wanted), ("asked", True))) for wanted in (True, False)]
    goals += [Goal(bounds={"n": (low, low + 1)}), Goal(bounds={"n": (low, low), "m": (Fraction(0), Fraction(3))}),
              Goal(options={"x": "c"}, bounds={"m": (Fraction(4), Fraction(9))})]
    for goal in [Goal(), *goals]:
        truth.check(questions, goal)


def test_imported_constraints_are_switched_by_their_wordings_and_the_tree_stays() -> None:
    names = ("root", "one", "two", "three")
    item = ProductDefinition(
        "c", Text.of("c"), tuple(choice(name, ("true", "false")) for name in names),
        clauses=ClauseSet(names, ((1,), (-2, 3), (-3, 2), (-4, -2)), groups=(ClauseGroup(1, (2, 4), 1, 1),),
                          sources=((1, "one <=> two"), (3, "three => !one"))))
    questions = RuleQuestions(item)
    assert list(questions.constraints) == ["one <=> two", "three => !one"]
    assert questions.cause(Goal(broken=("three => !one",))).codes == ()  # the group says so already
    assert questions.cause(Goal(options={"root": "false"})).codes == ()
    assert questions.cause(Goal(options={"one": "true", "two": "false"})).codes == ("one <=> two",)
    broken = questions.witness(Goal(broken=("one <=> two",)))
    assert broken is not None
    assert broken["one"] != broken["two"]


def test_clauses_without_wordings_are_named_by_what_they_say_and_told_apart() -> None:
    item = ProductDefinition(
        "c", Text.of("c"), tuple(choice(name, ("true", "false")) for name in ("one", "two")),
        clauses=ClauseSet(("one", "two"), ((-1, 2), (-1, 2), (1,))))
    questions = RuleQuestions(item)
    assert list(questions.constraints) == ["not one or two", "not one or two (2)", "one"]
    assert questions.cause(Goal(broken=("not one or two",))).codes == ("not one or two (2)",)


def test_rows_that_name_unknown_codes_match_nothing() -> None:
    rows = TableRule("t", ("x", "y"), (("a", "b"), ("a", "gone")), is_allowed=True)
    item = definition(choice("x", ("a", "b")), choice("y", ("a", "b")), tables=(rows,))
    assert RuleQuestions(item).witness(Goal()) == Selection.of({"x": "a", "y": "b"})
    assert RuleQuestions(item).cause(Goal(options={"x": "b"})).codes == ("t",)


def test_conditions_that_cannot_be_taken_are_refused_with_the_reason() -> None:
    asked = {"total": ex.Comparison(">", ex.Derived("product_price"), ex.Number(Fraction(3))),
             "fine": ex.Comparison(">", ex.Attribute("width"), ex.Number(Fraction(9)))}
    questions = RuleQuestions(coupled_product(), asked)
    assert questions.formula.refused == {"total": "reads product_price"}
    found = questions.witness(Goal(conditions=(("fine", True),)))
    assert found is not None
    assert found["width"] == 10


def test_wanted_rules_stay_in_the_cause_as_long_as_that_is_possible() -> None:
    same = ex.Comparison("=", ex.Attribute("x"), ex.Code("a"))
    item = definition(choice("x", ("a", "b")), rules=(same, same, ex.Not(same)))
    questions = RuleQuestions(item)
    assert questions.cause_with(Goal(options={"x": "b"}), {"rule1"}).codes == ("rule1",)
    assert questions.cause_with(Goal(options={"x": "b"}), {"rule0"}).codes == ("rule0",)


def test_questions_end_when_their_time_is_over() -> None:
    questions = RuleQuestions(coupled_product(), seconds=0.0)
    with pytest.raises(OutOfTime):
        questions.witness(Goal())


def test_a_goal_that_is_possible_has_no_cause() -> None:
    with pytest.raises(ValueError, match="possible"):
        RuleQuestions(coupled_product()).cause(Goal())


def test_cells_name_their_first_value_within_bounds() -> None:
    (cells, rest) = build_cells(coupled_product())
    assert rest.numbers == ("depth",)
    bounds = {"width": (Fraction("4.5"), Fraction(7)), "height": (Fraction(4), Fraction(4))}
    assert cells.keys_within(bounds) == ()
    bounds["height"] = (Fraction(4), Fraction(5))
    for key in cells.keys_within(bounds):
        cell = cells.cell(key, bounds)
        assert 5 <= cell["width"] <= 7
        assert cell["height"] == 5
    with pytest.raises(ValueError, match="no cell"):
        cells.cell(0, {"width": (Fraction(11), Fraction(12))})


def test_a_condition_that_couples_too_much_is_set_aside_and_the_product_still_answered() -> None:
    wide = [number(f"n{place}", 0, 299, 1) for place in range(3)]
    item = definition(*wide, rules=(ex.Comparison("<", ex.Attribute("n0"), ex.Number(Fraction(200))),))
    total = ex.Arithmetic("+", ex.Arithmetic("+", ex.Attribute("n0"), ex.Attribute("n1")), ex.Attribute("n2"))
    asked = {"sum": ex.Comparison(">", total, ex.Number(Fraction(500))),
             "narrow": ex.Comparison(">", ex.Attribute("n0"), ex.Number(Fraction(199)))}
    questions = RuleQuestions(item, asked)
    assert set(questions.formula.refused) == {"sum"}
    assert not questions.is_possible(Goal(conditions=(("narrow", True),)))
    assert questions.cause(Goal(bounds={"n0": (Fraction(250), Fraction(299))})).codes == ("rule0",)
