"""The demo world: its figures, its rules, both languages, and that it can be sold and made."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from fractions import Fraction
from functools import lru_cache
from pathlib import Path

import pytest

import catalog
from catalog.formats.folder import Catalog, check_catalog, read_catalog
from catalog.formats.product_check import broken_rules, defaults_of
from catalog.money import round_half_up
from catalog.plant import Network
from catalog.price_book import Billing, ServiceLevel
from catalog.product import AttributeKind, ProductDefinition, Strength, Value
from catalog.rules import expression as ex
from catalog.rules.evaluation import Evaluator, ValueUndefined

DEMO = Path(catalog.__file__).parent / "demo"
SHARED = Path(os.environ.get("ONELOT_TEST_SHARED", DEMO.parent.parent.parent / "shared"))
WRITTEN_DOWN = SHARED / "demo" / "bicycle.json"

# What each option of a bicycle needs of another attribute: (conditions, attribute, options one of which must hold).
METAL = ("CrMo-City", "Alu-Gravel", "Alu-Trail")
RULES: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("frame=CrMo-City", "use", ("city",)), ("frame=Alu-Gravel", "use", ("gravel", "city")),
    ("frame=Carbon-Gravel", "use", ("gravel",)), ("frame=Alu-Trail", "use", ("trail",)),
    ("frame=Carbon-Trail", "use", ("trail",)),
    ("frame=CrMo-City", "fork", ("rigid-city",)), ("frame=Alu-Gravel", "fork", ("rigid-carbon", "rigid-city")),
    ("frame=Carbon-Gravel", "fork", ("rigid-carbon",)), ("frame=Alu-Trail", "fork", ("sus-120", "sus-140")),
    ("frame=Carbon-Trail", "fork", ("sus-120", "sus-140")),
    ("frame=CrMo-City", "axle", ("QR135",)), ("frame=Alu-Gravel", "axle", ("12x142",)),
    ("frame=Carbon-Gravel", "axle", ("12x142",)), ("frame=Alu-Trail", "axle", ("12x148",)),
    ("frame=Carbon-Trail", "axle", ("12x148",)),
    ("frame=CrMo-City", "wheel", ("700C",)), ("frame=Alu-Gravel", "wheel", ("700C", "650B")),
    ("frame=Carbon-Gravel", "wheel", ("700C", "650B")), ("frame=Alu-Trail", "wheel", ("29",)),
    ("frame=Carbon-Trail", "wheel", ("29",)),
    ("frame=CrMo-City", "tyre", ("32", "35", "40", "45")), ("frame=Alu-Gravel", "tyre", ("32", "35", "40", "45", "47")),
    ("frame=Carbon-Gravel", "tyre", ("35", "40", "45", "47")), ("frame=Alu-Trail", "tyre", ("55", "58", "61")),
    ("frame=Carbon-Trail", "tyre", ("55", "58", "61")),
    ("wheel=650B", "tyre", ("47",)), ("tyre=47", "wheel", ("650B",)),
    ("fork=sus-120", "brake", ("hyd-disc",)), ("fork=sus-140", "brake", ("hyd-disc",)),
    ("axle=12x142", "brake", ("mech-disc", "hyd-disc")), ("brake=rim", "frame", ("CrMo-City",)),
    ("drive=belt-8hub", "frame", ("CrMo-City", "Alu-Gravel")), ("drive=belt-8hub", "chainring", ("42", "46")),
    ("drive=belt-8hub&frame=Alu-Gravel", "use", ("city",)),
    ("drive=1x8", "chainring", ("40", "42", "46")), ("drive=1x12", "chainring", ("32", "34", "36", "40", "42")),
    ("drive=2x12", "chainring", ("46",)), ("drive=2x12", "use", ("gravel", "city")),
    ("chainring=32", "use", ("trail",)), ("chainring=34", "use", ("trail",)), ("chainring=36", "use", ("trail",)),
    ("use=trail", "chainring", ("32", "34", "36")),
    ("bar=drop", "use", ("gravel",)), ("bar=riser", "use", ("trail", "city")), ("use=trail", "bar", ("riser", "flat")),
    ("bar=drop&drive=1x8", "brake", ("mech-disc",)),
    ("motor=250W-mid", "frame", METAL), ("motor=250W-mid", "battery", ("400Wh", "625Wh")),
    ("motor=none", "battery", ("none",)), ("motor=250W-mid", "drive", ("1x8", "1x12", "belt-8hub")),
    ("motor=250W-mid", "brake", ("hyd-disc",)), ("light=ebike", "motor", ("250W-mid",)),
    ("light=dynamo", "motor", ("none",)), ("use=city", "light", ("dynamo", "battery", "ebike")),
    ("rack=rear", "frame", ("CrMo-City", "Alu-Gravel")), ("battery=625Wh", "size", ("M", "L", "XL")),
    ("size=XS&wheel=29", "fork", ("sus-120",)), ("rider_kg=<=135", "frame", METAL),
    ("rider_kg=<=135", "tyre", ("40", "45", "47", "55", "58", "61")),
    ("rider_kg=<=135", "battery", ("none", "400Wh")), ("engraving=laser", "frame", METAL),
    ("axle=QR135", "drive", ("1x8", "belt-8hub")),
)


@lru_cache(maxsize=1)
def demo() -> Catalog:
    return read_catalog(DEMO)


def product(code: str) -> ProductDefinition:
    return next(item for item in demo().products if item.code == code)


def network() -> Network:
    found = demo().network
    assert found is not None
    return found


def chosen(code: str, **values: int | str) -> dict[str, Value]:
    given = {name: value if isinstance(value, str) else Fraction(value) for name, value in values.items()}
    return {**defaults_of(product(code)), **given}


def price_minor(code: str, selection: Mapping[str, Value]) -> int:
    """Sum of the product's own lines in fen, each rounded by itself."""
    evaluator = Evaluator(product(code), selection)
    return sum(round_half_up(evaluator.number(item.amount) * 100) for item in product(code).prices
               if item.level is ServiceLevel.PRODUCT and evaluator.truth(item.when))


