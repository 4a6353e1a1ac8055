"""Use cases of price books: discounts of single products in a price group, and the group's price of a quote's line."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime
from fractions import Fraction

from sqlalchemy import select
from sqlalchemy.orm import Session

from catalog import service as catalog
from catalog.money import Money
from catalog.text import Text
from ordering import store
from ordering.configured import GROUP_PRICE, ConfiguredProduct
from ordering.customer import discount_text
from ordering.customer_changing import require_version
from ordering.customer_reading import living_row
from ordering.customer_tables import CompanyRow, PriceGroupDiscountRow, PriceGroupRow
from ordering.errors import CustomerNotFound, RequestInvalid
from ordering.price_group import (
    NO_TERMS,
    GroupBook,
    GroupDiscount,
    GroupDiscountEntry,
    GroupTerms,
    do_overlap,
    is_period,
)
from ordering.quote import PriceLine
from ordering.tables import CustomerRow

MOST_ENTRIES = 500


def list_group_discounts(session: Session, *, price_group_id: int) -> tuple[GroupDiscount, ...]:
    """List a group's price book by product and first day; raise CustomerNotFound when there is no such group."""
    return _book(living_row(session, PriceGroupRow, price_group_id))


def add_group_discount(
    session: Session, *, price_group_id: int, entry: GroupDiscountEntry, expected_version: int, now: datetime,
    actor: str
) -> tuple[GroupDiscount, ...]:
    """Add a product's discount to a group's price book.

    Parameters
    ----------
    price_group_id
        Whose book.
    entry
        The same as one that stands changes nothing, so that a second click has no effect.
    expected_version
        The group's version that the editor saw.
    now
        Aware UTC.
    actor
        For the audit log.

    Returns
    -------
    tuple of GroupDiscount
        The book as it stands then.

    Raises
    ------
    CustomerChanged
        Somebody else changed the group or its book meanwhile.
    CustomerNotFound
        There is no such group.
    RequestInvalid
        No such product is for sale, the percentage or the period is out of bounds, or another entry counts for the
        product in that time; ``detail["field"]`` names what to change.
    """
    def put(row: PriceGroupRow) -> None:
        if len(row.discounts) >= MOST_ENTRIES:
            raise RequestInvalid(f"A price book has at most {MOST_ENTRIES} entries.", field="product_code")
        _require_fitting(session, row, entry, except_id=None)
        row.discounts.append(_filled(PriceGroupDiscountRow(), entry))

    row = living_row(session, PriceGroupRow, price_group_id, is_locked=True)
    if any(item.entry == entry for item in _book(row)):
        return _book(row)
    return _change(session, row, put, entry=entry, action="discount_add", expected_version=expected_version, now=now,
                   actor=actor)


def change_group_discount(
    session: Session, *, price_group_id: int, discount_id: int, entry: GroupDiscountEntry, expected_version: int,
    now: datetime, actor: str
) -> tuple[GroupDiscount, ...]:
    """Change an entry of a price book; as :func:`add_group_discount`. The same as before changes nothing."""
    def put(row: PriceGroupRow) -> None:
        found = _entry_row(row, discount_id)
        _require_fitting(session, row, entry, except_id=found.id)
        _filled(found, entry)

    row = living_row(session, PriceGroupRow, price_group_id, is_locked=True)
    if _entry_value(_entry_row(row, discount_id)).entry == entry:
        return _book(row)
    return _change(session, row, put, entry=entry, action="discount_change", expected_version=expected_version,
                   now=now, actor=actor)


def remove_group_discount(
    session: Session, *, price_group_id: int, discount_id: int, expected_version: int, now: datetime, actor: str
) -> tuple[GroupDiscount, ...]:
    """Take an entry out of a price book; quotes that were made keep their prices. As :func:`add_group_discount`."""
    row = living_row(session, PriceGroupRow, price_group_id, is_locked=True)
    gone = _entry_row(row, discount_id)
    return _change(session, row, lambda group: group.discounts.remove(gone), entry=_entry_value(gone).entry,
                   action="discount_remove", expected_version=expected_version, now=now, actor=actor)


def find_group_terms(session: Session, *, email: str, product_code: str, on: date) -> GroupTerms:
    """Find what a customer's price group pays for a product.

    Parameters
    ----------
    session
        Only read.
    email
        Of the customer as it was typed; letter case does not count. A contact that was merged is the one it went into.
    product_code
        What is sold.
    on
        The day whose discounts count.

    Returns
    -------
    GroupTerms
        :data:`~ordering.price_group.NO_TERMS` for who is no contact, has no company, or whose company has no group.
    """
    book = find_group_book(session, email=email)
    return NO_TERMS if book is None else book.terms(product_code=product_code, on=on)


