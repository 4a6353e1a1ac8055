"""Setup matrices of the network folder: tables of the changes of setup family that take a time of their own."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from catalog.formats.fields import Fields
from catalog.formats.sections import Folder
from catalog.formats.shift_reader import DAY_MINUTES
from catalog.product import AttributeKind, ProductDefinition
from catalog.rules import expression as ex
from catalog.rules.scope import did_you_mean

COLUMNS = ("from", "to", "minutes")
ANY_OTHER = "any other family"
Changes = Mapping[tuple[str, str], int]


@dataclass(frozen=True, slots=True)
class SetupSource:
    """Where the setup matrix of a work center stands: its capabilities and its rows."""

    work_center: str
    capabilities: tuple[str, ...]
    rows: tuple[Fields, ...]


def read_setup_matrix(folder: Folder, fields: Fields, default_minutes: int) -> tuple[Changes, tuple[Fields, ...]]:
    """Read the CSV file that a work center names under ``setup_matrix``.

    Parameters
    ----------
    folder, fields
        The network's folder, and the work center.
    default_minutes
        What every change takes that the table leaves out.

    Returns
    -------
    mapping of (family before, family after) to minutes, tuple of Fields
        Both empty when the work center has no matrix.
    """
    node = fields.find("setup_matrix")
    found = folder.table_named(node, fields.report) if node is not None else None
    if node is None or found is None:
        return {}, ()
    _, table, report = found
    changes: dict[tuple[str, str], int] = {}
    rows = []
    for row in table:
        entry = Fields(row, report, COLUMNS)
        rows.append(entry)
        before, after = entry.code("from"), entry.code("to")
        minutes = entry.integer("minutes", 0, DAY_MINUTES)
        if before == after:
            report.at(row, f"a change from {before!r} to itself; it takes no time")
        elif (before, after) in changes:
            report.at(row, f"the change from {before!r} to {after!r} stands twice")
        changes[before, after] = minutes
    detour = find_detour(changes, default_minutes)
    if detour is not None:
        first, by, last, straight, around = detour
        report.at(rows[0].node, f"from {first!r} to {last!r} takes {straight} minutes, but by way of {by!r} only "
                  f"{around}; expected no detour that is quicker than going straight")
    return changes, tuple(rows)


def find_detour(changes: Changes, default_minutes: int) -> tuple[str, str, str, int, int] | None:
    """Find two families between which a third one is a shortcut.

    Parameters
    ----------
    changes
        Minutes by (family before, family after).
    default_minutes
        Of all other changes, also of those from and to families that are not listed.

    Returns
    -------
    tuple of str, str, str, int, int or None
        From, by way of, to, minutes straight, minutes around; the one that saves most. None when the matrix is sound.
    """
    families = sorted({family for pair in changes for family in pair})

    def minutes(before: str, after: str) -> int:
        return 0 if before == after else changes.get((before, after), default_minutes)

    worst = None
    for first, last in sorted(changes):
        straight = minutes(first, last)
        for by in (*families, ANY_OTHER):
            around = minutes(first, by) + minutes(by, last)
            if by not in (first, last) and around < straight and (worst is None or straight - around > worst[0]):
                worst = straight - around, (first, by, last, straight, around)
    return None if worst is None else worst[1]


def check_setup_families(sources: Iterable[SetupSource], products: Iterable[ProductDefinition]) -> None:
    """Note the families of setup matrices that no operation on their work center can have.

    Without a product that is made there, and where a family is worked out in a way that cannot be listed, nothing
    is noted.
    """
    known: dict[str, frozenset[str] | None] = {}
    for definition in products:
        for item in definition.routing:
            if item.setup_family is not None:
                found, before = _families(definition, item.setup_family), known.get(item.capability, frozenset())
                known[item.capability] = None if found is None or before is None else before | found
    for source in sources:
        possible = [known[capability] for capability in source.capabilities if capability in known]
        if not possible or any(families is None for families in possible):
            continue
        families = frozenset().union(*(families for families in possible if families is not None))
        for row in source.rows:
            for key in ("from", "to"):
                if row.string(key) not in families:
                    row.report.at(row.find(key) or row.node,
                                  f"no operation at {source.work_center} has the setup family {row.string(key)!r}"
                                  f"{did_you_mean(row.string(key), sorted(families))}")


def _families(definition: ProductDefinition, expression: ex.Expression) -> frozenset[str] | None:
    """Give the codes an expression can have; None when they cannot be listed."""
    parts = [_codes(definition, leaf) for leaf in _branches(expression)]
    if any(part is None for part in parts):
        return None
    return frozenset().union(*(part for part in parts if part is not None))


def _branches(expression: ex.Expression) -> Iterator[ex.Expression]:
    if isinstance(expression, ex.Conditional):
        yield from _branches(expression.then)
        yield from _branches(expression.otherwise)
    else:
        yield expression


def _codes(definition: ProductDefinition, leaf: ex.Expression) -> frozenset[str] | None:
    if isinstance(leaf, ex.Code):
        return frozenset({leaf.value})
    if not isinstance(leaf, ex.Attribute | ex.Property):
        return None
    code = leaf.code if isinstance(leaf, ex.Attribute) else leaf.attribute
    attribute = next((item for item in definition.attributes if item.code == code), None)
    if attribute is None or attribute.kind is not AttributeKind.CHOICE:
        return None
    if isinstance(leaf, ex.Attribute):
        return frozenset(option.code for option in attribute.options)
    return frozenset(str(item.properties[leaf.name]) for item in attribute.options if leaf.name in item.properties)
