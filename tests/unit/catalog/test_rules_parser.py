"""The rule language: what texts mean, and what the faults say."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from catalog.errors import CatalogInvalid
from catalog.product import Attribute, AttributeKind, LookupTable, Option, ProductDefinition
from catalog.rules import expression as ex
from catalog.rules.evaluation import Evaluator
from catalog.rules.extent import measure
from catalog.rules.parser import parse_expression
from catalog.rules.printing import print_expression
from catalog.rules.scope import Kind, Scope
from catalog.text import Text


def choice(code: str, *options: Option) -> Attribute:
    return Attribute(code, AttributeKind.CHOICE, Text.of(code), options=options)


def option(code: str, **properties: int | str) -> Option:
    values = {name: value if isinstance(value, str) else Fraction(value) for name, value in properties.items()}
    return Option(code, Text.of(code), properties=values)


WIDTH = Attribute("width", AttributeKind.NUMBER, Text.of("Width"), maximum=Fraction(2000), unit="mm")
HEAT = Attribute("temp", AttributeKind.NUMBER, Text.of("Heat"), maximum=Fraction(100), unit="°C")
SCOPE = Scope(
    {
        "width": WIDTH,
        "temp": HEAT,
        "note": Attribute("note", AttributeKind.TEXT, Text.of("Note"), max_length=20),
        "profile": choice("profile", option("PVC82", price=88, kg=3, tone="dark"),
                          option("12x142", price=5, kg=1, tone="light")),
        "light": choice("light", option("none"), option("battery", kg=2)),
        "battery": choice("battery", option("none"), option("400Wh", kg=7)),
        "vsd": choice("vsd", option("true"), option("false")),
    },
    parameters={"base": ""},
    derived={"weight": "kg"},
    tables={"ie3": LookupTable("ie3", ("kw", "efficiency"), ((Fraction(1), (Fraction(1), Fraction(80))),))},
)


def parse(text: str, expects: Kind | None = None, unit: str = "") -> ex.Expression:
    return parse_expression(text, file="rules.yaml", line=7, column=10, scope=SCOPE, expects=expects, unit=unit)


def faults(text: str, expects: Kind | None = None, unit: str = "") -> list[str]:
    with pytest.raises(CatalogInvalid) as caught:
        parse(text, expects, unit)
    return [str(problem) for problem in caught.value.problems]


def number(value: int | Fraction) -> ex.Number:
    return ex.Number(Fraction(value))


WIDTH_NODE = ex.Attribute("width")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("width", WIDTH_NODE),
        ("1 + 2 * width", ex.Arithmetic("+", number(1), ex.Arithmetic("*", number(2), WIDTH_NODE))),
        ("8 - 3 - 1", ex.Arithmetic("-", ex.Arithmetic("-", number(8), number(3)), number(1))),
        ("-width", ex.Arithmetic("-", number(0), WIDTH_NODE)),
        ("-2.50", number(Fraction(-5, 2))),
        ("1 / 3", number(Fraction(1, 3))),
        ("product_", None),
        ("profile = PVC82", ex.Comparison("=", ex.Attribute("profile"), ex.Code("PVC82"))),
        ("profile != '12x142'", ex.Comparison("!=", ex.Attribute("profile"), ex.Code("12x142"))),
        ("profile in [PVC82, '12x142']",
         ex.Membership(ex.Attribute("profile"), (ex.Code("PVC82"), ex.Code("12x142")))),
        ("profile not in [PVC82]", ex.Not(ex.Membership(ex.Attribute("profile"), (ex.Code("PVC82"),)))),
        ("profile.tone = dark", ex.Comparison("=", ex.Property("profile", "tone"), ex.Code("dark"))),
        ("profile.price", ex.Property("profile", "price")),
        ("vsd", ex.Attribute("vsd")),
        ("vsd = true", ex.Attribute("vsd")),
        ("vsd = false", ex.Not(ex.Attribute("vsd"))),
        ("vsd != true", ex.Not(ex.Attribute("vsd"))),
        ("note = 'hi'", ex.Comparison("=", ex.Attribute("note"), ex.Code("hi"))),
        ("ie3[at_least width].kw", ex.Lookup("ie3", "kw", WIDTH_NODE, "at_least")),
        ("ie3[width].efficiency", ex.Lookup("ie3", "efficiency", WIDTH_NODE, "exact")),
        ("ie3[exact width].efficiency", ex.Lookup("ie3", "efficiency", WIDTH_NODE, "exact")),
        ("if vsd then 1 else 2", ex.Conditional(ex.Attribute("vsd"), number(1), number(2))),
        ("count(vsd, not vsd)", ex.Count((ex.Attribute("vsd"), ex.Not(ex.Attribute("vsd"))))),
        ("defined(weight)", ex.Defined(ex.Derived("weight"))),
        ("max(1, ceil(base))",
         ex.Function("max", (number(1), ex.Function("ceil", (ex.Parameter("base"),))))),
        ("vsd and vsd and vsd", ex.And((ex.Attribute("vsd"),) * 3)),
        ("vsd or vsd and vsd", ex.Or((ex.Attribute("vsd"), ex.And((ex.Attribute("vsd"),) * 2)))),
        ("vsd implies vsd implies vsd",
         ex.Implies(ex.Attribute("vsd"), ex.Implies(ex.Attribute("vsd"), ex.Attribute("vsd")))),
        ("not vsd = true", ex.Not(ex.Attribute("vsd"))),
        ("`width` + base", ex.Arithmetic("+", WIDTH_NODE, ex.Parameter("base"))),
        ("if vsd then 'A' else 'B'", ex.Conditional(ex.Attribute("vsd"), ex.Code("A"), ex.Code("B"))),
    ],
)
def test_a_text_gives_its_tree(text: str, expected: ex.Expression | None) -> None:
    if expected is None:
        assert faults(text) == [f"rules.yaml:7:10: unknown name {text!r}"]
    else:
        assert parse(text) == expected


def test_a_code_wins_over_an_attribute_of_the_same_name_beside_a_choice() -> None:
    assert parse("light = battery") == ex.Comparison("=", ex.Attribute("light"), ex.Code("battery"))
    assert parse("battery != none") == ex.Comparison("!=", ex.Attribute("battery"), ex.Code("none"))


@pytest.mark.parametrize(
    ("text", "value"),
    [("width <= 1.6 m", 1600), ("width <= 160 cm", 1600), ("1.6 m >= width", 1600), ("width < 5", 5)],
)
def test_a_literal_is_converted_to_the_unit_it_meets(text: str, value: int) -> None:
    comparison = parse(text)
    assert isinstance(comparison, ex.Comparison)
    assert number(value) in (comparison.left, comparison.right)


def test_a_percentage_is_its_hundredth() -> None:
    assert parse("base * 9 %") == ex.Arithmetic("*", ex.Parameter("base"), number(Fraction(9, 100)))


def test_the_unit_of_the_whole_is_checked_and_a_literal_converted() -> None:
    assert parse("90 s", Kind.NUMBER, "min") == number(Fraction(3, 2))
    assert parse("width * 2 kg/mm", Kind.NUMBER, "kg") == ex.Arithmetic("*", WIDTH_NODE, number(2))
    assert faults("width", Kind.NUMBER, "kg") == ["rules.yaml:7:10: found mm; expected kg"]


def test_plain_numbers_and_what_they_scale_stand_for_any_unit() -> None:
    assert isinstance(parse("width / 1000 + weight"), ex.Arithmetic)
    assert isinstance(parse("profile.kg + weight <= 130 kg"), ex.Comparison)


def test_sum_takes_the_property_of_every_choice_that_has_it() -> None:
    light = ex.Conditional(ex.Membership(ex.Attribute("light"), (ex.Code("battery"),)),
                           ex.Property("light", "kg"), number(0))
    battery = ex.Conditional(ex.Membership(ex.Attribute("battery"), (ex.Code("400Wh"),)),
                             ex.Property("battery", "kg"), number(0))
    both = ex.Arithmetic("+", ex.Property("profile", "kg"), light)
    assert parse("sum(kg)") == ex.Arithmetic("+", both, battery)
    assert parse("sum(kg, light, battery)") == ex.Arithmetic("+", light, battery)
    assert parse("sum(price)") == ex.Property("profile", "price")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("widht > 3", "7:10: unknown name 'widht'; did you mean 'width'?"),
        ("profile = PVC28", "7:20: unknown option 'PVC28'; did you mean 'PVC82'?"),
        ("profile.prize > 1", "7:18: the options of profile have no property 'prize'; did you mean 'price'?"),
        ("width.price", "7:10: width has no options; expected a choice attribute"),
        ("light.kg", "7:16: option 'none' of light has no property 'kg'"),
        ("ie4[width].kw", "7:10: unknown table 'ie4'; did you mean 'ie3'?"),
        ("ie3[width].kv", "7:21: table ie3 has no column 'kv'; expected one of: kw, efficiency"),
        ("mx(1, 2)", "7:10: unknown function 'mx'; did you mean 'max'?"),
        ("ceil(1, 2)", "7:10: found 2 arguments of ceil; expected 1"),
        ("width + temp", "7:18: found °C; expected mm"),
        ("width < weight", "7:18: found kg; expected mm"),
        ("width and vsd", "7:10: found a number; expected a condition"),
        ("vsd + 1", "7:10: found a condition; expected a number"),
        ("profile < PVC82", "7:10: found < with an option code; expected = or !="),
        ("profile = 3 + 1", "7:20: found a number; expected an option code"),
        ("if vsd then 1 else vsd", "7:29: found a condition after else; expected a number"),
        ("width / 0", "7:18: division by zero"),
        ("width in [PVC82]", "7:20: unknown name 'PVC82'"),
        ("width in [base]", "7:20: found a number; expected a number written out"),
        ("vsd in [true]", "7:10: found a condition; expected a number or a choice before 'in'"),
        ("2000000000", "7:10: found 2000000000; a number is at most 1000000000 in magnitude"),
        ("sum(colour)", "7:14: no option has a number property 'colour'"),
        ("sum(1 + 2)", "7:14: expected sum(property) or sum(property, attribute, …)"),
    ],
)
def test_a_fault_says_where_what_and_what_was_expected(text: str, message: str) -> None:
    assert f"rules.yaml:{message}" in [fault[: len(message) + 11] for fault in faults(text)]


@pytest.mark.parametrize(
    ("text", "start"),
    [
        ("width <= ", "7:19: found the end; expected one of: (  -  a code in quotes  a name  a number"),
        ("width + * 2", "7:18: found '*'; expected one of: (  -"),
        ("(width", "7:16: found the end; expected one of: "),
        ("profile = 12x142", "7:22: found 'x142'; expected one of: *  +  -  /"),
        ("width ? 3", "7:16: found '?'; expected one of: "),
        ("", "7:10: found nothing; expected an expression"),
        ("width = 'a", "7:18: found \"'\"; expected one of: "),
    ],
)
def test_a_text_that_is_no_expression_says_what_could_follow(text: str, start: str) -> None:
    (fault,) = faults(text)
    assert fault.startswith(f"rules.yaml:{start}")


def test_an_unquoted_code_gets_a_hint() -> None:
    assert "stands in quotes" in faults("profile = 12x142")[0]


def test_every_unknown_name_of_an_expression_is_listed() -> None:
    assert [fault.split(" ", 1)[0] for fault in faults("a1 > 1 and b1 > 1 and c1 > 1")] == [
        "rules.yaml:7:10:", "rules.yaml:7:21:", "rules.yaml:7:32:",
    ]


def test_the_place_of_a_fault_follows_line_breaks() -> None:
    assert faults("width > 1\n  and nothing > 2")[0].startswith("rules.yaml:8:7: unknown name 'nothing'")


@pytest.mark.parametrize(
    ("text", "limit"),
    [
        ("not " * 30 + "vsd", "nested more than 20 deep"),
        ("-" * 5000 + "width", "nested more than 20 deep"),
        (" * ".join(["width"] * 30), "nested more than 20 deep"),
        (" + ".join(["width"] * 300), "more than 500 parts"),
        (" and ".join(["vsd"] * 600), "more than 500 parts"),
        ("(" * 9000, "9000 characters"),
    ],
)
def test_a_bomb_is_refused(text: str, limit: str) -> None:
    assert limit in faults(text)[0]


def test_deep_parentheses_without_meaning_are_no_burden() -> None:
    assert parse("(" * 3000 + "width" + ")" * 3000) == WIDTH_NODE


def test_names_of_python_mean_nothing() -> None:
    assert "unknown name '__import__'" in faults("__import__ > 1")[0]
    assert "unknown function '__import__'" in faults("__import__('os')")[0]


@settings(max_examples=60, deadline=None)
@given(signs=st.lists(st.sampled_from("+-"), min_size=1, max_size=200))
def test_a_long_sum_means_what_it_says_and_is_not_deep(signs: list[str]) -> None:
    text = "width" + "".join(f" {sign} {place} mm" for place, sign in enumerate(signs))
    tree = parse_expression(text, file="f", line=1, column=1, scope=SCOPE)
    expected = 1000 + sum(place if sign == "+" else -place for place, sign in enumerate(signs))
    definition = ProductDefinition("p", Text.of("p"), tuple(SCOPE.attributes.values()))
    assert Evaluator(definition, {"width": Fraction(1000)}).number(tree) == expected
    assert measure(tree, SCOPE).levels <= 14
    assert parse_expression(print_expression(tree), file="f", line=1, column=1, scope=SCOPE) is not None


def test_every_term_of_a_long_sum_is_brought_to_one_unit() -> None:
    tree = parse_expression("1 m + 2 cm + width", file="f", line=1, column=1, scope=SCOPE)
    definition = ProductDefinition("p", Text.of("p"), tuple(SCOPE.attributes.values()))
    assert Evaluator(definition, {"width": Fraction(1)}).number(tree) == 1021
    assert faults("width + 1 mm + 2 kg") == ["rules.yaml:7:25: found kg; expected mm"]
