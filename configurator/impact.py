"""Which stored configurations of a product a new version would break, or make cost something else."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path

from sqlalchemy.orm import Session

from catalog import service as catalog
from catalog.product import ProductDefinition
from configurator.audit.impact import Impact, NewVersion
from configurator.store import FrozenConfiguration, count_configurations, list_configurations
from configurator.view import with_rules_of

MOST_LOOKED_AT = 2_000


@dataclass(frozen=True, slots=True)
class ConfigurationImpact:
    """A stored configuration and what the new version makes of it."""

    configuration: FrozenConfiguration
    impact: Impact


@dataclass(frozen=True, slots=True)
class StoredImpact:
    """What a new version makes of the stored configurations of a product.

    ``total`` are stored, ``looked_at`` of them (the newest) were looked at; those listed are invalid under the new
    version or cost something else there.
    """

    total: int
    looked_at: int
    changed: tuple[ConfigurationImpact, ...]

    @property
    def broken(self) -> tuple[ConfigurationImpact, ...]:
        """Those that the new version does not allow."""
        return tuple(item for item in self.changed if not item.impact.is_valid)


def assess_configurations(session: Session, *, new: ProductDefinition, on: date, cache_directory: Path | None,
                          limit: int = MOST_LOOKED_AT) -> StoredImpact:
    """Say what a new version makes of the stored configurations of its product.

    Parameters
    ----------
    session
        Only read.
    new
        The version under consideration; it need not be published.
    on
        The day whose rules count.
    cache_directory
        Where compiled models are kept; None keeps nothing.
    limit
        How many of the newest configurations are looked at, at least 1.

    Returns
    -------
    StoredImpact
        Newest first. Equal configurations are worked out once.

    Raises
    ------
    ComponentTooLarge
        The new version couples more than can be solved ahead.
    """
    version = NewVersion(with_rules_of(new, on), cache_directory=cache_directory)
    known: dict[tuple[str, str], Impact] = {}
    found = list_configurations(session, product_code=new.code, limit=limit)
    changed = []
    for item in found:
        key = (item.content_hash, item.revision_hash)
        if key not in known:
            old = catalog.get_version(session, content_hash=item.content_hash)
            known[key] = version.assess(old.definition, item.selection)
        if not known[key].is_valid or known[key].changes_price:
            changed.append(ConfigurationImpact(item, known[key]))
    return StoredImpact(count_configurations(session, product_code=new.code), len(found), tuple(changed))
