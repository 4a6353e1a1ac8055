"""The feature tree of a written UVL model, found again in the clauses and groups of an imported one. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from math import comb

from catalog.formats.uvl_writing_rules import RuleTooLarge
from catalog.formats.uvl_writing_tables import MAX_CLAUSES
from catalog.formats.uvl_writing_terms import Literal, Term, clause, conjoin, write_name
from catalog.product import ClauseGroup, ClauseSet

MAX_DEPTH = 60
"""A feature that would stand deeper is put below the root, and its place becomes a constraint."""


@dataclass(slots=True)
class Branch:
    """Children under one keyword: ``mandatory``, ``optional``, ``or``, ``alternative`` or a range in brackets."""

    keyword: str
    children: list[Node]


@dataclass(slots=True)
class Node:
    """A feature, the texts of its attributes, and its branches."""

    name: str
    attributes: tuple[str, ...] = ()
    branches: list[Branch] = field(default_factory=list)


def tree_lines(root: Node) -> Iterator[str]:
    """Give the lines of a tree, each indented by one tab at least."""
    waiting: list[tuple[int, Node | Branch]] = [(1, root)]
    while waiting:
        depth, item = waiting.pop()
        if isinstance(item, Node):
            attributes = f" {{{', '.join(item.attributes)}}}" if item.attributes else ""
            yield "\t" * depth + write_name(item.name) + attributes
            waiting += [(depth + 1, branch) for branch in reversed(item.branches)]
        else:
            yield "\t" * depth + item.keyword
            waiting += [(depth + 1, child) for child in reversed(item.children)]


class ClauseTree:
    """Takes clauses and groups apart into a tree and the clauses that it does not say.

    Every reading is right, since a clause is left out only where the tree says it; this one finds a tree again
    that was written in the order in which the UVL reader gives its clauses.

    Parameters
    ----------
    clauses
        The clause set.
    names
        The feature of each attribute.
    """

    def __init__(self, clauses: ClauseSet, names: Mapping[str, str]) -> None:
        self._set = clauses
        self._names = [names[name] for name in clauses.names]
        first = clauses.clauses[0] if clauses.clauses else ()
        self.root = first[0] if len(first) == 1 and first[0] > 0 else 0
        """Variable that the set itself says is always true; 0 when a root has to be added."""
        self._said: set[int] = {0} if self.root else set()
        self._groups: list[ClauseGroup] = []
        self._parents: dict[int, int] = {}
        self._edges: dict[int, int] = {}
        self._kinds: dict[int, str] = {}
        self._ors: list[tuple[int, tuple[int, ...]]] = []
        self._find_parents()
        self._cut()
        self._find_kinds()

    def _find_parents(self) -> None:
        taken: set[int] = set()
        for group in self._set.groups:
            children = set(group.children)
            is_tree = len(children) == len(group.children) >= group.low and not children & {self.root, group.parent}
            if is_tree and not taken & children:
                taken |= children
                self._groups.append(group)
                self._parents.update(dict.fromkeys(group.children, group.parent))
        for index, item in enumerate(self._set.clauses):
            if len(item) == 2 and min(item) < 0 < max(item):
                child, parent = -min(item), max(item)
                if child not in self._parents and child not in (parent, self.root):
                    self._parents[child] = parent
                    self._edges[child] = index

    def _cut(self) -> None:
        """Take the parent away from one feature of every circle, and from those that stand too deep."""
        depths: dict[int, int] = {}
        for start in list(self._parents):
            path: dict[int, None] = {}
            variable = start
            while variable in self._parents and variable not in depths:
                if variable in path:
                    self._loosen(variable)
                    path, variable = {}, start
                else:
                    path[variable] = None
                    variable = self._parents[variable]
            depth = depths.get(variable, 0)
            for inner in reversed(path):
                depth += 1
                if depth > MAX_DEPTH:
                    self._loosen(inner)
                    depth = 0
                depths[inner] = depth

    def _loosen(self, variable: int) -> None:
        """Put a feature below the root; a group that it belongs to is said by constraints then."""
        for group in [item for item in self._groups if variable in item.children]:
            self._groups.remove(group)
            for child in group.children:
                self._parents.pop(child, None)
        self._parents.pop(variable, None)
        self._edges.pop(variable, None)

    def _find_kinds(self) -> None:
        self._said |= set(self._edges.values())
        in_or: set[int] = set()
        for index, item in enumerate(self._set.clauses):
            lacking = [-literal for literal in item if literal < 0]
            wanted = tuple(dict.fromkeys(literal for literal in item if literal > 0))
            is_tree = len(lacking) == 1 and wanted and not in_or & set(wanted)
            if not is_tree or not self._are_loose_children(wanted, lacking[0]):
                continue
            if len(wanted) == 1:
                self._kinds[wanted[0]] = "mandatory"
            else:
                in_or |= set(wanted)
                self._ors.append((lacking[0], wanted))
                self._kinds.update(dict.fromkeys(wanted, "or"))
            self._said.add(index)

    def _are_loose_children(self, variables: Sequence[int], parent: int) -> bool:
        return all(
            self._parents.get(variable) == parent and variable in self._edges and variable not in self._kinds
            for variable in variables
        )

    def branches(self) -> tuple[dict[int, list[Branch]], dict[int, Node]]:
        """Give the branches by the variable of their parent (0: those without one), and all nodes."""
        nodes = {number: Node(name) for number, name in enumerate(self._names, start=1)}
        found: dict[int, list[tuple[int, str, list[int]]]] = {}
        for group in self._groups:
            is_alternative = (group.low, group.high) == (1, 1)
            keyword = "alternative" if is_alternative else f"[{group.low}..{group.high}]"
            found.setdefault(group.parent, []).append((min(group.children), keyword, list(group.children)))
        for parent, children in self._ors:
            found.setdefault(parent, []).append((min(children), "or", sorted(children)))
        grouped = {child for group in self._groups for child in group.children}
        for variable in nodes:
            kind = self._kinds.get(variable, "optional")
            if variable != self.root and variable not in grouped and kind != "or":
                found.setdefault(self._parents.get(variable, 0), []).append((variable, kind, [variable]))
        return {parent: _merged(items, nodes) for parent, items in found.items()}, nodes

    def constraints(self) -> Iterator[Term]:
        """Give the clauses that the tree does not say."""
        for index, item in enumerate(self._set.clauses):
            if index not in self._said:
                is_always = any(-literal in item for literal in item)
                yield is_always or clause(map(self._literal, item))

    def loose_groups(self) -> tuple[ClauseGroup, ...]:
        """Give the groups that the tree does not say."""
        return tuple(group for group in self._set.groups if group not in self._groups)

    def name_of(self, variable: int) -> str:
        """Give the feature of a variable."""
        return self._names[variable - 1]

    def _literal(self, number: int) -> Literal:
        return Literal(self._names[abs(number) - 1], number > 0)

    def group_term(self, group: ClauseGroup) -> Term:
        """Say a group by clauses: too few, too many, or any without the parent; raise RuleTooLarge for too many."""
        size, low, high = len(group.children), group.low, min(group.high, len(group.children))
        if low > size:
            return conjoin(map(self._literal, (-group.parent, *(-child for child in group.children))))
        if comb(size, size - low + 1 if low else 0) + comb(size, high + 1) > MAX_CLAUSES:
            raise RuleTooLarge
        clauses = [[-child, group.parent] for child in group.children]
        if low:
            clauses += [[-group.parent, *some] for some in combinations(group.children, size - low + 1)]
        if high < size:
            clauses += [[-child for child in some] for some in combinations(group.children, high + 1)]
        return conjoin(clause(map(self._literal, item)) for item in clauses)


def _merged(items: list[tuple[int, str, list[int]]], nodes: Mapping[int, Node]) -> list[Branch]:
    """Order branches by their first variable, neighbors of one kind under one keyword."""
    branches: list[Branch] = []
    for _, keyword, children in sorted(items):
        if branches and keyword in ("mandatory", "optional") and branches[-1].keyword == keyword:
            branches[-1].children += [nodes[child] for child in children]
        else:
            branches.append(Branch(keyword, [nodes[child] for child in children]))
    return branches
