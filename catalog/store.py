"""Between rows and values: published sources in and out of the database, definitions cached by their hash."""

from __future__ import annotations

import threading
import zlib
from collections import OrderedDict
from collections.abc import Callable
from datetime import datetime
from typing import Generic, TypeVar

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from catalog.database import read_once
from catalog.formats.catalog_source import SourcedProduct
from catalog.formats.published import PublishedSource, read_definition, read_published_network
from catalog.plant import Network
from catalog.product import ProductDefinition, ProductSummary, ProductVersion
from catalog.tables import NetworkVersionRow, ProductReadinessRow, ProductVersionRow
from catalog.text import Text

CACHED_DEFINITIONS = 64

T = TypeVar("T")


class _Cache(Generic[T]):
    """The newest values by content hash, shared by the threads of a process."""

    def __init__(self, limit: int) -> None:
        self._values: OrderedDict[str, T] = OrderedDict()
        self._limit = limit
        self._lock = threading.Lock()

    def get(self, content_hash: str, read: Callable[[], T]) -> T:
        """Give the value of a hash; read it when it is not there. Two threads may read at once, both alike."""
        with self._lock:
            if content_hash in self._values:
                self._values.move_to_end(content_hash)
                return self._values[content_hash]
        value = read()
        with self._lock:
            self._values[content_hash] = value
            while len(self._values) > self._limit:
                self._values.popitem(last=False)
        return value


_definitions: _Cache[ProductDefinition] = _Cache(CACHED_DEFINITIONS)
_networks: _Cache[Network] = _Cache(4)


def find_version(session: Session, *, content_hash: str) -> ProductVersion | None:
    """Give the version with a hash; None when it is not published."""
    return read_once(session, (ProductVersionRow, content_hash), lambda: _find_version(session, content_hash))


def _find_version(session: Session, content_hash: str) -> ProductVersion | None:
    row = session.scalar(select(ProductVersionRow).where(ProductVersionRow.content_hash == content_hash))
    return None if row is None else _version(row)


def find_newest(session: Session, *, product_code: str) -> ProductVersion | None:
    """Give the newest ready version of a product; None when it has none."""
    row = session.scalar(_ready().where(ProductVersionRow.product_code == product_code)
                         .order_by(ProductVersionRow.number.desc()).limit(1))
    return None if row is None else _version(row)


def find_newest_hash(session: Session, *, product_code: str) -> str | None:
    """Give the hash of the newest ready version of a product without reading it; None when it has none."""
    return session.scalar(
        select(ProductVersionRow.content_hash).join(ProductReadinessRow)
        .where(ProductReadinessRow.ready_at.is_not(None), ProductVersionRow.product_code == product_code)
        .order_by(ProductVersionRow.number.desc()).limit(1)
    )


def newest_versions(session: Session) -> tuple[ProductVersion, ...]:
    """Give the newest ready version of every product, sorted by code."""
    newest = (
        select(ProductVersionRow.product_code, func.max(ProductVersionRow.number).label("number"))
        .join(ProductReadinessRow).where(ProductReadinessRow.ready_at.is_not(None))
        .group_by(ProductVersionRow.product_code)
        .subquery()
    )
    rows = session.scalars(
        select(ProductVersionRow)
        .join(newest, (ProductVersionRow.product_code == newest.c.product_code)
              & (ProductVersionRow.number == newest.c.number))
        .order_by(ProductVersionRow.product_code)
    )
    return tuple(_version(row) for row in rows)


def newest_summaries(session: Session) -> tuple[ProductSummary, ...]:
    """Give what a list shows of the newest ready version of every product, without reading its definition."""
    columns = (
        ProductVersionRow.product_code, ProductVersionRow.number, ProductVersionRow.content_hash,
        ProductVersionRow.title, ProductVersionRow.family, ProductVersionRow.drawing, ProductVersionRow.published_at,
    )
    found: dict[str, ProductSummary] = {}
    for code, number, content_hash, title, family, drawing, published_at in session.execute(
        select(*columns).join(ProductReadinessRow).where(ProductReadinessRow.ready_at.is_not(None))
        .order_by(ProductVersionRow.product_code, ProductVersionRow.number)
    ):
        found[code] = ProductSummary(code, number, content_hash, Text.of(title), family, drawing, published_at)
    return tuple(found.values())


def find_source(session: Session, *, content_hash: str) -> PublishedSource | None:
    """Give the published files of a version; None when it is not published."""
    compressed = session.scalar(
        select(ProductVersionRow.source).where(ProductVersionRow.content_hash == content_hash))
    return None if compressed is None else _source(compressed)


def definition_of(source: PublishedSource) -> ProductDefinition:
    """Read a published source, or give the definition that this process has read of it already."""
    return _definitions.get(source.content_hash(), lambda: read_definition(source))


def add_version(
    session: Session, product: SourcedProduct, now: datetime, *, by: str, is_waiting: bool
) -> ProductVersion:
    """Store a checked source as the next version of its product, or give the version that holds it already."""
    content_hash, definition = product.content_hash, product.definition
    present = find_version(session, content_hash=content_hash)
    if present is not None:
        return present
    last = session.scalar(
        select(func.max(ProductVersionRow.number)).where(ProductVersionRow.product_code == definition.code)
    )
    row = ProductVersionRow(
        product_code=definition.code, number=(last or 0) + 1, content_hash=content_hash, family=definition.family,
        drawing=definition.drawing, title=dict(definition.title.entries),
        source=zlib.compress(product.source.canonical(), 9), published_at=now,
    )
    session.add(row)
    session.flush()
    session.add(ProductReadinessRow(version_id=row.id, published_by=by, ready_at=None if is_waiting else now))
    session.flush()
    kept = _definitions.get(content_hash, lambda: definition)
    return ProductVersion(row.product_code, row.number, content_hash, kept)


def add_network(session: Session, source: PublishedSource, network: Network, now: datetime) -> None:
    """Store a checked network as its next version unless the newest one is the same."""
    content_hash = source.content_hash()
    if session.scalar(select(NetworkVersionRow.id).where(NetworkVersionRow.content_hash == content_hash)):
        return
    last = session.scalar(select(func.max(NetworkVersionRow.number)).where(NetworkVersionRow.code == network.code))
    session.add(NetworkVersionRow(
        code=network.code, number=(last or 0) + 1, content_hash=content_hash,
        source=zlib.compress(source.canonical(), 9), published_at=now,
    ))
    session.flush()


def find_network(session: Session) -> Network | None:
    """Give the network published last; None when there is none."""
    row = session.scalar(select(NetworkVersionRow).order_by(NetworkVersionRow.id.desc()).limit(1))
    if row is None:
        return None
    return _networks.get(row.content_hash, lambda: read_published_network(_source(row.source)))


def _ready() -> Select[ProductVersionRow]:
    return select(ProductVersionRow).join(ProductReadinessRow).where(ProductReadinessRow.ready_at.is_not(None))


def _version(row: ProductVersionRow) -> ProductVersion:
    definition = _definitions.get(row.content_hash, lambda: read_definition(_source(row.source)))
    return ProductVersion(row.product_code, row.number, row.content_hash, definition)


def _source(compressed: bytes) -> PublishedSource:
    return PublishedSource.from_canonical(zlib.decompress(compressed))
