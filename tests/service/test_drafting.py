"""Drafts of quotes: typed by several people, priced and promised without writing, decided by a second person."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from fractions import Fraction
from typing import TypeVar

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from catalog.text import Text
from ordering import service
from ordering.approval import ApprovalStep, Concern, DiscountLimits, Need
from ordering.draft import ConfiguredLine, DraftHeader, FreeLine, QuoteDraft, SectionLine, Standing
from ordering.errors import (
    ApprovalRefused,
    ConfigurationNotSaleable,
    DraftChanged,
    DraftInvalid,
    DraftNotFound,
    IdempotencyMismatch,
    QuoteSuperseded,
    RequestInvalid,
    TransitionRefused,
)
from ordering.service import DraftPreview, DraftState, KeptDraft
from ordering.tables import AuditRow
from tests.service.selling import NOW, SECRET, WINDOW, Shop

LIMITS = DiscountLimits()
LI, WU = "li@onelot.example", "wu@onelot.example"
Answer = TypeVar("Answer")


def header(**fields: object) -> DraftHeader:
    values: dict[str, object] = {"currency": "CNY", "customer_name": "Jiangnan Living 江南宜居", "destination": "SZ",
                                 "customer_email": "li@example.org"}
    return DraftHeader(**(values | fields))  # type: ignore[arg-type]  # one mapping for all fields


def window(shop: Shop, quantity: int = 8, **fields: object) -> ConfiguredLine:
    line = ConfiguredLine(shop.hashes["window"], tuple(sorted(WINDOW.items())), quantity)
    return replace(line, **fields)  # type: ignore[arg-type]  # any of its fields


def fitting(**fields: object) -> FreeLine:
    line = FreeLine(Text.of("Fitting"), 1, 100_000, Fraction(9), 70_000)
    return replace(line, **fields)  # type: ignore[arg-type]  # any of its fields


def write(shop: Shop, step: Callable[[Session], Answer]) -> Answer:
    with shop.database.transaction() as session:
        return step(session)


def create(shop: Shop, content: QuoteDraft, *, key: str = "draft-key-1") -> KeptDraft:
    return write(shop, lambda session: service.create_draft(
        session, content=content, owner=LI, idempotency_key=key, now=NOW))


def change(shop: Shop, draft: KeptDraft, content: QuoteDraft, *, by: str = LI, minutes: int = 1) -> KeptDraft:
    return write(shop, lambda session: service.change_draft(
        session, draft_id=draft.id, version=draft.version, content=content, by=by,
        now=NOW + timedelta(minutes=minutes)))


def preview(shop: Shop, content: QuoteDraft, limits: DiscountLimits = LIMITS) -> DraftPreview:
    with shop.database.reading() as session:
        return service.preview_draft(session, draft=content, limits=limits, now=NOW, cache_directory=shop.cache)


def ask(shop: Shop, draft: KeptDraft, *, reason: str = "A large order.", by: str = LI) -> KeptDraft:
    return write(shop, lambda session: service.ask_approval(
        session, draft_id=draft.id, version=draft.version, by=by, reason=reason, limits=LIMITS, now=NOW,
        cache_directory=shop.cache))


def decide(shop: Shop, draft: KeptDraft, *, by: str = WU, is_approved: bool = True,
           reason: str = "Agreed.") -> KeptDraft:
    return write(shop, lambda session: service.decide_approval(
        session, draft_id=draft.id, version=draft.version, by=by, is_approved=is_approved, reason=reason, now=NOW))


def count(shop: Shop, table: str) -> int:
    with shop.database.reading() as session:
        return session.scalar(text(f"SELECT count(*) FROM {table}")) or 0


def audited(shop: Shop) -> list[str]:
    with shop.database.reading() as session:
        return list(session.scalars(select(AuditRow.action).where(AuditRow.subject.like("draft-%"))
                                    .order_by(AuditRow.id)))


def test_a_draft_is_kept_as_typed_and_made_once(shop: Shop) -> None:
    content = QuoteDraft(header(rate=Fraction(1, 3), currency="EUR"), (SectionLine(Text.of("A")), window(shop)))
    first = create(shop, content)
    again = create(shop, content)
    assert again == first
    assert (first.version, first.state, first.owner, first.content) == (1, DraftState.OPEN, LI, content)
    with pytest.raises(IdempotencyMismatch):
        create(shop, QuoteDraft(header()))
    assert count(shop, "quote_draft") == 1
    assert audited(shop) == ["draft.create"]
    assert shop.breaches() == []


def test_a_content_out_of_bounds_is_not_kept(shop: Shop) -> None:
    with pytest.raises(DraftInvalid) as caught:
        create(shop, QuoteDraft(header(), (window(shop, 0),)))
    assert caught.value.detail["field"] == "lines[0].quantity"
    draft = create(shop, QuoteDraft(header()))
    with pytest.raises(DraftInvalid):
        change(shop, draft, QuoteDraft(header(validity_days=0)))
    assert count(shop, "quote_draft") == 1


def test_the_second_of_two_sellers_sees_what_the_first_changed(shop: Shop) -> None:
    draft = create(shop, QuoteDraft(header(), (window(shop),)))
    changed = change(shop, draft, QuoteDraft(header(reference="RFQ 7"), (window(shop, 9),)), by=WU)
    assert (changed.version, changed.changed_by) == (2, WU)
    with pytest.raises(DraftChanged) as caught:
        change(shop, draft, QuoteDraft(header(reference="RFQ 8"), (window(shop),)))
    assert caught.value.detail["version"] == 2
    assert caught.value.detail["changes"] == [{
        "version": 2, "by": WU, "at": (NOW + timedelta(minutes=1)).isoformat(),
        "fields": ["reference", "lines[0].quantity"], "more": 0}]
    with pytest.raises(DraftChanged):
        write(shop, lambda session: service.drop_draft(session, draft_id=draft.id, version=1, by=LI, now=NOW))
    assert write(shop, lambda session: service.get_draft(session, draft_id=draft.id)) == changed


def test_sending_the_same_change_twice_changes_once(shop: Shop) -> None:
    draft = create(shop, QuoteDraft(header()))
    content = QuoteDraft(header(reference="RFQ 7"))
    assert change(shop, draft, content) == change(shop, draft, content, minutes=2)
    assert audited(shop) == ["draft.create", "draft.change"]


def test_a_draft_put_away_stays_away(shop: Shop) -> None:
    draft = create(shop, QuoteDraft(header()))
    dropped = write(shop, lambda session: service.drop_draft(session, draft_id=draft.id, version=1, by=WU, now=NOW))
    assert dropped.state is DraftState.DROPPED
    with pytest.raises(TransitionRefused):
        change(shop, dropped, QuoteDraft(header(reference="RFQ 7")))


@pytest.mark.parametrize("draft_id", [0, -1, 999, 2**70])
def test_a_draft_that_is_not_there_is_not_found(shop: Shop, draft_id: int) -> None:
    with pytest.raises(DraftNotFound):
        write(shop, lambda session: service.get_draft(session, draft_id=draft_id))
    with pytest.raises(DraftNotFound):
        write(shop, lambda session: service.change_draft(
            session, draft_id=draft_id, version=1, content=QuoteDraft(header()), by=LI, now=NOW))


def test_drafts_are_listed_newest_first(shop: Shop) -> None:
    made = [create(shop, QuoteDraft(header(reference=str(number))), key=f"draft-key-{number}") for number in range(3)]
    write(shop, lambda session: service.drop_draft(session, draft_id=made[1].id, version=1, by=LI, now=NOW))
    with shop.database.reading() as session:
        assert [item.id for item in service.list_drafts(session, limit=2)] == [made[2].id, made[1].id]
        assert [item.id for item in service.list_drafts(session, before_id=made[1].id)] == [made[0].id]
        found = service.list_drafts(session, states=(DraftState.DROPPED,), owner=LI)
        assert [item.id for item in found] == [made[1].id]
        assert service.list_drafts(session, owner=WU) == ()


def test_a_preview_says_what_a_quote_then_says_and_writes_nothing(shop: Shop) -> None:
    before = count(shop, "hold"), count(shop, "audit")
    shown = preview(shop, QuoteDraft(header(), (window(shop, breaks=(1, 20)), fitting(standing=Standing.OPTIONAL))))
    assert (count(shop, "hold"), count(shop, "audit")) == before
    quote = shop.offer(shop.request(("window", WINDOW, 8))).quote
    assert (shown.totals.net_minor, shown.totals.tax_minor, shown.totals.gross_minor) == (
        quote.net.amount_minor, quote.tax.amount_minor, quote.gross.amount_minor)
    assert shown.promised_on == quote.promised_on
    (promise,) = shown.promises
    assert (promise.promised_on, promise.co2_grams) == (quote.lines[0].promised_on, quote.co2_grams)
    assert [item.line.net_minor for item in shown.breaks] == [207_556, 20 * 207_556]
    assert all(item.promise is not None and item.promise.promised_on is not None for item in shown.breaks)
    assert shown.verdict.need is Need.NOTHING
    assert shown.totals.cost_minor is not None
    assert 0 < shown.totals.cost_minor < shown.totals.net_minor
    assert shown.totals.is_cost_complete


def test_a_frozen_rate_prices_in_another_currency(shop: Shop) -> None:
    content = QuoteDraft(header(currency="EUR", rate=Fraction("0.1289")), (window(shop), fitting()))
    shown = preview(shop, content)
    assert [line.figures.unit_minor for line in shown.totals.lines] == [26_754, 100_000]
    assert shown.totals.net_minor == 8 * 26_754 + 100_000
    for currency, rate in (("EUR", Fraction(1)), ("CNY", Fraction(2))):
        with pytest.raises(DraftInvalid) as caught:
            preview(shop, QuoteDraft(header(currency=currency, rate=rate), (window(shop),)))
        assert caught.value.detail["field"] == "rate"


def test_what_cannot_be_previewed_names_its_field(shop: Shop) -> None:
    with pytest.raises(DraftInvalid) as caught:
        preview(shop, QuoteDraft(header(destination="XX"), (window(shop),)))
    assert caught.value.detail["field"] == "destination"
    with pytest.raises(DraftInvalid) as caught:
        preview(shop, QuoteDraft(header(), (fitting(), window(shop, content_hash="0" * 64))))
    assert caught.value.detail["field"] == "lines[1].content_hash"
    with pytest.raises(ConfigurationNotSaleable) as refused:
        preview(shop, QuoteDraft(header(), (fitting(), window(shop, choices=(("width", "0"),)))))
    assert refused.value.detail["line"] == 1


def test_an_empty_draft_costs_nothing(shop: Shop) -> None:
    shown = preview(shop, QuoteDraft(header(destination=""), (SectionLine(Text.of("A")),)))
    assert (shown.totals.gross_minor, shown.promised_on, shown.verdict.need) == (0, None, Need.NOTHING)


def test_a_second_person_agrees_and_every_step_is_kept(shop: Shop) -> None:
    draft = create(shop, QuoteDraft(header(total_discount=Fraction(12)), (window(shop),)))
    assert preview(shop, draft.content).verdict.concerns == (Concern.ABOVE_OWN,)
    waiting = ask(shop, draft)
    assert waiting.state is DraftState.WAITING
    for same in (LI, LI.upper()):
        with pytest.raises(ApprovalRefused) as caught:
            decide(shop, waiting, by=same)
        assert caught.value.detail["why"] == "same_person"
    refused = decide(shop, waiting, is_approved=False, reason="Ten are enough.")
    assert refused.state is DraftState.OPEN
    approved = decide(shop, ask(shop, refused))
    assert approved.state is DraftState.APPROVED
    assert [step.step for step in approved.approvals] == [
        ApprovalStep.ASKED, ApprovalStep.REFUSED, ApprovalStep.ASKED, ApprovalStep.APPROVED]
    last = approved.approvals[-1]
    assert (last.by, last.version, last.reason, last.discount_percent) == (WU, 1, "Agreed.", Fraction(12))
    assert audited(shop) == ["draft.create", "draft.asked", "draft.refused", "draft.asked", "draft.approved"]
    with pytest.raises(TransitionRefused):
        decide(shop, approved)
    assert shop.breaches() == []


def test_a_change_ends_an_approval(shop: Shop) -> None:
    draft = create(shop, QuoteDraft(header(total_discount=Fraction(12)), (window(shop),)))
    waiting = ask(shop, draft)
    changed = change(shop, waiting, QuoteDraft(header(total_discount=Fraction(14)), (window(shop),)))
    assert changed.state is DraftState.OPEN
    with pytest.raises(TransitionRefused):
        decide(shop, waiting)
    asked = ask(shop, changed)
    with pytest.raises(DraftChanged):
        decide(shop, replace(asked, version=1))
    assert decide(shop, asked).state is DraftState.APPROVED


def test_who_typed_last_cannot_decide_what_another_asked(shop: Shop) -> None:
    draft = create(shop, QuoteDraft(header(), (window(shop),)))
    changed = change(shop, draft, QuoteDraft(header(total_discount=Fraction(12)), (window(shop),)), by=WU)
    with pytest.raises(ApprovalRefused):
        decide(shop, ask(shop, changed, by=LI), by=WU)


def test_asking_for_nothing_or_too_much_is_refused(shop: Shop) -> None:
    plain = create(shop, QuoteDraft(header(), (window(shop),)))
    with pytest.raises(ApprovalRefused) as caught:
        ask(shop, plain)
    assert caught.value.detail["why"] == "not_needed"
    wide = change(shop, plain, QuoteDraft(header(total_discount=Fraction(16)), (window(shop),)))
    with pytest.raises(ApprovalRefused) as caught:
        ask(shop, wide)
    assert (caught.value.detail["why"], caught.value.detail["allowed_percent"]) == ("too_much", "15")
    for reason in ("", "  ", "r" * 501):
        with pytest.raises(RequestInvalid) as invalid:
            ask(shop, wide, reason=reason)
        assert invalid.value.detail["field"] == "reason"
    assert count(shop, "approval") == 0


def test_the_database_keeps_approvals_as_they_were(shop: Shop) -> None:
    ask(shop, create(shop, QuoteDraft(header(total_discount=Fraction(12)), (window(shop),))))
    for statement in ("UPDATE approval SET step = 'approved'", "DELETE FROM approval"):
        with pytest.raises(DBAPIError, match="append-only"), shop.database.transaction() as session:
            session.execute(text(statement))


def test_a_quote_is_duplicated_and_revised(shop: Shop) -> None:
    quote = shop.offer(shop.request(("window", WINDOW, 8))).quote
    copy = write(shop, lambda session: service.duplicate_quote(
        session, number=quote.number, owner=LI, language="zh", idempotency_key="copy-1", now=NOW))
    assert copy.based_on is None
    assert (copy.content.header.reference, copy.content.header.language) == ("RFQ 26-118", "zh")
    assert preview(shop, copy.content).totals.gross_minor == quote.gross.amount_minor

    def revise(key: str, owner: str) -> KeptDraft:
        return write(shop, lambda session: service.revise_quote(
            session, number=quote.number, revision=1, owner=owner, language="en", idempotency_key=key, now=NOW))

    first = revise("revise-1", LI)
    assert first.based_on == (quote.number, 1)
    assert revise("revise-2", WU) == first  # one quote is revised in one place
    write(shop, lambda session: service.drop_draft(session, draft_id=first.id, version=1, by=LI, now=NOW))
    assert revise("revise-3", WU).id != first.id


def test_only_the_newest_open_revision_is_revised(shop: Shop) -> None:
    offered = shop.offer()
    with shop.database.transaction() as session:
        service.requote(session, token=offered.token, revision=1, secret=SECRET, now=NOW)
    with pytest.raises(QuoteSuperseded), shop.database.transaction() as session:
        service.revise_quote(session, number=offered.quote.number, revision=1, owner=LI, language="en",
                             idempotency_key="revise-1", now=NOW)
    accepted = shop.offer(key="offer-2")
    shop.accept(accepted)
    with pytest.raises(TransitionRefused), shop.database.transaction() as session:
        service.revise_quote(session, number=accepted.quote.number, revision=1, owner=LI, language="en",
                             idempotency_key="revise-2", now=NOW)
    with shop.database.reading() as session:
        assert session.scalar(select(func.count()).select_from(AuditRow).where(
            AuditRow.action == "draft.create")) == 0
