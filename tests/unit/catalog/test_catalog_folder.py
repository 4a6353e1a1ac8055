"""The catalog folder: every kind of fault is found, with its place, and all of them at once."""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from pathlib import Path

import pytest

from catalog.errors import CatalogInvalid
from catalog.formats.folder import check_catalog, read_catalog
from catalog.formats.yaml_source import Scalar, locate_in_scalar, read_yaml
from catalog.product import Strength
from catalog.rules import expression as ex
from catalog.rules.evaluation import Evaluator

CATALOG = "format: onelot-catalog-1\ntitle: Shelf\n"
PRODUCT = """\
title: {en: Shelf, zh: 架}
attributes:
  - code: width
    kind: number
    title: Width
    minimum: 300
    maximum: 1200
    step: 50
    unit: mm
    default: 600
  - code: board
    title: Board
    options: boards.csv
    default: oak
  - code: doors
    kind: yes_no
    title: Doors
    default: false
  - code: label
    kind: text
    title: Label
    max_length: 10
    required_when: doors
parameters: {rate: 12.5}
tables: [brackets.csv]
derived:
  - {code: load, title: Load, value: area * board.kg, unit: kg}
  - {code: area, title: Area, value: width / 1000 * 0.3, unit: m²}
rules:
  - code: oak_width
    when: board = oak
    requires: width <= 1 m
    reason: Oak boards end at 1 m.
  - code: widest
    for_each: board
    holds: width <= board.widest
    reason: {en: "{title} is at most {widest} mm.", zh: "{title}最宽 {widest} mm。"}
  - code: nice
    holds: not doors
    reason: Open shelves look lighter.
    strength: soft
    valid_from: 2027-01-01
    valid_until: 2028-01-01
prices:
  - {code: board, title: Board, amount: area * rate}
  - {code: care, title: Care, amount: product_price * 5 %, level: basic, billing: yearly}
parts:
  - {code: B1, title: Board, unit: m², co2_kg_per_unit: 2, co2_source: measured}
bom:
  - {part: B1, quantity: area, operation: cut}
routing:
  - {code: cut, title: Cut, capability: saw, minutes: 5 min + 10 * area}
  - {code: oil, title: Oil, capability: paint, minutes: 3 min, after: [cut], when: board = oak}
weight_kg: load
presets:
  - {code: wide, title: Wide, choose: {width: 900, board: pine}}
"""
BOARDS = """\
code,title.en,title.zh,kg,widest,tone
oak,Oak,橡木,18,1000,dark
# pine is sold from stock
pine,Pine,松木,12.5,1200,light
"""
BRACKETS = "load,count\n10,2\n40,4\n"


def write(folder: Path, **files: str) -> Path:
    texts = {"catalog.yaml": CATALOG, "products/shelf/product.yaml": PRODUCT, "products/shelf/boards.csv": BOARDS,
             "products/shelf/brackets.csv": BRACKETS} | {name.replace("__", "/"): text for name, text in files.items()}
    for name, text in texts.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder


def problems(folder: Path) -> list[str]:
    return [str(problem) for problem in check_catalog(folder)]


def changed(tmp_path: Path, old: str, new: str, source: str = PRODUCT) -> list[str]:
    assert old in source
    return problems(write(tmp_path, **{"products/shelf/product.yaml": source.replace(old, new)}))


def test_a_sound_folder_gives_its_product(tmp_path: Path) -> None:
    (shelf,) = read_catalog(write(tmp_path)).products
    assert (shelf.code, shelf.title.in_language("zh_CN")) == ("shelf", "架")
    assert [attribute.code for attribute in shelf.attributes] == ["width", "board", "doors", "label"]
    oak = shelf.attributes[1].option("oak")
    assert oak is not None
    assert oak.properties == {"kg": Fraction(18), "widest": Fraction(1000), "tone": "dark"}
    assert [item.code for item in shelf.derived] == ["area", "load"]
    assert shelf.attributes[3].required_when == ex.Attribute("doors")
    assert shelf.tables["brackets"].rows[1] == (Fraction(40), (Fraction(40), Fraction(4)))
    assert shelf.presets[0].selection == {"width": Fraction(900), "board": "pine"}
    assert shelf.routing[1].predecessors == ("cut",)