def service_minor(code: str, selection: Mapping[str, Value]) -> dict[str, tuple[int, Billing]]:
    evaluator = Evaluator(product(code), selection, {"product_price": Fraction(price_minor(code, selection), 100)})
    return {item.code: (round_half_up(evaluator.number(item.amount) * 100), item.billing)
            for item in product(code).prices
            if item.level is not ServiceLevel.PRODUCT and evaluator.truth(item.when)}


def minutes(code: str, selection: Mapping[str, Value]) -> dict[str, float]:
    evaluator = Evaluator(product(code), selection)
    return {item.code: float(evaluator.number(item.minutes)) for item in product(code).routing
            if evaluator.truth(item.when)}


def derived(code: str, selection: Mapping[str, Value], name: str) -> Fraction:
    return Evaluator(product(code), selection).derived(name)


def broken(code: str, selection: Mapping[str, Value]) -> list[str]:
    return [rule.code for rule in broken_rules(product(code), selection)]


def test_the_demo_world_has_no_fault() -> None:
    assert check_catalog(DEMO) == ()
    assert [item.code for item in demo().products] == ["bicycle", "pump", "window"]


@pytest.mark.parametrize("code", ["window", "bicycle", "pump"])
def test_the_defaults_are_a_whole_valid_configuration(code: str) -> None:
    selection = defaults_of(product(code))
    assert {item.code for item in product(code).attributes if item.kind is not AttributeKind.TEXT} == selection.keys()
    assert broken(code, selection) == []


# Window


def test_the_sample_window_has_its_published_figures() -> None:
    sample = chosen("window", width=1230, height=1480, profile="PVC82", glass="3-4/14/4/14/4", spacer="warm",
                    opening="tilt_turn")
    assert sample == defaults_of(product("window"))
    assert round(float(derived("window", sample, "u_window")), 2) == 0.82
    assert round(float(derived("window", sample, "sash_weight")), 1) == 69.0
    assert price_minor("window", sample) == 207_556
    rounded = {name: round(value, 1) for name, value in minutes("window", sample).items()}
    assert rounded == {"saw": 11.4, "weld": 9.0, "insulating_glass": 7.7, "glaze": 24.9}


