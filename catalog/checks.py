"""The invariants of the catalog: what is published never changes, and its parts have sound quantities."""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from catalog import store
from catalog.errors import OnelotError
from catalog.tables import NetworkVersionRow, ProductVersionRow


@dataclass(frozen=True, slots=True)
class Breach:
    """A stored fact that breaks an invariant."""

    invariant: str
    message: str

    def __str__(self) -> str:
        return f"{self.invariant}: {self.message}"


def check(session: Session, *, now: datetime) -> tuple[Breach, ...]:
    """Check that every published source still has its hash and can be read (I11).

    Parameters
    ----------
    session
        Only read.
    now
        Aware UTC; nothing here depends on it.

    Returns
    -------
    tuple of Breach
        Empty when all hold.
    """
    return (*_changed_sources(session), *_unreadable_products(session))


def _changed_sources(session: Session) -> Iterator[Breach]:
    products = session.execute(select(ProductVersionRow.product_code, ProductVersionRow.number,
                                      ProductVersionRow.content_hash, ProductVersionRow.source))
    networks = session.execute(select(NetworkVersionRow.code, NetworkVersionRow.number,
                                      NetworkVersionRow.content_hash, NetworkVersionRow.source))
    for code, number, content_hash, source in (*products, *networks):
        try:
            is_whole = hashlib.sha256(zlib.decompress(source)).hexdigest() == content_hash
        except zlib.error:
            is_whole = False
        if not is_whole:
            yield Breach("I11", f"the source of {code} version {number} is not the one that was published")


def _unreadable_products(session: Session) -> Iterator[Breach]:
    for content_hash in session.scalars(select(ProductVersionRow.content_hash)):
        try:
            store.find_version(session, content_hash=content_hash)
        except (OnelotError, zlib.error) as error:
            yield Breach("I11", f"product version {content_hash[:12]} cannot be read any more: {error}")
