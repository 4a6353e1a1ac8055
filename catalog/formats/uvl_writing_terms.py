"""Constraints as terms over UVL features: built simplified, written as text. Knows no product."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
_RESERVED = frozenset({
    "Arithmetic", "Boolean", "Integer", "Real", "String", "Type", "abstract", "alternative", "as", "avg", "cardinality",
    "ceil", "constraint", "constraints", "features", "floor", "imports", "include", "includes", "len", "mandatory",
    "namespace", "optional", "or", "sum", "false", "true",
})


@dataclass(frozen=True, slots=True)
class Literal:
    """A feature that is chosen, or is not."""

    feature: str
    is_chosen: bool = True


@dataclass(frozen=True, slots=True)
class Joined:
    """Terms joined by ``&``, ``|``, ``=>`` or ``<=>``; the last two join two terms."""

    operator: str
    operands: tuple[Term, ...]


@dataclass(frozen=True, slots=True)
class Negated:
    """A joined term that does not hold."""

    operand: Joined


Term = Literal | Joined | Negated | bool
"""UVL has no words for true and false: they vanish while terms are built, or are the whole term."""


def negate(term: Term) -> Term:
    """Give the opposite of a term."""
    match term:
        case bool():
            return not term
        case Literal(feature, is_chosen):
            return Literal(feature, not is_chosen)
        case Negated(operand):
            return operand
        case Joined():
            return Negated(term)


def conjoin(terms: Iterable[Term]) -> Term:
    """Give "all of the terms hold"; true for none."""
    return _join("&", terms, neutral=True)


def disjoin(terms: Iterable[Term]) -> Term:
    """Give "some of the terms holds"; false for none."""
    return _join("|", terms, neutral=False)


def _join(operator: str, terms: Iterable[Term], *, neutral: bool) -> Term:
    kept: dict[Term, None] = {}
    for term in terms:
        if isinstance(term, bool):
            if term is not neutral:
                return not neutral
        elif isinstance(term, Joined) and term.operator == operator:
            kept.update(dict.fromkeys(term.operands))
        else:
            kept[term] = None
    if len(kept) < 2:
        return next(iter(kept), neutral)
    return Joined(operator, tuple(kept))


def imply(premise: Term, conclusion: Term) -> Term:
    """Give "where the premise holds, the conclusion does"."""
    if isinstance(premise, bool):
        return conclusion if premise else True
    if isinstance(conclusion, bool):
        return True if conclusion else negate(premise)
    return Joined("=>", (premise, conclusion))


def equate(left: Term, right: Term) -> Term:
    """Give "both terms hold, or neither does"."""
    if isinstance(left, bool):
        return right if left else negate(right)
    if isinstance(right, bool):
        return left if right else negate(left)
    return Joined("<=>", (left, right))


def clause(literals: Iterable[Literal]) -> Term:
    """Give "some literal holds", worded as an implication where a person reads it better so."""
    wanted: list[Literal] = []
    unwanted: list[Literal] = []
    for literal in literals:
        (wanted if literal.is_chosen else unwanted).append(literal)
    if not unwanted:
        return disjoin(wanted)
    premise = conjoin(Literal(item.feature) for item in unwanted)
    return imply(premise, disjoin(wanted))


def write_term(term: Term, *, root: str) -> str:
    """Write a term as a UVL constraint.

    Parameters
    ----------
    term
        The term.
    root
        Name of the root feature, which is always chosen: it stands in for true, and negated for false.

    Returns
    -------
    str
        One line; every joined operand in parentheses, since readers differ in the ranks of operators.
    """
    match term:
        case bool():
            return write_name(root) if term else f"!{write_name(root)}"
        case Literal(feature, is_chosen):
            return f"{'' if is_chosen else '!'}{write_name(feature)}"
        case Negated(operand):
            return f"!({write_term(operand, root=root)})"
        case Joined(operator, operands):
            return f" {operator} ".join(
                f"({write_term(operand, root=root)})" if isinstance(operand, Joined) else write_term(operand, root=root)
                for operand in operands
            )


def write_name(name: str) -> str:
    """Write a feature's name or an attribute's key, in double quotes when it is no plain word."""
    return name if _PLAIN.fullmatch(name) and name not in _RESERVED else f'"{name}"'


def legal_name(name: str) -> str:
    """Give a name as UVL allows it in quotes: ``.`` parts names there and becomes ``·``; no quotes, no line ends."""
    return re.sub(r"[\r\n]", " ", name).replace(".", "·").replace('"', "”")


def legal_text(text: str) -> str:
    """Give a wording as UVL allows it in single quotes: on one line, without that quote."""
    return re.sub(r"\s+", " ", text).replace("'", "’").strip()