def test_the_heavy_window_is_refused_for_its_sash_weight() -> None:
    heavy = chosen("window", width=1400, height=2400, glass="3-6/12/4/12/6")
    assert broken("window", heavy) == ["sash_weight.PVC82"]
    assert round(float(derived("window", heavy, "sash_weight"))) == 146
    rule = next(rule for rule in product("window").rules if rule.code == "sash_weight.PVC82")
    assert rule.reason.in_language("en") == "The fittings of PVC 82 carry a sash of up to 130 kg."
    assert broken("window", heavy | {"opening": "fixed"}) == []


@pytest.mark.parametrize(
    ("choices", "rule"),
    [
        ({"width": 1401}, "profile_width.PVC82"),
        ({"width": 419}, "profile_width.PVC82"),
        ({"height": 2401, "opening": "fixed"}, "profile_height.PVC82"),
        ({"profile": "PVC70"}, "glass_thickness.PVC70"),
        ({"width": 1300, "height": 860}, "opening_width"),
        ({"width": 450, "height": 1351}, "opening_height"),
        ({"width": 430, "height": 530}, "least_glass"),
        ({"profile": "ALU75", "width": 1600, "height": 2600, "glass": "2-4/16/4", "opening": "fixed"}, "thin_glass"),
        ({"warranty": "10y"}, "services.warranty_10y"),
    ],
)
def test_a_window_that_cannot_be_made_breaks_the_rule_that_says_so(choices: dict[str, int | str], rule: str) -> None:
    assert rule in broken("window", chosen("window", **choices))


def test_services_of_a_window_cost_what_the_mockup_shows() -> None:
    selection = chosen("window", warranty="10y", maintenance="true", installation="10km", take_back="true")
    assert service_minor("window", selection) == {
        "warranty": (18_680, Billing.ONCE), "maintenance": (7_264, Billing.YEARLY),
        "installation": (29_192, Billing.ONCE), "take_back": (-6_227, Billing.ONCE),
    }


def test_the_window_formulas_equal_the_written_ones_over_the_grid() -> None:
    face, uf, kgm, rate = Fraction("0.095"), Fraction("1.2"), Fraction("3.4"), 165
    for width in range(460, 1600, 190):
        for height in range(560, 2600, 340):
            selection = chosen("window", width=width, height=height, profile="ALU75", glass="2-lam-33.1/16/4",
                               spacer="alu", opening="turn")
            w, h = Fraction(width, 1000), Fraction(height, 1000)
            gw, gh = w - 2 * face, h - 2 * face
            u = (gw * gh * Fraction("1.1") + (w * h - gw * gh) * uf + 2 * (gw + gh) * Fraction("0.08")) / (w * h)
            assert derived("window", selection, "u_window") == u
            assert derived("window", selection, "sash_weight") == gw * gh * 26 + 2 * (w + h) * kgm * Fraction("1.9")
            exact = 380 + 2 * (w + h) * rate * Fraction("1.75") + gw * gh * 520 + 210
            assert abs(Fraction(price_minor("window", selection), 100) - exact) <= Fraction(2, 100)


# Pump


def test_the_sample_pump_has_its_published_figures() -> None:
    sample = chosen("pump", q_m3h=20, head_m=48)
    assert derived("pump", sample, "stages") == 4
    assert round(float(derived("pump", sample, "shaft_power")), 1) == 5.0
    assert derived("pump", sample, "motor_size") == Fraction("5.5")
    assert price_minor("pump", sample) == 557_000
    assert round(derived("pump", sample, "yearly_energy")) == 20_311
    assert minutes("pump", sample) == {"foundry": 16, "milling": 54, "turning": 36, "assembly": 60, "test": 60}


def test_two_pumps_with_speed_control_have_their_published_figures() -> None:
    sample = chosen("pump", q_m3h=20, head_m=48, pumps="2", vsd="true")
    assert price_minor("pump", sample) == 1_394_000
    assert round(derived("pump", sample, "yearly_energy")) == 16_297
    assert minutes("pump", sample)["assembly"] == 2 * 60 + 30


