"""A whole source before it is published: each product with its canonical source, and the network that makes them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from catalog.errors import CatalogInvalid, Problem
from catalog.formats.bounded_reading import read_bytes
from catalog.formats.folder import read_files
from catalog.formats.published import (
    NETWORK,
    PublishedSource,
    read_definition,
    source_of_bytes,
    source_of_product,
)
from catalog.formats.source_files import SourceFiles, load_files
from catalog.plant import Network
from catalog.product import ProductDefinition

MODEL_FORMATS = {".uvl": "uvl", ".dimacs": "dimacs", ".xml": "table_xml"}
"""Formats of one file each, by the suffix of its name."""


@dataclass(frozen=True, slots=True)
class SourcedProduct:
    """A product read from its source; ``content_hash`` pins the source."""

    definition: ProductDefinition
    source: PublishedSource
    content_hash: str


@dataclass(frozen=True, slots=True)
class CatalogSource:
    """Everything that one source publishes: products sorted by code, and a network if it holds one."""

    products: tuple[SourcedProduct, ...]
    network: Network | None = None
    network_source: PublishedSource | None = None


def read_path(path: Path) -> CatalogSource:
    """Read a catalog folder, or a ``.uvl``, ``.dimacs`` or ``.xml`` file, also with ``.xz`` behind.

    Raises
    ------
    CatalogInvalid
        The source has faults; all of them are listed.
    """
    if path.is_dir():
        return read_folder_files(*load_files(path))
    plain = path.with_suffix("") if path.suffix == ".xz" else path
    if plain.suffix not in MODEL_FORMATS:
        found = path.suffix or "no suffix"
        message = f"found {found!r}; expected a catalog folder, or a .uvl, .dimacs or .xml file, also with .xz"
        raise CatalogInvalid((Problem(path.name, 0, 0, message),))
    return read_model_file(read_bytes(path), file_name=plain.name)


def read_model_file(content: bytes, *, file_name: str) -> CatalogSource:
    """Read one product from the bytes of a model file; its name tells format and code.

    Raises
    ------
    CatalogInvalid
        The file has faults, or its name has another suffix than those of :data:`MODEL_FORMATS`.
    """
    format_name = MODEL_FORMATS.get(Path(file_name).suffix, Path(file_name).suffix or "none")
    return read_published(source_of_bytes(content, format_name=format_name, file_name=file_name))


def read_published(source: PublishedSource) -> CatalogSource:
    """Read one product from its source in whatever format.

    Raises
    ------
    CatalogInvalid
        The source has faults; all of them are listed.
    """
    return CatalogSource((SourcedProduct(read_definition(source), source, source.content_hash()),))


def read_folder_files(files: SourceFiles, problems: tuple[Problem, ...] = ()) -> CatalogSource:
    """Read a catalog folder from files in memory.

    Parameters
    ----------
    files
        Texts by path from the top of the folder.
    problems
        What stood against reading other files; any refuses the whole source.

    Raises
    ------
    CatalogInvalid
        The source has faults; all of them are listed.
    """
    catalog = read_files(files, problems)
    products = []
    for definition in catalog.products:
        source = source_of_product(files, definition)
        products.append(SourcedProduct(definition, source, source.content_hash()))
    network_source = None if catalog.network is None else PublishedSource(NETWORK, files.under("network"))
    return CatalogSource(tuple(products), catalog.network, network_source)
