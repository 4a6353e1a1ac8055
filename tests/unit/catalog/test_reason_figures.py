"""Figures that a rule's reason tells of an option."""

from __future__ import annotations

from fractions import Fraction

import pytest

from catalog.formats.folder import read_files
from catalog.formats.rule_reader import format_number
from catalog.formats.source_files import SourceFiles

PRODUCT = """\
title: Board
attributes:
  - {code: board, title: Board, options: [{code: thin, title: Thin, mm: 2.50}, {code: thick, title: Thick, mm: 12}]}
  - {code: width, kind: number, title: Width, minimum: 0, maximum: 9}
rules:
  - {code: wide, for_each: board, holds: width <= board.mm, reason: "{title} bears {mm} m."}
"""


def test_reason_tells_a_figure_with_decimals() -> None:
    files = SourceFiles({"catalog.yaml": "format: onelot-catalog-1\n", "products/board/product.yaml": PRODUCT})
    (product,) = read_files(files).products
    assert [rule.reason.in_language("en") for rule in product.rules] == ["Thin bears 2.5 m.", "Thick bears 12 m."]


@pytest.mark.parametrize(("value", "text"), [
    (Fraction(1, 3), "0.333333"), (Fraction(-5, 4), "-1.25"), (Fraction(100), "100"), (Fraction(1, 10**6), "0.000001"),
])
def test_numbers_are_written_without_trailing_zeros(value: Fraction, text: str) -> None:
    assert format_number(value) == text
