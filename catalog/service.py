"""What others ask of the catalog: publish a source, list products, give one version, give the network."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from sqlalchemy.orm import Session

from catalog import store
from catalog.errors import CatalogInvalid, NetworkNotFound, Problem, ProductVersionNotFound
from catalog.formats.bounded_reading import read_bytes
from catalog.formats.folder import read_files
from catalog.formats.published import FOLDER, NETWORK, PublishedSource, read_definition, source_of_bytes
from catalog.formats.source_files import load_files
from catalog.plant import Network
from catalog.product import ProductSummary, ProductVersion

__all__ = [
    "CatalogInvalid", "NetworkNotFound", "ProductVersionNotFound", "get_network", "get_newest", "get_version",
    "list_product_summaries", "list_products", "publish_catalog", "publish_product",
]

_FORMATS = {".uvl": "uvl", ".dimacs": "dimacs", ".xml": "table_xml"}


def publish_catalog(session: Session, *, path: Path, now: datetime) -> tuple[ProductVersion, ...]:
    """Publish every product of a catalog folder, and its network, or the one product of a model file.

    Parameters
    ----------
    path
        A catalog folder, or a ``.uvl``, ``.dimacs`` or ``.xml`` file, also with ``.xz`` behind.
    now
        Aware UTC; stored as the moment of publishing.

    Returns
    -------
    tuple[ProductVersion, ...]
        One version a product, sorted by code. A product published before with the same content keeps its version.

    Raises
    ------
    CatalogInvalid
        The source has faults; all of them are listed and nothing is stored.
    """
    if not path.is_dir():
        plain = path.with_suffix("") if path.suffix == ".xz" else path
        format_name = _FORMATS.get(plain.suffix)
        if format_name is None:
            found = path.suffix or "no suffix"
            message = f"found {found!r}; expected a catalog folder, or a .uvl, .dimacs or .xml file, also with .xz"
            raise CatalogInvalid((Problem(path.name, 0, 0, message),))
        return (publish_product(session, source=read_bytes(path), format=format_name, now=now, name=plain.name),)
    files, problems = load_files(path)
    catalog = read_files(files, problems)
    if catalog.network is not None:
        source = PublishedSource(NETWORK, files.under("network"))
        store.add_network(session, source, catalog.network, now)
    return tuple(
        store.add_version(session, PublishedSource(FOLDER, files.under(f"products/{product.code}")), product, now)
        for product in catalog.products
    )


def publish_product(
    session: Session, *, source: bytes, format: str, now: datetime, name: str = ""
) -> ProductVersion:
    """Publish one product from the bytes of a file.

    Parameters
    ----------
    source
        The file's bytes, not compressed.
    format
        ``uvl``, ``dimacs``, ``table_xml``, or ``folder`` for the canonical bytes of a product folder.
    now
        Aware UTC; stored as the moment of publishing.
    name
        The file's name, from which the product's code comes; empty: ``product`` and the format.

    Returns
    -------
    ProductVersion
        The next version of the product; the present one when the content is the same.

    Raises
    ------
    CatalogInvalid
        The source has faults; all of them are listed and nothing is stored.
    """
    published = source_of_bytes(source, format_name=format, file_name=name or f"product.{format}")
    return store.add_version(session, published, read_definition(published), now)


def list_products(session: Session) -> tuple[ProductVersion, ...]:
    """Give the newest version of every product, sorted by code; empty when nothing is published."""
    return store.newest_versions(session)


def list_product_summaries(session: Session) -> tuple[ProductSummary, ...]:
    """Give title, family and hash of the newest version of every product, without reading definitions."""
    return store.newest_summaries(session)


def get_version(session: Session, *, content_hash: str) -> ProductVersion:
    """Give a version by the hash that quotes and orders pin.

    Raises
    ------
    ProductVersionNotFound
        No version has this hash.
    """
    version = store.find_version(session, content_hash=content_hash)
    if version is None:
        raise ProductVersionNotFound("This product version is not published here.", content_hash=content_hash)
    return version


def get_newest(session: Session, *, product_code: str) -> ProductVersion:
    """Give the newest version of a product.

    Raises
    ------
    ProductVersionNotFound
        No such product is published.
    """
    version = store.find_newest(session, product_code=product_code)
    if version is None:
        raise ProductVersionNotFound("This product is not published here.", product_code=product_code)
    return version


def get_network(session: Session) -> Network:
    """Give the network published last.

    Raises
    ------
    NetworkNotFound
        No network is published.
    """
    network = store.find_network(session)
    if network is None:
        raise NetworkNotFound("No network is published; publish a catalog folder that holds one.")
    return network