@pytest.mark.parametrize(
    ("choices", "rules"),
    [
        ({"q_m3h": 80, "head_m": 140}, ["motor_exists"]),
        ({"q_m3h": 1, "head_m": 145}, ["largest_stages"]),
        ({"medium": "sea"}, ["cast_liquid"]),
        ({"medium": "acid", "material": "304"}, []),
        ({"medium": "oil"}, ["epdm_oil"]),
        ({"seal": "NBR", "temp_c": 91}, ["nbr_heat"]),
        ({"seal": "NBR", "temp_c": 90}, []),
        ({"pay_per_use": "5y"}, ["pay_per_use_services"]),
        ({"uptime": "true", "monitoring": "true"}, ["uptime_services"]),
        ({"energy_share": "true", "monitoring": "true"}, ["energy_share_vsd"]),
    ],
)
def test_a_pump_that_cannot_be_sold_breaks_the_rule_that_says_so(
    choices: dict[str, int | str], rules: list[str]
) -> None:
    assert broken("pump", chosen("pump", **choices)) == rules


def test_without_a_motor_the_figures_are_undefined() -> None:
    with pytest.raises(ValueUndefined):
        derived("pump", chosen("pump", q_m3h=80, head_m=140), "yearly_energy")


def test_pay_per_use_sells_a_deposit_and_cubic_meters() -> None:
    selection = chosen("pump", pay_per_use="5y", monitoring="true", maintenance="true")
    services = service_minor("pump", selection)
    assert services["pay_per_use"] == (11, Billing.METERED)
    assert services["pay_per_use_minimum"] == (132_000, Billing.YEARLY)
    assert services["pay_per_use_deposit"] == (55_700, Billing.ONCE)
    assert services["monitoring"] == (2_800, Billing.MONTHLY)
    assert services["pay_per_use_provided"] == (-557_000, Billing.ONCE)


# Bicycle


def as_requirement(expression: ex.Expression) -> tuple[str, str, tuple[str, ...]]:
    """Take an implication over choices apart: its conditions, the attribute it speaks of, the options left."""
    assert isinstance(expression, ex.Implies)
    premise, conclusion = expression.premise, expression.conclusion
    conditions = premise.operands if isinstance(premise, ex.And) else (premise,)
    words = []
    for condition in conditions:
        assert isinstance(condition, ex.Comparison)
        assert isinstance(condition.left, ex.Attribute)
        assert isinstance(condition.right, ex.Code)
        words.append(f"{condition.left.code}={condition.right.value}")
    if isinstance(conclusion, ex.Membership):
        assert isinstance(conclusion.left, ex.Attribute)
        return "&".join(words), conclusion.left.code, tuple(str(member.value) for member in conclusion.members)
    assert isinstance(conclusion, ex.Comparison)
    assert isinstance(conclusion.left, ex.Attribute)
    assert isinstance(conclusion.right, ex.Code)
    return "&".join(words), conclusion.left.code, (conclusion.right.value,)


def test_the_bicycle_has_exactly_the_written_rules() -> None:
    own = [rule for rule in product("bicycle").rules if rule.code.startswith("R-")]
    assert sorted(as_requirement(rule.expression) for rule in own) == sorted(RULES)
    hard = {rule.code for rule in product("bicycle").rules if rule.strength is Strength.HARD}
    assert len(hard) == len(RULES) + 2


@pytest.mark.parametrize("code", ["window", "pump"])
def test_presets_complete_with_the_defaults(code: str) -> None:
    for preset in product(code).presets:
        assert broken(code, {**defaults_of(product(code)), **preset.selection}) == [], preset.code


def test_presets_of_the_bicycle_can_be_completed() -> None:
    for preset in product("bicycle").presets:
        given = {name: str(value) for name, value in preset.selection.items()}
        assert count_bicycles(given)[0] > 0, preset.code


def count_bicycles(given: Mapping[str, str]) -> tuple[int, set[tuple[str, str]]]:
    """Count the valid bicycles without services by backtracking, and collect the options they use."""
    options = {item.code: [option.code for option in item.options if given.get(item.code, option.code) == option.code]
               for item in product("bicycle").attributes
               if item.kind is AttributeKind.CHOICE and item.code not in SERVICES}
    free = [name for name in options if not any(name == rule[1] or f"{name}=" in rule[0] for rule in RULES)]
    order = ["frame", "use", "wheel", "tyre", "fork", "axle", "drive", "chainring", "brake", "bar", "motor", "battery",
             "light", "rack", "size", "rider_kg", "engraving"]
    assert {*order, *free} == options.keys()
    rules = [([tuple(part.split("=", 1)) for part in rule[0].split("&")], rule[1], rule[2]) for rule in RULES]
    ready: list[list[tuple[list[tuple[str, ...]], str, tuple[str, ...]]]] = [[] for _ in order]
    for rule in rules:
        ready[max(order.index(name) for name in (rule[1], *(part[0] for part in rule[0])))].append(rule)
    used: set[tuple[str, str]] = set()
    selection: dict[str, str] = {}

    def count(depth: int) -> int:
        if depth == len(order):
            used.update(selection.items())
            return 1
        found = 0
        for value in options[order[depth]]:
            selection[order[depth]] = value
            if all(selection[rule[1]] in rule[2] or any(selection[part[0]] != part[1] for part in rule[0])
                   for rule in ready[depth]):
                found += count(depth + 1)
        return found

    total = count(0)
    for name in free:
        total *= len(options[name])
        used |= {(name, value) for value in options[name]}
    return total, used


