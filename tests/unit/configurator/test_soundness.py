"""Rules that the engine cannot take are refused at the file and the line where they stand."""

from __future__ import annotations

from pathlib import Path

import pytest

from catalog.formats.places import place_of_rule
from catalog.formats.source_files import SourceFiles
from configurator.commands import model_check

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
    assert found.startswith("products/shelf/product.yaml:0:0: this product has no valid configuration")


def test_a_sound_folder_has_no_problem(tmp_path: Path) -> None:
    assert problems(catalog(tmp_path, "", SMALL)) == []


def test_the_longest_code_that_fits_is_the_place_of_a_rule() -> None:
    files = SourceFiles({"products/p/product.yaml": "title: P\n",
                         "products/p/rules.yaml": "- {code: a}\n- {code: a.b}\n"})
    assert str(place_of_rule(files, "p", "a.b.c")) == "products/p/rules.yaml:2:3: "
    assert str(place_of_rule(files, "p", "a.c")) == "products/p/rules.yaml:1:3: "
    assert str(place_of_rule(files, "p", "x")) == "products/p/product.yaml:0:0: "
    assert str(place_of_rule(SourceFiles({}), "p", "x")) == "products/p/product.yaml:0:0: "