def test_a_cost_is_exact_and_may_be_left_out(tmp_path: Path) -> None:
    (plain,) = read_catalog(write(tmp_path / "plain")).products
    assert plain.parts["B1"].unit_cost is None
    stated_costs = {"0.045": Fraction(9, 200), "0": Fraction(0), "12.5, cost_currency: CNY": Fraction(25, 2)}
    for stated, cost in stated_costs.items():
        source = PRODUCT.replace("co2_source: measured", f"co2_source: measured, unit_cost: {stated}")
        (shelf,) = read_catalog(write(tmp_path / stated[:3], **{"products/shelf/product.yaml": source})).products
        assert shelf.parts["B1"].unit_cost == cost
    euro = PRODUCT.replace("co2_source: measured", "co2_source: measured, unit_cost: 1, cost_currency: EUR")
    assert problems(write(tmp_path / "euro", **{"products/shelf/product.yaml": "currency: EUR\n" + euro})) == []


def test_a_fault_of_a_cost_in_a_table_names_its_line_and_column(tmp_path: Path) -> None:
    start, end = PRODUCT.index("parts:\n"), PRODUCT.index("bom:\n")
    folder = write(tmp_path, **{
        "products/shelf/product.yaml": PRODUCT[:start] + PRODUCT[end:],
        "products/shelf/parts.csv": "code,title,unit,unit_cost,cost_currency\nB1,Board,m²,-2,USD\n"})
    assert problems(folder) == [
        "products/shelf/parts.csv:2:13: found -2; expected 0 or more",
        "products/shelf/parts.csv:2:16: found 'USD'; the product is priced in CNY, and so are its costs"]


def test_for_each_writes_a_rule_for_every_option(tmp_path: Path) -> None:
    (shelf,) = read_catalog(write(tmp_path)).products
    rules = {rule.code: rule for rule in shelf.rules}
    assert list(rules) == ["oak_width", "widest.oak", "widest.pine", "nice"]
    assert rules["widest.pine"].reason.in_language("zh") == "松木最宽 1200 mm。"
    assert rules["widest.pine"].expression == ex.Implies(
        ex.Comparison("=", ex.Attribute("board"), ex.Code("pine")),
        ex.Comparison("<=", ex.Attribute("width"), ex.Number(Fraction(1200))),
    )
    assert rules["nice"].strength is Strength.SOFT
    assert rules["nice"].valid_until == date(2028, 1, 1)