SERVICES = ("warranty", "maintenance", "monitoring", "spare_kit", "certificate", "take_back")


def test_there_are_659_100_bicycles_and_no_dead_option() -> None:
    total, used = count_bicycles({})
    assert total == 659_100
    assert used == {(item.code, option.code) for item in product("bicycle").attributes for option in item.options
                    if item.code not in SERVICES}


def test_the_gravel_bicycle_costs_weighs_and_takes_what_the_mockup_shows() -> None:
    selection = chosen("bicycle")
    assert price_minor("bicycle", selection) == 884_000
    assert price_minor("bicycle", selection | {"engraving": "laser"}) == 899_000
    assert derived("bicycle", selection, "weight") == Fraction("11.2")
    assert minutes("bicycle", selection) == {"frame_weld": 55, "paint": 35, "wheel_build": 40, "bike_asm": 95}


def test_the_bicycle_times_follow_its_parts() -> None:
    selection = chosen("bicycle", use="city", frame="CrMo-City", motor="250W-mid", drive="belt-8hub", rack="rear",
                       colour="custom-RAL", engraving="laser")
    assert minutes("bicycle", selection) == {
        "frame_weld": 55, "paint": 60, "laser_mark": 6, "wheel_build": 40, "bike_asm": 95 + 40 + 10 + 8,
    }
    assert "frame_weld" not in minutes("bicycle", chosen("bicycle", frame="Carbon-Gravel"))


def test_engraving_asks_for_a_text_of_1_to_20_characters() -> None:
    text = product("bicycle").attribute("engraving_text")
    assert text is not None
    assert text.max_length == 20
    assert text.required_when == ex.Comparison("=", ex.Attribute("engraving"), ex.Code("laser"))


def test_prices_of_options_are_the_written_ones() -> None:
    prices = {item.code: {option.code: int(Fraction(option.properties["price"])) for option in item.options}
              for item in product("bicycle").attributes if item.options and "price" in item.options[0].properties}
    assert prices["frame"] == {"CrMo-City": 2600, "Alu-Gravel": 3400, "Carbon-Gravel": 7900, "Alu-Trail": 4200,
                               "Carbon-Trail": 9800}
    assert prices["battery"] == {"none": 0, "400Wh": 2300, "625Wh": 3400}
    assert sum(sum(options.values()) for options in prices.values()) == 61_640
    assert {item.code for item in product("bicycle").prices if item.level is ServiceLevel.PRODUCT} == prices.keys()


# Network


@pytest.mark.skipif(not WRITTEN_DOWN.is_file(),
                    reason="NOT TESTED: neither ONELOT_TEST_SHARED nor a folder beside the checkout has the demo data")
def test_the_bicycle_equals_the_shared_data() -> None:
    shared = json.loads(WRITTEN_DOWN.read_text(encoding="utf-8"))
    written = {("&".join(rule["if"]), rule["then_any"][0].split("=", 1)[0],
                tuple(word.split("=", 1)[1] for word in rule["then_any"])) for rule in shared["rules"]}
    assert written == set(RULES)
    for name, values in shared["attributes"].items():
        attribute = product("bicycle").attribute(name)
        assert attribute is not None
        assert [option.code for option in attribute.options] == [str(value) for value in values]
    for name, prices in shared["price"].items():
        attribute = product("bicycle").attribute(name)
        assert attribute is not None
        assert {option.code: option.properties["price"] for option in attribute.options} == prices
