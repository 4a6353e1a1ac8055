"""Sending drafts: what is included is held together, what stands beside is priced, and sums are exact."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from fractions import Fraction

import pytest
from sqlalchemy import select

from catalog.text import Text
from ordering import service
from ordering.approval import DiscountLimits
from ordering.draft import ConfiguredLine, DraftLine, FreeLine, QuoteDraft, SectionLine, Standing
from ordering.errors import (
    DraftChanged,
    DraftNotSendable,
    IdempotencyMismatch,
    NoCapacity,
    QuoteExpired,
    QuoteSuperseded,
    RequestInvalid,
    TransitionRefused,
)
from ordering.mail_tables import MailRow
from ordering.quote import Quote
from ordering.quote_item import ItemKind
from ordering.service import DraftState, KeptDraft, Sent
from ordering.tables import QuoteRow
from scheduling import service as scheduling
from scheduling.schedule import HoldState
from tests.service.selling import NOW, SECRET, Shop
from tests.service.test_drafting import LI, WU, ask, change, create, decide, fitting, header, window, write

LIMITS = DiscountLimits()


def whole(shop: Shop, **fields: object) -> QuoteDraft:
    """A draft with everything that one may carry."""
    terms: dict[str, object] = {
        "payment_terms": "30 days net", "delivery_terms": "DAP", "total_discount": Fraction(2), "validity_days": 3,
        "notes": Text.of({"en": "Mind the stairs.", "zh": "注意楼梯。"}), "language": "zh"}
    return QuoteDraft(
        header(**(terms | fields)),
        (SectionLine(Text.of("Ground floor")),
         window(shop, 2, discount=Fraction("3.5"), breaks=(5,)),
         window(shop, 1, standing=Standing.OPTIONAL),
         fitting(discount=Fraction(1)),
         fitting(standing=Standing.ALTERNATIVE, unit_minor=120_000),
         window(shop, 3)),
    )


def plain(shop: Shop, quantity: int = 2, **fields: object) -> QuoteDraft:
    return QuoteDraft(header(**fields), (window(shop, quantity),))


def send(
    shop: Shop, draft: KeptDraft, *, key: str = "send-1", trio: bool = False, now: datetime = NOW,
    version: int | None = None
) -> Sent:
    return write(shop, lambda session: service.send_draft(
        session, draft_id=draft.id, version=version or draft.version, by=LI, trio=trio, idempotency_key=key,
        secret=SECRET, now=now, limits=LIMITS, cache_directory=shop.cache))


def sent_quote(shop: Shop, content: QuoteDraft, *, key: str = "draft-key-1") -> tuple[Quote, str]:
    sent = send(shop, create(shop, content, key=key), key=f"send-{key}")
    return sent.quotes[0], sent.tokens[0]


def choose(shop: Shop, token: str, revision: int, *positions: int, key: str = "choose-1", now: datetime = NOW) -> Quote:
    return write(shop, lambda session: service.choose_lines(
        session, token=token, revision=revision, positions=positions, idempotency_key=key, now=now)).quote


def requote(shop: Shop, token: str, revision: int, now: datetime) -> Quote:
    return write(shop, lambda session: service.requote(
        session, token=token, revision=revision, secret=SECRET, now=now)).quote


def accept(shop: Shop, token: str, revision: int = 1, *, key: str = "accept-1", now: datetime = NOW) -> str:
    return write(shop, lambda session: service.accept(
        session, token=token, revision=revision, idempotency_key=key, now=now)).order_number


def read(shop: Shop, token: str) -> Quote:
    with shop.database.reading() as session:
        return service.get_quote(session, token=token)


def hold_states(shop: Shop, quote: Quote) -> list[HoldState]:
    with shop.database.reading() as session:
        return [scheduling.get_hold(session, hold_id=line.hold_id).state
                for line in quote.lines if line.hold_id is not None]


def test_a_sent_draft_is_a_quote_with_all_it_said(shop: Shop) -> None:
    content = whole(shop)
    draft = create(shop, content)
    (quote,) = send(shop, draft).quotes
    assert (quote.payment_terms, quote.delivery_terms, quote.language) == ("30 days net", "DAP", "zh")
    assert quote.notes.in_language("zh") == "注意楼梯。"
    assert (quote.total_discount, quote.validity_days, quote.draft_id) == (Fraction(2), 3, draft.id)
    assert [line.position for line in quote.lines] == [2, 6]
    assert [(item.position, item.kind, item.standing) for item in quote.items] == [
        (1, ItemKind.SECTION, Standing.INCLUDED), (3, ItemKind.PRODUCT, Standing.OPTIONAL),
        (4, ItemKind.FREE, Standing.INCLUDED), (5, ItemKind.FREE, Standing.ALTERNATIVE)]
    assert [(item.position, item.quantity) for item in quote.breaks] == [(2, 5)]
    assert quote.valid_until == NOW + timedelta(days=3)
    assert shop.breaches() == []


def test_totals_are_the_included_lines_to_the_minor_unit(shop: Shop) -> None:
    quote, _ = sent_quote(shop, whole(shop))
    counted = [line.totals.net for line in quote.lines] + [item.totals.net for item in quote.items if item.is_counted]
    assert quote.net.amount_minor == sum(money.amount_minor for money in counted)
    assert quote.gross == quote.net + quote.tax
    assert sum(tax.amount_minor for _, tax in quote.taxes) == quote.tax.amount_minor
    first = quote.lines[0]
    listed = first.totals.unit_net.amount_minor * 2 + first.totals.surcharge.amount_minor
    assert first.line_discount_minor == round(listed * 3.5 / 100)
    assert first.totals.net.amount_minor == listed - first.line_discount_minor - first.total_discount_minor
    assert quote.total_discount_minor > 0
    assert quote.breaks[0].net.amount_minor > first.totals.net.amount_minor


def test_every_included_product_is_held_and_nothing_else(shop: Shop) -> None:
    quote, _ = sent_quote(shop, whole(shop))
    assert hold_states(shop, quote) == [HoldState.HELD, HoldState.HELD]
    with shop.database.reading() as session:
        assert len(scheduling.list_holds(session)) == 2
    assert quote.promised_on == max(line.promised_on for line in quote.lines)
    option = next(item for item in quote.items if item.kind is ItemKind.PRODUCT)
    assert option.promised_on is not None
    assert option.promised_on >= quote.lines[0].promised_on


def test_no_work_starts_before_the_hold_ends(shop: Shop) -> None:
    quote, _ = sent_quote(shop, plain(shop, validity_days=9))
    assert quote.valid_until == NOW + timedelta(days=9)
    with shop.database.reading() as session:
        held = scheduling.get_hold(session, hold_id=quote.lines[0].hold_id or 0)
    begins = min(booking.setup_start_minute for booking in held.bookings)
    assert begins * 60 >= quote.valid_until.timestamp()


def test_the_preview_promises_what_is_sent(shop: Shop) -> None:
    content = plain(shop, validity_days=9)
    with shop.database.reading() as session:
        seen = service.preview_draft(session, draft=content, limits=LIMITS, now=NOW, cache_directory=shop.cache)
    quote, _ = sent_quote(shop, content)
    assert (seen.promised_on, seen.totals.gross_minor) == (quote.promised_on, quote.gross.amount_minor)


def test_another_currency_is_at_the_frozen_rate(shop: Shop) -> None:
    rate = Fraction("0.1273")
    at_home, _ = sent_quote(shop, plain(shop))
    abroad, _ = sent_quote(shop, plain(shop, currency="EUR", rate=rate), key="draft-key-2")
    assert abroad.currency == "EUR"
    exact = at_home.lines[0].totals.unit_net.amount_minor * rate
    assert abroad.lines[0].totals.unit_net.amount_minor == int(exact + Fraction(1, 2))
    once = [line.unit.amount_minor for line in abroad.lines[0].price_lines if line.billing == "once"
            and not line.is_per_line]
    assert sum(once) == abroad.lines[0].totals.unit_net.amount_minor
    assert shop.breaches() == []


def test_a_sent_draft_stays_as_it_was(shop: Shop) -> None:
    draft = create(shop, plain(shop))
    send(shop, draft)
    with shop.database.reading() as session:
        kept = service.get_draft(session, draft_id=draft.id)
        assert [quote.number for quote in service.list_sent(session, draft_id=draft.id)] == ["Q-2026-0001"]
    assert kept.state is DraftState.SENT
    with pytest.raises(TransitionRefused):
        change(shop, kept, plain(shop, reference="late"))
    with pytest.raises(TransitionRefused):
        send(shop, kept, key="send-2")


def test_sending_twice_is_sending_once(shop: Shop) -> None:
    draft = create(shop, plain(shop))
    first, again = send(shop, draft), send(shop, draft)
    assert (first.quote_numbers, first.tokens) == (again.quote_numbers, again.tokens)
    assert (first.is_replayed, again.is_replayed) == (False, True)
    with pytest.raises(IdempotencyMismatch):
        send(shop, draft, trio=True)
    with shop.database.reading() as session:
        assert len(session.scalars(select(QuoteRow)).all()) == 1
        assert [mail.kind for mail in session.scalars(select(MailRow))] == ["quote_offered"]


def test_a_changed_draft_is_not_sent(shop: Shop) -> None:
    draft = create(shop, plain(shop))
    change(shop, draft, plain(shop, reference="RFQ 2"))
    with pytest.raises(DraftChanged) as refused:
        send(shop, draft)
    assert refused.value.detail["changes"]
    assert shop.breaches() == []


@pytest.mark.parametrize(("fields", "why", "field"), [
    ({"customer_email": ""}, "incomplete", "customer_email"),
    ({"customer_email": "not an address"}, "incomplete", "customer_email"),
    ({"customer_name": ""}, "incomplete", "customer_name"),
    ({"destination": ""}, "incomplete", "destination"),
])
def test_a_quote_needs_its_customer_and_where_it_goes(shop: Shop, fields: dict[str, object], why: str,
                                                      field: str) -> None:
    draft = create(shop, QuoteDraft(header(**fields), (window(shop),)))
    with pytest.raises(DraftNotSendable) as refused:
        send(shop, draft)
    assert (refused.value.detail["why"], refused.value.detail["field"]) == (why, field)


def test_an_empty_draft_is_not_sent(shop: Shop) -> None:
    contents: tuple[tuple[DraftLine, ...], ...] = ((), (fitting(),), (window(shop, standing=Standing.OPTIONAL),))
    for number, lines in enumerate(contents):
        draft = create(shop, QuoteDraft(header(), lines), key=f"draft-{number}")
        with pytest.raises(DraftNotSendable) as refused:
            send(shop, draft)
        assert refused.value.detail["why"] == "empty"


def test_a_high_discount_waits_for_a_second_person(shop: Shop) -> None:
    draft = create(shop, plain(shop, total_discount=Fraction(12)))
    with pytest.raises(DraftNotSendable) as refused:
        send(shop, draft)
    assert refused.value.detail["why"] == "needs_approval"
    waiting = ask(shop, draft)
    with pytest.raises(DraftNotSendable) as refused:
        send(shop, waiting)
    assert refused.value.detail["why"] == "waiting"
    agreed = decide(shop, waiting, by=WU)
    assert send(shop, agreed).quotes[0].total_discount == 12
    assert shop.breaches() == []


def test_nobody_sends_more_than_the_most(shop: Shop) -> None:
    draft = create(shop, plain(shop, total_discount=Fraction(40)))
    with pytest.raises(DraftNotSendable) as refused:
        send(shop, draft)
    assert refused.value.detail["why"] == "too_much"
    with shop.database.reading() as session:
        assert session.scalars(select(QuoteRow)).all() == []
        assert not [hold for hold in scheduling.list_holds(session).values() if hold.state is HoldState.HELD]


def fill(shop: Shop, content: QuoteDraft, draft: KeptDraft) -> None:
    """Send the same again until the plants are full."""
    for number in range(12):
        send(shop, draft, key=f"send-{number}")
        draft = create(shop, content, key=f"draft-{number}")


def test_what_cannot_be_made_is_named(shop: Shop) -> None:
    content = QuoteDraft(header(), (SectionLine(Text.of("All")), window(shop, 1), window(shop, 1000)))
    draft = create(shop, content)
    with pytest.raises(NoCapacity) as refused:
        fill(shop, content, draft)
    assert refused.value.detail["line"] == 2
    assert shop.breaches() == []


def test_accepting_makes_work_of_included_products_alone(shop: Shop) -> None:
    quote, token = sent_quote(shop, whole(shop))
    number = accept(shop, token)
    with shop.database.reading() as session:
        order = service.get_order(session, number=number)
    assert [(item.position, item.quantity) for item in order.work_orders] == [(2, 2), (6, 3)]
    assert (order.net, order.gross) == (quote.net, quote.gross)
    assert shop.breaches() == []


def test_a_new_date_keeps_lines_discounts_and_terms(shop: Shop) -> None:
    quote, token = sent_quote(shop, whole(shop))
    later = NOW + timedelta(days=4)
    with pytest.raises(QuoteExpired):
        accept(shop, token, now=later)
    again = requote(shop, token, 1, later)
    assert again.revision == 2
    assert (again.net, again.gross, again.total_discount) == (quote.net, quote.gross, quote.total_discount)
    assert (again.payment_terms, again.notes, again.draft_id) == (quote.payment_terms, quote.notes, quote.draft_id)
    assert [item.position for item in again.items] == [1, 3, 4, 5]
    assert again.valid_until == later + timedelta(days=3)
    assert again.promised_on > quote.promised_on
    assert set(hold_states(shop, quote)) <= {HoldState.RELEASED, HoldState.EXPIRED}
    assert shop.breaches(later) == []


def test_an_option_is_added_and_accepted_as_shown(shop: Shop) -> None:
    quote, token = sent_quote(shop, whole(shop))
    fuller = choose(shop, token, 1, 3)
    assert choose(shop, token, 1, 3).revision == fuller.revision == 2
    assert [line.position for line in fuller.lines] == [2, 3, 6]
    assert fuller.gross.amount_minor > quote.gross.amount_minor
    assert fuller.valid_until == quote.valid_until
    diff = service.compare_revisions(quote, fuller)
    assert [change.after.position for change in diff.changed if "standing" in change.fields] == [3]
    with pytest.raises(QuoteSuperseded):
        accept(shop, token, 1)
    number = accept(shop, token, 2)
    with shop.database.reading() as session:
        assert service.get_order(session, number=number).gross == fuller.gross
    assert shop.breaches() == []


def test_an_alternative_takes_its_lines_place_and_can_be_given_back(shop: Shop) -> None:
    quote, token = sent_quote(shop, whole(shop))
    other = choose(shop, token, 1, 5)
    standings = {item.position: item.standing for item in other.items if item.kind is ItemKind.FREE}
    assert standings == {4: Standing.ALTERNATIVE, 5: Standing.INCLUDED}
    back = choose(shop, token, 2, 4, key="choose-2")
    assert (back.net, back.gross) == (quote.net, quote.gross)
    assert shop.breaches() == []


@pytest.mark.parametrize("positions", [(), (1,), (99,), (0,)])
def test_only_what_stands_beside_can_be_chosen(shop: Shop, positions: tuple[int, ...]) -> None:
    _, token = sent_quote(shop, whole(shop))
    with pytest.raises(RequestInvalid):
        choose(shop, token, 1, *positions)
    assert read(shop, token).revision == 1
    assert shop.breaches() == []


def test_nothing_is_chosen_of_an_expired_offer(shop: Shop) -> None:
    _, token = sent_quote(shop, whole(shop))
    with pytest.raises(QuoteExpired):
        choose(shop, token, 1, 3, now=NOW + timedelta(days=4))


def test_a_revision_takes_the_old_ones_place(shop: Shop) -> None:
    quote, token = sent_quote(shop, whole(shop))
    draft = write(shop, lambda session: service.revise_quote(
        session, number=quote.number, revision=1, owner=LI, language="en", idempotency_key="revise-1", now=NOW))
    free = [line for line in draft.content.lines if isinstance(line, FreeLine)]
    assert [line.unit_cost_minor for line in free] == [70_000, 70_000]
    assert draft.content.header.payment_terms == "30 days net"
    first = draft.content.lines[1]
    assert isinstance(first, ConfiguredLine)
    assert (first.discount, first.breaks) == (Fraction("3.5"), (5,))
    smaller = change(shop, draft, replace(draft.content, lines=draft.content.lines[:2]))
    sent = send(shop, smaller, key="send-again")
    assert sent.quote_numbers == (quote.number,)
    assert sent.tokens == (token,)
    new = sent.quotes[0]
    assert (new.revision, [line.position for line in new.lines]) == (2, [2])
    assert hold_states(shop, quote) == [HoldState.RELEASED, HoldState.RELEASED]
    diff = service.compare_revisions(quote, new)
    assert len(diff.removed) == 4
    assert diff.net is not None
    assert shop.breaches() == []


def test_a_revision_of_what_is_newer_or_ordered_is_refused(shop: Shop) -> None:
    quote, token = sent_quote(shop, whole(shop))
    draft = write(shop, lambda session: service.revise_quote(
        session, number=quote.number, revision=1, owner=LI, language="en", idempotency_key="revise-1", now=NOW))
    choose(shop, token, 1, 3)
    with pytest.raises(QuoteSuperseded):
        send(shop, draft, key="send-2")
    accept(shop, token, 2)
    assert shop.breaches() == []


def test_a_duplicate_carries_everything(shop: Shop) -> None:
    content = whole(shop)
    quote, _ = sent_quote(shop, content)
    copy = write(shop, lambda session: service.duplicate_quote(
        session, number=quote.number, owner=WU, language="en", idempotency_key="copy-1", now=NOW))
    assert replace(copy.content, lines=()) == replace(content, lines=())
    assert [type(line) for line in copy.content.lines] == [type(line) for line in content.lines]
    assert copy.content.lines[3] == content.lines[3]
