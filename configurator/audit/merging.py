"""Two versions of a product as one definition in which either version's rules can be switched on.

Attributes that both versions have are one attribute with the options and the grid of both. What only one version
knows (options, ranges, feature trees) becomes a rule of that version. Figures, derived values, parameters and tables
keep the side they come from in their name, so that equal names with other contents do not mix.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import combinations
from math import gcd, lcm
from typing import Final

from catalog.product import (
    Attribute,
    AttributeKind,
    ClauseGroup,
    ClauseSet,
    Option,
    ProductDefinition,
    Rule,
    Strength,
    TableRule,
)
from catalog.rules import expression as ex
from catalog.rules.traversal import rewrite
from catalog.text import Text
from configurator.engine.references import attributes_named
from configurator.engine.rule_formula import worded_clause

OLD: Final = "old "
NEW: Final = "new "


@dataclass(frozen=True, slots=True)
class MergedVersions:
    """Both versions in one definition.

    ``definition.rules`` and tables have codes that begin with :data:`OLD` or :data:`NEW`. ``shared`` are the codes (of
    the new version) of attributes that both have, ``renamed`` the old code of those that changed it. ``reads`` gives
    per constraint the attributes that it names. ``twins`` are codes, without the mark, of constraints that say the
    same on both sides.
    """

    definition: ProductDefinition
    shared: tuple[str, ...]
    renamed: Mapping[str, str]
    reads: Mapping[str, frozenset[str]]
    twins: frozenset[str]


def merge_versions(old: ProductDefinition, new: ProductDefinition) -> MergedVersions:
    """Join two versions of a product.

    Parameters
    ----------
    old, new
        With the rules of the day of interest.

    Returns
    -------
    MergedVersions
        Attributes of the new version first, then those that only the old one has.
    """
    renamed = find_renamed(old, new)
    names = {before: after for after, before in renamed.items()}
    theirs = {names.get(item.code, item.code): item for item in old.attributes}
    shared = tuple(item.code for item in new.attributes
                   if item.kind is not AttributeKind.TEXT and item.code in theirs and is_like(theirs[item.code], item))
    sides = (_Side(OLD, old, {item.code: _name(item.code, names, shared, OLD) for item in old.attributes}),
             _Side(NEW, new, {item.code: _name(item.code, {}, shared, NEW) for item in new.attributes}))
    attributes = [_joined(theirs.get(item.code), item, sides[1].names[item.code], is_shared=item.code in shared)
                  for item in new.attributes if item.kind is not AttributeKind.TEXT]
    attributes += [_joined(item, None, sides[0].names[item.code], is_shared=False) for item in old.attributes
                   if item.kind is not AttributeKind.TEXT and names.get(item.code, item.code) not in shared]
    merged = replace(
        new, attributes=tuple(attributes), rules=tuple(rule for side in sides for rule in side.rules()),
        table_rules=tuple(table for side in sides for table in side.tables()), clauses=_clauses(sides),
        derived=tuple(replace(item, code=side.mark + item.code, expression=side.written(item.expression))
                      for side in sides for item in side.definition.derived),
        parameters={side.mark + code: value for side in sides for code, value in side.definition.parameters.items()},
        tables={side.mark + code: replace(table, code=side.mark + code)
                for side in sides for code, table in side.definition.tables.items()},
        prices=(), bom=(), routing=(), presets=(), cases=(), groups=())
    return MergedVersions(merged, shared, {after: before for after, before in renamed.items() if after in shared},
                          _reads(merged), _twins(merged))


def find_renamed(old: ProductDefinition, new: ProductDefinition) -> dict[str, str]:
    """Guess which attributes changed their code: same title or same options, and no other candidate.

    Returns
    -------
    dict of str to str
        New code to old code.
    """
    gone = [item for item in old.attributes if new.attribute(item.code) is None]
    come = [item for item in new.attributes if old.attribute(item.code) is None]
    pairs = [(before, after) for before in gone for after in come if is_like(before, after) and (
        (bool(before.title) and before.title == after.title) or _have_equal_options(before, after))]
    return {after.code: before.code for before, after in pairs
            if sum(before is one for one, _ in pairs) == 1 and sum(after is one for _, one in pairs) == 1}


def is_like(old: Attribute, new: Attribute) -> bool:
    """Say whether two attributes can be compared: of one kind, and both or neither a yes/no."""
    return old.kind is new.kind and _is_yes_no(old) is _is_yes_no(new)


def _is_yes_no(item: Attribute) -> bool:
    return {option.code for option in item.options} == {"true", "false"}


def _have_equal_options(old: Attribute, new: Attribute) -> bool:
    return (old.kind is AttributeKind.CHOICE and not _is_yes_no(old)
            and [option.code for option in old.options] == [option.code for option in new.options])


def _name(code: str, names: Mapping[str, str], shared: Sequence[str], mark: str) -> str:
    """Give the merged name: the new version's code of a shared attribute, else marked with its side."""
    final = names.get(code, code)
    return final if final in shared else mark + code


