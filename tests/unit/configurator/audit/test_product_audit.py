"""Each kind of finding on a small product made for it."""

from __future__ import annotations

import json
from dataclasses import replace
from fractions import Fraction

from catalog.bom import BomItem, Part
from catalog.price_book import PriceItem
from catalog.product import (
    ClauseGroup,
    ClauseSet,
    ConfigurationCase,
    LookupTable,
    Preset,
    ProductDefinition,
    Rule,
    Strength,
    TableRule,
    Value,
)
from catalog.routing import RoutingItem
from catalog.rules import expression as ex
from catalog.text import Text
from configurator.audit.findings import Finding, FindingKind, NotCheckedReason, Severity
from configurator.audit.product_audit import audit_product
from configurator.audit.wording import SENTENCES, audit_document, counted, sentence
from configurator.engine.compiled_parts import CompiledParts
from configurator.engine.compiler import Budget
from configurator.engine.model import CompiledModel
from tests.factories import attr, calc, choice, implies, number, prop, rule
from tests.factories import test as compare

SIZE = choice("size", "s", "m", "l", price=(1, 2, 3))
COLOR = choice("color", "red", "blue")
LIGHT = choice("light", "true", "false")
WIDTH = number("width", 0, 10)


def product(*rules: Rule, **more: object) -> ProductDefinition:
    base = ProductDefinition("p", Text.of("Product"), (SIZE, COLOR, LIGHT, WIDTH), rules=rules)
    return replace(base, **more)  # type: ignore[arg-type]  # fields of the definition


def found(definition: ProductDefinition, kind: FindingKind) -> list[Finding]:
    return [item for item in audit_product(definition).findings if item.kind is kind]


def one(definition: ProductDefinition, kind: FindingKind) -> Finding:
    (item,) = found(definition, kind)
    return item


def codes(item: Finding) -> list[str]:
    return [named.code for named in item.rules]


def test_a_sound_product_has_nothing_to_find() -> None:
    fits = rule("fits", implies(compare(attr("size"), "=", "s"), compare(attr("width"), "<", 5)))
    audit = audit_product(product(fits))
    assert audit.findings == ()
    assert audit.not_checked == ()
    assert (audit.variants, audit.method, audit.rule_count) == ((5 + 11 + 11) * 4, "graph", 1)
    assert not audit.has_errors


def test_void_names_the_fewest_rules_and_checks_nothing_else() -> None:
    definition = product(
        rule("small", compare(attr("size"), "=", "s")), rule("red", compare(attr("color"), "=", "red")),
        rule("not_blue", implies(compare(attr("size"), "=", "s"), compare(attr("color"), "!=", "blue"))),
        rule("blue", implies(compare(attr("size"), "=", "s"), compare(attr("color"), "=", "blue"))))
    audit = audit_product(definition)
    (void,) = audit.findings
    assert (void.kind, void.severity, void.are_fewest) == (FindingKind.VOID, Severity.ERROR, True)
    assert len(void.rules) == 3
    assert {"small", "blue"} < set(codes(void))
    assert audit.variants == 0
    assert {item.reason for item in audit.not_checked} == {NotCheckedReason.VOID}


def test_dead_option_names_who_kills_it_and_shows_what_would_be() -> None:
    definition = product(rule("no_large", compare(attr("size"), "!=", "l")),
                         rule("wide", implies(compare(attr("size"), "=", "m"), compare(attr("width"), ">", 10))))
    dead = {item.subject.option: item for item in found(definition, FindingKind.DEAD_OPTION)}
    assert dead == {}
    (single,) = found(definition, FindingKind.SINGLE_OPTION)
    assert (single.subject.option, codes(single)) == ("s", ["no_large", "wide"])
    large = one(product(rule("no_large", compare(attr("size"), "!=", "l"))), FindingKind.DEAD_OPTION)
    assert (large.subject.option, codes(large), large.severity) == ("l", ["no_large"], Severity.WARNING)
    assert large.witness is not None
    assert large.witness["size"] == "l"


def test_a_wish_that_is_always_refused_is_a_dead_option() -> None:
    dead = one(product(rule("dark", ex.Not(attr("light")))), FindingKind.DEAD_OPTION)
    assert (dead.subject.code, dead.subject.option) == ("light", "true")


