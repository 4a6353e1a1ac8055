"""YAML as plain nodes with positions: no tags, no anchors, no duplicate keys. The only door to the YAML library."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import yaml

from catalog.errors import Problem

MAXIMUM_DEPTH = 16
MAXIMUM_NODES = 200_000
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True, slots=True)
class Scalar:
    """A value as it is written; ``yes``, ``1.50`` and ``2027-01-01`` stay these texts."""

    text: str
    line: int
    column: int
    style: str = ""
    """The quote (``'`` or ``"``), ``|`` or ``>`` for a block, empty for a plain value."""


@dataclass(frozen=True, slots=True)
class Sequence:
    """A list of nodes."""

    items: tuple[Node, ...]
    line: int
    column: int


@dataclass(frozen=True, slots=True)
class Mapping:
    """Keys and nodes, in the order of the file; keys are unique."""

    pairs: tuple[tuple[Scalar, Node], ...]
    line: int
    column: int
    entries: dict[str, Node] = field(default_factory=dict, compare=False)


Node = Scalar | Sequence | Mapping


class _Fault(Exception):
    def __init__(self, line: int, column: int, message: str) -> None:
        super().__init__(message)
        self.place = (line, column, message)


def read_yaml(text: str, *, file: str) -> tuple[Node | None, tuple[Problem, ...]]:
    """Read a text as one YAML document.

    Parameters
    ----------
    text
        The document.
    file
        Its name, for messages.

    Returns
    -------
    tuple[Node | None, tuple[Problem, ...]]
        The root and any duplicate keys; None and one problem when the text is no YAML document of the kind
        read here; None and none when it is empty.
    """
    problems: list[Problem] = []
    try:
        events = yaml.parse(text, Loader=_LOADER)
        builder = _Builder(events, file, problems)
        return builder.document(), tuple(problems)
    except _Fault as fault:
        return None, (Problem(file, *fault.place),)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line, column = (mark.line + 1, mark.column + 1) if mark is not None else (0, 0)
        return None, (Problem(file, line, column, f"no YAML: {error.problem or error.context}"),)
    except yaml.YAMLError as error:
        return None, (Problem(file, 0, 0, f"no YAML: {str(error).splitlines()[0]}"),)


class _Builder:
    """Composes nodes from events; refuses what makes YAML surprising."""

    def __init__(self, events: Iterator[yaml.Event], file: str, problems: list[Problem]) -> None:
        self._events = events
        self._file = file
        self._problems = problems
        self._count = 0

    def document(self) -> Node | None:
        root: Node | None = None
        for event in self._events:
            if isinstance(event, yaml.DocumentStartEvent):
                if root is not None:
                    raise self._fault(event, "found a second document; expected one")
                first = next(self._events)
                is_empty = isinstance(first, yaml.ScalarEvent) and not first.value and first.implicit[0]
                root = None if is_empty else self._node(first, 1)
        return root

    def _node(self, event: yaml.Event, depth: int) -> Node:
        self._count += 1
        if self._count > MAXIMUM_NODES:
            raise self._fault(event, f"more than {MAXIMUM_NODES} values; split the file")
        if depth > MAXIMUM_DEPTH:
            raise self._fault(event, f"nested more than {MAXIMUM_DEPTH} deep")
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            raise self._fault(event, "found an anchor or alias (& or *); expected the value itself")
        tag = getattr(event, "tag", None)
        if tag is not None:
            raise self._fault(event, f"found the tag {tag}; expected a plain value")
        line, column = _place(event)
        if isinstance(event, yaml.ScalarEvent):
            return Scalar(event.value, line, column, event.style or "")
        if isinstance(event, yaml.SequenceStartEvent):
            items = []
            while not isinstance(item := next(self._events), yaml.SequenceEndEvent):
                items.append(self._node(item, depth + 1))
            return Sequence(tuple(items), line, column)
        return self._mapping(line, column, depth)

    def _mapping(self, line: int, column: int, depth: int) -> Mapping:
        pairs: list[tuple[Scalar, Node]] = []
        entries: dict[str, Node] = {}
        while not isinstance(event := next(self._events), yaml.MappingEndEvent):
            key = self._node(event, depth + 1)
            value = self._node(next(self._events), depth + 1)
            if not isinstance(key, Scalar):
                raise _Fault(key.line, key.column, "found a list or mapping as a key; expected a word")
            if key.text in entries:
                self._problems.append(Problem(self._file, key.line, key.column, f"key {key.text!r} stands twice"))
                continue
            pairs.append((key, value))
            entries[key.text] = value
        return Mapping(tuple(pairs), line, column, entries)

    @staticmethod
    def _fault(event: yaml.Event, message: str) -> _Fault:
        return _Fault(*_place(event), message)


def _place(event: yaml.Event) -> tuple[int, int]:
    mark = event.start_mark
    return (mark.line + 1, mark.column + 1) if mark is not None else (0, 0)


def locate_in_scalar(scalar: Scalar, source: str, offset: int) -> tuple[int, int]:
    """Find the place in the file of a character of a scalar's value.

    Parameters
    ----------
    scalar
        The value.
    source
        The whole text of the file.
    offset
        Position in ``scalar.text``, from 0.

    Returns
    -------
    tuple[int, int]
        Line and column from 1, through quotes, folded lines and indentation.
    """
    lines = source.split("\n")
    line, column = scalar.line - 1, scalar.column - 1
    if scalar.style in ("|", ">"):
        line, column = line + 1, 0
    elif scalar.style:
        column += 1
    for wanted in scalar.text[:offset + 1].rstrip() if offset < len(scalar.text) else scalar.text:
        if wanted.isspace():
            continue
        while line < len(lines) and (column >= len(lines[line]) or lines[line][column] != wanted):
            line, column = (line, column + 1) if column < len(lines[line]) else (line + 1, 0)
        column += 1
    return min(line, len(lines) - 1) + 1, max(column, 1) + (1 if offset >= len(scalar.text) else 0)
