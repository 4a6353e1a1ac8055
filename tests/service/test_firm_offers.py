"""Quotes whose date others make room for: price and promises stay, work orders follow, a moved world falls back."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from ordering import service
from ordering.firming import FirmLimits, FirmLine, find_firm
from ordering.quote import QuoteState
from ordering.service import Offered
from scheduling import service as scheduling
from scheduling.errors import HoldLost
from scheduling.tables import BookingMoveRow
from tests.service.selling import NOW, SECRET, WINDOW, Shop
from web.database import Database

pytestmark = pytest.mark.slow
LONG = FirmLimits(20)


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


def ask(shop: Shop, *, firm: FirmLimits, key: str, now: datetime) -> Offered:
    request = shop.request(("window", WINDOW, 1), email="late@example.org")
    with shop.database.transaction() as session:
        return service.offer(session, request=request, idempotency_key=key, secret=SECRET, now=now,
                             cache_directory=shop.cache, firm=firm)


def moves(shop: Shop) -> int:
    with shop.database.reading() as session:
        return len(session.scalars(select(BookingMoveRow)).all())


def test_firm_quote_is_never_later_nor_dearer_and_breaks_no_promise(crowded: Shop) -> None:
    now = NOW + timedelta(hours=1)
    with crowded.database.reading() as session:
        before = {hold_id: hold.job.deadline_minute for hold_id, hold in scheduling.list_holds(session).items()}
    plain = ask(crowded, firm=FirmLimits(), key="plain", now=now)
    with crowded.database.transaction() as session:
        service.decline(session, token=plain.token, revision=1, now=now)

    firm = ask(crowded, firm=LONG, key="firm", now=now)

    assert firm.quote.promised_on <= plain.quote.promised_on
    assert firm.quote.net == plain.quote.net
    with crowded.database.reading() as session:
        holds = scheduling.list_holds(session)
    assert all(holds[hold_id].arrival_minute <= (deadline or 0) for hold_id, deadline in before.items())
    assert crowded.breaches(now) == []
    crowded.accept(firm, key="accept-firm-quote", now=now)
    assert crowded.breaches(now) == []


def test_moves_of_others_are_logged_and_their_work_orders_follow(
    crowded: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = NOW + timedelta(hours=1)
    found: list[FirmLine | None] = []

    def remembered(*arguments: object, **named: object) -> FirmLine | None:
        found.append(find_firm(*arguments, **named))  # type: ignore[arg-type]
        return found[-1]

    monkeypatch.setattr("ordering.quoting.find_firm", remembered)
    offered = ask(crowded, firm=LONG, key="firm", now=now)

    changed = sum(len(change.moved) for line in found if line is not None for change in line.draft.quote.changes)
    assert moves(crowded) == changed
    assert offered.quote.state is QuoteState.OFFERED
    assert crowded.breaches(now) == [], "planned times of job orders are those of their bookings"


def test_world_that_moved_gives_another_date_at_once(crowded: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    now = NOW + timedelta(hours=1)
    plain = ask(crowded, firm=FirmLimits(), key="plain", now=now)
    with crowded.database.transaction() as session:
        service.decline(session, token=plain.token, revision=1, now=now)

    def gone(*_arguments: object, **_named: object) -> object:
        raise HoldLost("The time that others were to leave was taken meanwhile; ask for a new date.")

    monkeypatch.setattr("scheduling.firm_quoting.hold_firm", gone)
    offered = ask(crowded, firm=LONG, key="firm", now=now)

    assert offered.quote.promised_on == plain.quote.promised_on
    assert moves(crowded) == 0
    assert crowded.breaches(now) == []


def test_same_request_again_searches_nothing(crowded: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    now = NOW + timedelta(hours=1)
    first = ask(crowded, firm=LONG, key="same", now=now)
    monkeypatch.setattr("scheduling.firm_quoting.load_firm", lambda *_a, **_k: pytest.fail("searched again"))
    assert ask(crowded, firm=LONG, key="same", now=now).quote.number == first.quote.number


def test_preview_says_what_the_day_hangs_on(crowded: Shop) -> None:
    now = NOW + timedelta(hours=1)
    with crowded.database.reading() as session:
        version = service.LineRequest(crowded.hashes["window"], WINDOW, 1)
        configured = service.complete(session, version, on=now.date(), cache_directory=crowded.cache)
        preview = service.preview_configured(session, configured=configured, quantity=1, destination="SZ", now=now)
    offer = preview.default
    assert offer is not None
    minutes = sum(reason.link.total_minutes for reason in offer.reasons) + offer.delivery_minutes
    assert minutes == offer.arrival_minute - preview.job.release_minute
    glass = next(reason for reason in offer.reasons if reason.link.operation_code == "insulating_glass")
    assert {"width", "height"} <= set(glass.attributes)
    assert glass.link.queue_minutes > 0, "it waits behind the windows sold before"
