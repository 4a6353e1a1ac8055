"""One door to every format: a catalog folder or an imported model, told apart by its name."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from catalog.errors import CatalogInvalid, Problem
from catalog.formats.bounded_reading import refuse
from catalog.formats.dimacs import read_dimacs
from catalog.formats.folder import Catalog, read_catalog
from catalog.formats.table_xml import read_table_xml
from catalog.formats.uvl import read_uvl
from catalog.product import ProductDefinition

_READERS: dict[str, Callable[[Path], ProductDefinition]] = {
    ".uvl": read_uvl, ".dimacs": read_dimacs, ".cnf": read_dimacs, ".xml": read_table_xml,
}


def read_source(path: Path) -> Catalog:
    """Read a catalog folder, ``.uvl``, ``.dimacs`` (or ``.cnf``) or ``.xml`` file, also with ``.xz`` behind.

    Parameters
    ----------
    path
        The folder or file.

    Returns
    -------
    Catalog
        One product without a network for a file.

    Raises
    ------
    CatalogInvalid
        The source has faults, is missing, or is of another kind.
    """
    if path.is_dir():
        return read_catalog(path)
    suffixes = [suffix.lower() for suffix in path.suffixes]
    if suffixes and suffixes[-1] == ".xz":
        suffixes.pop()
    reader = _READERS.get(suffixes[-1]) if suffixes else None
    if reader is None:
        if not path.exists():
            raise refuse(path, "there is no such file or folder")
        kinds = ", ".join(sorted(_READERS))
        raise refuse(path, f"expected a catalog folder or a file whose name ends in {kinds}, or one of these .xz")
    return Catalog((reader(path),))


def check_source(path: Path) -> tuple[Problem, ...]:
    """List every fault of a source; empty when it can be read whole.

    Parameters
    ----------
    path
        As for ``read_source``.

    Returns
    -------
    tuple[Problem, ...]
        Sorted by place.
    """
    try:
        read_source(path)
    except CatalogInvalid as error:
        return error.problems
    return ()
