"""From a product definition to a formula: options become variables, rules become clauses. Imports no solver."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from catalog.product import Attribute, AttributeKind, ClauseSet, ProductDefinition, Strength
from configurator.engine.formula import COMPONENT_SOURCE, Formula, FormulaBuilder
from configurator.engine.group_encoding import encode_group
from configurator.engine.rule_encoding import RuleEncoder
from configurator.engine.table_encoding import encode_table

YES_NO = ("true", "false")


class Combinations(Protocol):
    """What the encoding needs of a numeric component: which combinations of options it leaves possible."""

    @property
    def interface(self) -> tuple[str, ...]:
        """Codes of the choice attributes the component reads."""

    @property
    def combinations(self) -> tuple[tuple[str, ...], ...]:
        """Combinations of option codes, in the order of ``interface``, that some numbers can satisfy."""


def encode(definition: ProductDefinition, components: Sequence[Combinations] = ()) -> Formula:
    """Encode the choice attributes of a product and all its hard rules that read no number.

    Parameters
    ----------
    definition
        The product; its rules are those valid on the day of interest.
    components
        Numeric components; each is joined by one variable per combination.

    Returns
    -------
    Formula
        Its models are exactly the combinations of options that keep every rule.
    """
    builder = FormulaBuilder()
    literals = {
        attribute.code: _encode_attribute(builder, attribute)
        for attribute in definition.attributes
        if attribute.kind is AttributeKind.CHOICE
    }
    if definition.clauses is not None:
        _encode_clauses(builder, definition.clauses, literals)
    rules = RuleEncoder(builder, definition, literals)
    for rule in definition.rules:
        if rule.strength is Strength.HARD and rules.reads_options_only(rule.expression):
            builder.source = rule.code
            rules.require(rule.expression)
    for table in definition.table_rules:
        builder.source = table.code
        encode_table(builder, table, literals)
    joined = []
    for place, component in enumerate(components):
        builder.source = f"{COMPONENT_SOURCE}{place}"
        joined.append(_encode_component(builder, component, literals))
    return builder.build(literals, tuple(joined))


def _encode_attribute(builder: FormulaBuilder, attribute: Attribute) -> dict[str, int]:
    """Give one variable to an attribute of two options, else one to each option and exactly one of them true."""
    codes = [option.code for option in attribute.options]
    if len(codes) == 2:
        first, second = YES_NO if set(codes) == set(YES_NO) else codes
        variable = builder.variable()
        return {code: variable if code == first else -variable for code in (codes[0], codes[1]) if second}
    variables = builder.variables(len(codes))
    builder.clause(variables)
    builder.at_most_one(variables)
    return dict(zip(codes, variables, strict=True))


def _encode_clauses(
    builder: FormulaBuilder, clauses: ClauseSet, literals: dict[str, dict[str, int]]
) -> None:
    """Add an imported model's clauses in the variables of its attributes."""
    true_literals = [0, *(literals[name]["true"] for name in clauses.names)]
    for group in clauses.groups:
        encode_group(builder, group, true_literals)
    wordings = dict(clauses.sources)
    for index, clause in enumerate(clauses.clauses):
        builder.source = wordings.get(index, builder.source)
        builder.clause(true_literals[item] if item > 0 else -true_literals[-item] for item in clause)
    builder.source = ""


def _encode_component(
    builder: FormulaBuilder, component: Combinations, literals: dict[str, dict[str, int]]
) -> tuple[int, ...]:
    """Join a numeric component: its combination follows from the options, so no at-most-one is needed."""
    variables = builder.variables(len(component.combinations))
    builder.clause(variables)
    for position, attribute in enumerate(component.interface):
        supports: dict[str, list[int]] = {code: [] for code in literals[attribute]}
        for variable, combination in zip(variables, component.combinations, strict=True):
            builder.clause((-variable, literals[attribute][combination[position]]))
            supports[combination[position]].append(variable)
        for code, supporting in supports.items():
            builder.clause((-literals[attribute][code], *supporting))
    return variables