def find_group_book(session: Session, *, email: str) -> GroupBook | None:
    """Find the price group of a customer with its whole book; None where :func:`find_group_terms` gives no terms."""
    row = _group_of(session, email.strip().lower())
    return None if row is None else GroupBook(row.code, Text.of(row.title), Fraction(row.discount_percent),
                                              tuple(item.entry for item in _book(row)))


def group_priced(configured: ConfiguredProduct, terms: GroupTerms) -> ConfiguredProduct:
    """Give a configured product at a group's price, with a price line that says what the group's discount takes off.

    Parameters
    ----------
    configured
        At list price.
    terms
        Of the customer's group.

    Returns
    -------
    ConfiguredProduct
        The same when nothing is taken off. Charges that recur are not reduced.
    """
    listed = configured.unit_net
    reduced = Money(terms.reduce(listed.amount_minor), listed.currency)
    if reduced == listed:
        return configured
    percent = discount_text(terms.percent)
    line = PriceLine(GROUP_PRICE, Text.of({"en": f"Group price −{percent} %", "zh": f"客户组价格 −{percent}%"}),
                     Money(reduced.amount_minor - listed.amount_minor, listed.currency))
    return replace(configured, price_lines=(*configured.price_lines, line), unit_net=reduced, group=terms)


def _group_of(session: Session, email: str) -> PriceGroupRow | None:
    contact = session.scalar(select(CustomerRow).where(CustomerRow.email == email, CustomerRow.erased_at.is_(None)))
    if contact is not None and contact.merged_into_id is not None:
        contact = session.get(CustomerRow, contact.merged_into_id)
    if contact is None or contact.company_id is None:
        return None
    return session.scalar(select(PriceGroupRow).join(CompanyRow, CompanyRow.price_group_id == PriceGroupRow.id)
                          .where(CompanyRow.id == contact.company_id))


def _change(
    session: Session, row: PriceGroupRow, put: Callable[[PriceGroupRow], None], *, entry: GroupDiscountEntry,
    action: str, expected_version: int, now: datetime, actor: str
) -> tuple[GroupDiscount, ...]:
    require_version(session, row.version, expected_version, subject=f"price_group:{row.id}")
    put(row)
    row.version, row.changed_at = row.version + 1, now
    store.append_audit(
        session, at=now, actor=actor, action=f"price_group.{action}", subject=f"price_group:{row.id}",
        facts={"version": row.version, "fields": ["price_book"], "product": entry.product_code,
               "discount_percent": discount_text(entry.discount_percent),
               "from": entry.valid_from and entry.valid_from.isoformat(),
               "until": entry.valid_until and entry.valid_until.isoformat()})
    session.flush()
    return _book(row)


def _require_fitting(
    session: Session, row: PriceGroupRow, entry: GroupDiscountEntry, *, except_id: int | None
) -> None:
    percent = entry.discount_percent
    if not 0 <= percent <= 100 or (percent * 100).denominator != 1:
        raise RequestInvalid("A discount is 0 to 100 percent with at most two decimals.", field="discount")
    if not is_period(entry):
        raise RequestInvalid("The last day is before the first.", field="last_day")
    others = [item.entry for item in _book(row) if item.id != except_id]
    same = {item.entry.product_code for item in _book(row) if item.id == except_id}
    if entry.product_code not in same | {item.product_code for item in catalog.list_product_summaries(session)}:
        raise RequestInvalid("No such product is for sale.", field="product_code")
    if any(do_overlap(entry, other) for other in others):
        raise RequestInvalid("Another entry counts for this product in that time.", field="valid_from")


def _entry_row(row: PriceGroupRow, discount_id: int) -> PriceGroupDiscountRow:
    found = next((item for item in row.discounts if item.id == discount_id), None)
    if found is None:
        raise CustomerNotFound("There is no such entry in the price book.")
    return found


def _filled(row: PriceGroupDiscountRow, entry: GroupDiscountEntry) -> PriceGroupDiscountRow:
    row.product_code, row.discount_percent = entry.product_code, str(entry.discount_percent)
    row.valid_from, row.valid_until = entry.valid_from, entry.valid_until
    return row


def _entry_value(row: PriceGroupDiscountRow) -> GroupDiscount:
    return GroupDiscount(row.id, GroupDiscountEntry(row.product_code, Fraction(row.discount_percent), row.valid_from,
                                                    row.valid_until))


def _book(row: PriceGroupRow) -> tuple[GroupDiscount, ...]:
    found = [_entry_value(item) for item in row.discounts]
    return tuple(sorted(found, key=lambda item: (item.entry.product_code, item.entry.valid_from or date.min, item.id)))