def test_numbers_say_where_they_do_not_reach_and_why() -> None:
    definition = product(
        rule("not_thin", compare(attr("width"), ">=", 2)), rule("not_wide", compare(attr("width"), "<=", 9)),
        rule("gap", ex.Or((compare(attr("width"), "<", 4), compare(attr("width"), ">", 6)))))
    low, hole, high = (one(definition, kind) for kind in (
        FindingKind.MINIMUM_UNREACHABLE, FindingKind.HOLE, FindingKind.MAXIMUM_UNREACHABLE))
    assert (codes(low), low.parameters["reached"]) == (["not_thin"], "2")
    assert (codes(hole), hole.parameters["low"], hole.parameters["high"]) == (["gap"], "4", "6")
    assert (codes(high), high.parameters["declared"]) == (["not_wide"], "10")
    assert hole.witness is not None
    assert Fraction(4) <= Fraction(hole.witness["width"]) <= 6


def test_a_number_off_its_own_grid_blames_no_rule() -> None:
    definition = replace(product(), attributes=(number("width", 0, 10, 3),))
    high = one(definition, FindingKind.MAXIMUM_UNREACHABLE)
    assert (high.parameters["reached"], high.rules) == ("9", ())
    assert found(replace(product(rule("two", compare(attr("width"), "=", 2)))), FindingKind.SINGLE_VALUE)


def test_redundant_rules_name_the_rules_that_say_it_already() -> None:
    definition = product(rule("wide", compare(attr("width"), ">", 5)), rule("wider", compare(attr("width"), ">", 3)))
    redundant = one(definition, FindingKind.REDUNDANT)
    assert (redundant.subject.code, codes(redundant)) == ("wider", ["wide"])


def test_a_rule_that_always_holds_never_bites() -> None:
    definition = product(rule("any", compare(attr("width"), "<=", 10)))
    assert one(definition, FindingKind.NEVER_BITES).subject.code == "any"
    assert not found(definition, FindingKind.REDUNDANT)


def test_a_rule_whose_condition_cannot_hold_never_applies() -> None:
    definition = product(rule("thin", compare(attr("width"), "<", 5)),
                         rule("heavy", implies(compare(attr("width"), ">", 6), compare(attr("size"), "=", "l"))))
    never = one(definition, FindingKind.NEVER_APPLIES)
    assert (never.subject.code, codes(never)) == ("heavy", ["thin"])
    assert not found(definition, FindingKind.REDUNDANT)  # said once is enough


def test_rules_that_ask_for_the_impossible_forbid_their_own_condition() -> None:
    large = compare(attr("size"), "=", "l")
    definition = product(rule("thin", implies(large, compare(attr("width"), "<", 5))),
                         rule("wide", implies(large, compare(attr("width"), ">", 6))))
    contradictory = found(definition, FindingKind.FORBIDS_ITS_CONDITION)
    assert [(item.subject.code, codes(item)) for item in contradictory] == [
        ("thin", ["thin", "wide"]), ("wide", ["thin", "wide"])]
    forbidding = product(rule("no", implies(large, ex.Truth(value=False))))
    assert not found(forbidding, FindingKind.FORBIDS_ITS_CONDITION)  # that is what it is for


def test_rows_of_tables_may_be_unreachable_or_repeated() -> None:
    rows = (("s", "red"), ("m", "blue"), ("l", "blue"), ("s", "red"), ("x", "red"))
    table = TableRule("fits", ("size", "color"), rows, is_allowed=True)
    definition = product(rule("no_large", compare(attr("size"), "!=", "l")), table_rules=(table,))
    unreachable = found(definition, FindingKind.UNREACHABLE_ROW)
    assert [(item.subject.option, codes(item)) for item in unreachable] == [("3", ["no_large"]), ("5", [])]
    assert one(definition, FindingKind.REPEATED_ROW).parameters["first"] == "1"


def test_forbidden_rows_that_others_forbid_already_are_never_used() -> None:
    table = TableRule("clash", ("size", "color"), (("l", "red"), ("s", "red")), is_allowed=False)
    definition = product(rule("no_large", compare(attr("size"), "!=", "l")), table_rules=(table,))
    unreachable = one(definition, FindingKind.UNREACHABLE_ROW)
    assert (unreachable.subject.option, codes(unreachable)) == ("1", ["no_large"])


def test_redundant_tables_are_found_like_rules() -> None:
    table = TableRule("clash", ("size", "color"), (("l", "red"),), is_allowed=False)
    definition = product(rule("no_large", compare(attr("size"), "!=", "l")), table_rules=(table,))
    redundant = one(definition, FindingKind.REDUNDANT)
    assert (redundant.subject.kind, redundant.subject.code, codes(redundant)) == ("table", "clash", ["no_large"])