FAULTS = [
    ("title: {en: Shelf, zh: 架}", "titel: {en: Shelf}", "1:1: unknown key 'titel'; did you mean 'title'?"),
    ("title: {en: Shelf, zh: 架}", "title: {en: Shelf, fr: Etagere}", "1:24: unknown language 'fr'"),
    ("kind: number", "kind: numbr", "4:11: found 'numbr'; did you mean 'number'?"),
    ("    step: 50\n", "    step: 0\n", "8:11: found 0; expected a number above 0"),
    ("    maximum: 1200", "    maximum: 1220", "7:14: found 1220; expected 300 plus a multiple of the step 50"),
    ("    maximum: 1200", "    maximum: 100", "7:14: found 100; expected at least the minimum 300"),
    ("    maximum: 1200", "    maximum: 1e9", "7:14: found '1e9'; expected a number such as 12 or 0.5"),
    ("unit: mm\n", "unit: mn\n", "9:11: unknown unit 'mn'; did you mean 'min'?"),
    ("default: 600", "default: 610", "10:14: found 610; width goes in steps of 50 from 300"),
    ("default: 600", "default: 100", "10:14: found 100; width goes from 300 to 1200"),
    ("default: oak", "default: aok", "14:14: unknown option 'aok' of board; did you mean 'oak'?"),
    ("options: boards.csv", "options: bords.csv", "13:14: found 'bords.csv'; expected a CSV file of this folder"),
    ("options: boards.csv", "options: []", "13:14: attribute 'board' has no options"),
    ("kind: yes_no\n", "kind: yes_no\n    step: 1\n", "17:11: the key 'step' does not belong to a yes_no attribute"),
    ("- code: doors", "- code: board", "15:5: attribute 'board' stands twice"),
    ("max_length: 10", "max_length: 0", "22:17: found 0; expected a whole number from 1 to 1000"),
    ("required_when: doors", "required_when: door", "23:20: unknown name 'door'; did you mean 'doors'?"),
    ("{rate: 12.5}", "{rate: much}", "24:20: found 'much'; expected a number"),
    ("{rate: 12.5}", "{width: 12.5}", "24:14: the name 'width' stands twice"),
    ("value: width / 1000 * 0.3", "value: load / 1000", "27:38: derived values in a circle: load → area → load"),
    ("unit: m²}", "unit: m₂}", "28:64: unknown unit 'm₂'"),
    ("requires: width <= 1 m", "requires: width <= 1 kg", "32:24: found kg; expected mm"),
    ("requires: width <= 1 m", "require: width <= 1 m", "32:5: unknown key 'require'; did you mean 'requires'?"),
    ("{widest} mm.\"", "{widets} mm.\"", "37:13: unknown placeholder {widets} in the reason; did you mean 'widest'?"),
    ("for_each: board", "for_each: width", "35:15: unknown choice attribute 'width'"),
    ("- code: nice", "- code: oak_width", "38:5: rule 'oak_width' stands twice"),
    ("strength: soft", "strength: weak", "41:15: found 'weak'; expected one of: hard, soft"),
    ("valid_until: 2028-01-01", "valid_until: 2026-01-01", "43:18: expected a day after valid_from"),
    ("valid_from: 2027-01-01", "valid_from: 2027-13-01", "42:17: found '2027-13-01'; expected a date"),
    ("amount: area * rate", "amount: area * rat", "45:48: unknown name 'rat'; did you mean 'rate'?"),
    ("level: basic", "level: basik", "46:67: found 'basik'; did you mean 'basic'?"),
    ("part: B1,", "part: B2,", "50:12: unknown part 'B2'; expected one of: B1"),
    ("operation: cut", "operation: cat", "50:43: unknown operation 'cat'; did you mean 'cut'?"),
    ("quantity: area", "quantity: load", "50:26: found kg; expected m²"),
    ("co2_source: measured", "co2_source: ''", "48:5: a footprint without a source"),
    ("co2_source: measured", "co2_source: measured, unit_cost: -1", "48:93: found -1; expected 0 or more"),
    ("co2_source: measured", "co2_source: measured, unit_cost: dear", "48:93: found 'dear'; expected a number"),
    ("co2_source: measured", "co2_source: measured, unit_cost: 1e3", "48:93: found '1e3'; expected a number"),
    ("co2_source: measured", "co2_source: measured, unit_cost: 1000000001", "48:93: found 1000000001; expected 0 to"),
    ("co2_source: measured", "co2_source: measured, unit_cost: 1, cost_currency: EUR",
     "48:111: found 'EUR'; the product is priced in CNY, and so are its costs"),
    ("co2_source: measured", "co2_source: measured, cost_currency: CNY", "48:97: a currency without a cost; expected"),
    ("after: [cut]", "after: [cutt]", "53:72: unknown operation 'cutt'; did you mean 'cut'?"),
    ("after: [cut]", "after: [oil]", "53:72: operation 'oil' waits for itself"),
    ("10 * area}", "10 * area, after: [oil]}", "operations wait in a circle: cut → oil → cut"),
    ("minutes: 3 min", "minutes: 0", "operation 'oil' has no time above 0 minutes with the defaults"),
    ("minutes: 3 min", "minutes: (width - 300) / 60", "operation 'oil' has no time above 0 minutes with width = 300"),
    ("quantity: area,", "quantity: area - 0.1,", "part 'B1' has no quantity of 0 or more with width = 300"),
    ("weight_kg: load", "weight_kg: area", "54:12: found m²; expected kg"),
    ("board: pine}}", "board: birch}}", "56:59: unknown option 'birch' of board"),
    ("{width: 900, board", "{widht: 900, board", "56:40: unknown attribute 'widht'; did you mean 'width'?"),
    ("{width: 900, board: pine}", "{width: 1050, board: oak}", "preset 'wide' breaks rule 'oak_width': Oak boards"),
    ("default: 600", "default: 1150", "the defaults break rule 'oak_width': Oak boards end at 1 m."),
    ("tables: [brackets.csv]", "tables: []", "brackets.csv:0:0: nothing refers to this file"),
    ("tables: [brackets.csv]", "tables: &a [brackets.csv]", "25:9: found an anchor or alias"),
    ("tables: [brackets.csv]", "tables: !!python/name:os.system []", "found the tag"),
    ("tables: [brackets.csv]", "tables: [brackets.csv", "no YAML:"),
    ("kind: number", "kind: number\n    kind: text", "5:5: key 'kind' stands twice"),
]


