"""Which open quotes a new version of a product would break, or make cost something else."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from catalog import service as catalog
from catalog.product import ProductDefinition
from configurator.audit.impact import Impact, NewVersion
from configurator.configuration import Selection
from configurator.view import with_rules_of
from ordering.document_context import values_of
from ordering.quote import QuoteState
from ordering.tables import QuoteLineRow, QuoteRow


@dataclass(frozen=True, slots=True)
class QuoteLineImpact:
    """A line of an open quote and what the new version would make of it.

    An open quote keeps its own version and its price whatever is published; this says what its customer would meet
    when asking again.
    """

    number: str
    revision: int
    customer_name: str
    position: int
    quantity: int
    valid_until: datetime
    impact: Impact


@dataclass(frozen=True, slots=True)
class QuoteImpact:
    """What a new version makes of the open quotes of a product.

    ``lines`` counts the lines looked at; those listed are invalid under the new version or cost something else there.
    """

    lines: int
    changed: tuple[QuoteLineImpact, ...]

    @property
    def broken(self) -> tuple[QuoteLineImpact, ...]:
        """Lines that the new version does not allow."""
        return tuple(item for item in self.changed if not item.impact.is_valid)


def assess_open_quotes(session: Session, *, new: ProductDefinition, on: date, now: datetime,
                       cache_directory: Path | None) -> QuoteImpact:
    """Say what a new version makes of the lines of open quotes that sell its product.

    Parameters
    ----------
    session
        Only read.
    new
        The version under consideration; it need not be published.
    on
        The plant-local day whose rules count.
    now
        Aware UTC; quotes whose time is over are left out.
    cache_directory
        Where compiled models are kept; None keeps nothing.

    Returns
    -------
    QuoteImpact
        The quotes that end first stand first.

    Raises
    ------
    ComponentTooLarge
        The new version couples more than can be solved ahead.
    """
    rows = session.scalars(
        select(QuoteLineRow).join(QuoteRow).options(selectinload(QuoteLineRow.quote))
        .where(QuoteRow.state == QuoteState.OFFERED.value, QuoteRow.valid_until > now,
               QuoteLineRow.product_code == new.code)
        .order_by(QuoteRow.valid_until, QuoteRow.id, QuoteLineRow.position)).all()
    if not rows:
        return QuoteImpact(0, ())
    version = NewVersion(with_rules_of(new, on), cache_directory=cache_directory)
    found = [_assessed(session, version, row) for row in rows]
    return QuoteImpact(len(found), tuple(item for item in found if not item.impact.is_valid
                                         or item.impact.changes_price))


def _assessed(session: Session, version: NewVersion, row: QuoteLineRow) -> QuoteLineImpact:
    old = catalog.get_version(session, content_hash=row.content_hash).definition
    impact = version.assess(old, Selection.of(values_of(old, row.choices)))
    return QuoteLineImpact(row.quote.number, row.quote.revision, row.quote.customer_name, row.position, row.quantity,
                           row.quote.valid_until, impact)
