"""Rule sets that products share, periods of rules, and named test configurations of a product."""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from pathlib import Path

import pytest

from catalog.errors import CatalogInvalid
from catalog.formats.folder import check_catalog, read_catalog, read_files
from catalog.formats.published import FOLDER, PublishedSource, read_definition, source_of_product
from catalog.formats.source_files import SourceFiles
from catalog.product import ProductDefinition, Strength
from configurator.view import with_rules_of

SET = """\
title: Care
needs:
  - {code: warranty, options: [long]}
  - {code: care, kind: yes_no}
  - {code: weight, kind: value, unit: kg}
rules:
  - code: long_care
    when: warranty = long
    requires: care
    reason: The long warranty needs care.
  - code: light
    holds: weight <= 50 kg
    reason: Lighter is better.
    strength: soft
    weight: 3
"""
PRODUCT = """\
title: Shelf
rule_sets: [care]
attributes:
  - {code: warranty, title: Warranty, options: [short, long], default: short}
  - {code: care, kind: yes_no, title: Care, default: false}
  - {code: width, kind: number, title: Width, minimum: 1, maximum: 9, default: 3}
derived:
  - {code: weight, title: Weight, value: width * 10, unit: kg}
rules:
  - {code: wide, for_each: warranty, holds: width < 9, reason: Nine is too wide.}
cases:
  - {code: plain, title: Plain, choose: {width: 3}, must_be: valid}
  - {code: both, title: Both, choose: {warranty: long, care: false}, must_be: invalid, because: [care.long_care, wide]}
"""
PLACE = "products/shelf/product.yaml"


def files(**changes: str) -> SourceFiles:
    texts = {"catalog.yaml": "format: onelot-catalog-1\n", "rule_sets/care.yaml": SET, PLACE: PRODUCT}
    return SourceFiles(texts | {name.replace("__", "/") + ".yaml": text for name, text in changes.items()})


def shelf(source: SourceFiles) -> ProductDefinition:
    (found,) = read_files(source).products
    return found


def faults(source: SourceFiles) -> list[str]:
    with pytest.raises(CatalogInvalid) as caught:
        read_files(source)
    return [str(problem) for problem in caught.value.problems]


def with_product(old: str, new: str) -> SourceFiles:
    assert old in PRODUCT
    return files(products__shelf__product=PRODUCT.replace(old, new))


def with_set(old: str, new: str) -> SourceFiles:
    assert old in SET
    return files(rule_sets__care=SET.replace(old, new))


def test_shared_rules_stand_behind_the_own_ones_under_the_code_of_their_set() -> None:
    rules = shelf(files()).rules
    assert [rule.code for rule in rules] == ["wide.short", "wide.long", "care.long_care", "care.light"]
    assert [rule.rule_set for rule in rules] == ["", "", "care", "care"]
    assert (rules[3].strength, rules[3].weight, rules[2].weight) == (Strength.SOFT, 3, 1)


@pytest.mark.parametrize(("old", "new", "fault"), [
    ("[short, long]", "[short, lang]",
     "2:13: attribute 'warranty' has no option 'long'; rule_sets/care.yaml:3 needs it"),
    ("code: care, kind: yes_no, title: Care, default: false", "code: car, kind: yes_no, title: Care",
     "2:13: no attribute 'care'; did you mean 'car'?; rule_sets/care.yaml:4 needs it"),
    ("kind: yes_no, title: Care, default: false", "title: Care, options: [a, b]",
     "2:13: attribute 'care' is of kind choice, not yes_no; rule_sets/care.yaml:4 needs it"),
    ("unit: kg", "unit: g", "2:13: 'weight' is in g, not in kg; rule_sets/care.yaml:5 needs it"),
    ("code: weight, title: Weight", "code: mass, title: Mass",
     "2:13: no derived value or parameter 'weight'; expected one of: mass; rule_sets/care.yaml:5 needs it"),
    ("rule_sets: [care]", "rule_sets: [car]", "2:13: unknown rule set 'car'; did you mean 'care'?"),
    ("rule_sets: [care]", "rule_sets: [care, care]", "2:19: rule set 'care' stands twice"),
    ("code: wide, for_each: warranty", "code: care.light",
     "2:12: rule 'care.light' stands twice: among the product's own rules, and in rule_sets/care.yaml"),
])
def test_what_a_product_lacks_of_a_set_is_told_with_both_files(old: str, new: str, fault: str) -> None:
    assert f"{PLACE}:{fault}" in faults(with_product(old, new))


@pytest.mark.parametrize(("old", "new", "fault"), [
    ("requires: care", "requires: width > 3", "9:15: unknown name 'width'; expected one of: warranty, care, weight "
     f"(used by {PLACE}:2)"),
    ("when: warranty = long", "when: warranty = lung", "8:22: unknown option 'lung'; did you mean 'long'? "
     f"(used by {PLACE}:2)"),
    ("kind: yes_no}", "kind: yesno}", "4:24: found 'yesno'; did you mean 'yes_no'?"),
    ("{code: care, kind", "{code: warranty, kind", "4:5: the need 'warranty' stands twice"),
    ("kind: value, unit: kg", "unit: kg", "5:26: the key 'unit' does not belong to a need of kind choice"),
    ("code: light", "code: long_care", "11:5: rule 'care.long_care' stands twice"),
    ("    weight: 3\n", "    weight: 0\n", "15:13: found 0; expected a whole number from 1 to 1000"),
    ("    strength: soft\n", "", "14:13: found a weight on a hard rule; expected it on a soft one"),
    (SET[SET.index("rules:"):], "rules: []\n", "1:1: a rule set has at least one rule"),
])
def test_a_fault_of_a_set_is_placed_in_its_file(old: str, new: str, fault: str) -> None:
    assert [line for line in faults(with_set(old, new)) if line.startswith(f"rule_sets/care.yaml:{fault}")], \
        faults(with_set(old, new))