@pytest.mark.parametrize(("old", "new", "message"), FAULTS)
def test_a_fault_of_a_product_is_placed(tmp_path: Path, old: str, new: str, message: str) -> None:
    found = changed(tmp_path, old, new)
    assert any(message in problem for problem in found), found
    assert all(problem.startswith("products/shelf/") for problem in found)


def test_all_faults_are_listed_at_once(tmp_path: Path) -> None:
    source = PRODUCT.replace("kind: number", "kind: numbr").replace("part: B1,", "part: B9,")
    found = problems(write(tmp_path, **{
        "products/shelf/product.yaml": source.replace("strength: soft", "strength: weak"),
        "products/shelf/boards.csv": BOARDS.replace("pine,Pine,松木,12.5,1200", "oak,Pine,松木,12.5"),
        "catalog.yaml": "format: other\n",
    }))
    for part in ("'numbr'", "unknown part 'B9'", "'weak'", "boards.csv:4:1: found 5 cells; expected 6", "'other'"):
        assert any(part in problem for problem in found), (part, found)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("code,title\noak,Oak\noak,Oak 2\n", "boards.csv:3:1: option 'oak' stands twice"),
        ("code,title,kg\noak,Oak,18\npine,Pine,\n", "option 'pine' of board has no property 'kg'"),
        ("code,title,kg\noak,Oak,18\npine,Pine,light\n", "property 'kg' of board mixes numbers and codes"),
        ("code,code\noak,Oak\n", "boards.csv:1:6: column 'code' stands twice"),
        ("code\noak\n", "boards.csv:2:1: the key 'title' is missing"),
        ("", "boards.csv:0:0: the table is empty"),
        ('code,title\noak,"Oak\n', "boards.csv:2:1: no CSV"),
    ],
)
def test_a_fault_of_a_table_is_placed(tmp_path: Path, text: str, message: str) -> None:
    found = problems(write(tmp_path, **{"products/shelf/boards.csv": text}))
    assert any(message in problem for problem in found), found


def test_descending_keys_of_a_look_up_table_are_refused(tmp_path: Path) -> None:
    found = problems(write(tmp_path, **{"products/shelf/brackets.csv": "load,count\n40,4\n10,2\n"}))
    assert found == ["products/shelf/brackets.csv:3:1: found the key 10 after 40; expected ascending keys"]


def test_a_part_of_the_product_may_stand_in_its_own_file_but_not_in_two(tmp_path: Path) -> None:
    start, end = PRODUCT.index("parts:\n"), PRODUCT.index("bom:\n")
    without = PRODUCT[:start] + PRODUCT[end:]
    table = "code,title.en,unit\nB1,Board,m²\n"
    folder = write(tmp_path, **{"products/shelf/product.yaml": without, "products/shelf/parts.csv": table})
    assert read_catalog(folder).products[0].parts["B1"].unit == "m²"
    write(tmp_path)
    assert "products/shelf/parts.csv:0:0: parts stand in two places; expected one" in problems(tmp_path)


