"""The discrete part of products with numbers: exactly the options that go together for some numbers."""

from __future__ import annotations

from pathlib import Path

import pytest

import catalog
from catalog.formats.folder import read_catalog
from catalog.formats.uvl import parse_uvl
from catalog.product import AttributeKind, ProductDefinition
from configurator.configuration import Selection
from configurator.discrete_part import write_discrete_part
from configurator.engine.loading import compile_definition
from tests.unit.configurator.engine.test_model import brute_force, choice, coupled_product, definition, is_code, number

DEMO = Path(catalog.__file__).parent / "demo"


def count(definition: ProductDefinition, name: str) -> int:
    return compile_definition(definition, content_hash=name).count(Selection())


def test_numbers_leave_exactly_what_brute_force_finds() -> None:
    item = coupled_product()
    choices = [attribute.code for attribute in item.attributes if attribute.kind is AttributeKind.CHOICE]
    expected = {tuple(str(whole[name]) for name in choices) for whole in brute_force(item)}
    written = write_discrete_part(item)
    model = compile_definition(parse_uvl(written.text, file="c.uvl"), content_hash="c")
    assert model.count(Selection()) == len(expected)
    for row in expected:
        chosen = {f"{name}={code}": "true" for name, code in zip(choices, row, strict=True)}
        assert model.is_consistent(Selection.of(chosen))


def test_contradiction_of_numbers_stays_one() -> None:
    item = definition(number("width", 1, 3, 1), choice("x", ("a", "b")), rules=(is_code("x", "a"), is_code("x", "b")))
    assert count(parse_uvl(write_discrete_part(item).text, file="c.uvl"), "void") == 0


@pytest.mark.parametrize("product", read_catalog(DEMO).products, ids=lambda item: item.code)
def test_demo_product_keeps_its_options(product: ProductDefinition) -> None:
    written = write_discrete_part(product)
    model = compile_definition(parse_uvl(written.text, file="d.uvl"), content_hash=product.code)
    own = compile_definition(product, content_hash=product.code)
    if all(attribute.kind is not AttributeKind.NUMBER for attribute in product.attributes):
        assert model.count(Selection()) == own.count(Selection())
    for attribute in product.attributes:
        for option in attribute.options:
            feature = f"{attribute.code}={option.code}".replace(".", "·")
            is_yes_no = {item.code for item in attribute.options} == {"true", "false"}
            chosen = {attribute.code: option.code} if is_yes_no else {feature: "true"}
            expected = own.is_consistent(Selection.of({attribute.code: option.code}))
            assert model.is_consistent(Selection.of(chosen)) == expected
