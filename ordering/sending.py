"""Use cases of sending: a draft becomes a quote revision that never changes. Under the planning area's lock.

Sessions come first and are never committed here; ``now`` is aware UTC.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from catalog.money import Money
from ordering import store
from ordering.approval import ApprovalStep, DiscountLimits, Need, judge
from ordering.draft import ConfiguredLine, DraftEvent, DraftState, QuoteDraft, Standing, next_draft_state
from ordering.draft_preview import configure_lines, preview_draft
from ordering.draft_pricing import DraftTotals
from ordering.draft_tables import QuoteDraftRow
from ordering.drafting import KeptDraft, get_draft, lock_draft, present_draft, require_version
from ordering.errors import DraftNotSendable, NoCapacity, QuoteSuperseded, TransitionRefused
from ordering.firming import FirmLimits, FirmLine, find_firm
from ordering.following import follow_plan
from ordering.link import make_seed, make_token, token_hash
from ordering.link_owner import is_for_another_customer, living_customer
from ordering.mail import is_address
from ordering.numbering import Series
from ordering.offering import Preview, held_until, load_surroundings, plan_line
from ordering.order import PromiseEventKind
from ordering.promise_date import local_year
from ordering.quote import Alternative, AlternativeSummary, Quote, QuoteEvent, QuoteState
from ordering.quote_reading import get_quote_row, present
from ordering.reading import find_order_row
from ordering.resending import close_siblings, follow_up, start_header, supersede
from ordering.sent_lines import Goods, promise_content, sell
from ordering.tables import QuoteRow
from scheduling import service as scheduling

SEND_SCOPE = "send"
TRIO = (Alternative.CHEAPEST, Alternative.FASTEST, Alternative.GREENEST)
_HOLDING_ORDER = (Alternative.FASTEST, Alternative.CHEAPEST, Alternative.GREENEST)
"""The fastest way has the fewest places to choose from, so it is held first."""
Way = tuple[Alternative, ...]


@dataclass(frozen=True, slots=True)
class Sent:
    """What a draft became: one quote, or up to three of which the customer takes one."""

    quotes: tuple[Quote, ...]
    """Of a trio in the order cheapest, fastest, greenest, without those that are the same plan as another."""
    tokens: tuple[str, ...]
    """Of their links, in the same order; only the customer is given them."""
    ways: tuple[tuple[Alternative, ...], ...]
    """The ways that each quote stands for: several where they are the same plan."""
    is_replayed: bool = False
    """Whether this key had sent it before."""

    @property
    def quote_numbers(self) -> tuple[str, ...]:
        """The numbers of the quotes, in the same order."""
        return tuple(quote.number for quote in self.quotes)


def send_draft(  # noqa: PLR0913  # sending has that many givens
    session: Session, *, draft_id: int, version: int, by: str, idempotency_key: str, secret: str, now: datetime,
    limits: DiscountLimits, trio: bool = False, cache_directory: Path | None = None, firm: FirmLimits | None = None
) -> Sent:
    """Send a draft: everything is worked out anew, capacity is held for its validity, the date is promised.

    Parameters
    ----------
    session
        Inside a writing transaction; the caller commits.
    draft_id, version
        The draft as the seller sees it.
    by
        Login of the seller.
    idempotency_key
        One key has one effect.
    secret
        The site's secret, for the links.
    now
        Aware UTC.
    limits
        Of discount and margin.
    trio
        Whether to offer the cheapest, the fastest and the greenest way side by side, each with its own hold.
    cache_directory
        Where compiled models are kept between processes.
    firm
        Limits of the search for an earlier day at no higher price, of the fastest way of a trio; None leaves it out.

    Returns
    -------
    Sent
        The quotes and the tokens of their links.

    Raises
    ------
    DraftNotSendable
        ``detail["why"]`` is ``waiting`` (a second person has not decided), ``needs_approval``, ``too_much`` (nobody
        may agree to it), ``empty`` (no included product), ``incomplete`` (``detail["field"]`` names what is missing)
        or ``customer`` (the quote that it revises is another customer's).
    DraftChanged
        It was changed since.
    NoCapacity
        A line cannot be made before the end of the horizon; ``detail["line"]`` is its place in the draft, from 0.
    ConfigurationNotSaleable
        A line breaks a rule; ``detail["line"]`` is its place in the draft, from 0.
    DraftInvalid
        The destination or a product version is unknown, or the rate does not fit the currencies.
    QuoteSuperseded
        The quote that it revises has a newer revision.
    TransitionRefused
        It was sent or dropped, or the quote that it revises is accepted or declined.
    IdempotencyMismatch
        The key belongs to another request.
    """
    draft = get_draft(session, draft_id=draft_id)
    body_hash = hashlib.sha256(json.dumps([draft_id, version, by, trio]).encode()).hexdigest()
    known = store.find_answer(session, scope=SEND_SCOPE, key=idempotency_key, body_hash=body_hash)
    if known is not None:
        return _replayed(session, known, secret)
    _require_sendable(draft, version)
    _require_owner(session, draft)
    _require_as_approved(session, draft, limits, now=now, cache_directory=cache_directory)
    content, goods = _sell(session, draft.content, now=now, cache_directory=cache_directory)
    replaced = _base_holds(session, draft)
    plans = _plan(session, content, goods, without_holds=replaced, now=now)
    ways = find_ways(plans) if trio else ((content.header.alternative,),)
    first = next((same for same in ways if Alternative.FASTEST in same), ways[0])
    earlier = None if firm is None else find_firm(
        session, plans, alternative=first[0], now=now, limits=firm, without_holds=replaced)
    scheduling.lock_area(session)
    known = store.find_answer(session, scope=SEND_SCOPE, key=idempotency_key, body_hash=body_hash)
    if known is not None:
        return _replayed(session, known, secret)
    row = lock_draft(session, draft_id)
    state = next_draft_state(DraftState(row.state), DraftEvent.SEND)
    require_version(session, row, version)
    with session.begin_nested():
        desk = _Desk(session, row, content, goods, plans, earlier, first, limits, secret, by, now)
        _require_owner(session, present_draft(session, row))
        quotes = _send_ways(desk, ways)
        row.state, row.closed_at = state.value, now
        if earlier is not None and earlier.draft.quote.changes:
            follow_plan(session, now=now, actor=by)
    answer = {"quotes": [[quote.number, quote.revision] for quote in quotes],
              "ways": [[way.value for way in same] for same in ways]}
    store.append_audit(session, at=now, actor=by, action="draft.send", subject=f"draft-{row.id}",
                       facts={"version": row.version, **answer})
    store.store_answer(session, scope=SEND_SCOPE, key=idempotency_key, body_hash=body_hash, answer=answer, now=now)
    return replace(_replayed(session, answer, secret), is_replayed=False)


@dataclass(frozen=True, slots=True)
class _Desk:
    """What the ways of a draft share."""

    session: Session
    draft: QuoteDraftRow
    content: QuoteDraft
    goods: Mapping[int, Goods]
    plans: Sequence[Preview]
    earlier: FirmLine | None
    hastened: Way
    """The way that ``earlier`` is of."""
    limits: DiscountLimits
    secret: str
    by: str
    now: datetime


def _replayed(session: Session, answer: Mapping[str, Any], secret: str) -> Sent:
    rows = [get_quote_row(session, number=number, revision=revision) for number, revision in answer["quotes"]]
    return Sent(
        tuple(present(session, row) for row in rows),
        tuple(make_token(row.link_seed, secret=secret) for row in rows),
        tuple(tuple(Alternative(way) for way in same) for same in answer["ways"]), is_replayed=True)


def _require_sendable(draft: KeptDraft, version: int) -> None:
    """Refuse what is plain to see before anything is worked out; a changed draft is refused with what changed later."""
    if draft.state is DraftState.WAITING:
        raise DraftNotSendable("A second person has to decide about this draft first.", why="waiting")
    if draft.state in {DraftState.SENT, DraftState.DROPPED} or draft.version != version:
        return
    lines, header = draft.content.lines, draft.content.header
    if not any(isinstance(line, ConfiguredLine) and line.standing is Standing.INCLUDED for line in lines):
        raise DraftNotSendable("Include at least one configured product; the day is promised for it.", why="empty",
                               field="lines")
    needed = (("customer_name", bool(header.customer_name)), ("customer_email", is_address(header.customer_email)),
              ("destination", bool(header.destination)))
    for field, is_there in needed:
        if not is_there:
            raise DraftNotSendable("A quote needs its customer's name and e-mail address, and where it goes.",
                                   why="incomplete", field=field)
    for place, line in enumerate(lines):
        if not isinstance(line, ConfiguredLine) and not line.title:
            raise DraftNotSendable("Every line needs its words.", why="incomplete", field=f"lines[{place}].title")


def _require_owner(session: Session, draft: KeptDraft) -> None:
    if is_for_another_customer(session, draft=draft):
        raise DraftNotSendable("A quote's link belongs to its customer; duplicate the quote for somebody else.",
                               why="customer", field="customer_email")


def _require_as_approved(
    session: Session, draft: KeptDraft, limits: DiscountLimits, *, now: datetime, cache_directory: Path | None
) -> None:
    """Refuse what has become worse since a second person agreed: prices and plans may have moved.

    It is worked out as it was for asking, so that asking again leads on.
    """
    if draft.state is not DraftState.APPROVED:
        return
    agreed = [step for step in draft.approvals if step.step is ApprovalStep.APPROVED][-1]
    verdict = preview_draft(session, draft=draft.content, limits=limits, now=now,
                            cache_directory=cache_directory).verdict
    margin, known = verdict.margin_percent, agreed.margin_percent
    is_lower = margin is not None and (known is None or margin < known)
    if verdict.need is Need.SECOND_PERSON and (verdict.discount_percent > agreed.discount_percent or is_lower):
        raise DraftNotSendable("Discount or margin is worse than what was agreed to; ask again.", why="needs_approval",
                               allowed_percent=str(verdict.allowed_percent),
                               concerns=[item.value for item in verdict.concerns])


def _sell(
    session: Session, content: QuoteDraft, *, now: datetime, cache_directory: Path | None
) -> tuple[QuoteDraft, dict[int, Goods]]:
    """Work out what is configured, and put the whole selections in place of the choices as typed."""
    configured = configure_lines(session, draft=content, now=now, cache_directory=cache_directory)
    goods = {place + 1: sell(place + 1, line, configured[place], content)
             for place, line in enumerate(content.lines) if isinstance(line, ConfiguredLine)}
    lines = tuple(goods[position].line if position in goods else line
                  for position, line in enumerate(content.lines, start=1))
    return replace(content, lines=lines), goods


def _base_holds(session: Session, draft: KeptDraft) -> list[int]:
    """Give what is held for the quote that a draft revises, and for its other ways; it is given back before."""
    if draft.based_on is None:
        return []
    base = get_quote_row(session, number=draft.based_on[0])
    is_it = QuoteRow.id == base.id if base.trio is None else QuoteRow.trio == base.trio
    rows = session.scalars(select(QuoteRow).where(is_it, QuoteRow.state == QuoteState.OFFERED.value))
    return [line.hold_id for row in rows.all() for line in row.lines if line.hold_id is not None]


def _plan(
    session: Session, content: QuoteDraft, goods: Mapping[int, Goods], *, without_holds: list[int], now: datetime
) -> tuple[Preview, ...]:
    """Plan each included product before the lock is taken."""
    surroundings = load_surroundings(session)
    return tuple(
        plan_line(session, configured=item.configured, code=f"draft-{position}", quantity=item.line.quantity,
                  destination=content.header.destination, surroundings=surroundings, now=now,
                  starts_at=held_until(now, content.header.validity_days), without_holds=without_holds)
        for position, item in sorted(goods.items()) if item.is_included
    )


def find_ways(plans: Sequence[Preview]) -> tuple[Way, ...]:
    """Give the ways of a trio; those whose plan is the same in every line stand together as one."""
    found: dict[tuple[object, ...], list[Alternative]] = {}
    for way in TRIO:
        offers = [preview.offer(way) for preview in plans]
        found.setdefault(tuple(offer and offer.plan for offer in offers), []).append(way)
    return tuple(tuple(same) for same in found.values())


def _send_ways(desk: _Desk, ways: Sequence[Way]) -> tuple[QuoteRow, ...]:
    """Hold and store every way, the scarcest first; the first of them takes the place of the quote that is revised.

    What revises one of several ways takes the place of all of them, and stays the same offer: it becomes one order.
    """
    base = _close_base(desk)
    trio = desk.draft.id if base is None or base.trio is None else base.trio
    site = load_surroundings(desk.session).network.site(desk.content.header.destination)
    customer_id = _customer_id(desk, base)
    headers: dict[Way, QuoteRow] = {}
    for same in ways:
        header = start_header(desk.content, now=desk.now)
        header.alternative, header.customer_id = same[0].value, customer_id
        if base is not None and not headers:
            follow_up(header, base)
        else:
            header.number = store.next_number(desk.session, series=Series.QUOTE, year=local_year(desk.now, site))
            header.revision, header.link_seed = 1, make_seed()
            header.token_hash = token_hash(make_token(header.link_seed, secret=desk.secret))
        if len(ways) > 1:
            header.trio = trio
        headers[same] = header
    for same in sorted(ways, key=lambda same: min(_HOLDING_ORDER.index(way) if way in _HOLDING_ORDER else 0
                                                  for way in same)):
        _send_way(desk, headers[same], same, base if headers[same].revision > 1 else None)
        if len(ways) > 1:
            told = Money(headers[same].net_minor, headers[same].currency)
            headers[same].alternatives = [store.alternative_as_json(AlternativeSummary(
                way, headers[same].promised_on, told, headers[same].co2_grams)) for way in same]
    return tuple(headers[same] for same in ways)


def _close_base(desk: _Desk) -> QuoteRow | None:
    """Close the quote that the draft revises; None for a new quote."""
    number, revision = desk.draft.based_on_number, desk.draft.based_on_revision
    if number is None:
        return None
    base = get_quote_row(desk.session, number=number)
    if base.revision != revision:
        raise QuoteSuperseded(f"Revision {base.revision} replaces the one this draft revises; look at it first.",
                              number=number, newest=base.revision)
    if find_order_row(desk.session, quote_number=number) is not None:
        raise TransitionRefused("A quote that is an order cannot be revised.", thing="quote", state=base.state,
                                event=QuoteEvent.SUPERSEDE.value)
    supersede(desk.session, base, now=desk.now)
    close_siblings(desk.session, base, now=desk.now, actor=desk.by)
    return base


def _customer_id(desk: _Desk, base: QuoteRow | None) -> int:
    if base is not None:
        return living_customer(desk.session, base.customer_id).id
    terms = desk.content.header
    return store.find_or_add_customer(
        desk.session, email=terms.customer_email, name=terms.customer_name, now=desk.now).id


def _send_way(desk: _Desk, header: QuoteRow, same: Way, base: QuoteRow | None) -> None:
    now = desk.now
    header.draft_id, header.draft_version = desk.draft.id, desk.draft.version
    try:
        totals = promise_content(desk.session, header=header, content=desk.content, goods=desk.goods,
                                 drafts=desk.plans, firm=desk.earlier if same == desk.hastened else None,
                                 now=now)
    except NoCapacity as error:
        place = int(str(error.detail["line"])) - 1
        raise NoCapacity(error.message, **{**error.detail, "line": place}) from error
    header.judged = _judged(desk, totals)
    kind = PromiseEventKind.OFFERED if base is None else PromiseEventKind.REQUOTED
    store.add_promise_event(
        desk.session, quote=header, kind=kind, at=now, promised_on=header.promised_on,
        previous_on=None if base is None else base.promised_on, language=header.language)
    store.append_audit(desk.session, at=now, actor=desk.by, action="quote.send", subject=header.number,
                       facts={"revision": header.revision, "draft": desk.draft.id, "version": desk.draft.version,
                              "gross_minor": header.gross_minor, "promised_on": header.promised_on})


def _judged(desk: _Desk, totals: DraftTotals) -> dict[str, object]:
    """Judge what was really planned; refuse what nobody may agree to, and what nobody agreed to."""
    verdict = judge(totals, limits=desk.limits)
    facts = {"allowed_percent": str(verdict.allowed_percent), "concerns": [item.value for item in verdict.concerns]}
    if verdict.need is Need.REFUSED:
        raise DraftNotSendable("Nobody may agree to so much; lower the discount.", why="too_much", **facts)
    if verdict.need is Need.SECOND_PERSON and desk.draft.state != DraftState.APPROVED.value:
        raise DraftNotSendable("A second person has to agree to this draft first; ask for it.", why="needs_approval",
                               **facts)
    limits = desk.limits
    return {**facts, "need": verdict.need.value, "discount_percent": str(verdict.discount_percent),
            "margin_percent": None if verdict.margin_percent is None else str(verdict.margin_percent),
            "own_percent": limits.own_percent, "most_percent": limits.most_percent,
            "margin_floor_percent": limits.margin_floor_percent}
