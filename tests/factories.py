"""Plain builder functions of example products, made by hand so that tests rest on no parser."""

from __future__ import annotations

from fractions import Fraction
from functools import lru_cache
from hashlib import sha256
from pathlib import Path

from catalog.formats.folder import read_catalog
from catalog.product import (
    Attribute,
    AttributeKind,
    DerivedValue,
    LookupTable,
    Option,
    ProductDefinition,
    ProductVersion,
    Rule,
)
from catalog.rules import expression as ex
from catalog.text import Text
from configurator.appraisal import Appraiser
from configurator.engine.loading import compile_definition
from configurator.view import LoadedProduct

Operand = ex.Expression | int | str | Fraction


def lift(value: Operand) -> ex.Expression:
    """Numbers become numbers, strings become option codes, expressions stay."""
    if isinstance(value, int | Fraction):
        return ex.Number(Fraction(value))
    return ex.Code(value) if isinstance(value, str) else value


def calc(left: Operand, operator: ex.ArithmeticOperator, right: Operand) -> ex.Arithmetic:
    return ex.Arithmetic(operator, lift(left), lift(right))


def total(*terms: Operand) -> ex.Expression:
    result = lift(terms[0])
    for term in terms[1:]:
        result = calc(result, "+", term)
    return result


def product(*factors: Operand) -> ex.Expression:
    result = lift(factors[0])
    for factor in factors[1:]:
        result = calc(result, "*", factor)
    return result


def test(left: Operand, comparator: ex.Comparator, right: Operand) -> ex.Comparison:
    return ex.Comparison(comparator, lift(left), lift(right))


test.__test__ = False  # type: ignore[attr-defined]  # a builder, not a test


def attr(code: str) -> ex.Attribute:
    return ex.Attribute(code)


def derived(code: str) -> ex.Derived:
    return ex.Derived(code)


def prop(attribute: str, name: str) -> ex.Property:
    return ex.Property(attribute, name)


def implies(premise: ex.Expression, conclusion: ex.Expression) -> ex.Implies:
    return ex.Implies(premise, conclusion)


def choice(code: str, *options: str, **properties: tuple[object, ...]) -> Attribute:
    """A choice attribute; each keyword gives one property per option, in order."""
    built = []
    for place, option in enumerate(options):
        own = {name: _value(values[place]) for name, values in properties.items()}
        built.append(Option(option, Text.of(option), properties=own))
    return Attribute(code, AttributeKind.CHOICE, Text.of(code), options=tuple(built))


def _value(value: object) -> Fraction | str:
    return value if isinstance(value, str) else Fraction(str(value))


def number(code: str, minimum: Operand, maximum: Operand, step: Operand = 1, unit: str = "") -> Attribute:
    low, high, by = (Fraction(str(bound)) for bound in (minimum, maximum, step))
    return Attribute(code, AttributeKind.NUMBER, Text.of(code), minimum=low, maximum=high, step=by, unit=unit)


def rule(code: str, expression: ex.Expression) -> Rule:
    return Rule(code, expression, Text.of(f"reason of {code}"))


def figure(code: str, expression: ex.Expression, unit: str = "", digits: int = 2) -> DerivedValue:
    return DerivedValue(code, Text.of(code), expression, unit, digits)


PROFILES = {
    "uf": ("1.3", "0.98", "1.2"), "face": ("0.115", "0.118", "0.095"), "kgm": ("2.6", "3.1", "3.4"),
    "price": (62, 88, 165), "maxg": (32, 48, 44), "maxw": (1300, 1400, 1600), "maxh": (2200, 2400, 2600),
    "minw": (400, 420, 450), "minh": (500, 520, 550), "maxkg": (100, 130, 160),
}


def _fractions(values: dict[str, tuple[object, ...]]) -> dict[str, tuple[object, ...]]:
    return {name: tuple(Fraction(str(item)) for item in row) for name, row in values.items()}


