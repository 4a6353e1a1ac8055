"""Table rules as clauses or as reduced decision diagrams with one variable per inner node. Imports no solver."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise, product
from math import prod

from catalog.product import TableRule
from configurator.engine.formula import FormulaBuilder

DIRECT_CLAUSE_LIMIT = 64
"""A table that forbids at most this many combinations becomes one clause for each."""

MANY_ROWS = 20_000
"""A table with more rows is reduced in the order it is written only."""

Row = tuple[str, ...]


def encode_table(
    builder: FormulaBuilder, table: TableRule, literals: Mapping[str, Mapping[str, int]]
) -> None:
    """Add a table rule; rows with a code that the attribute does not have match nothing."""
    domains = [tuple(literals[attribute]) for attribute in table.attributes]
    known = [frozenset(domain) for domain in domains]
    rows = frozenset(
        row for row in table.rows if all(code in codes for code, codes in zip(row, known, strict=True))
    )
    encode_rows(builder, table.attributes, rows, literals, is_allowed=table.is_allowed)


def encode_rows(
    builder: FormulaBuilder,
    attributes: Sequence[str],
    rows: frozenset[Row],
    literals: Mapping[str, Mapping[str, int]],
    *,
    is_allowed: bool,
) -> None:
    """Add "the combination is one of the rows", or "is none of them" when not ``is_allowed``."""
    domains = [tuple(literals[attribute]) for attribute in attributes]
    size = prod(map(len, domains))
    if (size - len(rows) if is_allowed else len(rows)) <= DIRECT_CLAUSE_LIMIT:
        forbidden = set(product(*domains)) - rows if is_allowed else rows
        for row in sorted(forbidden):
            builder.clause(
                -literals[attribute][code] for attribute, code in zip(attributes, row, strict=True)
            )
        return
    orders = _candidate_orders(attributes, rows)
    diagrams = [
        reduce_rows([literals[attributes[i]] for i in order], [[row[i] for i in order] for row in rows],
                    is_allowed=is_allowed)
        for order in orders
    ]
    encode_diagram(builder, min(diagrams, key=lambda diagram: diagram.size))


def _candidate_orders(attributes: Sequence[str], rows: frozenset[Row]) -> list[tuple[int, ...]]:
    """Give a few orders of the columns: as written, reversed, by ascending and by descending variety."""
    columns = range(len(attributes))
    if len(rows) > MANY_ROWS:
        return [tuple(columns)]
    variety = {column: len({row[column] for row in rows}) for column in columns}
    ascending = sorted(columns, key=lambda column: variety[column])
    return list(dict.fromkeys([tuple(columns), tuple(reversed(columns)), tuple(ascending), tuple(ascending[::-1])]))


@dataclass(frozen=True, slots=True)
class Diagram:
    """A reduced, layered decision diagram: ``layers[k][node]`` maps a literal of layer k to a node of layer k+1.

    A literal without an entry leads to nothing; after the last layer there is only the node 0, "kept".
    """

    layers: tuple[tuple[Mapping[int, int], ...], ...]

    @property
    def size(self) -> int:
        """Number of inner nodes."""
        return sum(map(len, self.layers))


def reduce_rows(
    columns: Sequence[Mapping[str, int]], rows: Sequence[Sequence[str]], *, is_allowed: bool
) -> Diagram:
    """Reduce rows of codes, no two of them equal, to a diagram over the literals of the columns."""
    ordered = sorted(map(tuple, rows))
    layers = _prefixes(ordered, len(columns))
    has_gap = [
        any(len(following) < len(column) for following in layer.values())
        for layer, column in zip(layers, columns, strict=True)
    ]
    unique: list[dict[tuple[tuple[int, int], ...], int]] = [{} for _ in columns]
    # The node of each prefix that rows share, by its first row, and the node of all prefixes that no row has.
    known: dict[int, int | None] = dict.fromkeys(range(len(ordered)), 0 if is_allowed else None)
    stray: int | None = None if is_allowed else 0
    for depth in range(len(columns) - 1, -1, -1):
        below, known = known, {}
        for start, following in layers[depth].items():
            parts = {ordered[place][depth]: below[place] for place in following}
            steps = ((literal, parts.get(code, stray)) for code, literal in columns[depth].items())
            edges = tuple((literal, child) for literal, child in steps if child is not None)
            known[start] = unique[depth].setdefault(edges, len(unique[depth])) if edges else None
        if stray is not None and any(has_gap[:depth]):
            edges = tuple((literal, stray) for literal in columns[depth].values())
            stray = unique[depth].setdefault(edges, len(unique[depth]))
    if known[0] is None:
        return Diagram((({},),))
    return Diagram(tuple(tuple(dict(edges) for edges in layer) for layer in unique))


def _prefixes(ordered: Sequence[Sequence[str]], depths: int) -> list[dict[int, tuple[int, ...]]]:
    """Give, per depth, the first row of every shared prefix and the first rows of the prefixes it goes on to."""
    layers: list[dict[int, tuple[int, ...]]] = []
    bounds = [(0, len(ordered))]
    for depth in range(depths):
        layer: dict[int, tuple[int, ...]] = {}
        finer: list[tuple[int, int]] = []
        for start, end in bounds:
            firsts = [
                place for place in range(start, end)
                if place == start or ordered[place][depth] != ordered[place - 1][depth]
            ]
            layer[start] = tuple(firsts)
            finer += pairwise([*firsts, end])
        layers.append(layer)
        bounds = finer
    return layers


def encode_diagram(builder: FormulaBuilder, diagram: Diagram) -> None:
    """Require that the options follow a path of the diagram.

    One variable per inner node is true when the path passes it: exactly one a layer, hence a function
    of the options before it, and the number of models stays that of the options.
    """
    previous: Sequence[int] = ()
    for depth, layer in enumerate(diagram.layers):
        nodes: Sequence[int] = builder.variables(len(layer)) if len(layer) > 1 else ()
        if nodes:
            builder.clause(nodes)
            builder.at_most_one(nodes)
            _encode_step(builder, diagram.layers[depth - 1], previous, nodes)
        else:
            _encode_step(builder, diagram.layers[depth - 1] if depth else (), previous, ())
        _encode_support(builder, layer, nodes)
        previous = nodes


def _encode_step(
    builder: FormulaBuilder, layer: Sequence[Mapping[int, int]], parents: Sequence[int], nodes: Sequence[int]
) -> None:
    """Lead from each node of a layer over the chosen option to its node in the next layer."""
    if not nodes:
        return
    origins: list[list[int]] = [[] for _ in nodes]
    for position, edges in enumerate(layer):
        guard = (-parents[position],) if parents else ()
        for literal, child in edges.items():
            builder.clause((*guard, -literal, nodes[child]))
            origins[child].append(parents[position] if parents else literal)
    for variable, sources in zip(nodes, origins, strict=True):
        builder.clause((-variable, *sources))


def _encode_support(builder: FormulaBuilder, layer: Sequence[Mapping[int, int]], nodes: Sequence[int]) -> None:
    """Forbid, at each node, the options that lead nowhere, and any option that no node of the layer allows."""
    if not nodes:
        builder.clause(layer[0])
        return
    every = {literal for edges in layer for literal in edges}
    for variable, edges in zip(nodes, layer, strict=True):
        if len(edges) <= len(every) - len(edges):
            builder.clause((-variable, *edges))
        for literal in every - edges.keys():
            builder.clause((-variable, -literal))
    for literal in sorted(every):
        supporting = [variable for variable, edges in zip(nodes, layer, strict=True) if literal in edges]
        if len(supporting) < len(nodes):
            builder.clause((-literal, *supporting))
    builder.clause(every)
