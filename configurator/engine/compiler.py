"""Compile a simplified formula into a decision graph: unit propagation, components, full cache keys. No I/O."""

from __future__ import annotations

import time
from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from math import prod

from configurator.engine.branching import Order
from configurator.engine.budget import Budget, BudgetExceeded
from configurator.engine.memory import resident_bytes
from configurator.engine.preparation import Prepared
from configurator.engine.progress import UNWATCHED, Watch

__all__ = ["FALSE", "Budget", "BudgetExceeded", "Compiler", "DecisionGraph"]

_STEPS_BETWEEN_GLANCES = 32
"""So many branchings pass between two looks at the clock."""

FALSE = -1
"""The result of compiling something that has no model."""


@dataclass(frozen=True, slots=True)
class DecisionGraph:
    """A deterministic decomposable graph; each node is one literal set and children, or a choice of nodes.

    Attributes
    ----------
    literals
        Per node the literals that hold in it (a conjunction), or None for a choice of its children.
    children
        Per node its children, all with smaller numbers.
    root
        The last node, or FALSE.
    """

    literals: list[tuple[int, ...] | None]
    children: list[tuple[int, ...]]
    root: int

    @property
    def edge_count(self) -> int:
        """Number of children and literals of all nodes."""
        return sum(map(len, self.children)) + sum(len(literals) for literals in self.literals if literals)

    def count(self) -> int:
        """Count the models, exactly."""
        if self.root == FALSE:
            return 0
        counts: list[int] = []
        for literals, children in zip(self.literals, self.children, strict=True):
            below = (counts[child] for child in children)
            counts.append(sum(below) if literals is None else prod(below))
        return counts[self.root]


class _Frame:
    """A part being compiled: the variable branched on, the side it is at, and what that side falls into."""

    __slots__ = ("alternatives", "at", "children", "is_dead", "key", "mark", "parts", "side", "variable", "variables")

    def __init__(self, key: bytes, variables: Sequence[int], variable: int) -> None:
        self.key = key
        self.variables = variables
        self.variable = variable
        self.side = 0
        self.mark = 0
        self.alternatives: list[int] = []
        self.parts: list[array[int]] | None = None
        self.at = 0
        self.children: list[int] = []
        self.is_dead = False