def a_window(step: int = 1) -> ProductDefinition:
    """The made-to-measure window with all of its rules, on a grid of ``step`` millimetres."""
    width, height = (calc(attr(code), "/", 1000) for code in ("width", "height"))
    is_opening = test(attr("opening"), "!=", "fixed")
    glass_width = calc(width, "-", product(2, prop("profile", "face")))
    glass_height = calc(height, "-", product(2, prop("profile", "face")))
    frame = product(2, calc(width, "+", height), prop("profile", "kgm"),
                    ex.Conditional(is_opening, ex.Number(Fraction(19, 10)), ex.Number(Fraction(1))))
    loss = total(product(derived("glass_area"), prop("glass", "ug")),
                 product(calc(product(width, height), "-", derived("glass_area")), prop("profile", "uf")),
                 product(derived("glass_edge"), prop("spacer", "psi")))
    rules = (
        rule("width_range", ex.And((test(attr("width"), ">=", prop("profile", "minw")),
                                    test(attr("width"), "<=", prop("profile", "maxw"))))),
        rule("height_range", ex.And((test(attr("height"), ">=", prop("profile", "minh")),
                                     test(attr("height"), "<=", prop("profile", "maxh"))))),
        rule("glass_fits", test(prop("glass", "mm"), "<=", prop("profile", "maxg"))),
        rule("not_too_wide", implies(is_opening, test(attr("width"), "<=",
                                                      product(Fraction(3, 2), attr("height"))))),
        rule("not_too_high", implies(is_opening, test(attr("height"), "<=", product(3, attr("width"))))),
        rule("glass_least", test(derived("glass_area"), ">=", Fraction(1, 10))),
        rule("thin_glass", implies(test(attr("glass"), "=", "2-4/16/4"),
                                   test(derived("glass_area"), "<=", 3))),
        rule("sash_weight", implies(is_opening, test(derived("weight"), "<=", prop("profile", "maxkg")))),
    )
    return ProductDefinition(
        "window", Text.of("Window"),
        (number("width", 400, 1600, step, "mm"), number("height", 500, 2600, step, "mm"),
         choice("profile", "PVC70", "PVC82", "ALU75", **_fractions(PROFILES)),  # type: ignore[arg-type]
         choice("glass", "2-4/16/4", "3-4/14/4/14/4", "3-6/12/4/12/6", "2-lam-33.1/16/4",
                ug=(Fraction("1.1"), Fraction("0.6"), Fraction("0.7"), Fraction("1.1")), kg=(20, 30, 40, 26),
                mm=(24, 40, 40, 27)),
         choice("spacer", "alu", "warm", psi=(Fraction("0.08"), Fraction("0.04"))),
         choice("opening", "fixed", "turn", "tilt_turn")),
        derived=(figure("glass_area", product(glass_width, glass_height), "m2"),
                 figure("glass_edge", product(2, calc(glass_width, "+", glass_height)), "m"),
                 figure("weight", calc(product(derived("glass_area"), prop("glass", "kg")), "+", frame), "kg", 1),
                 figure("uw", calc(loss, "/", product(width, height)), "W/m2K")),
        rules=rules)


IE3 = (("0.75", "82.5"), ("1.1", "84.1"), ("1.5", "85.3"), ("2.2", "86.7"), ("3", "87.7"), ("4", "88.6"),
       ("5.5", "89.6"), ("7.5", "90.4"))


def a_pump() -> ProductDefinition:
    """The booster pump: stages by rounding up, motor by table look-up."""
    flow = calc(attr("q"), "/", prop("pumps", "n"))
    efficiency = calc(Fraction(45, 100), "+", product(
        Fraction(1, 4), ex.Function("min", (ex.Number(Fraction(1)), calc(flow, "/", 40)))))
    stages = ex.Function("max", (ex.Number(Fraction(1)), ex.Function("ceil", (calc(attr("head"), "/", 12),))))
    power = calc(calc(product(9810, calc(derived("flow"), "/", 3600), attr("head")), "/", derived("eta")),
                 "*", Fraction(11, 10000))
    table = LookupTable("ie3", ("kw", "eff"),
                        tuple((Fraction(kw), (Fraction(kw), Fraction(eff))) for kw, eff in IE3))
    return ProductDefinition(
        "pump", Text.of("Pump"),
        (number("q", 1, 80), number("head", 5, 150), number("temp", -10, 120),
         choice("medium", "water", "glycol", "oil", "sea", "acid"),
         choice("material", "cast", "304", "316"), choice("seal", "EPDM", "FKM", "NBR"),
         choice("pumps", "1", "2", "3", n=(1, 2, 3)), choice("vsd", "true", "false")),
        tables={"ie3": table},
        derived=(figure("flow", flow), figure("eta", efficiency), figure("stages", stages),
                 figure("power", power), figure("motor", ex.Lookup("ie3", "kw", derived("power"), "at_least"))),
        rules=(rule("stages_most", test(derived("stages"), "<=", 12)),
               rule("motor_exists", ex.Defined(derived("motor"))),
               rule("nbr_cool", implies(test(attr("seal"), "=", "NBR"), test(attr("temp"), "<=", 90))),
               rule("cast_clean", implies(test(attr("material"), "=", "cast"),
                                          ex.Membership(attr("medium"), (ex.Code("water"), ex.Code("glycol"),
                                                                         ex.Code("oil"))))),
               rule("epdm_no_oil", implies(test(attr("seal"), "=", "EPDM"), test(attr("medium"), "!=", "oil")))))


@lru_cache(maxsize=1)
def demo_products() -> dict[str, LoadedProduct]:
    """The demo catalog's products, compiled once per test run."""
    folder = Path(__file__).parent.parent / "catalog" / "demo"
    return {definition.code: loaded(definition) for definition in read_catalog(folder).products}


def loaded(definition: ProductDefinition) -> LoadedProduct:
    """A product ready to answer, without a database."""
    content_hash = sha256(definition.code.encode()).hexdigest()
    model = compile_definition(definition, content_hash=content_hash)
    return LoadedProduct(ProductVersion(definition.code, 1, content_hash, definition), definition, model,
                         Appraiser(definition))