def test_preferences_met_by_none_or_by_all_are_told() -> None:
    soft = [replace(rule(code, expression), strength=Strength.SOFT) for code, expression in (
        ("none", compare(attr("width"), ">", 7)), ("all", compare(attr("width"), "<", 7)),
        ("some", compare(attr("width"), "<", 2)))]
    definition = product(rule("thin", compare(attr("width"), "<", 5)), *soft)
    assert one(definition, FindingKind.PREFERENCE_NEVER_MET).subject.code == "none"
    always = one(definition, FindingKind.PREFERENCE_ALWAYS_MET)
    assert (always.subject.code, codes(always)) == ("all", ["thin"])


def test_figures_that_never_come_up_are_found_with_the_rules() -> None:
    large, wide = compare(attr("size"), "=", "l"), compare(attr("width"), ">", 8)
    definition = product(
        rule("no_large", compare(attr("size"), "!=", "l")), rule("thin", compare(attr("width"), "<", 5)),
        prices=(PriceItem("big", Text.of("Big"), prop("size", "price"), when=large),
                PriceItem("base", Text.of("Base"), ex.Number(Fraction(5)))),
        parts={"bar": Part("bar", Text.of("Bar"), "pc")}, bom=(BomItem("bar", ex.Number(Fraction(1)), when=wide),),
        routing=(RoutingItem("cut", Text.of("Cut"), "saw", ex.Number(Fraction(3)), when=wide),))
    never = found(definition, FindingKind.NEVER_DUE)
    assert [(item.subject.kind, item.subject.code, codes(item)) for item in never] == [
        ("price", "big", ["no_large"]), ("part", "bar", ["thin"]), ("operation", "cut", ["thin"])]


def test_amounts_without_a_value_are_errors_with_a_configuration() -> None:
    table = LookupTable("kw", ("kw",), ((Fraction(4), (Fraction(1),)), (Fraction(8), (Fraction(2),))))
    motor = ex.Lookup("kw", "kw", attr("width"), "at_least")
    per_meter = calc(7, "/", attr("width"))
    definition = product(tables={"kw": table}, prices=(
        PriceItem("motor", Text.of("Motor"), motor), PriceItem("per", Text.of("Per"), per_meter),
        PriceItem("safe", Text.of("Safe"), per_meter, when=compare(attr("width"), ">", 0)),
        PriceItem("share", Text.of("Share"), calc(ex.Derived("product_price"), "/", 10))))
    undefined = {item.subject.code: item for item in found(definition, FindingKind.UNDEFINED_AMOUNT)}
    assert set(undefined) == {"motor", "per"}
    motor_witness, per_witness = undefined["motor"].witness, undefined["per"].witness
    assert motor_witness is not None
    assert per_witness is not None
    assert Fraction(motor_witness["width"]) > 8
    assert per_witness["width"] == 0
    assert audit_product(definition).has_errors


def test_negative_quantities_are_errors_and_negative_prices_are_not() -> None:
    less = calc(attr("width"), "-", 3)
    definition = product(prices=(PriceItem("credit", Text.of("Credit"), less),),
                         parts={"bar": Part("bar", Text.of("Bar"), "m")}, bom=(BomItem("bar", less),))
    negative = one(definition, FindingKind.NEGATIVE_AMOUNT)
    assert (negative.subject.kind, negative.subject.code) == ("part", "bar")
    assert negative.witness is not None
    assert Fraction(negative.witness["width"]) < 3


def test_conditions_on_running_totals_are_said_to_be_not_checked() -> None:
    dear = compare(ex.Derived("product_price"), ">", 100)
    audit = audit_product(product(prices=(PriceItem("gift", Text.of("Gift"), ex.Number(Fraction(0)), when=dear),)))
    (item,) = audit.not_checked
    assert (item.kind, item.reason, item.count) == (FindingKind.NEVER_DUE, NotCheckedReason.TOO_WIDE, 1)
    assert "product_price" in item.detail


def with_defaults(*rules: Rule, **defaults: Value) -> ProductDefinition:
    definition = product(*rules)
    return replace(definition, attributes=tuple(
        replace(item, default=defaults.get(item.code)) for item in definition.attributes))


def test_defaults_and_presets_that_rules_refuse_are_found() -> None:
    thin = rule("thin", implies(compare(attr("size"), "=", "s"), compare(attr("width"), "<", 5)))
    impossible = one(with_defaults(rule("no_large", compare(attr("size"), "!=", "l")), size="l"),
                     FindingKind.DEFAULT_IMPOSSIBLE)
    assert (impossible.subject.code, codes(impossible)) == ("size", ["no_large"])
    together = one(with_defaults(thin, size="s", width=Fraction(7), color="red"), FindingKind.DEFAULTS_CONTRADICT)
    assert (set(together.choices), codes(together)) == ({"size", "width"}, ["thin"])
    presets = (Preset("bad", Text.of("Bad"), {"size": "s", "width": Fraction(9), "color": "red"}),
               Preset("good", Text.of("Good"), {"size": "s"}))
    preset = one(replace(product(thin), presets=presets), FindingKind.PRESET_CONTRADICTS)
    assert (preset.subject.code, set(preset.choices), preset.severity) == ("bad", {"size", "width"}, Severity.ERROR)