class Compiler:
    """Compiles one formula; every node of the result mentions exactly the variables of its component.

    Literals are numbered 2·v (true) and 2·v + 1 (false) for the variable at position v of ``order``: smaller
    variables are branched on first under the static order, and sorted variables make canonical cache keys.
    """

    def __init__(self, prepared: Prepared, order: Order, budget: Budget, watch: Watch = UNWATCHED) -> None:
        self._watch = watch
        self._deadline = time.thread_time() + budget.seconds
        self._edge_limit = budget.edges
        self._memory = resident_bytes() + budget.memory
        self._steps = 0
        self._is_static = order.is_static
        self._number_variables(prepared, order)
        self._index_clauses(prepared)
        self._cache: dict[bytes, int] = {}
        self._unique: dict[object, int] = {}
        self._literals: list[tuple[int, ...] | None] = []
        self._children: list[tuple[int, ...]] = []
        self._edges = 0

    def _number_variables(self, prepared: Prepared, order: Order) -> None:
        self._count = prepared.variable_count
        self._position = {variable: place for place, variable in enumerate(order.variables)}

    def _literal(self, literal: int) -> int:
        return 2 * self._position[abs(literal)] + (literal < 0)

    def _index_clauses(self, prepared: Prepared) -> None:
        size = 2 * self._count
        implied: list[list[int]] = [[] for _ in range(size)]
        occurrences: list[list[int]] = [[] for _ in range(size)]
        groups: list[list[tuple[int, ...]]] = [[] for _ in range(size)]
        self._clauses: list[tuple[int, ...]] = []
        for clause in prepared.clauses:
            numbered = tuple(map(self._literal, clause))
            if len(numbered) == 2:
                implied[numbered[0] ^ 1].append(numbered[1])
                implied[numbered[1] ^ 1].append(numbered[0])
                continue
            for literal in numbered:
                occurrences[literal].append(len(self._clauses))
            self._clauses.append(numbered)
        exact = {frozenset(clause) for clause in self._clauses}
        self._loose: list[list[tuple[int, tuple[int, ...]]]] = [[] for _ in range(self._count)]
        self._loose_count = 0
        for group in prepared.exclusive:
            members = tuple(map(self._literal, group))
            for literal in members:
                groups[literal].append(tuple(other ^ 1 for other in members if other != literal))
            if frozenset(members) not in exact:
                for literal in members:
                    self._loose[literal >> 1].append((self._loose_count, members))
                self._loose_count += 1
        self._implied = [
            (*direct, *(other for group in sets for other in group))
            for direct, sets in zip(implied, groups, strict=True)
        ]
        self._adjacent = [
            tuple({other >> 1 for literal in (2 * v, 2 * v + 1) for other in implied[literal]})
            for v in range(self._count)
        ]
        self._occurrences = [tuple(places) for places in occurrences]
        self._satisfied = [0] * len(self._clauses)
        self._open = [len(clause) for clause in self._clauses]
        self._truth = bytearray(size)
        self._trail: list[int] = []

    def compile(self) -> DecisionGraph:
        """Compile the whole formula.

        Raises
        ------
        BudgetExceeded
            When the time, the memory or the number of edges runs out.
        CompilationStopped
            When the one who watches wishes to stop.
        """
        self._glance()
        top = _Frame(b"", range(self._count), 0)
        top.parts = self._parts(top.variables)
        # The parts of one side are worked off before the other side, without recursion: models are deep.
        stack = [top]
        while True:
            frame = stack[-1]
            if frame.parts is None and not self._next_side(frame):
                node = self._choice(frame.alternatives)
                self._cache[frame.key] = node
                stack.pop()
                self._deliver(stack[-1], node)
                continue
            inner = self._advance(frame)
            if inner is not None:
                stack.append(inner)
            elif len(stack) == 1:
                root = FALSE if frame.is_dead else self._all(frame.children)
                return DecisionGraph(self._literals, self._children, root)
            else:
                self._close_side(frame)

    def _parts(self, variables: Sequence[int]) -> list[array[int]]:
        """Give the independent parts of the open variables, small ones first: a contradiction shows early."""
        parts = self._split(variables)
        parts.sort(key=len)
        return parts

    def _next_side(self, frame: _Frame) -> bool:
        """Assume the next value of a frame's variable that is no contradiction; False when there is none."""
        while frame.side < 2:
            literal = 2 * frame.variable + frame.side
            frame.side += 1
            frame.mark = len(self._trail)
            if self._assume(literal):
                frame.parts = self._parts(frame.variables)
                frame.at = 0
                frame.children = []
                frame.is_dead = False
                return True
            self._retract(frame.mark)
        return False

    def _advance(self, frame: _Frame) -> _Frame | None:
        """Take what is known of a frame's parts; give a frame for the first that is to be compiled."""
        parts = frame.parts or []
        while frame.at < len(parts) and not frame.is_dead:
            part = parts[frame.at]
            if len(part) == 1:
                node: int | None = self._free(part[0])
            else:
                key = part.tobytes()
                node = self._cache.get(key)
                if node is None:
                    return self._open_frame(part, key)
            self._deliver(frame, node)
        return None

    @staticmethod
    def _deliver(frame: _Frame, node: int | None) -> None:
        if node is None or node == FALSE:
            frame.is_dead = True
        else:
            frame.children.append(node)
            frame.at += 1

    def _close_side(self, frame: _Frame) -> None:
        if not frame.is_dead:
            frame.alternatives.append(self._all(frame.children, self._trail[frame.mark :]))
        self._retract(frame.mark)
        frame.parts = None

    def _open_frame(self, part: array[int], key: bytes) -> _Frame:
        """Choose the variable to branch on in a part, as long as the budget lasts."""
        self._steps += 1
        if not self._steps % _STEPS_BETWEEN_GLANCES:
            self._glance()
        if self._edges > self._edge_limit:
            raise BudgetExceeded
        variables = [v for v in part if v < self._count]
        return _Frame(key, variables, variables[0] if self._is_static else self._best(part))

    def _glance(self) -> None:
        """Look at the clock, at the memory, and at the one who watches."""
        if time.thread_time() > self._deadline or resident_bytes() > self._memory:
            raise BudgetExceeded
        self._watch.check()

    def _choice(self, alternatives: list[int]) -> int:
        if len(alternatives) == 2:
            return self._node(None, tuple(alternatives))
        return alternatives[0] if alternatives else FALSE

    def _free(self, variable: int) -> int:
        """Give the choice between both values of a variable that nothing constrains any more."""
        true = self._node((2 * variable,), ())
        false = self._node((2 * variable + 1,), ())
        return self._node(None, (true, false))

    def _all(self, children: list[int], literals: Sequence[int] = ()) -> int:
        if len(children) == 1 and not literals:
            return children[0]
        children.sort()
        return self._node(tuple(sorted(literals)), tuple(children))

    def _node(self, literals: tuple[int, ...] | None, children: tuple[int, ...]) -> int:
        key = (literals, children)
        node = self._unique.get(key)
        if node is None:
            node = self._unique[key] = len(self._children)
            self._literals.append(literals)
            self._children.append(children)
            self._edges += len(children) + (len(literals) if literals else 0)
        return node

    def _assume(self, literal: int) -> bool:
        """Make a literal true with all that follows by unit propagation; False on a contradiction."""
        truth, trail, satisfied, remaining = self._truth, self._trail, self._satisfied, self._open
        position = len(trail)
        truth[literal] = 1
        trail.append(literal)
        consistent = True
        while position < len(trail):
            literal = trail[position]
            position += 1
            for other in self._implied[literal]:
                if not truth[other]:
                    if truth[other ^ 1]:
                        consistent = False
                        break
                    truth[other] = 1
                    trail.append(other)
            for clause in self._occurrences[literal]:
                satisfied[clause] += 1
            for clause in self._occurrences[literal ^ 1]:
                remaining[clause] -= 1
                if remaining[clause] < 2 and not satisfied[clause]:
                    consistent = self._unit(clause) and consistent
            if not consistent:
                for rest in trail[position:]:
                    truth[rest] = 0
                del trail[position:]
                return False
        return True

    def _unit(self, clause: int) -> bool:
        """Make the last possible literal of a clause true; False when there is none."""
        truth = self._truth
        for literal in self._clauses[clause]:
            if truth[literal]:
                return True
            if not truth[literal ^ 1]:
                truth[literal] = 1
                self._trail.append(literal)
                return True
        return False

    def _retract(self, mark: int) -> None:
        truth, satisfied, remaining = self._truth, self._satisfied, self._open
        for literal in self._trail[mark:]:
            truth[literal] = 0
            for clause in self._occurrences[literal]:
                satisfied[clause] -= 1
            for clause in self._occurrences[literal ^ 1]:
                remaining[clause] += 1
        del self._trail[mark:]

    def _split(self, variables: Sequence[int]) -> list[array[int]]:
        """Give the independent parts of the open variables: sorted variables, then count + active clauses."""
        truth = self._truth
        part_of = dict.fromkeys([v for v in variables if not (truth[2 * v] or truth[2 * v + 1])], -1)
        active: list[list[int]] = []
        seen_clauses: set[int] = set()
        seen_groups: set[int] = set()
        for start in part_of:
            if part_of[start] < 0:
                active.append(self._collect(start, len(active), part_of, seen_clauses, seen_groups))
        parts = [array("i") for _ in active]
        for variable, part in part_of.items():
            parts[part].append(variable)
        for part_array, clauses in zip(parts, active, strict=True):
            clauses.sort()
            part_array.extend(clauses)
        return parts

    def _collect(
        self, start: int, part: int, part_of: dict[int, int], seen_clauses: set[int], seen_groups: set[int]
    ) -> list[int]:
        """Mark all variables connected to one; give the clauses among them, offset by the variable count."""
        satisfied, clauses, offset = self._satisfied, self._clauses, self._count
        found: list[int] = []
        part_of[start] = part
        stack = [start]
        while stack:
            variable = stack.pop()
            near = list(self._adjacent[variable])
            for literal in (2 * variable, 2 * variable + 1):
                for clause in self._occurrences[literal]:
                    if not satisfied[clause] and clause not in seen_clauses:
                        seen_clauses.add(clause)
                        found.append(clause + offset)
                        near += [member >> 1 for member in clauses[clause]]
            for group, members in self._loose[variable]:
                if group not in seen_groups:
                    seen_groups.add(group)
                    near += [member >> 1 for member in members]
            for other in near:
                # Variables that are not open have no entry.
                if part_of.get(other, 0) < 0:
                    part_of[other] = part
                    stack.append(other)
        return found

    def _best(self, part: array[int]) -> int:
        """Choose the variable in most active clauses, short clauses counting more."""
        count, clauses, truth = self._count, self._clauses, self._truth
        score: dict[int, float] = {}
        for item in part:
            if item < count:
                active = sum(1 for other in self._adjacent[item] if not (truth[2 * other] or truth[2 * other + 1]))
                score[item] = score.get(item, 0.0) + active
            else:
                clause = clauses[item - count]
                weight = 8.0 / self._open[item - count]
                for literal in clause:
                    if not truth[literal ^ 1]:
                        score[literal >> 1] = score.get(literal >> 1, 0.0) + weight
        return max(score, key=lambda variable: (score[variable], -variable))
