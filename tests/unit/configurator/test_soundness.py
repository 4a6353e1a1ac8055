"""Rules that the engine cannot take are refused at the file and the line where they stand."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from catalog.errors import CatalogInvalid
from catalog.formats.places import place_of_rule
from catalog.formats.source_files import SourceFiles
from configurator.commands import model_check
from web.publishing import prepare

HEAD = """\
title: Shelf
rule_sets: [limits]
attributes:
  - {code: width, kind: number, title: W, minimum: 1, maximum: 5000}
  - {code: height, kind: number, title: H, minimum: 1, maximum: 5000}
"""
CHOICES = "".join(f"  - {{code: c{place}, title: C, options: [a, b, c, d, e]}}\n" for place in range(7))
SET = """\
needs:
  - {code: width, kind: number}
  - {code: height, kind: number}
rules:
  - {code: flat, holds: width <= 4000, reason: Flat.}
  - {code: square, holds: width <= height, reason: Square.}
"""


def catalog(folder: Path, body: str, shared: str = SET) -> Path:
    texts = {"catalog.yaml": "format: onelot-catalog-1\n", "rule_sets/limits.yaml": shared,
             "products/shelf/product.yaml": HEAD + CHOICES + body}
    for name, text in texts.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder


def problems(folder: Path) -> list[str]:
    status, found = model_check(folder)
    assert status == (1 if found else 0)
    return [str(problem) for problem in found]


SMALL = SET.replace("  - {code: square, holds: width <= height, reason: Square.}\n", "")


@pytest.mark.parametrize(("body", "shared", "start", "word"), [
    ("", SET, "rule_sets/limits.yaml:6:5: ", "split rule limits.square"),
    ("rules:\n  - {code: r, for_each: c0, holds: width > 3 or c1 = c2 or c3 = c4 or c5 = c6, reason: No.}\n", SMALL,
     "products/shelf/product.yaml:14:5: ", "split rule r.a"),
    ("rules:\n  - {code: q, holds: width > 1, reason: No.}\n"
     "  - code: r\n    holds: (count(c0 = c1) + 1) * (count(c2 = c3) + 1) > count(c4 = c5) + count(c6 = c1)\n"
     "    reason: No.\n",
     SMALL, "products/shelf/product.yaml:15:5: ", "r: "),
])
def test_a_rule_that_is_too_wide_is_refused_at_its_line(
    tmp_path: Path, body: str, shared: str, start: str, word: str
) -> None:
    (found,) = problems(catalog(tmp_path, body, shared))
    assert found.startswith(start), found
    assert word in found


def test_a_product_that_nobody_can_configure_is_refused_as_a_whole(tmp_path: Path) -> None:
    body = "rules:\n  - {code: never, holds: width > 5000, reason: No.}\n"
    (found,) = problems(catalog(tmp_path, body, SMALL))
    assert found == ("products/shelf/product.yaml:14:5: this product has no valid configuration: its rules contradict "
                     "each other: never")


def test_a_sound_folder_has_no_problem(tmp_path: Path) -> None:
    assert problems(catalog(tmp_path, "", SMALL)) == []


def test_the_longest_code_that_fits_is_the_place_of_a_rule() -> None:
    files = SourceFiles({"products/p/product.yaml": "title: P\n",
                         "products/p/rules.yaml": "- {code: a}\n- {code: a.b}\n"})
    assert str(place_of_rule(files, "p", "a.b.c")) == "products/p/rules.yaml:2:3: "
    assert str(place_of_rule(files, "p", "a.c")) == "products/p/rules.yaml:1:3: "
    assert str(place_of_rule(files, "p", "x")) == "products/p/product.yaml:0:0: "
    assert str(place_of_rule(SourceFiles({}), "p", "x")) == "products/p/product.yaml:0:0: "


MADE = """\
title: Shelf
attributes:
  - {code: width, kind: number, title: W, minimum: 0, maximum: 9, default: 3}
  - {code: board, title: B, options: [{code: oak, title: O, gap: 0}, {code: pine, title: P, gap: 2}], default: pine}
tables: [sizes.csv]
derived:
  - {code: load, title: L, value: 12 / width}
prices:
  - {code: safe, title: P, amount: 12 / (width + 1)}
  - {code: gap, title: G, amount: product_price / board.gap}
  - code: size
    title: S
    amount: sizes[at_least width].price
    when: board = oak
weight_kg: load
"""
GUARDS = {
    "prices gap": "  - {code: no_oak, holds: board != oak, reason: No.}\n",
    "weight_kg": "  - {code: some, holds: width > 0, reason: No.}\n",
    "prices size": "  - {code: small, holds: width <= 7 or board = pine, reason: No.}\n",
}


def made(folder: Path, rules: str) -> list[str]:
    texts = {"catalog.yaml": "format: onelot-catalog-1\n", "products/shelf/sizes.csv": "width,price\n7,10\n",
             "products/shelf/product.yaml": MADE + (f"rules:\n{rules}" if rules else "")}
    for name, text in texts.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return problems(folder)


def test_an_amount_without_a_value_is_refused_unless_a_rule_excludes_it(tmp_path: Path) -> None:
    place = "products/shelf/product.yaml"
    assert [line.partition(": some")[0] for line in made(tmp_path, "")] == [
        f"{place}:10:5: prices gap", f"{place}:11:5: prices size", f"{place}:15:12: weight_kg"]
    for left_out in GUARDS:
        found = made(tmp_path, "".join(text for name, text in GUARDS.items() if name != left_out))
        expected = [left_out] if left_out != "prices size" else []  # without oak nobody asks for its size
        assert [line.partition(": some")[0].split(": ")[1] for line in found] == expected
    assert made(tmp_path, "".join(GUARDS.values())) == []


def test_publishing_names_the_same_place_as_checking(tmp_path: Path) -> None:
    folder = catalog(tmp_path, "")
    with pytest.raises(CatalogInvalid) as caught:
        prepare(path=folder, on=date(2027, 1, 1), cache_directory=None)
    assert [str(problem) for problem in caught.value.problems] == problems(folder)


def test_an_amount_without_a_value_is_not_published(tmp_path: Path) -> None:
    made(tmp_path, GUARDS["prices gap"])
    with pytest.raises(CatalogInvalid) as caught:
        prepare(path=tmp_path, on=date(2027, 1, 1), cache_directory=None)
    (fault,) = caught.value.problems
    assert fault.message.startswith("weight_kg: some valid configuration gives this no value")
