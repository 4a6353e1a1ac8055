"""Made-up products with many options and coupled numbers at a fine step, for measuring the engine."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Final

from catalog.formats.source import read_source
from catalog.product import Attribute, AttributeKind, Option, ProductDefinition, Rule
from catalog.rules import expression as ex
from catalog.text import Text

SYNTHETIC: Final = Path("synthetic")
"""Stands for the made-up products where the path of a source is asked."""

SEEDS = (1, 2)
CHOICES = 30
BINARY_RULES = 100
REACH = 5
"""A rule's second choice comes at most so many after the first: real products are built of neighboring parts."""
_KG_PER_SQUARE_METER = (10, 20, 30)
_LOADS_KG = (40, 60, 90, 130)
_LEAF_WIDTHS_MM = (900, 1100, 1300)


def read_products(path: Path) -> Sequence[ProductDefinition]:
    """Read the products of a source; for :data:`SYNTHETIC` make two."""
    return [synthetic_product(seed) for seed in SEEDS] if path == SYNTHETIC else read_source(path).products


def synthetic_product(seed: int) -> ProductDefinition:
    """Make a product of 30 choices and 6 numbers.

    Three choices (glass, hardware, profile) carry properties that the rules of the numbers read; the other 27
    have two to six options. The 100 binary rules, random like the sizes, each say that an option needs one of some
    options of another choice near it; a configuration drawn beforehand keeps all of them. Width and height (1 mm),
    leaves and the three choices are coupled by area, ratio, leaf width and weight; depth (1 mm) and mass (1 kg)
    by the load of the hardware; the quantity by a random option.

    Parameters
    ----------
    seed
        Equal seeds give equal products.

    Returns
    -------
    ProductDefinition
        Called ``synthetic<seed>``.
    """
    rng = random.Random(seed)
    choices = [
        _choice("glass", kg=_KG_PER_SQUARE_METER),
        _choice("hardware", load=_LOADS_KG),
        _choice("profile", leaf=_LEAF_WIDTHS_MM),
        *(_choice(f"c{place}", n=range(rng.randint(2, 6))) for place in range(CHOICES - 3)),
    ]
    planted = {choice.code: rng.choice(choice.options).code for choice in choices}
    expressions = [*_binary_rules(rng, choices, planted), *_number_rules(rng.choice(choices[3:]))]
    return ProductDefinition(
        code=f"synthetic{seed}",
        title=Text.of(f"Synthetic {seed}"),
        attributes=(*choices, *_numbers()),
        rules=tuple(
            Rule(f"rule{place}", expression, Text.of("does not go together"))
            for place, expression in enumerate(expressions)
        ),
    )


def _choice(code: str, **values: Sequence[int]) -> Attribute:
    """Make a choice whose options carry one property."""
    ((name, numbers),) = values.items()
    options = tuple(
        Option(f"o{place}", Text.of(f"{code} {place}"), properties={name: Fraction(number)})
        for place, number in enumerate(numbers)
    )
    return Attribute(code, AttributeKind.CHOICE, Text.of(code), options=options)


def _numbers() -> list[Attribute]:
    bounds = {
        "width": (400, 2400, 1), "height": (400, 2400, 1), "leaves": (1, 4, 1),
        "depth": (60, 300, 1), "mass": (0, 120, 1), "quantity": (1, 500, 1),
    }
    return [
        Attribute(
            code, AttributeKind.NUMBER, Text.of(code),
            minimum=Fraction(low), maximum=Fraction(high), step=Fraction(step),
        )
        for code, (low, high, step) in bounds.items()
    ]


def _binary_rules(
    rng: random.Random, choices: Sequence[Attribute], planted: Mapping[str, str]
) -> list[ex.Expression]:
    """Say of random options which options of one other choice they need; the planted ones go together."""
    rules: list[ex.Expression] = []
    for _ in range(BINARY_RULES):
        place = rng.randrange(len(choices))
        one, other = choices[place], choices[(place + rng.randint(1, REACH)) % len(choices)]
        premise = rng.choice(one.options).code
        codes = {option.code for option in other.options if rng.random() < 0.5}
        codes.add(planted[other.code] if premise == planted[one.code] else rng.choice(other.options).code)
        rules.append(ex.Implies(_has(one, premise), ex.Or(tuple(_has(other, code) for code in sorted(codes)))))
    return rules


def _number_rules(bulky: Attribute) -> list[ex.Expression]:
    width, height, leaves = ex.Attribute("width"), ex.Attribute("height"), ex.Attribute("leaves")
    area, load = _times(width, height), ex.Property("hardware", "load")
    return [
        _at_most(area, _number(3_000_000)),
        _at_most(width, _times(_number(3), height)),
        _at_most(height, _times(_number(3), width)),
        _at_most(width, _times(leaves, ex.Property("profile", "leaf"))),
        _at_most(_times(leaves, _number(300)), width),
        _at_most(_times(area, ex.Property("glass", "kg")), _times(_times(load, leaves), _number(1_000_000))),
        _at_most(ex.Arithmetic("+", _times(ex.Attribute("mass"), _number(4)), ex.Attribute("depth")),
                 _times(load, _number(4))),
        ex.Implies(_has(bulky, bulky.options[0].code), _at_most(ex.Attribute("quantity"), _number(50))),
    ]


def _has(choice: Attribute, code: str) -> ex.Expression:
    return ex.Comparison("=", ex.Attribute(choice.code), ex.Code(code))


def _times(left: ex.Expression, right: ex.Expression) -> ex.Expression:
    return ex.Arithmetic("*", left, right)


def _at_most(left: ex.Expression, right: ex.Expression) -> ex.Expression:
    return ex.Comparison("<=", left, right)


def _number(value: int) -> ex.Expression:
    return ex.Number(Fraction(value))