def _joined(old: Attribute | None, new: Attribute | None, name: str, *, is_shared: bool) -> Attribute:
    """Give one attribute for both versions, or for the one that has it."""
    first = new or old
    if first is None:
        raise AssertionError("unreachable: one version has the attribute")
    sides = [(mark, item) for mark, item in ((OLD, old), (NEW, new))
             if item is not None and (is_shared or item is first)]
    if first.kind is AttributeKind.NUMBER:
        items = [item for _, item in sides]
        least, most = min(item.minimum for item in items), max(item.maximum for item in items)
        return replace(first, code=name, minimum=least, maximum=most, step=_common_step(items, least))
    codes = list(dict.fromkeys(option.code for _, item in reversed(sides) for option in item.options))
    return replace(first, code=name, options=tuple(_option(code, sides) for code in codes))


def _option(code: str, sides: Sequence[tuple[str, Attribute]]) -> Option:
    known = [(mark, option) for mark, item in sides if (option := item.option(code)) is not None]
    properties = {mark + name: value for mark, option in known for name, value in option.properties.items()}
    return Option(code, known[-1][1].title, properties=properties)


def _common_step(items: Sequence[Attribute], least: Fraction) -> Fraction:
    """Give the coarsest step on which the grids of all lie."""
    steps = [part for item in items for part in (item.step, item.minimum - least) if part]
    scale = lcm(*(step.denominator for step in steps))
    return Fraction(gcd(*(int(step * scale) for step in steps)), scale)


@dataclass(frozen=True, slots=True)
class _Side:
    """One version, its mark, and the merged names of its attributes."""

    mark: str
    definition: ProductDefinition
    names: Mapping[str, str]

    def written(self, expression: ex.Expression) -> ex.Expression:
        """Write an expression in merged names."""
        return rewrite(expression, self._renamed)

    def _renamed(self, node: ex.Expression) -> ex.Expression:
        match node:
            case ex.Attribute(code):
                return ex.Attribute(self.names.get(code, code))
            case ex.Property(attribute, name):
                return ex.Property(self.names.get(attribute, attribute), self.mark + name)
            case ex.Derived(code):
                return ex.Derived(self.mark + code)
            case ex.Parameter(code):
                return ex.Parameter(self.mark + code)
            case ex.Lookup():
                return replace(node, table=self.mark + node.table)
            case _:
                return node

    def rules(self) -> Iterator[Rule]:
        """Give the hard rules, and what the version's own options, ranges and groups amount to."""
        for rule in self.definition.rules:
            if rule.strength is Strength.HARD:
                yield replace(rule, code=self.mark + rule.code, expression=self.written(rule.expression))
        for item in self.definition.attributes:
            if item.kind is not AttributeKind.TEXT:
                yield Rule(f"{self.mark}values of {item.code}", self._values(item), item.title)
        clauses = self.definition.clauses
        for place, group in enumerate(clauses.groups if clauses is not None else (), start=1):
            if _is_counted(group):
                yield Rule(f"{self.mark}group {place}", self._counted(group), Text())

    def tables(self) -> Iterator[TableRule]:
        """Give the tables in merged names."""
        for table in self.definition.table_rules:
            yield replace(table, code=self.mark + table.code,
                          attributes=tuple(self.names[code] for code in table.attributes))

    def clauses(self) -> Iterator[tuple[str, tuple[tuple[int, ...], ...]]]:
        """Give imported clauses with their wordings, the tree first."""
        found = self.definition.clauses
        if found is None:
            return
        for place, group in enumerate(found.groups, start=1):
            if not _is_counted(group):
                yield f"{self.mark}group {place}", _group_clauses(group)
        starts = [start for start, _ in found.sources]
        tree = found.clauses[: starts[0]] if starts else found.clauses
        if found.sources or found.groups:
            if tree:
                yield f"{self.mark}feature tree", tree
        else:
            for clause in tree:
                yield self.mark + worded_clause(found.names, clause), (clause,)
        for (start, wording), end in zip(found.sources, [*starts, len(found.clauses)][1:], strict=True):
            yield self.mark + wording, found.clauses[start:end]

    def _values(self, item: Attribute) -> ex.Expression:
        """Say that the value is one which this version knows."""
        own = ex.Attribute(self.names[item.code])
        if item.kind is AttributeKind.CHOICE:
            members = tuple(ex.Code(option.code) for option in item.options)
            return ex.Truth(value=True) if _is_yes_no(item) else ex.Membership(own, members)
        steps = ex.Arithmetic("/", ex.Arithmetic("-", own, ex.Number(item.minimum)), ex.Number(item.step))
        return ex.And((ex.Comparison(">=", own, ex.Number(item.minimum)),
                       ex.Comparison("<=", own, ex.Number(item.maximum)),
                       ex.Comparison("=", ex.Function("floor", (steps,)), steps)))

    def _counted(self, group: ClauseGroup) -> ex.Expression:
        """Say how many children go with their parent."""
        children = tuple(ex.Attribute(self._feature(child)) for child in group.children)
        parent, count = ex.Attribute(self._feature(group.parent)), ex.Count(children)
        return ex.And((
            *(ex.Implies(child, parent) for child in children),
            ex.Implies(parent, ex.Comparison(">=", count, ex.Number(Fraction(group.low)))),
            ex.Comparison("<=", count, ex.Number(Fraction(group.high)))))

    def _feature(self, variable: int) -> str:
        clauses = self.definition.clauses
        return "" if clauses is None else self.names[clauses.names[variable - 1]]


