"""YAML and CSV texts as trees that know where each value begins and ends, so that single values can be replaced.

For texts that the catalog's readers have taken already: tags, anchors and doubled keys do not occur.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass

import yaml

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True, slots=True)
class Leaf:
    """A scalar: what it says, and the characters ``start`` up to ``end`` of the text that say it."""

    text: str
    start: int
    end: int
    style: str = ""
    line: int = 0
    column: int = 0


@dataclass(frozen=True, slots=True)
class Items:
    """A list; ``is_flow`` tells ``[a, b]`` from one line an item."""

    nodes: tuple[Tree, ...]
    start: int
    end: int
    is_flow: bool


@dataclass(frozen=True, slots=True)
class Pairs:
    """Keys and values; ``is_flow`` tells ``{a: b}`` from one line a key."""

    entries: tuple[tuple[Leaf, Tree], ...]
    start: int
    end: int
    is_flow: bool

    def find(self, key: str) -> Tree | None:
        """Give the value of a key; None when it is not there."""
        return next((value for name, value in self.entries if name.text == key), None)


Tree = Leaf | Items | Pairs


def read_spans(text: str) -> Tree | None:
    """Give the tree of a YAML text; None when it is empty. Raises ``yaml.YAMLError`` for what is none."""
    events = iter(yaml.parse(text, Loader=_LOADER))
    for event in events:
        if isinstance(event, yaml.DocumentStartEvent):
            return _tree(next(events), events, text)
    return None


def _tree(event: yaml.Event, events: Iterator[yaml.Event], text: str) -> Tree:
    start, line, column = _place(event.start_mark)
    if isinstance(event, yaml.ScalarEvent):
        # A block scalar ends where the next line begins; its last line feed belongs to the layout.
        end = start + len(text[start:_place(event.end_mark)[0]].rstrip())
        return Leaf(event.value, start, end, event.style or "", line + 1, column + 1)
    if isinstance(event, yaml.SequenceStartEvent):
        nodes: list[Tree] = []
        while not isinstance(item := next(events), yaml.SequenceEndEvent):
            nodes.append(_tree(item, events, text))
        return Items(tuple(nodes), start, _end(item, nodes, start), bool(event.flow_style))
    if not isinstance(event, yaml.MappingStartEvent):
        raise yaml.YAMLError("an alias; expected the value itself")
    entries: list[tuple[Leaf, Tree]] = []
    while not isinstance(item := next(events), yaml.MappingEndEvent):
        key = _tree(item, events, text)
        value = _tree(next(events), events, text)
        if isinstance(key, Leaf):
            entries.append((key, value))
    values = [value for _, value in entries]
    return Pairs(tuple(entries), start, _end(item, values, start), bool(event.flow_style))


def _end(closing: yaml.Event, inner: list[Tree], start: int) -> int:
    """A bracket ends a flow collection; a block ends with its last value, whatever blank lines follow."""
    end = _place(closing.end_mark)[0]
    return end if end > _place(closing.start_mark)[0] or not inner else max(start, inner[-1].end)


def _place(mark: object) -> tuple[int, int, int]:
    """Give index, line and column of a mark; the library's two kinds of marks share no type."""
    return getattr(mark, "index", 0), getattr(mark, "line", 0), getattr(mark, "column", 0)


@dataclass(frozen=True, slots=True)
class CsvLine:
    """A line of a table with its cells; ``end`` is past its last character, before the line feed."""

    cells: tuple[Leaf, ...]
    start: int
    end: int


def read_csv_spans(text: str) -> tuple[CsvLine, ...]:
    """Give the lines of a CSV text that are neither blank nor comments; the first one names the columns."""
    lines: list[CsvLine] = []
    start = 0
    for number, line in enumerate(text.split("\n"), start=1):
        if line.strip() and not line.startswith("#"):
            values = next(csv.reader([line], strict=True, skipinitialspace=True))
            cells = [
                Leaf(value.strip(), start + begin, start + end, "", number, begin + 1)
                for value, (begin, end) in zip(values, _cell_spans(line), strict=True)
            ]
            lines.append(CsvLine(tuple(cells), start, start + len(line)))
        start += len(line) + 1
    return tuple(lines)


def _cell_spans(line: str) -> list[tuple[int, int]]:
    """Give where each cell of a line begins and ends, its quotes included."""
    spans, begin, position, is_quoted = [], 0, 0, False
    while position < len(line):
        character = line[position]
        if is_quoted:
            is_quoted = character != '"'
        elif character == ",":
            spans.append((begin, position))
            begin = position + 1
        elif character == '"' and (not line[begin:position].strip() or line[position - 1] == '"'):
            is_quoted = True
        position += 1
    return [*spans, (begin, len(line))]