def test_options_that_bring_others_with_them_name_what_leaves_its_default() -> None:
    definition = with_defaults(
        rule("blue_is_large", implies(compare(attr("color"), "=", "blue"), compare(attr("size"), "=", "l"))),
        rule("large_is_wide", implies(compare(attr("size"), "=", "l"), compare(attr("width"), ">", 5))),
        size="s", color="red", light="false", width=Fraction(3))
    brought = {(item.subject.code, item.subject.option): (item.choices, codes(item))
               for item in found(definition, FindingKind.COMES_WITH)}
    assert brought == {("size", "l"): (("width",), ["large_is_wide"]),
                       ("color", "blue"): (("size", "width"), ["blue_is_large", "large_is_wide"])}


def case(code: str, *, is_valid: bool, rules: tuple[str, ...] = (), **choices: Value) -> ConfigurationCase:
    return ConfigurationCase(code, Text.of(code), choices, is_valid=is_valid, rules=rules)


def test_cases_are_run_and_the_broken_ones_are_errors() -> None:
    definition = product(
        rule("small", implies(compare(attr("size"), "=", "s"), compare(attr("width"), "<", 5))),
        rule("red", implies(compare(attr("color"), "=", "red"), compare(attr("width"), "<", 7))),
        cases=(case("fine", is_valid=True, size="s"), case("wrong", is_valid=True, size="s", width=Fraction(6)),
               case("open", is_valid=False, size="m"),
               case("by_red", is_valid=False, rules=("red",), size="s", color="red", width=Fraction(8)),
               case("by_other", is_valid=False, rules=("red",), size="s", color="blue", width=Fraction(8))))
    audit = audit_product(definition)
    assert {item.code: item.holds for item in audit.cases} == {
        "fine": True, "wrong": False, "open": False, "by_red": True, "by_other": False}
    errors = {item.subject.code: item for item in audit.findings if item.severity is Severity.ERROR}
    assert {code: item.kind for code, item in errors.items()} == {
        "wrong": FindingKind.CASE_REFUSED, "open": FindingKind.CASE_ALLOWED,
        "by_other": FindingKind.CASE_REFUSED_BY_OTHERS}
    assert codes(errors["wrong"]) == ["small"]
    assert errors["open"].witness is not None
    assert errors["open"].witness["size"] == "m"


def test_search_that_serves_is_said() -> None:
    definition = product()
    parts = CompiledParts.compile(definition, Budget(seconds=0.0, edges=0))
    audit = audit_product(definition, model=CompiledModel(definition, parts.components, None))
    assert [item.kind for item in audit.findings] == [FindingKind.SEARCH_SERVES]
    assert audit.method == "search"


def test_imported_trees_are_meant_as_they_are() -> None:
    names = ("root", "must", "may", "dead")
    attributes = tuple(replace(choice(name, "true", "false"), default="false") for name in names)
    clauses = ClauseSet(names, ((1,), (-2, 1), (-1, 2), (-3, 1), (-4, 1), (-4, -2), (-3, 2)),
                        groups=(ClauseGroup(1, (3, 4), 0, 2),), sources=((5, "dead => !must"), (6, "may => must")))
    audit = audit_product(ProductDefinition("m", Text.of("m"), attributes, clauses=clauses))
    assert [(item.kind, item.subject.code, codes(item)) for item in audit.findings] == [
        (FindingKind.DEAD_OPTION, "dead", ["dead => !must"]), (FindingKind.NEVER_BITES, "may => must", [])]


def test_what_there_was_no_time_for_is_listed() -> None:
    audit = audit_product(product(rule("any", compare(attr("width"), "<=", 10))), seconds=1e-9)
    assert {item.reason for item in audit.not_checked} == {NotCheckedReason.TIME}
    assert FindingKind.REDUNDANT in {item.kind for item in audit.not_checked}


def test_every_kind_has_a_sentence_and_findings_are_json() -> None:
    assert set(SENTENCES) == set(FindingKind)
    audit = audit_product(product(rule("two", compare(attr("width"), "=", 2))))
    assert json.loads(json.dumps(audit_document(audit)))["variants"] == "12"
    assert "width is no choice: it is always 2." in [sentence(item) for item in audit.findings]


def test_numbers_of_thousands_of_digits_are_written_in_full() -> None:
    assert counted(10**5000) == "1" + "0" * 5000
    assert counted(0) == "0"
    assert counted(None) is None
