"""Contacts and companies: found, kept by several people at once, merged, exported and erased."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from fractions import Fraction

import pytest
from sqlalchemy import text

from catalog.text import Text
from ordering import service
from ordering.customer import Company, CompanyEntry, Contact, ContactEntry
from ordering.errors import (
    CustomerBusy,
    CustomerChanged,
    CustomerEntryTaken,
    CustomerNotFound,
    QuoteNotFound,
    RequestInvalid,
    TransitionRefused,
)
from ordering.service import DocumentKind
from tests.service.selling import NOW, Shop

LATER = NOW + timedelta(hours=49)
ADDRESS = ("No. 7 Canal Road", "Suzhou 215000")


def add(shop: Shop, name: str, email: str, **more: object) -> Contact:
    with shop.database.transaction() as session:
        return service.add_contact(session, entry=ContactEntry(name, email, **more),  # type: ignore[arg-type]  # as named
                                   key=email.encode().hex(), now=NOW, actor="sun")


def add_company(shop: Shop, name: str = "Jiangnan Living", **more: object) -> Company:
    with shop.database.transaction() as session:
        return service.add_company(session, entry=CompanyEntry(name, **more),  # type: ignore[arg-type]  # as named
                                   key=name.encode().hex(), now=NOW, actor="sun")


def find(shop: Shop, search: str) -> list[str]:
    with shop.database.reading() as session:
        return [item.entry.email for item in service.list_contacts(session, search=search).contacts]


def only_contact(shop: Shop) -> Contact:
    with shop.database.reading() as session:
        (contact,) = service.list_contacts(session).contacts
    return contact


def change(shop: Shop, contact: Contact, entry: ContactEntry, *, actor: str = "sun") -> Contact:
    with shop.database.transaction() as session:
        return service.change_contact(session, contact_id=contact.id, entry=entry, expected_version=contact.version,
                                      now=NOW, actor=actor)


def merge(shop: Shop, kept: int, merged: int) -> Contact:
    with shop.database.transaction() as session:
        return service.merge_contacts(session, kept_id=kept, merged_id=merged, now=NOW, actor="sun")


def erase(shop: Shop, contact: Contact, *, with_company: bool = False) -> None:
    with shop.database.transaction() as session:
        service.erase_contact(session, contact_id=contact.id, with_company=with_company, now=LATER, actor="sun")



def changes_told(refusal: CustomerChanged) -> list[dict[str, object]]:
    """Who changed what meanwhile, as the refusal says it."""
    changes = refusal.detail["changes"]
    assert isinstance(changes, list)
    return changes


def everything_stored(shop: Shop) -> str:
    """Every row of every table but the binary columns, as one text."""
    with shop.database.reading() as session:
        return "\n".join(
            str([value for value in row if not isinstance(value, bytes)])
            for table in ("customer", "company", "quote", "customer_order", "audit", "promise_event", "idempotency",
                          "document", "order_message", "mail")
            for row in session.execute(text(f"SELECT * FROM {table}"))
        )


def test_contacts_are_found_by_name_address_telephone_and_company_a_page_at_a_time(shop: Shop) -> None:
    company = add_company(shop, "Werft 100% Nord")
    add(shop, "Anna Berg", "anna@werft.example", company_id=company.id, telephone="+49 40 123456")
    add(shop, "Bo Chen 陈波", "bo@example.org")
    assert find(shop, "berg") == find(shop, "WERFT.example") == find(shop, "40 1234") == ["anna@werft.example"]
    assert find(shop, "100%") == ["anna@werft.example"]
    assert find(shop, "陈") == ["bo@example.org"]
    assert find(shop, "nobody") == []
    with shop.database.reading() as session:
        page = service.list_contacts(session, offset=1, limit=1)
        of_company = service.list_contacts(session, company_id=company.id)
        found = service.list_companies(session, search="werft")
    assert ([item.entry.name for item in page.contacts], page.total) == (["Bo Chen 陈波"], 2)
    assert [item.entry.email for item in of_company.contacts] == ["anna@werft.example"]
    assert [item.id for item in found.companies] == [company.id]


def test_a_contact_is_read_with_its_quotes_and_orders(shop: Shop) -> None:
    offered = shop.offer()
    accepted = shop.accept(offered)
    contact = only_contact(shop)
    with shop.database.reading() as session:
        found = service.get_contact_file(session, contact_id=contact.id)
        of_quote = service.find_quote_contact(session, quote_number=offered.quote.number)
    assert [(item.number, item.net) for item in found.quotes] == [(offered.quote.number, offered.quote.net)]
    assert [item.number for item in found.orders] == [accepted.order_number]
    assert of_quote == contact


@pytest.mark.parametrize("contact_id", [0, -1, 7, 2**63, 2**64])
def test_odd_ids_of_contacts_are_missing(shop: Shop, contact_id: int) -> None:
    with shop.database.reading() as session, pytest.raises(CustomerNotFound):
        service.get_contact(session, contact_id=contact_id)


def test_the_same_click_twice_adds_one_contact_and_a_known_address_is_refused(shop: Shop) -> None:
    first = add(shop, "Anna", "anna@werft.example")
    assert add(shop, "Anna", "anna@werft.example").id == first.id
    with shop.database.transaction() as session, pytest.raises(CustomerEntryTaken) as refused:
        service.add_contact(session, entry=ContactEntry("Ann", "ANNA@werft.example "), key="another", now=NOW,
                            actor="sun")
    assert refused.value.detail == {"field": "email", "contact": first.id}


@pytest.mark.parametrize(("field", "value"), [
    ("name", ""), ("name", "x" * 121), ("telephone", "call me"), ("telephone", "1"), ("language", "xx"),
])
def test_entries_of_a_contact_out_of_bounds_are_refused_by_field(shop: Shop, field: str, value: str) -> None:
    entry = replace(ContactEntry("Anna", "anna@werft.example"), **{field: value})  # type: ignore[arg-type]  # bad on purpose
    with shop.database.transaction() as session, pytest.raises(RequestInvalid) as refused:
        service.add_contact(session, entry=entry, key="k", now=NOW, actor="sun")
    assert refused.value.detail["field"] == field


@pytest.mark.parametrize(("field", "value"), [
    ("name", " "), ("tax_id", "ab"), ("tax_id", "<script>"), ("tax_id", "1" * 31), ("currency", "XYZ"),
    ("billing_address", ("x",) * 7), ("delivery_address", ("x" * 81,)),
])
def test_entries_of_a_company_out_of_bounds_are_refused_by_field(shop: Shop, field: str, value: object) -> None:
    entry = {"name": "Werft", field: value}
    with shop.database.transaction() as session, pytest.raises(RequestInvalid) as refused:
        service.add_company(session, entry=CompanyEntry(**entry), key="k", now=NOW,  # type: ignore[arg-type]  # bad on purpose
                            actor="sun")
    assert refused.value.detail["field"] == field


def test_the_second_editor_is_told_what_the_first_changed_and_overwrites_nothing(shop: Shop) -> None:
    seen = add(shop, "Anna", "anna@werft.example")
    first = change(shop, seen, ContactEntry("Anna", "anna@werft.example", "+49 40 1234"), actor="sun")
    assert first.version == 2
    with pytest.raises(CustomerChanged) as refused:
        change(shop, seen, ContactEntry("Anna Berg", "anna@werft.example"), actor="mei")
    assert refused.value.detail["version"] == 2
    (told,) = changes_told(refused.value)
    assert (told["by"], told["fields"]) == ("sun", ["telephone"])
    assert only_contact(shop) == first
    assert change(shop, first, first.entry).version == 2, "the same again is no change"


def test_a_company_is_changed_with_its_group_and_refused_to_a_second_editor(shop: Shop) -> None:
    company = add_company(shop, billing_address=ADDRESS)
    with shop.database.transaction() as session:
        group = service.add_price_group(session, code="trade", title=Text.of({"en": "Trade", "zh": "同行"}),
                                        discount_percent=Fraction("7.5"), now=NOW, actor="sun")
        entry = CompanyEntry("Jiangnan Living", "91440300MA5DA1XY2B", "zh", "CNY", group.id, ADDRESS)
        changed = service.change_company(session, company_id=company.id, entry=entry, expected_version=1, now=NOW,
                                         actor="sun")
    assert (changed.entry, changed.price_group, changed.version) == (entry, group, 2)
    with shop.database.transaction() as session, pytest.raises(CustomerChanged) as refused:
        service.change_company(session, company_id=company.id, entry=company.entry, expected_version=1, now=NOW,
                               actor="mei")
    assert changes_told(refused.value)[0]["fields"] == ["tax_id", "language", "currency", "price_group_id"]


def test_price_groups_keep_exact_percentages_within_bounds(shop: Shop) -> None:
    title = Text.of({"en": "Trade"})
    with shop.database.transaction() as session:
        group = service.add_price_group(session, code="trade", title=title, discount_percent=Fraction("2.25"),
                                        now=NOW, actor="sun")
        again = service.change_price_group(session, price_group_id=group.id, title=title, expected_version=1,
                                           discount_percent=Fraction(100), now=NOW, actor="sun")
        assert (again.discount_percent, again.version) == (Fraction(100), 2)
        with pytest.raises(CustomerEntryTaken):
            service.add_price_group(session, code="trade", title=title, discount_percent=Fraction(1), now=NOW,
                                    actor="sun")
        for percent in (Fraction(-1), Fraction("100.01"), Fraction("1.005")):
            with pytest.raises(RequestInvalid):
                service.change_price_group(session, price_group_id=group.id, title=title, expected_version=2,
                                           discount_percent=percent, now=NOW, actor="sun")
        with pytest.raises(CustomerChanged):
            service.change_price_group(session, price_group_id=group.id, title=title, expected_version=1,
                                       discount_percent=Fraction(1), now=NOW, actor="mei")


def test_likely_duplicates_share_a_domain_and_a_similar_name(shop: Shop) -> None:
    contact = add(shop, "Anna Berg", "anna@werft.example")
    twin = add(shop, "BERG, Anna", "a.berg@werft.example")
    add(shop, "Anna Berg", "anna@other.example")
    add(shop, "Cosmo Quick", "cosmo@werft.example")
    with shop.database.reading() as session:
        found = service.find_duplicates(session, contact=contact)
    assert [item.id for item in found] == [twin.id]


def test_merging_moves_quotes_and_orders_and_both_addresses_lead_to_one(shop: Shop) -> None:
    offered = shop.offer()
    shop.accept(offered)
    merged = only_contact(shop)
    merged = change(shop, merged, ContactEntry(merged.entry.name, merged.entry.email, telephone="+86 512 1234"))
    kept = add(shop, "Li", "li.wei@example.org")
    with shop.database.reading() as session:
        plan = service.preview_merge(session, kept_id=kept.id, merged_id=merged.id)
    assert (plan.quote_count, plan.order_count, plan.filled) == (1, 1, ("telephone",))
    left = merge(shop, kept.id, merged.id)
    assert (left.id, left.entry.telephone) == (kept.id, "+86 512 1234")
    again = shop.offer(key="offer-2")
    assert only_contact(shop).id == kept.id
    with shop.database.reading() as session:
        found = service.get_contact_file(session, contact_id=kept.id)
        actions = service.list_contact_changes(session, contact_id=kept.id)
    assert {item.number for item in found.quotes} == {offered.quote.number, again.quote.number}
    assert len(found.orders) == 1
    assert (actions[0].action, actions[0].facts["from"]) == ("contact.merge", merged.id)
    assert shop.breaches() == []


def test_a_contact_is_merged_once_and_never_into_itself(shop: Shop) -> None:
    one, two, three = (add(shop, name, f"{name}@example.org") for name in ("a1", "b2", "c3"))
    with pytest.raises(RequestInvalid):
        merge(shop, one.id, one.id)
    merge(shop, two.id, one.id)
    for kept, merged in ((two.id, one.id), (one.id, three.id)):
        with pytest.raises(TransitionRefused) as refused:
            merge(shop, kept, merged)
        assert refused.value.detail["kept"] == two.id
    with pytest.raises(TransitionRefused):
        change(shop, one, one.entry)
    merge(shop, three.id, two.id)
    assert [item.id for item in (only_contact(shop),)] == [three.id]


def test_the_export_holds_everything_and_is_noted(shop: Shop) -> None:
    offered = shop.offer()
    accepted = shop.accept(offered)
    contact = only_contact(shop)
    company = add_company(shop, billing_address=ADDRESS)
    change(shop, contact, ContactEntry(contact.entry.name, contact.entry.email, "+86 512 1234", "zh", company.id))
    with shop.database.transaction() as session:
        content = service.export_contact(session, contact_id=contact.id, now=NOW, actor="sun")
        actions = service.list_contact_changes(session, contact_id=contact.id)
    words = json.dumps(content, ensure_ascii=False)
    for part in ("Jiangnan Living 江南宜居", "li@example.org", "+86 512 1234", "No. 7 Canal Road", "RFQ 26-118",
                 offered.quote.number, accepted.order_number, "PVC82"):
        assert part in words
    assert actions[0].action == "contact.export"


def test_erasing_overwrites_every_name_and_leaves_money_orders_and_the_log_whole(shop: Shop) -> None:
    offered = shop.offer()
    accepted = shop.accept(offered)
    company = add_company(shop, "Canal House", billing_address=ADDRESS)
    contact = only_contact(shop)
    contact = change(shop, contact, ContactEntry(contact.entry.name, contact.entry.email, "+86 512 1234", "zh",
                                                 company.id))
    alias = add(shop, "Li Alias", "alias@example.org")
    merge(shop, contact.id, alias.id)
    with shop.database.transaction() as session:
        service.keep_document(session, kind=DocumentKind.QUOTE, subject=offered.quote.number, revision=1,
                              language="en", content=b"a paper with a name on it", now=NOW)
        service.cancel_order(session, number=accepted.order_number, reason="The house is not built.", now=NOW)
    with shop.database.reading() as session:
        plan = service.preview_erasure(session, contact_id=contact.id, now=LATER)
    assert (plan.quote_count, plan.document_count, plan.merged_count) == (1, 1, 1)
    assert plan.is_possible
    assert plan.is_last_of_company
    erase(shop, contact, with_company=True)
    left = everything_stored(shop)
    for part in ("Jiangnan", "江南", "li@example.org", "alias", "512 1234", "Canal", offered.token):
        assert part not in left, part
    with shop.database.reading() as session:
        quote = service.get_quote_by_number(session, number=offered.quote.number)
        order = service.get_order(session, number=accepted.order_number)
        assert service.list_contacts(session).total == service.list_companies(session).total == 0
        assert service.find_document(session, kind=DocumentKind.QUOTE, subject=quote.number, revision=1,
                                     language="en") is None
        with pytest.raises(QuoteNotFound):
            service.get_quote(session, token=offered.token)
        with pytest.raises(CustomerNotFound):
            service.get_contact(session, contact_id=contact.id)
    assert (quote.gross, order.gross, quote.lines) == (offered.quote.gross, offered.quote.gross, offered.quote.lines)
    assert shop.breaches() == []
    fresh = shop.offer(key="offer-3")
    assert fresh.quote.customer_email == "li@example.org"
    assert only_contact(shop).id != contact.id, "who comes back is somebody new"


def test_erasing_is_refused_while_an_order_or_a_quote_is_open(shop: Shop) -> None:
    offered = shop.offer()
    contact = only_contact(shop)
    with shop.database.transaction() as session, pytest.raises(CustomerBusy) as refused:
        service.erase_contact(session, contact_id=contact.id, with_company=False, now=NOW, actor="sun")
    assert refused.value.detail["quotes"] == [offered.quote.number]
    accepted = shop.accept(offered)
    with pytest.raises(CustomerBusy) as refused:
        erase(shop, contact)
    assert refused.value.detail == {"orders": [accepted.order_number], "quotes": []}
    assert accepted.order_number in refused.value.message
    assert only_contact(shop) == contact


def test_a_company_with_other_contacts_stays_when_one_is_erased(shop: Shop) -> None:
    company = add_company(shop)
    one = add(shop, "One", "one@example.org", company_id=company.id)
    add(shop, "Two", "two@example.org", company_id=company.id)
    with pytest.raises(RequestInvalid):
        erase(shop, one, with_company=True)
    erase(shop, one)
    with shop.database.reading() as session:
        assert service.get_company(session, company_id=company.id) == company
    assert find(shop, "") == ["two@example.org"]