def test_a_set_that_nobody_uses_is_looked_at_all_the_same() -> None:
    assert faults(files(rule_sets__other="rules: 3\n")) == [
        "rule_sets/other.yaml:1:1: a rule set has at least one rule; expected the key 'rules'",
        "rule_sets/other.yaml:1:8: found a single value; expected a list"]
    deep = faults(files(rule_sets__deep__other=SET))
    assert deep == ["rule_sets/deep/other.yaml:0:0: expected rule_sets/<code>.yaml"]


def test_the_hash_of_a_product_covers_the_sets_it_uses_and_no_other() -> None:
    def content_hash(source: SourceFiles) -> str:
        return source_of_product(source, shelf(source)).content_hash()

    plain = content_hash(files())
    assert content_hash(files(rule_sets__other=SET)) == plain
    assert content_hash(with_set("title: Care", "title: Cares")) != plain
    assert content_hash(with_product("title: Shelf", "title: Shelves")) != plain


def test_a_published_product_with_a_set_is_read_back() -> None:
    source = source_of_product(files(rule_sets__other=SET), shelf(files()))
    assert sorted(source.files.texts) == [PLACE, "rule_sets/care.yaml"]
    assert read_definition(PublishedSource.from_canonical(source.canonical())) == shelf(files())


def test_a_product_without_sets_is_published_as_its_own_files_alone() -> None:
    """Sources published before there were sets keep their bytes and their hash."""
    alone = with_product("rule_sets: [care]\n", "")
    alone = SourceFiles({**alone.texts, PLACE: alone.texts[PLACE].replace("care.long_care, ", "")})
    source = source_of_product(alone, shelf(alone))
    assert source == PublishedSource(FOLDER, alone.under("products/shelf"))
    assert read_definition(source) == shelf(alone)


def test_cases_name_choices_and_the_rules_that_refuse_them() -> None:
    plain, both = shelf(files()).cases
    assert (plain.selection, plain.is_valid, plain.rules) == ({"width": Fraction(3)}, True, ())
    assert (both.selection, both.is_valid) == ({"warranty": "long", "care": "false"}, False)
    assert both.rules == ("care.long_care", "wide.short", "wide.long")


@pytest.mark.parametrize(("old", "new", "fault"), [
    ("choose: {width: 3}, must_be: valid", "choose: {width: 3}", "12:5: the key 'must_be' is missing"),
    ("must_be: valid}", "must_be: right}", "12:62: found 'right'; expected one of: valid, invalid"),
    ("choose: {width: 3}", "choose: {wide: 3}", "12:42: unknown attribute 'wide'; did you mean 'width'?"),
    ("choose: {width: 3}", "choose: {width: 30}", "12:49: found 30; width goes from 1 to 9"),
    ("choose: {width: 3}, must_be: valid", "must_be: valid", "12:5: the key 'choose' is missing"),
    ("because: [care.long_care, wide]", "because: [care.longcare]",
     "13:98: unknown hard rule 'care.longcare'; did you mean 'care.long_care'?"),
    ("because: [care.long_care, wide]", "because: [care.light]", "13:98: unknown hard rule 'care.light'"),
    ("must_be: invalid, because", "must_be: valid, because", "13:95: found a reason for a valid case"),
    ("code: both", "code: plain", "13:5: case 'plain' stands twice"),
])
def test_a_fault_of_a_case_is_placed(old: str, new: str, fault: str) -> None:
    assert [line for line in faults(with_product(old, new)) if line.startswith(f"{PLACE}:{fault}")], \
        faults(with_product(old, new))


def test_sets_and_cases_are_read_from_a_folder(tmp_path: Path) -> None:
    texts = {**files().texts, PLACE: PRODUCT[:PRODUCT.index("cases:")],
             "products/shelf/cases.yaml": "- {code: plain, title: Plain, choose: {width: 3}, must_be: valid}\n"}
    for name, text in texts.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    assert check_catalog(tmp_path) == ()
    (found,) = read_catalog(tmp_path).products
    assert [case.code for case in found.cases] == ["plain"]


def dated(period: str) -> ProductDefinition:
    table = SourceFiles({**with_product("reason: Nine is too wide.", f"reason: Nine., {period}").texts,
                         "products/shelf/pairs.csv": "warranty,care\nshort,false\nlong,true\n",
                         "products/shelf/table_rules.yaml":
                             f"- {{code: pairs, table: pairs.csv, reason: Pairs., {period}}}\n"})
    return shelf(table)


@pytest.mark.parametrize(("on", "count"), [
    (date(2026, 12, 31), 2), (date(2027, 1, 1), 5), (date(2027, 12, 31), 5), (date(2028, 1, 1), 2),
])
def test_a_period_begins_with_its_first_day_and_ends_before_its_last(on: date, count: int) -> None:
    valid = with_rules_of(dated("valid_from: 2027-01-01, valid_until: 2028-01-01"), on)
    assert len(valid.rules) + len(valid.table_rules) == count


def test_a_period_may_be_open_at_either_end() -> None:
    early, late = date(1990, 1, 1), date(2090, 1, 1)
    for period, counts in (("valid_from: 2027-01-01", (2, 5)), ("valid_until: 2027-01-01", (5, 2))):
        valid = [with_rules_of(dated(period), on) for on in (early, late)]
        assert tuple(len(item.rules) + len(item.table_rules) for item in valid) == counts