def test_a_link_that_leaves_the_folder_is_refused(tmp_path: Path) -> None:
    secret = tmp_path / "secret.csv"
    secret.write_text("code,title\nx,X\n", encoding="utf-8")
    folder = write(tmp_path / "catalog")
    (folder / "products/shelf/boards.csv").unlink()
    (folder / "products/shelf/boards.csv").symlink_to(secret)
    assert any("a link that leaves the catalog folder" in problem for problem in problems(folder))
    (folder / "products/shelf/more").symlink_to(tmp_path)
    assert any("more:0:0: a link that leaves" in problem for problem in problems(folder))


def test_text_that_is_not_utf8_is_refused(tmp_path: Path) -> None:
    folder = write(tmp_path)
    (folder / "products/shelf/boards.csv").write_bytes(b"code,title\noak,Eiche gr\xfcn\n")
    assert "products/shelf/boards.csv:2:13: byte 0xfc is not UTF-8; expected UTF-8 text" in problems(folder)


def test_an_oversized_file_is_refused(tmp_path: Path) -> None:
    folder = write(tmp_path, **{"products/shelf/boards.csv": "#" * 4_000_001})
    assert any("a file has at most 4000000" in problem for problem in problems(folder))


def test_a_missing_or_empty_folder_is_a_fault(tmp_path: Path) -> None:
    assert "expected a catalog folder" in problems(tmp_path / "nothing")[0]
    assert any("the file is missing" in problem for problem in problems(tmp_path))
    with pytest.raises(CatalogInvalid):
        read_catalog(tmp_path)


def test_deep_nesting_and_many_documents_are_refused() -> None:
    node, found = read_yaml("a: " + "[" * 40 + "]" * 40, file="x.yaml")
    assert node is None
    assert "nested more than 16 deep" in found[0].message
    assert "found a second document" in read_yaml("a: 1\n---\nb: 2\n", file="x.yaml")[1][0].message
    assert read_yaml("", file="x.yaml") == (None, ())


def test_values_of_yaml_stay_as_they_are_written() -> None:
    node, _ = read_yaml("{a: no, b: 0x1F, c: 2027-01-01, d: 1_000, e: ~}", file="x.yaml")
    assert node is not None
    assert [value.text for value in node.entries.values()] == ["no", "0x1F", "2027-01-01", "1_000", "~"]  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("source", "word", "place"),
    [
        ("a: width <= wdth", "wdth", (1, 13)),
        ("a: 'width <= wdth'", "wdth", (1, 14)),
        ("a: width <=\n    wdth and x", "wdth", (2, 5)),
        ("a: >-\n  width <=\n  wdth", "wdth", (3, 3)),
        ("a: |\n  width\n    <= wdth", "wdth", (3, 8)),
        ("a: 'it''s wdth'", "wdth", (1, 11)),
    ],
)
def test_a_character_of_a_value_is_found_in_the_file(source: str, word: str, place: tuple[int, int]) -> None:
    node, _ = read_yaml(source, file="x.yaml")
    value = node.entries["a"]  # type: ignore[union-attr]
    assert isinstance(value, Scalar)
    assert locate_in_scalar(value, source, value.text.index(word)) == place


def test_a_yes_has_figures_that_are_0_for_a_no(tmp_path: Path) -> None:
    text = PRODUCT.replace("    kind: yes_no\n", "    kind: yes_no\n    yes: {kg: 2.5}\n").replace(
        "value: area * board.kg", "value: sum(kg) + doors.kg")
    (shelf,) = read_catalog(write(tmp_path, **{"products/shelf/product.yaml": text})).products
    kilograms = {doors: Evaluator(shelf, {"board": "oak", "doors": doors}).derived("load")
                 for doors in ("true", "false")}
    assert kilograms == {"true": 18 + Fraction(5), "false": Fraction(18)}
    assert changed(tmp_path, "    kind: yes_no\n", "    kind: yes_no\n    yes: {kg: much}\n")[0].endswith(
        "17:15: found 'much'; expected a number such as 12 or 0.5")
