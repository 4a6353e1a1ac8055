"""Terms and their tables: exact where everything is decided, bounds where numbers are open."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

from hypothesis import given, settings

from catalog.price_book import PriceItem, ServiceLevel
from catalog.product import ProductDefinition, Rule, Strength
from catalog.rules import expression as ex
from catalog.text import Text
from configurator.configuration import Selection
from configurator.cost_model import Figure, Ranking, split_share
from configurator.engine.loading import compile_definition
from configurator.goal import Goal
from configurator.optimization import best_completion
from configurator.preferences import preferences
from configurator.pricing import PRODUCT_PRICE, price
from tests.unit.configurator.costed import costed_products, every_costed, model_of
from tests.unit.configurator.engine.test_model import brute_force, choice, definition, is_code, number

NOTHING = (Fraction(0), Fraction(0))
PRICE = ex.Derived(PRODUCT_PRICE)


def item_of(code: str, amount: ex.Expression, level: ServiceLevel = ServiceLevel.PRODUCT) -> PriceItem:
    return PriceItem(code, Text.of(code), amount, level=level)


@settings(max_examples=100, deadline=None)
@given(costed_products())
def test_tables_of_a_whole_selection_add_up_to_its_figures(item: ProductDefinition) -> None:
    model = model_of(item)
    for whole, figures in every_costed(item, model)[:20]:
        for figure in (Figure.CO2, Figure.WORK):
            tables = [model.table(term, whole, {}, NOTHING) for term in model.terms[figure]]
            assert sum(int(table.low.flat[0]) for table in tables) == figures[figure]
            assert all(table.low.size == 1 and (table.low == table.high).all() for table in tables)
        assert figures[Figure.PRICE] == price(item, whole).total.amount_minor


@settings(max_examples=100, deadline=None)
@given(costed_products())
def test_tables_bound_every_configuration_while_numbers_are_open(item: ProductDefinition) -> None:
    model = model_of(item)
    ends = {"x": (Fraction(1), Fraction(6))}
    for whole, figures in every_costed(item, model)[:20]:
        chosen = {name: value for name, value in whole.items() if name != "x"}
        for figure in (Figure.CO2, Figure.WORK):
            tables = [model.table(term, chosen, ends, NOTHING) for term in model.terms[figure]]
            low, high = (sum(int(end.flat[0]) for end in side)
                         for side in ([table.low for table in tables], [table.high for table in tables]))
            assert low <= figures[figure] <= high


def test_shares_of_the_price_are_parted_from_the_rest() -> None:
    rate = ex.Property("a", "n")
    amount = ex.Arithmetic("/", ex.Arithmetic("*", ex.Arithmetic("-", ex.Number(Fraction(0)), PRICE), rate),
                           ex.Number(Fraction(100)))
    found = split_share(ex.Arithmetic("+", amount, ex.Number(Fraction(7))))
    assert found is not None
    assert split_share(ex.Function("max", (PRICE, rate))) is None
    assert split_share(ex.Arithmetic("*", PRICE, PRICE)) is None
    assert split_share(ex.Arithmetic("/", rate, PRICE)) is None


def test_a_product_dearer_than_tables_hold_is_answered_without_proof() -> None:
    dear = definition(choice("a", ("x", "y"), x=1, y=2), number("n", 1, 3, 1))
    amount = ex.Arithmetic("*", ex.Arithmetic("*", ex.Property("a", "n"), ex.Attribute("n")),
                           ex.Number(Fraction(10**30)))
    dear = replace(dear, prices=(item_of("p", amount), item_of(
        "s", ex.Arithmetic("*", PRICE, ex.Number(Fraction(10**40))), ServiceLevel.BASIC)))
    best = best_completion(compile_definition(dear, content_hash="x"), model_of(dear), Selection(), Goal(Figure.PRICE))
    assert best is not None
    assert best.bound <= best.score
    assert best.whole["a"] == "x"
    assert best.whole["n"] == 1


def test_a_share_with_long_fractions_stays_exact() -> None:
    long = Fraction(10**17 + 1, 10**18 + 7)
    item = definition(choice("a", ("x", "y"), x=3, y=1), choice("b", ("u", "v"), u=1, v=2))
    item = replace(item, prices=(
        item_of("p", ex.Arithmetic("*", ex.Property("a", "n"), ex.Number(Fraction(10**6)))),
        item_of("s", ex.Arithmetic("*", ex.Arithmetic("*", PRICE, ex.Number(long)), ex.Property("b", "n")),
                ServiceLevel.BASIC)))
    model = model_of(item)
    best = best_completion(compile_definition(item, content_hash="x"), model, Selection(), Goal(Figure.PRICE))
    assert best is not None
    assert best.is_proven
    assert best.score == min(figures[Figure.PRICE] for _, figures in every_costed(item, model))


def test_a_broken_soft_rule_costs_its_weight() -> None:
    item = definition(choice("a", ("x", "y")), choice("b", ("u", "v")))
    wish = Rule("wish", ex.Implies(is_code("a", "x"), is_code("b", "v")), Text.of("better"), Strength.SOFT, weight=3)
    item = replace(item, rules=(wish,))
    model = model_of(item, Ranking(soft_rule=100))
    for whole in brute_force(replace(item, rules=())):
        broken = sum(rule.weight for rule in preferences(item, whole) if not rule.is_kept)
        assert model.figures(whole)[Figure.RANK] == 100 * broken
    best = best_completion(compile_definition(item, content_hash="x"), model, Selection.of({"a": "x"}),
                           Goal(Figure.RANK))
    assert best is not None
    assert best.whole["b"] == "v"
