"""How a search parts what is left: by the options of an attribute, or a number's interval in the middle."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from catalog.product import AttributeKind
from configurator.bounds import Interval
from configurator.goal import Score
from configurator.node_bounds import NodeBound
from configurator.relaxation import Node, Relaxer


class Branching:
    """Parts nodes of one product."""

    def __init__(self, relaxer: Relaxer) -> None:
        self._relaxer = relaxer
        self._steps = {item.code: item.step for item in relaxer.model.definition.attributes
                       if item.kind is AttributeKind.NUMBER}
        self._widths = {item.code: item.maximum - item.minimum for item in relaxer.model.definition.attributes
                        if item.kind is AttributeKind.NUMBER}

    def parts(self, node: Node, found: NodeBound) -> Iterator[tuple[Score, Node]]:
        """Give the parts of a node that may hold something better.

        A part may turn out to be a single configuration, then everything in it is decided, or to be empty.

        Parameters
        ----------
        node
            Not proven yet.
        found
            Its bound.
        """
        left = {name: [code for place, code in enumerate(codes) if found.kept[first + place]]
                for name, codes in self._relaxer.codes.items()
                for first in (self._relaxer.first[name],) if name not in node.selection}
        if not all(left.values()):
            return
        sure = {name: codes[0] for name, codes in left.items() if len(codes) == 1}
        selection = node.selection
        if sure:
            selection = type(selection).of({**selection, **sure})
        node = Node(selection, node.intervals)
        open_names = {name: codes for name, codes in left.items() if len(codes) > 1}
        wanted = self._most_wrong(node, found, open_names)
        if wanted is None:
            yield found.bound, node
        elif wanted in node.intervals:
            yield from ((found.bound, part) for part in self._halves(node, wanted))
        else:
            yield from ((found.bound, Node(selection.choose(wanted, code), node.intervals))
                        for code in open_names[wanted])

    def _most_wrong(self, node: Node, found: NodeBound, open_names: dict[str, list[str]]) -> str | None:
        """Name the attribute to decide next: of the term parted worst, else the one that matters most."""
        positions = {name: codes.index(found.options[name]) for name, codes in self._relaxer.codes.items()}
        ranked = sorted(
            ((weight * piece.gap([positions[name] for name in piece.term.choices]), -place)
             for place, (weight, piece) in enumerate(found.pieces)), reverse=True)
        for gap, place in ranked:
            piece = found.pieces[-place][1]
            if gap <= 0:
                break
            names = [name for name in piece.term.choices if name in open_names]
            if names:
                return min(names, key=lambda name: len(open_names[name]))
            numbers = [name for name in piece.term.numbers if name in node.intervals]
            if numbers:
                return max(numbers, key=lambda name: self._width(node.intervals[name], name))
        if open_names:
            return max(open_names, key=lambda name: self._regret(found, name, open_names[name]))
        return max(node.intervals, key=lambda name: self._width(node.intervals[name], name), default=None)

    def _regret(self, found: NodeBound, name: str, codes: list[str]) -> int:
        """Tell what the second best option of an attribute costs more than the best."""
        first = self._relaxer.first[name]
        costs = sorted(int(found.regret[first + self._relaxer.codes[name].index(code)]) for code in codes)
        return costs[1] - costs[0]

    def _width(self, ends: Interval, name: str) -> Fraction:
        return (ends[1] - ends[0]) / self._widths[name]

    def _halves(self, node: Node, name: str) -> Iterator[Node]:
        low, high = node.intervals[name]
        step = self._steps[name]
        middle = low + (high - low) / step // 2 * step
        others = {other: ends for other, ends in node.intervals.items() if other != name}
        for first, last in ((low, middle), (middle + step, high)):
            if first == last:
                yield Node(node.selection.choose(name, first), others)
            else:
                yield Node(node.selection, {**node.intervals, name: (first, last)})
