"""A person erased: no trace of name or address in any text of any table, nor in the files beside the database."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from fractions import Fraction
from pathlib import Path

import pytest
from sqlalchemy import JSON, String, Text, inspect, text

import migrations
from catalog.text import Text as Words
from ordering import service
from ordering.approval import DiscountLimits
from ordering.customer import CompanyEntry, ContactEntry
from ordering.draft import QuoteDraft
from ordering.errors import TransitionRefused
from ordering.service import DraftState, Side
from tests.conftest import StandingClock
from tests.service.selling import NOW, SECRET, Shop
from tests.service.test_drafting import create, fitting, header, window
from tests.service.test_mailing import Post
from web.customers.forgetting import forget_person
from web.sales import saved_views
from web.settings import Settings, load_settings
from web.tables import UserRow

EMAIL, ALIAS, NAME, OTHER = "mei.sato@person.example", "msato@alias.example", "Mei Sato 佐藤美", "M. Sato-Kimura"
NEEDLES = (EMAIL, ALIAS, NAME, "Sato", "佐藤", "sato")
LATER = NOW + timedelta(days=40)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return load_settings({}, var_directory=tmp_path / "var", secret_key=SECRET, base_url="https://shop.example")


def texts(shop: Shop) -> Iterator[tuple[str, str]]:
    """Every text of every column of every table, as the database holds it, with its place."""
    with shop.database.reading() as session:
        known = set(inspect(session.get_bind()).get_table_names())
        for name, table in sorted(migrations.load_metadata().tables.items()):
            assert name in known
            for column in table.columns:
                if isinstance(column.type, (String, Text, JSON)):
                    for (value,) in session.execute(
                            text(f'SELECT CAST("{column.name}" AS VARCHAR) FROM "{name}"')):
                        yield f"{name}.{column.name}", value or ""


def traces(shop: Shop) -> set[str]:
    """Where the person is still named, plainly or escaped as JSON."""
    wanted = [item.casefold() for needle in NEEDLES for item in {needle, json.dumps(needle)[1:-1]}]
    return {place for place, value in texts(shop) if any(item in value.casefold() for item in wanted)}


def live_a_life(shop: Shop, settings: Settings) -> int:
    """Let the person ask, buy, write, be quoted by the desk and be mailed; give the number of the contact."""
    limits, path = DiscountLimits(), shop.cache
    offered = shop.offer(shop.request(email=EMAIL, reference="for Mei Sato 佐藤美"))
    accepted = shop.accept(offered, reference=f"PO 7, {EMAIL}")
    note = Words.of({"en": f"Call {NAME}"})
    draft = create(shop, QuoteDraft(header(customer_name=NAME, customer_email=EMAIL.title(), notes=note,
                                           reference="Sato 1", payment_terms=f"30 days, {NAME}"),
                                    (window(shop, 1), fitting())))
    create(shop, QuoteDraft(header(customer_name=OTHER, customer_email=ALIAS), (window(shop, 1),)), key="draft-key-2")
    with shop.database.transaction() as session:
        service.ask_sales(session, token=offered.token, text=f"Yours, {NAME}", idempotency_key="message-of-hers",
                          now=NOW)
        service.cancel_order(session, number=accepted.order_number, reason="The house is not built.", now=NOW)
        service.send_draft(session, draft_id=draft.id, version=1, by="li", idempotency_key="send-to-her",
                           secret=SECRET, now=NOW, limits=limits, cache_directory=path)
        company = service.add_company(session, entry=CompanyEntry("Sato Glass", "JP 12345",
                                                                  billing_address=("Sato Street 1",)),
                                      key="company-of-hers", now=NOW, actor="li")
        contact = service.list_contacts(session, search=EMAIL).contacts[0]
        service.change_contact(session, contact_id=contact.id, expected_version=contact.version, now=NOW, actor="li",
                               entry=ContactEntry(NAME, EMAIL, "+81 3 1234 5678", "en", company.id))
        alias = service.add_contact(session, entry=ContactEntry(OTHER, ALIAS), key="alias-of-hers", now=NOW,
                                    actor="li")
        service.merge_contacts(session, kept_id=contact.id, merged_id=alias.id, now=NOW, actor="li")
        seller = UserRow(login="li", name="Li", role="sales", password_hash="-", created_at=NOW)
        session.add_all([seller, UserRow(login=EMAIL, name=NAME, role="consumer", password_hash="-", created_at=NOW)])
        session.flush()
        saved_views.save_view(session, user_id=seller.id, list_name="quotes", title="Hers", key="k" * 20, now=NOW,
                              query="customer=mei.sato%40person.example")
        saved_views.save_view(session, user_id=seller.id, list_name="quotes", title="All", key="l" * 20, now=NOW,
                              query="state=offered")
    Post(shop, settings, StandingClock(NOW)).work()
    return contact.id


def test_no_text_of_any_table_and_no_file_names_the_person_any_more(shop: Shop, settings: Settings) -> None:
    contact_id = live_a_life(shop, settings)
    before = traces(shop)
    assert {"customer.email", "quote.customer_name", "quote.customer_email", "quote_draft.content", "mail.text",
            "quote.reference", "customer_order.reference", "order_message.text", "saved_view.query",
            "user_account.login", "company.name", "quote.notes"} <= before
    outbox = settings.var_directory / "outbox"
    assert len(list(outbox.glob("*.eml"))) >= 2
    with shop.database.transaction() as session:
        service.expire_due(session, now=LATER)
    with shop.database.transaction() as session:
        plan = forget_person(session, contact_id=contact_id, with_company=True, settings=settings, now=LATER,
                             actor="li")
    assert (plan.draft_count, plan.merged_count) == (2, 1)
    assert traces(shop) == set()
    assert list(outbox.glob("*")) == []
    with shop.database.reading() as session:
        assert [view.title for view in saved_views.list_views(session, user_id=1, list_name="quotes")] == ["All"]
        drafts = [service.get_draft(session, draft_id=number) for number in (1, 2)]
    assert [draft.state for draft in drafts] == [DraftState.SENT, DraftState.DROPPED]
    assert drafts[0].content.header.payment_terms == "30 days, –"
    assert len(drafts[0].content.lines) == 2
    assert shop.breaches() == []
    with shop.database.transaction() as session, pytest.raises(TransitionRefused):
        service.drop_draft(session, draft_id=2, version=1, by="li", now=LATER)


def test_the_export_holds_mails_and_drafts(shop: Shop, settings: Settings) -> None:
    contact_id = live_a_life(shop, settings)
    with shop.database.transaction() as session:
        content = json.loads(json.dumps(service.export_contact(session, contact_id=contact_id, now=NOW, actor="li")))
    assert {mail["to_address"] for mail in content["mails"]} == {EMAIL}
    assert all(mail["text"] and mail["html"] for mail in content["mails"])
    assert [draft["content"]["customer_email"] for draft in content["drafts"]] == [EMAIL.title(), ALIAS]
    assert [message["side"] for order in content["orders"] for message in order["messages"]] == [
        Side.CUSTOMER.value]
    assert {item["kind"] for quote in content["quotes"] for item in quote["items"]} == {"free"}
    assert f"Call {NAME}" in json.dumps(content["quotes"], ensure_ascii=False)
    told = json.dumps(content)
    assert "unit_cost" not in told, "what a line costs us is not theirs to know"
    assert "margin" not in told


def test_another_person_with_the_same_seller_loses_nothing(shop: Shop, settings: Settings) -> None:
    kept = create(shop, QuoteDraft(header(customer_name="Bo Chen", customer_email="bo@chen.example"),
                                   (window(shop, 1, discount=Fraction(3)),)), key="draft-of-another")
    contact_id = live_a_life(shop, settings)
    with shop.database.transaction() as session:
        service.expire_due(session, now=LATER)
        forget_person(session, contact_id=contact_id, with_company=False, settings=settings, now=LATER, actor="li")
    with shop.database.reading() as session:
        assert service.get_draft(session, draft_id=kept.id) == kept
