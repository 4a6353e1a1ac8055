"""Publishing a source as a whole: its products, and its plants for planning."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from sqlalchemy.orm import Session

from catalog import service as catalog
from catalog.errors import CatalogInvalid
from configurator.soundness import find_void
from scheduling import service as scheduling


def publish(session: Session, *, path: Path, now: datetime) -> dict[str, object]:
    """Publish a catalog folder with its network, or a product file of another format.

    Parameters
    ----------
    session
        Inside a writing transaction; the caller commits.
    path
        A folder, or a file that :func:`catalog.service.publish_catalog` reads.
    now
        Aware UTC.

    Returns
    -------
    dict
        ``products``: code, version and content hash of each; ``network``: its code, or None.

    Raises
    ------
    CatalogInvalid
        The source has faults, or a product that cannot be configured at all; the caller rolls back, nothing is
        stored.
    """
    versions = catalog.publish_catalog(session, path=path, now=now)
    problems = find_void((version.definition for version in versions), path=path, on=now.date())
    if problems:
        raise CatalogInvalid(problems)
    network_code = None
    if path.is_dir() and (path / "network").is_dir():
        network = catalog.get_network(session)
        scheduling.publish_network(session, network=network, now=now)
        network_code = network.code
    return {
        "products": [
            {"code": version.product_code, "version": version.number, "content_hash": version.content_hash}
            for version in versions
        ],
        "network": network_code,
    }
