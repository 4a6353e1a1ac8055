"""Expressions of the rule language as immutable trees. Values are exact fractions, option codes and truth values.

Every name is resolved: ``Attribute`` names an attribute of the product, ``Derived`` a derived value,
``Parameter`` a named constant, ``Property`` a number or code kept on the chosen option.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

Comparator = Literal["=", "!=", "<", "<=", ">", ">="]
ArithmeticOperator = Literal["+", "-", "*", "/"]
FunctionName = Literal["min", "max", "ceil", "floor", "abs", "round"]


@dataclass(frozen=True, slots=True)
class Number:
    """An exact number; its unit was checked when the expression was typed."""

    value: Fraction


@dataclass(frozen=True, slots=True)
class Code:
    """An option code, as in the right side of ``profile = PVC82``."""

    value: str


@dataclass(frozen=True, slots=True)
class Truth:
    """A truth value."""

    value: bool


@dataclass(frozen=True, slots=True)
class Attribute:
    """The value chosen for an attribute: a number, an option code, or a text."""

    code: str


@dataclass(frozen=True, slots=True)
class Derived:
    """The value of a derived value of the product, or a running total such as ``product_price``."""

    code: str


@dataclass(frozen=True, slots=True)
class Parameter:
    """A named constant of the product."""

    code: str


@dataclass(frozen=True, slots=True)
class Property:
    """A property of the option chosen for an attribute, as in ``profile.uf``."""

    attribute: str
    name: str


@dataclass(frozen=True, slots=True)
class Arithmetic:
    """Two numbers joined by ``+ - * /``; division by zero is an evaluation error."""

    operator: ArithmeticOperator
    left: Expression
    right: Expression


@dataclass(frozen=True, slots=True)
class Function:
    """A numeric function of one or more numbers."""

    name: FunctionName
    arguments: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Lookup:
    """A table look-up: the row whose key equals the argument, or the first key at or above it.

    ``mode`` is ``exact`` or ``at_least``; no such row makes the value undefined.
    """

    table: str
    column: str
    argument: Expression
    mode: Literal["exact", "at_least"]


@dataclass(frozen=True, slots=True)
class Conditional:
    """``if condition then first else second``."""

    condition: Expression
    then: Expression
    otherwise: Expression


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two values compared; codes and texts allow ``=`` and ``!=`` only."""

    comparator: Comparator
    left: Expression
    right: Expression


@dataclass(frozen=True, slots=True)
class Membership:
    """``attribute in [A, B]``: the left value equals one of the codes or numbers."""

    left: Expression
    members: tuple[Code | Number, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """Negation."""

    operand: Expression


@dataclass(frozen=True, slots=True)
class And:
    """Conjunction of any number of operands; empty is true."""

    operands: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Or:
    """Disjunction of any number of operands; empty is false."""

    operands: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Implies:
    """Implication."""

    premise: Expression
    conclusion: Expression


@dataclass(frozen=True, slots=True)
class Count:
    """How many of the operands are true, as a number."""

    operands: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Defined:
    """Whether a value can be computed at all: every look-up in it finds its row."""

    operand: Expression


Expression = (
    Number | Code | Truth | Attribute | Derived | Parameter | Property | Arithmetic | Function
    | Lookup | Conditional | Comparison | Membership | Not | And | Or | Implies | Count | Defined
)
