"""Publishing a source: its products are compiled, then serve; its plants go into planning.

From the command line all of it happens at once. From a page the versions are stored first and a background job
compiles each of them; until a version is ready, the one before it serves.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from itertools import chain
from pathlib import Path

from sqlalchemy.orm import Session

from catalog import service as catalog
from catalog import uploads
from catalog.errors import CatalogInvalid, UploadNotFound
from catalog.formats.catalog_source import CatalogSource, SourcedProduct, read_path
from catalog.formats.upload import read_upload
from catalog.product import ProductDefinition, ProductVersion
from catalog.readiness import CompileFacts, VersionState
from configurator import service as configurator
from configurator.compiling import CompileFault
from configurator.impact import assess_configurations
from configurator.soundness import rule_place
from ordering import service as ordering
from scheduling import service as scheduling
from web.jobs.tries import list_tries, try_again
from web.shop.lookup import plant_day
from web.tables import JobRow

COMPILE = "catalog.compile"
COMPARE = "catalog.compare"
MOST_CHANGED = 200
"""So many changed quotes and configurations are listed; all are counted."""


@dataclass(frozen=True, slots=True)
class Publication:
    """A source that was read and compiled, ready to be stored; ``compiled`` is by content hash."""

    source: CatalogSource
    compiled: Mapping[str, CompileFacts]


def prepare(*, path: Path, on: date, cache_directory: Path | None) -> Publication:
    """Read a source and compile its products; needs no database, so that nothing waits for it.

    Parameters
    ----------
    path
        A catalog folder, or a file that :func:`catalog.formats.catalog_source.read_path` reads.
    on
        The day whose rules count first.
    cache_directory
        Where the compiled products are left for the processes that serve; None compiles them for a look only.

    Raises
    ------
    CatalogInvalid
        The source has faults, or a product that cannot be configured at all.
    """
    source = read_path(path)
    compiled: dict[str, CompileFacts] = {}
    problems = []
    for product in source.products:
        found = configurator.compile_source(product.definition, content_hash=product.content_hash, on=on,
                                            cache_directory=cache_directory)
        if isinstance(found, CompileFault):
            problems.append(replace(rule_place(path, product.definition.code, found.rule), message=found.reason))
        else:
            compiled[product.content_hash] = found
    if problems:
        raise CatalogInvalid(tuple(problems))
    return Publication(source, compiled)


def publish(session: Session, *, path: Path, now: datetime, cache_directory: Path | None) -> dict[str, object]:
    """Prepare a source and publish it in one go; see :func:`prepare` and :func:`publish_prepared`."""
    publication = prepare(path=path, on=plant_day(session, now), cache_directory=cache_directory)
    return publish_prepared(session, publication=publication, now=now)


def publish_prepared(session: Session, *, publication: Publication, now: datetime) -> dict[str, object]:
    """Store what was prepared; it serves from the end of the transaction on.

    Parameters
    ----------
    session
        Inside a writing transaction; the caller commits.
    publication
        From :func:`prepare`.
    now
        Aware UTC.

    Returns
    -------
    dict
        ``products``: code, version and content hash of each; ``network``: its code, or None.
    """
    versions = catalog.publish_source(session, source=publication.source, now=now, is_waiting=True)
    for version in versions:
        if catalog.mark_ready(session, content_hash=version.content_hash,
                              facts=publication.compiled[version.content_hash], now=now):
            _note(session, version, action="catalog.publish", by=catalog.SYSTEM, now=now)
    network = _publish_network(session, publication.source, now)
    return {
        "products": [
            {"code": version.product_code, "version": version.number, "content_hash": version.content_hash}
            for version in versions
        ],
        "network": network,
    }


def publish_later(session: Session, *, source: CatalogSource, by: str, now: datetime) -> tuple[ProductVersion, ...]:
    """Store the versions of a source and queue the compilation that lets each of them serve.

    Parameters
    ----------
    session
        Inside a writing transaction; the caller commits.
    source
        Read without faults.
    by
        Login of the person.
    now
        Aware UTC.

    Returns
    -------
    tuple of ProductVersion
        Those that are to be compiled, sorted by code; products that serve this very content are left out.
    """
    versions = catalog.publish_source(session, source=source, now=now, by=by, is_waiting=True)
    waiting = []
    for version in versions:
        if catalog.get_record(session, content_hash=version.content_hash).state is not VersionState.READY:
            compile_later(session, content_hash=version.content_hash, by=by, now=now)
            _note(session, version, action="catalog.publish", by=by, now=now)
            waiting.append(version)
    _publish_network(session, source, now)
    return tuple(waiting)


def compile_later(session: Session, *, content_hash: str, by: str, now: datetime) -> JobRow:
    """Queue the compilation of a version; an earlier one that has ended badly is followed by another.

    Returns
    -------
    JobRow
        The job that waits or runs.

    Raises
    ------
    ProductVersionNotFound
        No version has this hash.
    """
    catalog.wait_again(session, content_hash=content_hash)
    return try_again(session, kind=COMPILE, subject=content_hash, payload={"content_hash": content_hash, "by": by},
                     now=now)


def compile_jobs(session: Session, *, content_hash: str) -> tuple[JobRow, ...]:
    """Give the compilations of a version in the order in which they were asked for; empty when none was."""
    return list_tries(session, kind=COMPILE, subject=content_hash)


def find_definition(session: Session, *, content_hash: str, upload_id: int | None) -> ProductDefinition:
    """Give a product by the hash of its source: a published version, or what an upload says of it.

    The upload named may be changed or put away by now; any other one that says the same will do.

    Raises
    ------
    ProductVersionNotFound
        No version has the hash, and no open upload says it without faults.
    """
    if upload_id is not None and catalog.find_record(session, content_hash=content_hash) is None:
        others = (item.id for item in uploads.list_open_uploads(session))
        for number in chain((upload_id,), others):
            product = _find_sent(session, upload_id=number, content_hash=content_hash)
            if product is not None:
                return product.definition
    return catalog.get_version(session, content_hash=content_hash).definition


def _find_sent(session: Session, *, upload_id: int, content_hash: str) -> SourcedProduct | None:
    try:
        found = uploads.get_upload(session, upload_id=upload_id)
        products = read_upload(found.source, found.problems).products
    except (UploadNotFound, CatalogInvalid):
        return None
    return next((item for item in products if item.content_hash == content_hash), None)


def list_broken(session: Session, *, new: ProductDefinition, on: date, now: datetime,
                cache_directory: Path | None) -> dict[str, object]:
    """Say what a new version makes of open quotes and stored configurations of its product, as plain JSON values.

    ``on`` is the plant-local day whose rules count.
    """
    quotes = ordering.assess_open_quotes(session, new=new, on=on, now=now, cache_directory=cache_directory)
    stored = assess_configurations(session, new=new, on=on, cache_directory=cache_directory)
    entries = [*((f"{line.number} · {line.customer_name}", line.number, line.impact) for line in quotes.changed),
               *((item.configuration.id, "", item.impact) for item in stored.changed)]
    return {
        "quote_lines": quotes.lines, "stored": stored.total, "looked_at": stored.looked_at,
        "broken_quotes": len(quotes.broken), "broken_stored": len(stored.broken),
        "changed": [{
            "label": label, "quote": number, "is_valid": impact.is_valid, "lost": list(impact.lost),
            "unknown": list(impact.unknown), "rules": [rule.code for rule in impact.rules],
            "old_minor": impact.old_price_minor, "new_minor": impact.new_price_minor,
        } for label, number, impact in entries[:MOST_CHANGED]],
    }


def compare_later(session: Session, *, old: str, new: str, upload_id: int | None, by: str, now: datetime) -> JobRow:
    """Queue the comparison of two sources by their hashes, unless it waits or runs; see :func:`compare_jobs`."""
    return try_again(session, kind=COMPARE, subject=f"{old}:{new}", now=now,
                     payload={"old": old, "new": new, "upload": upload_id, "by": by})


def compare_jobs(session: Session, *, old: str, new: str) -> tuple[JobRow, ...]:
    """Give the comparisons of two sources in the order in which they were asked for; empty when none was."""
    return list_tries(session, kind=COMPARE, subject=f"{old}:{new}")


def settle(session: Session, *, content_hash: str, found: CompileFacts | CompileFault, by: str,
           now: datetime) -> bool:
    """Let a compiled version serve, or note why it cannot.

    Returns
    -------
    bool
        Whether the version serves now.
    """
    if isinstance(found, CompileFault):
        catalog.mark_failed(session, content_hash=content_hash, reason=found.reason, now=now)
        return catalog.get_record(session, content_hash=content_hash).state is VersionState.READY
    if catalog.mark_ready(session, content_hash=content_hash, facts=found, now=now):
        version = catalog.get_version(session, content_hash=content_hash)
        _note(session, version, action="catalog.serve", by=by, now=now)
    return True


def _publish_network(session: Session, source: CatalogSource, now: datetime) -> str | None:
    if source.network is None:
        return None
    network = catalog.get_network(session)
    scheduling.publish_network(session, network=network, now=now)
    return network.code


def _note(session: Session, version: ProductVersion, *, action: str, by: str, now: datetime) -> None:
    ordering.note_action(session, now=now, actor=by, action=action, subject=version.product_code,
                         facts={"version": version.number, "content_hash": version.content_hash})
