"""What others ask of the catalog: publish a source, list products, give one version, give the network."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

from sqlalchemy.orm import Session

from catalog import readiness_store, store
from catalog.errors import CatalogInvalid, NetworkNotFound, ProductVersionNotFound
from catalog.formats.catalog_source import CatalogSource, read_path, read_published
from catalog.formats.published import PublishedSource, source_of_bytes
from catalog.plant import Network
from catalog.product import ProductDefinition, ProductSummary, ProductVersion
from catalog.readiness import CompileFacts, VersionRecord, VersionState
from catalog.tables import ProductReadinessRow

__all__ = [
    "CatalogInvalid", "NetworkNotFound", "ProductVersionNotFound", "find_record", "find_serving", "get_network",
    "get_newest", "get_newest_hash", "get_record", "get_source", "get_version", "list_product_summaries",
    "list_products", "list_records", "mark_failed", "mark_ready", "publish_catalog", "publish_product",
    "publish_source", "read_source_definition", "wait_again",
]

SYSTEM = "system"
"""Who publishes from the command line."""


def publish_catalog(session: Session, *, path: Path, now: datetime) -> tuple[ProductVersion, ...]:
    """Publish every product of a catalog folder, and its network, or the one product of a model file.

    The versions serve at once and are compiled when somebody first asks for them.

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
    return publish_source(session, source=read_path(path), now=now)


def publish_product(
    session: Session, *, source: bytes, format: str, now: datetime, name: str = ""
) -> ProductVersion:
    """Publish one product from the bytes of a file; it serves at once.

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
    (version,) = publish_source(session, source=read_published(published), now=now)
    return version


def publish_source(session: Session, *, source: CatalogSource, now: datetime, by: str = SYSTEM,
                   is_waiting: bool = False) -> tuple[ProductVersion, ...]:
    """Publish everything that a source holds.

    Parameters
    ----------
    source
        Read without faults.
    now
        Aware UTC; stored as the moment of publishing.
    by
        Login of the person.
    is_waiting
        Whether new versions wait for :func:`mark_ready` before they serve; else they serve at once.

    Returns
    -------
    tuple[ProductVersion, ...]
        One version a product, sorted by code. A product published before with the same content keeps its version.
    """
    if source.network is not None and source.network_source is not None:
        store.add_network(session, source.network_source, source.network, now)
    return tuple(store.add_version(session, product, now, by=by, is_waiting=is_waiting) for product in source.products)


def mark_ready(session: Session, *, content_hash: str, facts: CompileFacts, now: datetime) -> bool:
    """Let a version serve from the end of this transaction on.

    Parameters
    ----------
    content_hash
        Which version.
    facts
        What its compilation came to.
    now
        Aware UTC.

    Returns
    -------
    bool
        Whether it was not ready before; a ready version keeps the facts of its first compilation.

    Raises
    ------
    ProductVersionNotFound
        No version has this hash.
    """
    row = _readiness(session, content_hash)
    if row.ready_at is not None:
        return False
    row.ready_at, row.failed_at, row.failure = now, None, ""
    row.method, row.options, row.edges = facts.method, facts.options, facts.edges
    row.milliseconds, row.variants = facts.milliseconds, facts.variants
    session.flush()
    return True


def mark_failed(session: Session, *, content_hash: str, reason: str, now: datetime) -> bool:
    """Note that a version cannot serve, and why; a ready version stays ready.

    Parameters
    ----------
    content_hash
        Which version.
    reason
        English sentences for the catalog engineer.
    now
        Aware UTC.

    Returns
    -------
    bool
        False when it was ready already.

    Raises
    ------
    ProductVersionNotFound
        No version has this hash.
    """
    row = _readiness(session, content_hash)
    if row.ready_at is not None:
        return False
    row.failed_at, row.failure = now, reason
    session.flush()
    return True


def wait_again(session: Session, *, content_hash: str) -> None:
    """Let a version that failed wait for another compilation; no effect on others.

    Raises
    ------
    ProductVersionNotFound
        No version has this hash.
    """
    row = _readiness(session, content_hash)
    if row.ready_at is None:
        row.failed_at, row.failure = None, ""
        session.flush()


def get_record(session: Session, *, content_hash: str) -> VersionRecord:
    """Give where a version stands, without its definition.

    Raises
    ------
    ProductVersionNotFound
        No version has this hash.
    """
    record = find_record(session, content_hash=content_hash)
    if record is None:
        raise _not_published(content_hash)
    return record


def find_record(session: Session, *, content_hash: str) -> VersionRecord | None:
    """Give where a version stands, without its definition; None when it is not published."""
    return readiness_store.find_record(session, content_hash=content_hash)


def list_records(session: Session, *, product_code: str | None = None) -> tuple[VersionRecord, ...]:
    """List the versions of a product in whatever state, or of all products: by code, the newest first."""
    return readiness_store.list_records(session, product_code=product_code)


def find_serving(records: Iterable[VersionRecord]) -> VersionRecord | None:
    """Give the version that answers customers: the newest ready one; None when none is ready.

    Parameters
    ----------
    records
        The versions of one product, the newest first.
    """
    return next((record for record in records if record.state is VersionState.READY), None)


def get_source(session: Session, *, content_hash: str) -> PublishedSource:
    """Give the files that a version was published from.

    Raises
    ------
    ProductVersionNotFound
        No version has this hash.
    """
    source = store.find_source(session, content_hash=content_hash)
    if source is None:
        raise _not_published(content_hash)
    return source


def read_source_definition(source: PublishedSource) -> ProductDefinition:
    """Read a published source into this process, where :func:`get_version` finds it; needs no session."""
    return store.definition_of(source)


def list_products(session: Session) -> tuple[ProductVersion, ...]:
    """Give the newest ready version of every product, sorted by code; empty when nothing is published."""
    return store.newest_versions(session)


def list_product_summaries(session: Session) -> tuple[ProductSummary, ...]:
    """Give title, family and hash of the newest ready version of every product, without reading definitions."""
    return store.newest_summaries(session)


def get_version(session: Session, *, content_hash: str) -> ProductVersion:
    """Give a version by the hash that quotes and orders pin, ready or not.

    Raises
    ------
    ProductVersionNotFound
        No version has this hash.
    """
    version = store.find_version(session, content_hash=content_hash)
    if version is None:
        raise _not_published(content_hash)
    return version


def get_newest(session: Session, *, product_code: str) -> ProductVersion:
    """Give the newest ready version of a product.

    Raises
    ------
    ProductVersionNotFound
        No such product is published, or none of its versions is ready.
    """
    version = store.find_newest(session, product_code=product_code)
    if version is None:
        raise ProductVersionNotFound("This product is not published here.", product_code=product_code)
    return version


def get_newest_hash(session: Session, *, product_code: str) -> str:
    """Give the hash of the newest ready version of a product, without reading its definition.

    Raises
    ------
    ProductVersionNotFound
        No such product is published, or none of its versions is ready.
    """
    found = store.find_newest_hash(session, product_code=product_code)
    if found is None:
        raise ProductVersionNotFound("This product is not published here.", product_code=product_code)
    return found


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


def _readiness(session: Session, content_hash: str) -> ProductReadinessRow:
    row = readiness_store.find_readiness(session, content_hash=content_hash)
    if row is None:
        raise _not_published(content_hash)
    return row


def _not_published(content_hash: str) -> ProductVersionNotFound:
    return ProductVersionNotFound("This product version is not published here.", content_hash=content_hash)