def _is_counted(group: ClauseGroup) -> bool:
    """Say whether a group asks for more than "some" or allows more than one and fewer than all."""
    return group.low > 1 or 1 < group.high < len(group.children) or group.high < 1


def _group_clauses(group: ClauseGroup) -> tuple[tuple[int, ...], ...]:
    upward = [(-child, group.parent) for child in group.children]
    some = [(-group.parent, *group.children)] if group.low == 1 else []
    apart = list(combinations([-child for child in group.children], 2)) if group.high == 1 else []
    return (*upward, *some, *apart)


def _clauses(sides: Sequence[_Side]) -> ClauseSet | None:
    """Join the imported clauses of both versions over the merged names."""
    names: dict[str, int] = {}
    clauses: list[tuple[int, ...]] = []
    sources: list[tuple[int, str]] = []
    for side in sides:
        own = () if side.definition.clauses is None else side.definition.clauses.names
        numbers = [0, *(names.setdefault(side.names[name], len(names) + 1) for name in own)]
        seen: dict[str, int] = {}
        for wording, several in side.clauses():
            seen[wording] = seen.get(wording, 0) + 1
            sources.append((len(clauses), wording if seen[wording] == 1 else f"{wording} ({seen[wording]})"))
            clauses += [tuple(numbers[item] if item > 0 else -numbers[-item] for item in clause) for clause in several]
    return ClauseSet(tuple(names), tuple(clauses), sources=tuple(sources)) if clauses else None


def _reads(merged: ProductDefinition) -> dict[str, frozenset[str]]:
    """Give the attributes that each rule and table names; imported clauses are read off their variables."""
    found = {rule.code: attributes_named(merged, rule.expression) for rule in merged.rules}
    found.update({table.code: frozenset(table.attributes) for table in merged.table_rules})
    clauses = merged.clauses
    if clauses is not None:
        starts = [start for start, _ in clauses.sources]
        for (start, wording), end in zip(clauses.sources, [*starts[1:], len(clauses.clauses)], strict=True):
            named = frozenset(clauses.names[abs(item) - 1] for clause in clauses.clauses[start:end] for item in clause)
            found[wording] = named
    return found


def _twins(merged: ProductDefinition) -> frozenset[str]:
    """Find the constraints that both sides have alike; one that reads a figure of its side has no twin."""
    said: dict[str, object] = {rule.code: rule.expression for rule in merged.rules}
    said.update({table.code: (table.attributes, frozenset(table.rows), table.is_allowed)
                 for table in merged.table_rules})
    clauses = merged.clauses
    if clauses is not None:
        starts = [start for start, _ in clauses.sources]
        for (start, wording), end in zip(clauses.sources, [*starts[1:], len(clauses.clauses)], strict=True):
            said[wording] = frozenset(tuple(sorted(clause)) for clause in clauses.clauses[start:end])
    return frozenset(code.removeprefix(OLD) for code, words in said.items()
                     if code.startswith(OLD) and said.get(NEW + code.removeprefix(OLD)) == words)
