"""Changes, revisions and trios get the day that a plain quote gets: others make room within their promises."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from ordering import service
from ordering.drafting import KeptDraft
from ordering.errors import ChangeOutdated
from ordering.firming import FirmLimits
from ordering.order import OrderState
from ordering.quote import Alternative, Quote, QuoteState
from ordering.service import ChangePreview, ChangeRequest, Offered, Sent
from scheduling import service as scheduling
from scheduling.errors import HoldLost
from tests.service.selling import NOW, SECRET, WINDOW, Shop
from tests.service.test_drafting import LI, create, write
from tests.service.test_firm_offers import LONG, moves
from tests.service.test_sending import LIMITS, plain
from web.database import Database

pytestmark = pytest.mark.slow
LATER = NOW + timedelta(hours=1)


@pytest.fixture
def crowded(sqlite_url: str, tmp_path: Path) -> Iterator[Shop]:
    """Sell so many windows that the glass line is full for days, each with slack until the end of its promised day."""
    shop = Shop(Database(sqlite_url), tmp_path / "cache")
    shop.open()
    for number in range(7):
        request = shop.request(("window", WINDOW, 12), email=f"c{number}@example.org")
        offered = shop.offer(request, key=f"early-offer-{number}", now=NOW + timedelta(minutes=number))
        shop.accept(offered, key=f"early-accept-{number}-key", now=NOW + timedelta(minutes=number))
    yield shop
    shop.database.dispose()


def ordered(shop: Shop, firm: FirmLimits = LONG) -> Offered:
    with shop.database.transaction() as session:
        offered = service.offer(session, request=shop.request(("window", WINDOW, 6), email="late@example.org"),
                                idempotency_key="mine", secret=SECRET, now=LATER, cache_directory=shop.cache, firm=firm)
    shop.accept(offered, key="accept-mine", now=LATER)
    return offered


def wanted(shop: Shop, **changes: str) -> ChangeRequest:
    return ChangeRequest(shop.hashes["window"], {**WINDOW, **changes}, 6, "SZ")


def preview(shop: Shop, offered: Offered, request: ChangeRequest, firm: FirmLimits = LONG) -> ChangePreview:
    with shop.database.reading() as session:
        return service.preview_change(session, token=offered.token, request=request, now=LATER,
                                      cache_directory=shop.cache, firm=firm)


def confirm(shop: Shop, offered: Offered, request: ChangeRequest, shown: str) -> None:
    with shop.database.transaction() as session:
        service.change_order(session, token=offered.token, revision=1, request=request, shown=shown,
                             accepted_by="Li Na", idempotency_key="change", now=LATER, cache_directory=shop.cache,
                             firm=LONG)


def promises(shop: Shop) -> dict[int, int | None]:
    with shop.database.reading() as session:
        return {hold_id: hold.job.deadline_minute for hold_id, hold in scheduling.list_holds(session).items()}


def assert_kept(shop: Shop, before: dict[int, int | None], *, without: int | None) -> None:
    with shop.database.reading() as session:
        holds = scheduling.list_holds(session)
    assert all(holds[hold_id].arrival_minute <= (deadline or 0) for hold_id, deadline in before.items()
               if hold_id != without)
    assert shop.breaches(LATER) == []


def test_an_order_that_is_not_changed_keeps_its_day(crowded: Shop) -> None:
    offered = ordered(crowded)
    seen = preview(crowded, offered, wanted(crowded))
    assert seen.is_same
    assert (seen.offer.promised_on, seen.offer.totals.gross, seen.offer.co2_grams) == (
        offered.quote.promised_on, offered.quote.gross, offered.quote.co2_grams)


def test_a_change_gets_the_day_of_a_firm_quote_and_confirming_makes_what_was_shown(crowded: Shop) -> None:
    offered = ordered(crowded, FirmLimits())
    request = wanted(crowded, profile="ALU75")
    weak = preview(crowded, offered, request, FirmLimits())
    seen = preview(crowded, offered, request)
    assert seen.offer.promised_on < weak.offer.promised_on
    assert seen.offer.totals.gross == weak.offer.totals.gross
    before = promises(crowded)
    confirm(crowded, offered, request, seen.seal)
    with crowded.database.reading() as session:
        order = service.get_order_by_link(session, token=offered.token)
    assert (order.promised_on, order.gross, order.co2_grams, order.state) == (
        seen.offer.promised_on, seen.offer.totals.gross, seen.offer.co2_grams, OrderState.CONFIRMED)
    assert moves(crowded) > 0
    assert_kept(crowded, before, without=offered.quote.lines[0].hold_id)


def test_a_change_that_others_have_no_room_for_any_more_changes_nothing(
    crowded: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    offered = ordered(crowded, FirmLimits())
    request = wanted(crowded, profile="ALU75")
    seen = preview(crowded, offered, request)

    def gone(*_arguments: object, **_named: object) -> object:
        raise HoldLost("The time that others were to leave was taken meanwhile; ask for a new date.")

    monkeypatch.setattr("scheduling.firm_quoting.hold_firm", gone)
    with pytest.raises(ChangeOutdated):
        confirm(crowded, offered, request, seen.seal)
    with crowded.database.reading() as session:
        assert service.get_order_by_link(session, token=offered.token).promised_on == offered.quote.promised_on
    assert moves(crowded) == 0
    assert crowded.breaches(LATER) == []


def send(shop: Shop, draft: KeptDraft, *, key: str, firm: FirmLimits | None = None, trio: bool = False) -> Sent:
    return write(shop, lambda session: service.send_draft(
        session, draft_id=draft.id, version=draft.version, by=LI, trio=trio, idempotency_key=key, secret=SECRET,
        now=LATER, limits=LIMITS, cache_directory=shop.cache, firm=firm))


def revised(shop: Shop, quote: Quote, *, key: str) -> KeptDraft:
    return write(shop, lambda session: service.revise_quote(
        session, number=quote.number, revision=quote.revision, owner=LI, language="en", idempotency_key=key,
        now=LATER))


def test_a_revision_is_a_firm_quote_too(crowded: Shop) -> None:
    first = send(crowded, create(crowded, plain(crowded, 6)), key="first").quotes[0]
    before = promises(crowded)
    second = send(crowded, revised(crowded, first, key="revise"), key="second", firm=LONG).quotes[0]
    assert (second.number, second.revision) == (first.number, 2)
    assert second.promised_on < first.promised_on
    assert second.net == first.net
    assert moves(crowded) > 0
    assert_kept(crowded, before, without=first.lines[0].hold_id)


def test_a_revision_stands_where_the_quote_that_it_revises_stood(crowded: Shop) -> None:
    """A firm quote that is sent again with nothing changed keeps its day: its own places are free for it."""
    first = send(crowded, create(crowded, plain(crowded, 6)), key="first", firm=LONG).quotes[0]
    again = send(crowded, revised(crowded, first, key="revise"), key="second").quotes[0]
    assert again.promised_on == first.promised_on
    assert crowded.breaches(LATER) == []


def test_the_fastest_way_of_a_trio_is_a_firm_quote_and_every_way_holds(crowded: Shop) -> None:
    found: dict[bool, Sent] = {}
    for is_firm in (False, True):
        draft = create(crowded, plain(crowded, 6), key=f"draft-{is_firm}")
        before = promises(crowded)
        found[is_firm] = send(crowded, draft, key=f"trio-{is_firm}", firm=LONG if is_firm else None, trio=True)
        assert_kept(crowded, before, without=None)
        if not is_firm:
            for token in found[False].tokens:
                with crowded.database.transaction() as session:
                    service.decline(session, token=token, revision=1, now=LATER)
    inserted, firm = (next(quote for quote, same in zip(sent.quotes, sent.ways, strict=True)
                           if Alternative.FASTEST in same) for sent in found.values())
    assert firm.promised_on < inserted.promised_on
    assert firm.net == inserted.net
    assert moves(crowded) > 0
    assert all(quote.state is QuoteState.OFFERED for quote in found[True].quotes)
