"""Price items, BOM items and operations that nobody ever gets, and amounts that some configuration leaves undefined."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from catalog.product import AttributeKind, ProductDefinition
from catalog.rules import expression as ex
from catalog.rules.traversal import parts, rewrite, walk
from catalog.text import Text
from configurator.audit.examination import Examination
from configurator.audit.findings import Finding, FindingKind, NotCheckedReason, Subject, SubjectKind
from configurator.engine.references import totals_named
from configurator.engine.rule_questions import Goal

_TRUE = ex.Truth(value=True)


@dataclass(frozen=True, slots=True)
class _Figure:
    """An item with an amount: when it is due, what it reads, and whether it may be below zero."""

    subject: Subject
    when: ex.Expression | None
    amounts: tuple[ex.Expression, ...]
    may_be_negative: bool

    @property
    def name(self) -> str:
        return f"{self.subject.kind} {self.subject.code} {self.subject.option}"


def figure_conditions(definition: ProductDefinition) -> dict[str, ex.Expression]:
    """Give the expressions that this check asks about."""
    found: dict[str, ex.Expression] = {}
    for figure in _figures(definition):
        if figure.when is not None:
            found[f"due {figure.name}"] = figure.when
        undefined = _undefined(definition, figure)
        if undefined is not None:
            found[f"undefined {figure.name}"] = undefined
        negative = _negative(definition, figure)
        if negative is not None:
            found[f"negative {figure.name}"] = negative
    return found


def check_figures(examination: Examination) -> None:
    """Find items that are never due, and amounts that are undefined or negative in a valid configuration."""
    figures = list(_figures(examination.definition))
    examination.each(FindingKind.NEVER_DUE, figures, lambda item: _look(examination, item), lambda item: item.name)
    refused = examination.questions.formula.refused
    for kind, word in ((FindingKind.NEVER_DUE, "due"), (FindingKind.UNDEFINED_AMOUNT, "undefined"),
                       (FindingKind.NEGATIVE_AMOUNT, "negative")):
        names = [item.name for item in figures if f"{word} {item.name}" in refused]
        examination.skip(kind, NotCheckedReason.TOO_WIDE, names,
                         "; ".join(sorted({refused[f"{word} {name}"] for name in names})))


def _look(examination: Examination, figure: _Figure) -> Iterator[Finding]:
    known = examination.questions.formula.conditions
    due = f"due {figure.name}"
    if due in known:
        goal = Goal(conditions=((due, True),))
        if not examination.questions.is_possible(goal):
            yield examination.explained(Finding(FindingKind.NEVER_DUE, figure.subject), goal)
            return
    for word, kind in (("undefined", FindingKind.UNDEFINED_AMOUNT), ("negative", FindingKind.NEGATIVE_AMOUNT)):
        name = f"{word} {figure.name}"
        witness = examination.questions.witness(Goal(conditions=((name, True),))) if name in known else None
        if witness is not None:
            yield Finding(kind, figure.subject, witness=witness)


def _figures(definition: ProductDefinition) -> Iterator[_Figure]:
    for price in definition.prices:
        yield _Figure(Subject(SubjectKind.PRICE, price.code, price.title), price.when, (price.amount,),
                      may_be_negative=True)
    for place, item in enumerate(definition.bom, start=1):
        part = definition.parts.get(item.part)
        yield _Figure(Subject(SubjectKind.PART, item.part, part.title if part else Text(), str(place)), item.when,
                      (item.quantity,), may_be_negative=False)
    for step in definition.routing:
        amounts = (step.minutes,) if step.setup_family is None else (step.minutes, step.setup_family)
        yield _Figure(Subject(SubjectKind.OPERATION, step.code, step.title), step.when, amounts, may_be_negative=False)


def _undefined(definition: ProductDefinition, figure: _Figure) -> ex.Expression | None:
    """Give "it cannot be said whether it is due, or it is due and has no amount"; None when that cannot be."""
    amounts = [_settled(definition, amount) for amount in figure.amounts]
    open_amounts = [ex.Not(ex.Defined(amount)) for amount in amounts if _can_be_undefined(definition, amount)]
    cases: list[ex.Expression] = []
    when = None if figure.when is None else _settled(definition, figure.when)
    if when is not None and _can_be_undefined(definition, when):
        cases.append(ex.Not(ex.Defined(when)))
    if open_amounts:
        cases.append(ex.And((figure.when or _TRUE, ex.Or(tuple(open_amounts)))))
    return ex.Or(tuple(cases)) if cases else None


def _negative(definition: ProductDefinition, figure: _Figure) -> ex.Expression | None:
    """Give "it is due and below zero"; None when that is allowed or cannot be."""
    amount = figure.amounts[0]
    if figure.may_be_negative or not _can_be_negative(definition, amount):
        return None
    below = ex.Comparison("<", amount, ex.Number(Fraction(0)))
    return below if figure.when is None else ex.And((figure.when, below))


def _settled(definition: ProductDefinition, amount: ex.Expression) -> ex.Expression:
    """Put a number in the place of running totals, which always have a value."""
    totals = totals_named(definition, amount)
    return rewrite(amount, lambda node: ex.Number(Fraction(1))
                   if isinstance(node, ex.Derived) and node.code in totals else node)


def _can_be_undefined(definition: ProductDefinition, expression: ex.Expression) -> bool:
    """Say whether an expression has a part that may have no value: a look-up, a quotient, a missing property."""
    if isinstance(expression, ex.Defined):
        return False
    if isinstance(expression, ex.Lookup):
        return True
    if isinstance(expression, ex.Arithmetic) and expression.operator == "/" and not _is_nonzero(
            definition, expression.right):
        return True
    if isinstance(expression, ex.Property):
        item = definition.attribute(expression.attribute)
        return item is None or any(expression.name not in option.properties for option in item.options)
    if isinstance(expression, ex.Derived):
        own = next((item.expression for item in definition.derived if item.code == expression.code), None)
        return own is None or _can_be_undefined(definition, own)
    return any(_can_be_undefined(definition, part) for part in parts(expression))


def _is_nonzero(definition: ProductDefinition, divisor: ex.Expression) -> bool:
    if isinstance(divisor, ex.Parameter):
        return definition.parameters[divisor.code] != 0
    return isinstance(divisor, ex.Number) and divisor.value != 0


def _can_be_negative(definition: ProductDefinition, expression: ex.Expression) -> bool:
    """Say whether anything in an expression could bring it below zero: a difference, or a negative figure."""
    derived = {item.code: item.expression for item in definition.derived}
    return any(
        (isinstance(node, ex.Arithmetic) and node.operator == "-")
        or any(value < 0 for value in _figures_in(definition, node))
        or (isinstance(node, ex.Derived) and node.code in derived and _can_be_negative(definition, derived[node.code]))
        for node in walk(expression))


def _figures_in(definition: ProductDefinition, node: ex.Expression) -> list[Fraction]:
    """Give the numbers that a leaf or a look-up may stand for."""
    match node:
        case ex.Number(value):
            return [value]
        case ex.Parameter(code):
            return [definition.parameters[code]]
        case ex.Lookup(table, column, _):
            place = definition.tables[table].columns.index(column)
            return [row[place] for _, row in definition.tables[table].rows]
        case ex.Property(code, name):
            item = definition.attribute(code)
            values = [option.properties.get(name) for option in item.options] if item else []
            return [value for value in values if isinstance(value, Fraction)]
        case ex.Attribute(code):
            item = definition.attribute(code)
            return [item.minimum] if item is not None and item.kind is AttributeKind.NUMBER else []
        case _:
            return []
