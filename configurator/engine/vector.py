"""Programs of exact integer operations over grids of numbers, run with numpy. Knows no rules and no products."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
"""Integers (int64, or Python integers in an object array) or truth values."""

_INT64_SAFE = 2**62


@dataclass(frozen=True, slots=True)
class Node:
    """One value of a program: an integer within ``low``..``high``, or a truth value (0..1).

    ``index`` counts up in order of creation, so operands always stand before what uses them. Equal
    nodes of one program are the same object.
    """

    index: int
    low: int
    high: int
    is_truth: bool = False

    @property
    def is_constant(self) -> bool:
        """Whether the value is the same in every cell."""
        return self.low == self.high

    @property
    def is_big(self) -> bool:
        """Whether the value may leave the range in which int64 arithmetic is exact."""
        return max(abs(self.low), abs(self.high)) >= _INT64_SAFE


@dataclass(frozen=True, slots=True)
class _Operation:
    name: str
    operands: tuple[Node, ...]
    payload: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Plan:
    """An order of evaluation for some nodes of a program."""

    roots: tuple[Node, ...]
    steps: tuple[tuple[int, tuple[int, ...]], ...]
    """Node index, and the indices whose values nobody needs after it."""


@dataclass(slots=True)
class Program:
    """A growing graph of integer operations; equal operations are shared, constants are folded.

    Every node carries proven bounds, so that int64 is used only where it cannot overflow and
    Python's own integers elsewhere.
    """

    _operations: list[_Operation] = field(default_factory=list)
    _nodes: list[Node] = field(default_factory=list)
    _known: dict[tuple[object, ...], Node] = field(default_factory=dict)

    # -- leaves ---------------------------------------------------------------------------------
    def constant(self, value: int) -> Node:
        """Give an integer that is the same in every cell."""
        return self._make("constant", (), (value,), value, value)

    def truth(self, *, value: object) -> Node:
        """Give a truth value that is the same in every cell."""
        flag = int(bool(value))
        return self._make("truth", (), (flag,), flag, flag, is_truth=True)

    def axis(self, position: int, low: int, high: int) -> Node:
        """Give the integer coordinate of a cell along an axis, within ``low``..``high``."""
        return self._make("axis", (), (position,), low, high)

    # -- integers -------------------------------------------------------------------------------
    def add(self, left: Node, right: Node) -> Node:
        """Add two integers."""
        if left.is_constant and right.is_constant:
            return self.constant(left.low + right.low)
        if left.is_constant and left.low == 0:
            return right
        if right.is_constant and right.low == 0:
            return left
        return self._make("add", (left, right), (), left.low + right.low, left.high + right.high)

    def multiply(self, left: Node, right: Node) -> Node:
        """Multiply two integers."""
        if right.is_constant:
            left, right = right, left
        if left.is_constant and right.is_constant:
            return self.constant(left.low * right.low)
        if left.is_constant and left.low in (0, 1):
            return right if left.low else self.constant(0)
        corners = [a * b for a in (left.low, left.high) for b in (right.low, right.high)]
        return self._make("multiply", (left, right), (), min(corners), max(corners))

    def negate(self, value: Node) -> Node:
        """Change the sign of an integer."""
        return self.multiply(self.constant(-1), value)

    def absolute(self, value: Node) -> Node:
        """Take an integer's magnitude."""
        if value.low >= 0:
            return value
        if value.high <= 0:
            return self.negate(value)
        return self._make("absolute", (value,), (), 0, max(-value.low, value.high))

    def floor_divide(self, left: Node, right: Node) -> Node:
        """Divide by an integer above 0 and round down."""
        if left.is_constant and right.is_constant:
            return self.constant(left.low // right.low)
        if right.is_constant and right.low == 1:
            return left
        corners = [a // b for a in (left.low, left.high) for b in (max(right.low, 1), right.high)]
        return self._make("floor_divide", (left, right), (), min(corners), max(corners))

    def smallest(self, left: Node, right: Node) -> Node:
        """Take the smaller of two integers."""
        if left.high <= right.low:
            return left
        if right.high <= left.low:
            return right
        return self._make("smallest", (left, right), (), min(left.low, right.low), min(left.high, right.high))

    def largest(self, left: Node, right: Node) -> Node:
        """Take the larger of two integers."""
        return self.negate(self.smallest(self.negate(left), self.negate(right)))

    def choose(self, condition: Node, then: Node, otherwise: Node) -> Node:
        """Take one of two values of the same kind, cell by cell."""
        if condition.is_constant:
            return then if condition.low else otherwise
        if then is otherwise:
            return then
        return self._make("choose", (condition, then, otherwise), (), min(then.low, otherwise.low),
                          max(then.high, otherwise.high), is_truth=then.is_truth)

    def rank(self, value: Node, keys: Sequence[int]) -> Node:
        """Count the ascending keys that are smaller than the value."""
        low, high = (sum(key < bound for key in keys) for bound in (value.low, value.high))
        if low == high:
            return self.constant(low)
        return self._make("rank", (value,), tuple(keys), low, high)

    def element(self, position: Node, values: Sequence[int]) -> Node:
        """Take the value at a position; positions past the end take the last."""
        last = len(values) - 1
        within = values[min(position.low, last):min(position.high, last) + 1]
        if position.is_constant or min(within) == max(within):
            return self.constant(within[0])
        return self._make("element", (position,), tuple(values), min(within), max(within))

    def count(self, truths: Iterable[Node]) -> Node:
        """Count the true ones."""
        total = self.constant(0)
        for item in truths:
            total = self.add(total, self.choose(item, self.constant(1), self.constant(0)))
        return total

    # -- truth values ---------------------------------------------------------------------------
    def less_equal(self, left: Node, right: Node) -> Node:
        """Compare two integers."""
        if left.high <= right.low:
            return self.truth(value=True)
        if left.low > right.high:
            return self.truth(value=False)
        if right.is_constant:
            return self._at_most(left, right.low)
        if left.is_constant:
            return self.invert(self._at_most(right, left.low - 1))
        return self._make("less_equal", (left, right), (), 0, 1, is_truth=True)

    def _at_most(self, value: Node, limit: int) -> Node:
        """Compare with a constant, moving constant factors and summands into it: fewer passes over the cells."""
        if value.high <= limit or value.low > limit:
            return self.truth(value=value.high <= limit)
        operation = self._operations[value.index]
        first, *rest = operation.operands or (value,)
        if operation.name == "multiply" and first.is_constant:
            if first.low > 0:
                return self._at_most(rest[0], limit // first.low)
            return self.invert(self._at_most(rest[0], -(limit // -first.low) - 1))
        if operation.name == "add" and (first.is_constant or rest[0].is_constant):
            moved, kept = (first, rest[0]) if first.is_constant else (rest[0], first)
            return self._at_most(kept, limit - moved.low)
        return self._make("less_equal", (value, self.constant(limit)), (), 0, 1, is_truth=True)

    def equal(self, left: Node, right: Node) -> Node:
        """Compare two integers or two truth values for equality."""
        if left is right:
            return self.truth(value=True)
        if left.high < right.low or right.high < left.low:
            return self.truth(value=False)
        if left.is_constant and right.is_constant:
            return self.truth(value=left.low == right.low)
        return self._make("equal", (left, right), (), 0, 1, is_truth=True)

    def invert(self, value: Node) -> Node:
        """Negate a truth value."""
        if value.is_constant:
            return self.truth(value=not value.low)
        operation = self._operations[value.index]
        if operation.name == "invert":
            return operation.operands[0]
        return self._make("invert", (value,), (), 0, 1, is_truth=True)

    def both(self, left: Node, right: Node) -> Node:
        """Conjoin two truth values."""
        if left.is_constant:
            return right if left.low else left
        if right.is_constant:
            return left if right.low else right
        if left is right:
            return left
        if left.index > right.index:
            left, right = right, left
        return self._make("both", (left, right), (), 0, 1, is_truth=True)

    def either(self, left: Node, right: Node) -> Node:
        """Disjoin two truth values."""
        return self.invert(self.both(self.invert(left), self.invert(right)))

    # -- running --------------------------------------------------------------------------------
    def prepare(self, roots: Sequence[Node]) -> Plan:
        """Order the operations that the roots rest on, and say when each value can be let go."""
        wanted = {root.index for root in roots}
        for index in range(max(wanted, default=-1), -1, -1):
            if index in wanted:
                wanted.update(operand.index for operand in self._operations[index].operands)
        steps = sorted(wanted)
        last_use = {operand.index: step for step in steps for operand in self._operations[step].operands}
        kept = {root.index for root in roots}
        freed: dict[int, list[int]] = {}
        for index, step in last_use.items():
            if index not in kept:
                freed.setdefault(step, []).append(index)
        return Plan(tuple(roots), tuple((step, tuple(freed.get(step, ()))) for step in steps))

    def run(self, plan: Plan, coordinates: Sequence[Array]) -> list[Array]:
        """Evaluate the roots of a plan over cells.

        Parameters
        ----------
        plan
            What :meth:`prepare` gave for the wanted nodes.
        coordinates
            Per axis an int64 array; all broadcast together.

        Returns
        -------
        list of arrays
            One array a root, in a shape that broadcasts to the cells (constants have shape ``()``).
        """
        values: dict[int, Array] = {}
        for step, freed in plan.steps:
            values[step] = self._evaluate(step, values, coordinates)
            for index in freed:
                del values[index]
        return [values[root.index] for root in plan.roots]

    def _evaluate(self, step: int, values: dict[int, Array], coordinates: Sequence[Array]) -> Array:
        operation, node = self._operations[step], self._nodes[step]
        if operation.name == "axis":
            return coordinates[operation.payload[0]]
        if operation.name in ("constant", "truth"):
            value = operation.payload[0]
            return np.asarray(bool(value) if node.is_truth else value, dtype=_type_of(node))
        is_wide = node.is_big or any(operand.is_big for operand in operation.operands)
        inputs = [_widened(values[operand.index], is_wide and not operand.is_truth)
                  for operand in operation.operands]
        result = _APPLY[operation.name](inputs, operation.payload, is_wide)
        return result if result.dtype == _type_of(node) else result.astype(_type_of(node))

    def _make(self, name: str, operands: tuple[Node, ...], payload: tuple[int, ...], low: int, high: int,
              *, is_truth: bool = False) -> Node:
        key = (name, payload, *(operand.index for operand in operands))
        known = self._known.get(key)
        if known is None:
            known = Node(len(self._nodes), low, high, is_truth)
            self._known[key] = known
            self._nodes.append(known)
            self._operations.append(_Operation(name, operands, payload))
        return known


def _type_of(node: Node) -> type:
    if node.is_truth:
        return np.bool_
    return object if node.is_big else np.int64


def _widened(values: Array, is_wide: bool) -> Array:  # noqa: FBT001 - private, one call
    return values.astype(object) if is_wide and values.dtype != object else values


def _rank(inputs: list[Array], keys: tuple[int, ...], is_wide: bool) -> Array:  # noqa: FBT001
    if is_wide or max(map(abs, keys)) >= _INT64_SAFE:
        wide = np.asarray(inputs[0]).astype(object)
        return np.asarray(sum((wide > key).astype(np.int64) for key in keys))
    return np.asarray(np.searchsorted(np.asarray(keys, dtype=np.int64), inputs[0], side="left"))


def _element(inputs: list[Array], values: tuple[int, ...], _is_wide: bool) -> Array:  # noqa: FBT001
    kind = object if max(map(abs, values)) >= _INT64_SAFE else np.int64
    table = np.asarray(values, dtype=kind)
    return np.asarray(table[np.minimum(inputs[0], len(values) - 1).astype(np.int64)])


_APPLY: dict[str, Callable[[list[Array], tuple[int, ...], bool], Array]] = {
    "add": lambda a, _p, _w: np.asarray(np.add(a[0], a[1])),
    "multiply": lambda a, _p, _w: np.asarray(np.multiply(a[0], a[1])),
    "absolute": lambda a, _p, _w: np.asarray(np.absolute(a[0])),
    "floor_divide": lambda a, _p, _w: np.asarray(np.floor_divide(a[0], a[1])),
    "smallest": lambda a, _p, _w: np.asarray(np.minimum(a[0], a[1])),
    "choose": lambda a, _p, _w: np.where(a[0].astype(bool), a[1], a[2]),
    "rank": _rank,
    "element": _element,
    "less_equal": lambda a, _p, _w: np.asarray(np.less_equal(a[0], a[1])),
    "equal": lambda a, _p, _w: np.asarray(np.equal(a[0], a[1])),
    "invert": lambda a, _p, _w: np.logical_not(a[0]),
    "both": lambda a, _p, _w: np.logical_and(a[0], a[1]),
}

