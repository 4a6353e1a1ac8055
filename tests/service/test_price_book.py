"""Price books of customer groups: edited by several people, applied to drafts, pinned in what was worked out."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction

import pytest
from sqlalchemy import select

from catalog.text import Text
from ordering import service
from ordering.approval import DiscountLimits, Need
from ordering.customer import CompanyEntry, ContactEntry, PriceGroup
from ordering.draft import QuoteDraft
from ordering.errors import CustomerChanged, CustomerNotFound, RequestInvalid
from ordering.price_group import NO_TERMS, GroupDiscount, GroupDiscountEntry, GroupTerms
from ordering.service import DraftPreview, LineRequest
from ordering.tables import AuditRow
from tests.service.selling import NOW, SECRET, WINDOW, Shop
from tests.service.test_drafting import create, fitting, header, window

TODAY = date(2026, 11, 23)
PUMP = GroupDiscountEntry("pump", Fraction("12.5"), TODAY, TODAY + timedelta(days=30))


def make_group(shop: Shop, percent: str = "8", email: str = "li@example.org") -> PriceGroup:
    """A group with a company whose contact has the address."""
    with shop.database.transaction() as session:
        group = service.add_price_group(session, code="trade", title=Text.of({"en": "Trade", "zh": "经销商"}),
                                        discount_percent=Fraction(percent), now=NOW, actor="chen")
        company = service.add_company(session, entry=CompanyEntry("Jiangnan Living", price_group_id=group.id),
                                      key="company-of-the-group", now=NOW, actor="chen")
        service.add_contact(session, entry=ContactEntry("Li", email, company_id=company.id),
                            key="contact-of-the-group", now=NOW, actor="chen")
    return group


def enter(shop: Shop, group: PriceGroup, entry: GroupDiscountEntry, version: int = 1) -> tuple[GroupDiscount, ...]:
    with shop.database.transaction() as session:
        return service.add_group_discount(session, price_group_id=group.id, entry=entry, expected_version=version,
                                          now=NOW, actor="chen")


def find(shop: Shop, email: str = "li@example.org", product: str = "window", on: date = TODAY) -> GroupTerms:
    with shop.database.reading() as session:
        return service.find_group_terms(session, email=email, product_code=product, on=on)


def preview(shop: Shop, content: QuoteDraft) -> DraftPreview:
    with shop.database.reading() as session:
        return service.preview_draft(session, draft=content, limits=DiscountLimits(), now=NOW,
                                     cache_directory=shop.cache)


def version_of(shop: Shop, group: PriceGroup) -> int:
    with shop.database.reading() as session:
        return service.get_price_group(session, price_group_id=group.id).version


def test_terms_come_from_the_contacts_company_and_follow_a_merger(shop: Shop) -> None:
    assert find(shop) == NO_TERMS
    group = make_group(shop)
    assert find(shop, "LI@example.org ").percent == 8
    assert find(shop, "somebody@example.org") == NO_TERMS
    enter(shop, group, PUMP)
    assert find(shop, product="pump") == GroupTerms("trade", group.title, Fraction("12.5"), is_of_product=True)
    assert find(shop, product="pump", on=TODAY + timedelta(days=30)).percent == 8
    with shop.database.transaction() as session:
        other = service.add_contact(session, entry=ContactEntry("Li L.", "li2@example.org"), key="another-contact",
                                    now=NOW, actor="chen")
        kept = service.list_contacts(session, search="li@").contacts[0]
        service.merge_contacts(session, kept_id=kept.id, merged_id=other.id, now=NOW, actor="chen")
    assert find(shop, "li2@example.org").percent == 8


def test_a_book_is_changed_with_versions_and_audit_and_a_second_click_has_no_effect(shop: Shop) -> None:
    group = make_group(shop)
    (made,) = enter(shop, group, PUMP)
    assert enter(shop, group, PUMP) == (made,)
    assert version_of(shop, group) == 2
    with pytest.raises(CustomerChanged) as caught:
        enter(shop, group, replace(PUMP, product_code="window"))
    assert caught.value.detail["changes"] == [{"by": "chen", "at": NOW.isoformat(), "fields": ["price_book"]}]
    cheaper = replace(PUMP, discount_percent=Fraction(15))
    with shop.database.transaction() as session:
        (changed,) = service.change_group_discount(
            session, price_group_id=group.id, discount_id=made.id, entry=cheaper, expected_version=2, now=NOW,
            actor="wu")
    assert (changed.id, changed.entry) == (made.id, cheaper)
    with shop.database.transaction() as session:
        assert service.remove_group_discount(session, price_group_id=group.id, discount_id=made.id,
                                             expected_version=3, now=NOW, actor="wu") == ()
        with pytest.raises(CustomerNotFound):
            service.remove_group_discount(session, price_group_id=group.id, discount_id=made.id, expected_version=4,
                                          now=NOW, actor="wu")
    with shop.database.reading() as session:
        noted = session.execute(select(AuditRow.actor, AuditRow.action, AuditRow.facts).where(
            AuditRow.subject == f"price_group:{group.id}").order_by(AuditRow.id)).all()
    assert [(actor, action) for actor, action, _facts in noted] == [
        ("chen", "price_group.add"), ("chen", "price_group.discount_add"), ("wu", "price_group.discount_change"),
        ("wu", "price_group.discount_remove")]
    assert json.loads(noted[2].facts)["discount_percent"] == "15"


@pytest.mark.parametrize(("changes", "field"), [
    ({"discount_percent": Fraction(101)}, "discount"), ({"discount_percent": Fraction(1, 3)}, "discount"),
    ({"valid_until": TODAY}, "last_day"), ({"product_code": "zeppelin"}, "product_code"),
    ({"valid_from": TODAY + timedelta(days=29), "valid_until": None}, "valid_from"),
])
def test_an_entry_that_does_not_fit_the_book_is_refused_by_field(
    shop: Shop, changes: dict[str, object], field: str
) -> None:
    group = make_group(shop)
    enter(shop, group, PUMP)
    with pytest.raises(RequestInvalid) as caught:
        enter(shop, group, replace(PUMP, **changes), version=2)  # type: ignore[arg-type]  # any field
    assert caught.value.detail["field"] == field
    assert version_of(shop, group) == 2
    later = replace(PUMP, valid_from=TODAY + timedelta(days=30), valid_until=None)
    assert len(enter(shop, group, later, version=2)) == 2


def test_a_draft_is_priced_for_its_customers_group_and_the_sellers_discount_comes_on_top(shop: Shop) -> None:
    content = QuoteDraft(header(total_discount=Fraction(10)), (window(shop), fitting()))
    plain = preview(shop, content)
    make_group(shop)
    found = preview(shop, content)
    before, after = plain.totals.lines[0].figures, found.totals.lines[0].figures
    reduced = found.totals.lines[0].figures.group.reduce(before.unit_minor)
    assert (after.unit_minor, after.catalog_unit_minor) == (reduced, before.unit_minor)
    assert after.group.code == "trade"
    assert after.group_minor == (before.unit_minor - reduced) * 8 > 0
    assert found.totals.lines[1].list_minor == 100_000
    assert found.verdict.discount_percent == 10
    assert found.verdict.need is Need.NOTHING
    assert found.totals.list_minor == plain.totals.list_minor - after.group_minor
    other = replace(content, header=header(customer_email="nobody@example.org", total_discount=Fraction(10)))
    assert preview(shop, other) == plain


def test_the_group_price_is_a_line_of_the_price_and_leaves_no_trace_in_what_is_remembered(shop: Shop) -> None:
    make_group(shop)
    with shop.database.reading() as session:
        request = LineRequest(shop.hashes["window"], WINDOW, 1)
        listed = service.complete(session, request, on=TODAY, cache_directory=shop.cache)
        terms = service.find_group_terms(session, email="li@example.org", product_code="window", on=TODAY)
        priced = service.group_priced(listed, terms)
        again = service.complete(session, request, on=TODAY, cache_directory=shop.cache)
    assert again == listed
    line = priced.price_lines[-1]
    assert (line.code, line.title.in_language("en")) == ("group_price", "Group price −8 %")
    assert line.unit + listed.unit_net == priced.unit_net
    assert priced.listed_unit == listed.unit_net == listed.listed_unit
    assert sum(item.unit.amount_minor for item in priced.price_lines
               if item.billing == "once") == priced.unit_net.amount_minor
    assert service.group_priced(listed, NO_TERMS) is listed


def test_a_sent_quote_keeps_its_group_price_when_the_group_changes(shop: Shop) -> None:
    group = make_group(shop)
    content = QuoteDraft(header(total_discount=Fraction(5)), (window(shop),))
    draft = create(shop, content)
    with shop.database.transaction() as session:
        sent = service.send_draft(session, draft_id=draft.id, version=1, by="li", idempotency_key="send-key-of-group",
                                  secret=SECRET, now=NOW, limits=DiscountLimits(), cache_directory=shop.cache)
    (quote,) = sent.quotes
    (line,) = quote.lines
    taken = next(item for item in line.price_lines if item.code == "group_price")
    assert taken.unit.amount_minor < 0
    assert taken.title.in_language("en") == "Group price −8 %"
    assert sum(item.unit.amount_minor for item in line.price_lines
               if item.billing == "once" and not item.is_per_line) == line.totals.unit_net.amount_minor
    assert shop.breaches() == []
    with shop.database.transaction() as session:
        service.change_price_group(session, price_group_id=group.id, title=group.title, discount_percent=Fraction(30),
                                   expected_version=1, now=NOW, actor="chen")
        service.expire_due(session, now=NOW + timedelta(days=30))
    with shop.database.transaction() as session:
        again = service.requote(session, token=sent.tokens[0], revision=1, secret=SECRET,
                                now=NOW + timedelta(days=30))
    assert again.quote.lines[0].totals.unit_net == line.totals.unit_net
    assert again.quote.revision == 2
    assert shop.breaches() == []
