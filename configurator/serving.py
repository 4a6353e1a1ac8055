"""Which products this process has ready to answer, and which version of each it serves.

A process that serves a product and learns of a newer version goes on serving the one in its memory until the newer
one is read too; reading happens beside the requests, from the artifact that publishing has left.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from threading import Lock, Thread

from sqlalchemy.orm import Session

from catalog import service as catalog_service
from catalog.formats.published import PublishedSource
from catalog.product import ProductVersion
from catalog.readiness import VersionRecord, VersionState
from configurator.appraisal import Appraiser
from configurator.compiling import rules_key
from configurator.configuration import Selection
from configurator.engine.loading import compile_definition
from configurator.recent import Recent
from configurator.view import LoadedProduct, with_rules_of

logger = logging.getLogger(__name__)

PATIENCE_SECONDS = 0.1
"""So long the request that finds a newer version waits for it before it is answered by the present one."""

_SERVED = "onelot_served_versions"
_loaded: Recent[str, LoadedProduct] = Recent(32)


@dataclass(slots=True)
class _Process:
    """What the threads of this process share besides loaded products."""

    guard: Lock = field(default_factory=Lock)
    locks: dict[str, Lock] = field(default_factory=dict)
    served: dict[str, str] = field(default_factory=dict)
    """Hash of the version that answered last, by product."""
    readers: dict[str, Thread] = field(default_factory=dict)
    """Threads that read a newer version, by its hash."""


_process = _Process()


def load_model(session: Session, *, content_hash: str, on: date, cache_directory: Path | None) -> LoadedProduct:
    """Make a product version ready to answer; later calls in this process take no time.

    Threads that ask for the same product at once wait for one compilation.

    Parameters
    ----------
    session
        Reads the published version.
    content_hash
        Which version.
    on
        The day whose rules count.
    cache_directory
        Where compiled models are kept between processes; None keeps them in memory alone.

    Returns
    -------
    LoadedProduct
        Shared by all threads; immutable.

    Raises
    ------
    ProductVersionNotFound
        No such version is published.
    ComponentTooLarge
        Its rules couple more numbers and options than can be solved ahead.
    """
    version = catalog_service.get_version(session, content_hash=content_hash)
    return _load(version, on, cache_directory)


def get_serving(session: Session, *, product_code: str, on: date, cache_directory: Path | None) -> ProductVersion:
    """Give the version of a product that answers customers: the newest ready one, once this process has read it.

    Until then it is the version that this process has answered with so far. Within one session the answer stays
    the same, so that a page speaks of one version alone.

    Parameters
    ----------
    session
        Reads what is published.
    product_code
        Which product.
    on
        The day whose rules count.
    cache_directory
        Where compiled models are kept between processes.

    Returns
    -------
    ProductVersion
        A ready version.

    Raises
    ------
    ProductVersionNotFound
        No such product is published, or none of its versions is ready.
    """
    pinned: dict[str, str] = session.info.setdefault(_SERVED, {})
    if product_code not in pinned:
        pinned[product_code] = _choose(session, product_code, on, cache_directory)
    return catalog_service.get_version(session, content_hash=pinned[product_code])


def _choose(session: Session, product_code: str, on: date, cache_directory: Path | None) -> str:
    newest = catalog_service.get_newest_hash(session, product_code=product_code)
    present = _process.served.get(product_code)
    if present not in {None, newest} and _is_ready(session, present):
        _read_beside(session, newest, on, cache_directory)
        return _process.served.get(product_code, newest)
    load_model(session, content_hash=newest, on=on, cache_directory=cache_directory)
    _process.served[product_code] = newest
    return newest


def _is_ready(session: Session, content_hash: str | None) -> bool:
    """Tell whether a version that this process has served is one of this database at all."""
    record = catalog_service.find_record(session, content_hash=content_hash or "")
    return record is not None and record.state is VersionState.READY


def _read_beside(session: Session, content_hash: str, on: date, cache_directory: Path | None) -> None:
    """Begin to read a newer version in a thread of its own, unless one does so already."""
    if content_hash in _process.readers:
        return
    record = catalog_service.get_record(session, content_hash=content_hash)
    source = catalog_service.get_source(session, content_hash=content_hash)
    thread = Thread(target=_read, args=(record, source, on, cache_directory), daemon=True,
                    name=f"read-{content_hash[:8]}")
    with _process.guard:
        if _process.readers.setdefault(content_hash, thread) is not thread:
            return
    thread.start()
    thread.join(PATIENCE_SECONDS)


def _read(record: VersionRecord, source: PublishedSource, on: date, cache_directory: Path | None) -> None:
    """Read a version and let it serve; when that fails the next request tries it itself and tells what is wrong."""
    try:
        definition = catalog_service.read_source_definition(source)
        version = ProductVersion(record.product_code, record.number, record.content_hash, definition)
        _load(version, on, cache_directory)
    except Exception:  # the end of a thread: noted here, shown by the next request
        logger.exception("version %d of %s could not be read", record.number, record.product_code)
        _process.served.pop(record.product_code, None)
    else:
        _process.served[record.product_code] = record.content_hash
    finally:
        with _process.guard:
            _process.readers.pop(record.content_hash, None)


def _load(version: ProductVersion, on: date, cache_directory: Path | None) -> LoadedProduct:
    key = rules_key(version.definition, version.content_hash, on)
    known = _loaded.find(key)
    if known is not None:
        return known
    with _process.guard:
        lock = _process.locks.setdefault(key, Lock())
    with lock:
        return _loaded.find(key) or _compiled(version, key, on, cache_directory)


def _compiled(version: ProductVersion, key: str, on: date, cache_directory: Path | None) -> LoadedProduct:
    definition = with_rules_of(version.definition, on)
    model = compile_definition(definition, content_hash=key, cache_directory=cache_directory)
    product = LoadedProduct(version, definition, model, Appraiser(definition))
    model.domains(Selection())
    _loaded.keep(key, product)
    with _process.guard:
        _process.locks.pop(key, None)
    return product


def wait_for_readers() -> None:
    """Wait until every newer version that is being read in this process is read; tests need it."""
    for thread in tuple(_process.readers.values()):
        thread.join()


def forget_loaded() -> None:
    """Forget every product loaded in this process; tests start from nothing with it."""
    _loaded.forget_all()
    _process.served.clear()
