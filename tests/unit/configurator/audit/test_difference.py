"""What differs between two versions: part by part on made products, containment and reach against brute force."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st

from catalog.price_book import PriceItem
from catalog.product import (
    Attribute,
    AttributeKind,
    ClauseGroup,
    ClauseSet,
    Preset,
    ProductDefinition,
    Rule,
    TableRule,
    Value,
)
from catalog.rules import expression as ex
from catalog.text import Text
from configurator.audit.changes import Change, Difference
from configurator.audit.difference import compare_versions
from configurator.audit.difference_document import difference_document, difference_lines
from configurator.audit.merging import merge_versions
from tests.factories import attr, choice, implies, number, prop, rule
from tests.factories import test as compare
from tests.unit.configurator.engine.test_model import brute_force, conditions
from tests.unit.configurator.engine.test_rule_questions import products_with_numbers

SIZE = choice("size", "s", "m", "l", price=(1, 2, 3))
COLOR = choice("color", "red", "blue")
WIDTH = number("width", 0, 10)


def product(*rules: Rule, **more: object) -> ProductDefinition:
    base = ProductDefinition("p", Text.of("Product"), (SIZE, COLOR, WIDTH), rules=rules)
    return replace(base, **more)  # type: ignore[arg-type]  # fields of the definition


def items(difference: Difference) -> set[tuple[str, str, str]]:
    return {(item.part, item.code, str(item.change)) for item in difference.items}


SMALL_IS_THIN = rule("thin", implies(compare(attr("size"), "=", "s"), compare(attr("width"), "<", 5)))
NO_LARGE = rule("no_large", compare(attr("size"), "!=", "l"))


def test_a_version_equals_itself() -> None:
    difference = compare_versions(product(SMALL_IS_THIN), product(SMALL_IS_THIN))
    assert difference.is_same
    assert (difference.items, difference.reach, difference.numbers, difference.prices) == ((), (), (), ())
    assert (difference.old_in_new.holds, difference.new_in_old.holds) == (True, True)
    assert list(difference_lines(difference)) == ["p: same"]


def test_a_new_rule_makes_options_impossible_and_names_a_lost_configuration() -> None:
    difference = compare_versions(product(), product(NO_LARGE))
    assert items(difference) == {("rule", "no_large", "added")}
    assert (difference.old_variants, difference.new_variants) == (66, 44)
    (gone,) = difference.reach
    assert (gone.options, gone.is_possible) == ((("size", "l"),), False)
    assert gone.example is not None
    assert gone.example["size"] == "l"
    assert (difference.options_impossible, difference.pairs_impossible) == (1, 0)
    assert difference.old_in_new.holds is False
    assert difference.old_in_new.rules == ("no_large",)
    assert difference.old_in_new.counter_example is not None
    assert difference.old_in_new.counter_example["size"] == "l"
    assert difference.new_in_old.holds is True


def test_pairs_of_options_become_possible_when_a_rule_goes() -> None:
    red = rule("red", implies(compare(attr("size"), "=", "l"), compare(attr("color"), "=", "red")))
    difference = compare_versions(product(red), product())
    assert [(item.options, item.is_possible) for item in difference.reach] == [
        ((("size", "l"), ("color", "blue")), True)]
    assert difference.pairs_possible == 1
    example = difference.reach[0].example
    assert example is not None
    assert (example["size"], example["color"]) == ("l", "blue")


def test_numbers_say_their_reach_in_both() -> None:
    wide = rule("wide", ex.Or((compare(attr("width"), "<", 3), compare(attr("width"), ">", 6))))
    (change,) = compare_versions(product(), product(wide)).numbers
    assert change.old == ((Fraction(0), Fraction(10)),)
    assert change.new == ((Fraction(0), Fraction(2)), (Fraction(7), Fraction(10)))


def test_equal_words_with_other_figures_do_not_mix() -> None:
    cheap = rule("cheap", compare(prop("size", "price"), "<=", 2))
    dearer = choice("size", "s", "m", "l", price=(1, 3, 3))
    difference = compare_versions(product(cheap), product(cheap, attributes=(dearer, COLOR, WIDTH)))
    assert items(difference) == {("property", "size=m.price", "changed")}
    assert difference.old_in_new.holds is False
    assert difference.new_in_old.holds is True
    bound = rule("bound", compare(attr("width"), "<", ex.Parameter("most")))
    difference = compare_versions(product(bound, parameters={"most": Fraction(4)}),
                                  product(bound, parameters={"most": Fraction(7)}))
    assert (difference.old_in_new.holds, difference.new_in_old.holds) == (True, False)


def test_attributes_may_come_go_and_change_their_name() -> None:
    hue = replace(COLOR, code="hue")
    extra = choice("extra", "none", "some")
    new = product(attributes=(SIZE, hue, extra), rules=(
        rule("red", implies(compare(attr("hue"), "=", "blue"), compare(attr("size"), "=", "s"))),))
    old = product(rules=(
        rule("red", implies(compare(attr("color"), "=", "blue"), compare(attr("size"), "=", "s"))),))
    difference = compare_versions(old, new)
    assert {("attribute", "hue", "renamed"), ("attribute", "extra", "added"),
            ("attribute", "width", "removed")} <= items(difference)
    assert (difference.old_in_new.holds, difference.new_in_old.holds) == (True, True)
    assert difference.reach == ()


def test_options_and_ranges_of_one_version_alone_are_no_part_of_the_other() -> None:
    sizes = choice("size", "s", "m", "l", "xl", price=(1, 2, 3, 4))
    wider = product(attributes=(sizes, COLOR, number("width", 0, 20, 2)))
    difference = compare_versions(product(), wider)
    assert ("option", "size=xl", "added") in items(difference)
    assert difference.old_in_new.holds is False  # odd widths are gone
    assert difference.new_in_old.holds is False
    assert difference.new_in_old.counter_example is not None
    counter = difference.new_in_old.counter_example
    assert counter["size"] == "xl" or Fraction(counter["width"]) > 10


def test_starting_points_are_priced_in_both() -> None:
    prices = (PriceItem("base", Text.of("Base"), prop("size", "price")),)
    presets = (Preset("large", Text.of("Large"), {"size": "l"}), Preset("small", Text.of("Small"), {"size": "s"}))
    dearer = choice("size", "s", "m", "l", price=(1, 2, 5))
    difference = compare_versions(product(prices=prices, presets=presets),
                                  product(NO_LARGE, prices=prices, presets=presets[:1],
                                          attributes=(dearer, COLOR, WIDTH)))
    assert {item.code: (item.old_minor, item.new_minor) for item in difference.prices} == {
        "large": (300, None), "small": (100, None)}


def test_tables_clauses_and_trees_take_part() -> None:
    table = TableRule("fits", ("size", "color"), (("s", "red"), ("m", "red"), ("l", "blue")), is_allowed=True)
    fewer = replace(table, rows=table.rows[:2])
    difference = compare_versions(product(table_rules=(table,)), product(table_rules=(fewer,)))
    assert items(difference) == {("table", "fits", "changed")}
    assert difference.old_in_new.rules == ("fits",)
    assert difference.new_in_old.holds is True


def features(*clauses: tuple[int, ...], high: int = 1) -> ProductDefinition:
    names = ("root", "one", "two", "three")
    return ProductDefinition(
        "m", Text.of("m"), tuple(choice(name, "true", "false") for name in names),
        clauses=ClauseSet(names, ((1,), (-4, 1), *clauses), groups=(ClauseGroup(1, (2, 3), 1, high),),
                          sources=((2, "three => one"),) if clauses else ()))


def test_feature_models_are_compared_by_their_constraints_and_their_groups() -> None:
    difference = compare_versions(features(), features((-4, 2)))
    assert items(difference) == {("constraint", "three => one", "added")}  # the tree is the same
    assert difference.old_in_new.rules == ("three => one",)
    assert difference.new_in_old.holds is True
    groups = compare_versions(features(), features(high=2))
    assert items(groups) == {("tree", "root: one …", "changed")}
    assert (groups.old_in_new.holds, groups.new_in_old.holds) == (True, False)
    assert groups.new_in_old.rules == ("group 1",)


def test_everything_is_json_and_has_lines() -> None:
    difference = compare_versions(product(), product(NO_LARGE))
    document = json.loads(json.dumps(difference_document(difference)))
    assert document["variants"] == {"old": "66", "new": "44"}
    lines = list(difference_lines(difference))
    assert lines[0] == "p: 66 → 44 variants"
    assert "  not every old configuration is possible in the new version, by no_large" in lines


def test_merged_versions_keep_their_sides_apart() -> None:
    merged = merge_versions(product(SMALL_IS_THIN), product(NO_LARGE))
    assert merged.shared == ("size", "color", "width")
    assert {"old thin", "new no_large"} <= set(merged.reads)
    assert merged.twins == {"values of size", "values of color", "values of width"}
    cheap = rule("cheap", compare(prop("size", "price"), "<=", 2))
    assert "thin" in merge_versions(product(SMALL_IS_THIN, cheap), product(SMALL_IS_THIN, cheap)).twins
    assert "cheap" not in merge_versions(product(cheap), product(cheap)).twins  # its figures may differ


@settings(max_examples=60, deadline=None)
@given(products_with_numbers(), st.data())
def test_containment_and_reach_equal_brute_force(old: ProductDefinition, data: st.DataObject) -> None:
    choices = [item for item in old.attributes if item.kind is AttributeKind.CHOICE]
    added = choice("z", "p", "q", "r") if data.draw(st.booleans()) else None
    extra = conditions(choices if added is None else [*choices, added], 2)
    rules = data.draw(st.lists(extra, max_size=2))
    kept = tuple(item for item in old.rules if data.draw(st.booleans()))
    new = replace(old, attributes=old.attributes if added is None else (*old.attributes, added), rules=(
        *kept, *(Rule(f"new{place}", item, Text.of("new")) for place, item in enumerate(rules))))
    difference = compare_versions(old, new)
    before, after = brute_force(old), brute_force(new)
    assert (difference.old_variants, difference.new_variants) == (len(before), len(after))
    shared = [item.code for item in old.attributes]
    first, second = _projected(before, shared), _projected(after, shared)
    assert difference.old_in_new.holds in (first <= second, None)
    assert difference.new_in_old.holds is (second <= first)
    for containment, own, other in ((difference.old_in_new, first, second), (difference.new_in_old, second, first)):
        if containment.counter_example is not None:
            (shown,) = _projected([containment.counter_example], shared)
            assert shown in own
            assert shown not in other
    _check_reach(difference, choices, before, after)


def _projected(wholes: list[Mapping[str, Value]], names: list[str]) -> set[tuple[Value, ...]]:
    return {tuple(whole[name] for name in names) for whole in wholes}


def _check_reach(difference: Difference, choices: list[Attribute], before: list[Mapping[str, Value]],
                 after: list[Mapping[str, Value]]) -> None:
    options = [(item.code, option.code) for item in choices for option in item.options]
    found = {item.options: item.is_possible for item in difference.reach}
    expected: dict[tuple[tuple[str, str], ...], bool] = {}
    for place, one in enumerate(options):
        was, is_now = (any(whole[one[0]] == one[1] for whole in wholes) for wholes in (before, after))
        if was is not is_now:
            expected[one,] = is_now
        for other in options[place + 1:]:
            if other[0] == one[0] or not all(
                    any(whole[code] == option for whole in wholes) for code, option in (one, other)
                    for wholes in (before, after)):
                continue
            was, is_now = (any(whole[one[0]] == one[1] and whole[other[0]] == other[1] for whole in wholes)
                           for wholes in (before, after))
            if was is not is_now:
                expected[one, other] = is_now
    assert found == expected


def test_changes_have_words() -> None:
    assert [str(change) for change in Change] == ["added", "removed", "renamed", "changed"]
