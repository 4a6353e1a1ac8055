"""Random small products with prices, parts and operations, and what brute force says of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction

from hypothesis import strategies as st

from catalog.bom import BomItem, Part
from catalog.price_book import Billing, PriceItem, ServiceLevel
from catalog.product import Attribute, ProductDefinition, Value
from catalog.routing import RoutingItem
from catalog.rules import expression as ex
from catalog.text import Text
from configurator.appraisal import Appraiser
from configurator.cost_model import CostModel, Figure, Ranking
from configurator.pricing import PRODUCT_PRICE
from tests.unit.configurator.engine.test_model import brute_force, choice, definition, is_code, number

Costed = tuple[Mapping[str, Value], Mapping[Figure, int]]

CODES = {"a": ("a0", "a1", "a2"), "b": ("b0", "b1"), "c": ("c0", "c1", "c2")}


@st.composite
def amounts(draw: st.DrawFn, *, has_number: bool) -> ex.Expression:
    """Draw an amount that reads one to three attributes, with fractions that have to be rounded."""
    factors: list[ex.Expression] = [ex.Number(Fraction(draw(st.integers(1, 300)), draw(st.sampled_from((1, 7, 100)))))]
    named = draw(st.lists(st.sampled_from(sorted(CODES)), max_size=2, unique=True))
    factors += [ex.Property(name, "n") for name in named]
    if has_number and draw(st.booleans()):
        factors.append(ex.Attribute("x"))
    found = factors[0]
    for factor in factors[1:]:
        found = ex.Arithmetic(draw(st.sampled_from(("+", "*", "-"))), found, factor)
    return found


@st.composite
def conditions(draw: st.DrawFn) -> ex.Expression | None:
    if draw(st.booleans()):
        return None
    name = draw(st.sampled_from(sorted(CODES)))
    return is_code(name, draw(st.sampled_from(CODES[name])))


@st.composite
def price_items(draw: st.DrawFn, *, place: int, has_number: bool) -> PriceItem:
    amount = draw(amounts(has_number=has_number))
    level = draw(st.sampled_from((ServiceLevel.PRODUCT, ServiceLevel.BASIC)))
    if place >= 2 and draw(st.booleans()):
        rate = ex.Number(Fraction(draw(st.integers(-10, 15)), 100))
        by = ex.Property(draw(st.sampled_from(sorted(CODES))), "n")
        amount = ex.Arithmetic("*", ex.Arithmetic("*", ex.Derived(PRODUCT_PRICE), rate), by)
        if draw(st.integers(0, 4)) == 0:
            amount = ex.Function("max", (amount, ex.Number(Fraction(3, 2))))
        level = draw(st.sampled_from((ServiceLevel.BASIC, ServiceLevel.BASIC, ServiceLevel.PRODUCT)))
    billing = draw(st.sampled_from((Billing.ONCE,) * 5 + (Billing.YEARLY,)))
    return PriceItem(f"p{place}", Text.of("p"), amount, draw(conditions()), level, billing)


@st.composite
def costed_products(draw: st.DrawFn) -> ProductDefinition:
    """Draw a product of three choices, perhaps a number, a few rules, and all kinds of figures."""
    has_number = draw(st.booleans())
    attributes: list[Attribute] = [
        choice(name, codes, **{code: draw(st.integers(0, 4)) for code in codes}) for name, codes in CODES.items()]
    rules: list[ex.Expression] = []
    for _ in range(draw(st.integers(0, 2))):
        (first, second) = draw(st.lists(st.sampled_from(sorted(CODES)), min_size=2, max_size=2, unique=True))
        rules.append(ex.Implies(is_code(first, draw(st.sampled_from(CODES[first]))),
                                is_code(second, draw(st.sampled_from(CODES[second])))))
    if has_number:
        attributes.append(number("x", 1, 6, 1))
        if draw(st.booleans()):
            limit = ex.Arithmetic("+", ex.Property("a", "n"), ex.Number(Fraction(2)))
            rules.append(ex.Comparison(draw(st.sampled_from((">=", "<="))), ex.Attribute("x"), limit))
    prices = tuple(draw(price_items(place=place, has_number=has_number)) for place in range(draw(st.integers(1, 5))))
    parts = {code: Part(code, Text.of(code), "kg", Fraction(draw(st.integers(0, 40)), 7)) for code in ("s", "t")}
    bom = tuple(BomItem(draw(st.sampled_from(("s", "t"))), quantity, draw(conditions()))
                for _ in range(draw(st.integers(0, 3)))
                for quantity in (ex.Function("max", (ex.Number(Fraction(0)), draw(amounts(has_number=has_number)))),))
    routing = tuple(RoutingItem(f"o{place}", Text.of("o"), "w", ex.Function("abs", (draw(
        amounts(has_number=has_number)),)), draw(conditions())) for place in range(draw(st.integers(0, 2))))
    return replace(definition(*attributes, rules=tuple(rules)), prices=prices, parts=parts, bom=bom, routing=routing)


@st.composite
def rankings(draw: st.DrawFn) -> Ranking:
    return Ranking({name: {code: draw(st.integers(0, 9)) for code in codes} for name, codes in CODES.items()})


def every_costed(item: ProductDefinition, model: CostModel) -> list[Costed]:
    return [(whole, model.figures(whole)) for whole in brute_force(item)]


def model_of(item: ProductDefinition, ranking: Ranking | None = None) -> CostModel:
    return CostModel(Appraiser(item), ranking)
