"""The address of a quote: what was typed, never another one that its contact is known by."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select

from ordering import service
from ordering.customer import CompanyEntry, ContactEntry
from ordering.exchanging import export_quotation
from ordering.mail_tables import MailRow
from tests.service.selling import NOW, SECRET, Shop

KEPT, OLD = "kept-private@example.org", "old@example.org"
SECRETS = (KEPT, "Kept Glass Ltd", "Kept Street 1", "+81 3 1234 5678")


def merge(shop: Shop) -> int:
    """Two contacts that became one, whose company and telephone number are known; give the number of the one kept."""
    with shop.database.transaction() as session:
        company = service.add_company(session, entry=CompanyEntry("Kept Glass Ltd", billing_address=("Kept Street 1",)),
                                      key="company-of-kept", now=NOW, actor="li")
        kept = service.add_contact(session, entry=ContactEntry("Kept", KEPT, "+81 3 1234 5678", "en", company.id),
                                   key="k" * 20, now=NOW, actor="li")
        old = service.add_contact(session, entry=ContactEntry("Old", OLD), key="l" * 20, now=NOW, actor="li")
        service.merge_contacts(session, kept_id=kept.id, merged_id=old.id, now=NOW, actor="li")
    return kept.id


def history(shop: Shop, email: str) -> list[str]:
    with shop.database.reading() as session:
        return [entry.quote.number for entry in service.list_history(session, email=email, secret=SECRET)]


def test_who_types_an_old_address_learns_nothing_of_the_contact_it_became(shop: Shop) -> None:
    kept_id = merge(shop)
    asked = shop.offer(shop.request(email=f" {OLD.title()} "))
    assert asked.quote.customer_email == OLD
    with shop.database.reading() as session:
        paper = export_quotation(session, quote=asked.quote, language="en").decode()
        assert [secret for secret in SECRETS if secret in paper] == []
        assert OLD in paper
        assert session.scalars(select(MailRow.to_address)).all() == [OLD]
        contact = service.find_quote_contact(session, quote_number=asked.quote.number)
        assert contact is not None
        assert contact.id == kept_id
    accepted = shop.accept(asked)
    with shop.database.reading() as session:
        order = service.get_order_by_link(session, token=asked.token)
        assert (order.number, order.customer_email) == (accepted.order_number, OLD)
    assert history(shop, KEPT) == []
    assert history(shop, OLD) == [asked.quote.number]
    assert shop.breaches() == []


def test_next_revisions_keep_the_address(shop: Shop) -> None:
    merge(shop)
    asked = shop.offer(shop.request(email=OLD))
    later = NOW + timedelta(days=3)
    with shop.database.transaction() as session:
        service.expire_due(session, now=later)
    with shop.database.transaction() as session:
        again = service.requote(session, token=asked.token, revision=1, secret=SECRET, now=later)
    assert (again.quote.revision, again.quote.customer_email) == (2, OLD)


def test_quotes_from_before_a_merger_keep_their_address(shop: Shop) -> None:
    asked = shop.offer(shop.request(email=OLD))
    with shop.database.transaction() as session:
        old = service.list_contacts(session, search=OLD).contacts[0]
        kept = service.add_contact(session, entry=ContactEntry("Kept", KEPT), key="k" * 20, now=NOW, actor="li")
        service.merge_contacts(session, kept_id=kept.id, merged_id=old.id, now=NOW, actor="li")
        content = service.export_contact(session, contact_id=kept.id, now=NOW, actor="li")
    assert [quote["customer_email"] for quote in content["quotes"]] == [OLD]  # type: ignore[attr-defined]  # plain JSON
    assert (history(shop, KEPT), history(shop, OLD)) == ([], [asked.quote.number])


def test_a_corrected_address_takes_its_quotes_along(shop: Shop) -> None:
    asked = shop.offer(shop.request(email="typo@example.org"))
    with shop.database.transaction() as session:
        contact = service.list_contacts(session, search="typo@").contacts[0]
        service.change_contact(session, contact_id=contact.id, expected_version=contact.version, now=NOW, actor="li",
                               entry=ContactEntry("Li", "right@example.org"))
    assert (history(shop, "typo@example.org"), history(shop, "right@example.org")) == ([], [asked.quote.number])
    assert shop.accept(asked).order_number
    with shop.database.reading() as session:
        assert service.get_order_by_link(session, token=asked.token).customer_email == "right@example.org"
