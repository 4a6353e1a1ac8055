"""The money of quotes, worked out again: I6 sums of included lines, I25 discounts and margins, I27 prices, I32."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction

from sqlalchemy import func, select
from sqlalchemy.orm import Session, selectinload

from catalog.checks import Breach
from catalog.errors import OnelotError
from catalog.money import MINOR_UNITS_PER_MAJOR
from ordering.approval import ApprovalStep, Need, below_floor_beside, is_same_person
from ordering.configured import GROUP_PRICE, ConfiguredProduct, recall
from ordering.draft import Standing
from ordering.draft_pricing import DraftTotals, LineFigures, PricedLine, convert, price_draft
from ordering.draft_tables import ApprovalRow
from ordering.goods_cost import goods_cost_minor
from ordering.quote import alternative_surcharge
from ordering.quote_item import ItemKind
from ordering.sent_tables import QuoteItemRow
from ordering.store import slots_value
from ordering.tables import CustomerRow, OrderRow, QuoteLineRow, QuoteRow


def check_money(session: Session) -> Iterator[Breach]:
    """Price every quote again from its own figures, and compare lines, sums, orders and what was agreed to.

    Parameters
    ----------
    session
        Only read.
    """
    items: dict[int, list[QuoteItemRow]] = {}
    for item in session.scalars(select(QuoteItemRow).order_by(QuoteItemRow.position)):
        items.setdefault(item.quote_id, []).append(item)
    sent_first = _first_sent(session)
    approvals = _approvals(session)
    for quote in session.scalars(select(QuoteRow).options(selectinload(QuoteRow.lines))):
        beside = items.get(quote.id, [])
        try:
            totals = _priced_again(quote, beside)
        except (ValueError, ZeroDivisionError):
            yield Breach("I6", f"{_name(quote)} has figures that cannot be read")
            continue
        yield from _sums(quote, totals)
        yield from _lines(quote, beside, totals)
        yield from _slots(quote, totals)
        if quote.draft_id is not None:
            is_judged = sent_first.get(quote.number) == quote.revision
            if is_judged:
                totals = _priced_again(quote, beside, _costs(session, quote))
            yield from _agreed(quote, totals, approvals, is_judged=is_judged)
    for order, quote in session.execute(select(OrderRow, QuoteRow).join(QuoteRow, OrderRow.quote_id == QuoteRow.id)):
        if (order.net_minor, order.tax_minor, order.gross_minor, order.currency) != (
            quote.net_minor, quote.tax_minor, quote.gross_minor, quote.currency
        ):
            yield Breach("I6", f"order {order.number} does not cost what its quote said")
    yield from _products_beside(session)


def check_links(session: Session) -> Iterator[Breach]:
    """See that an offer of several ways is one order at most, and that a number belongs to one customer.

    Parameters
    ----------
    session
        Only read.
    """
    ordered = select(QuoteRow.trio, func.count(OrderRow.id)).join(OrderRow, OrderRow.quote_id == QuoteRow.id).where(
        QuoteRow.trio.is_not(None)).group_by(QuoteRow.trio)
    for trio, count in session.execute(ordered.having(func.count(OrderRow.id) > 1)):
        yield Breach("I5", f"the offer of draft {trio} became {count} orders")
    merged: dict[int, int] = {}
    for customer, kept in session.execute(select(CustomerRow.id, CustomerRow.merged_into_id)):
        merged |= {} if kept is None else {customer: kept}
    owners: dict[str, set[int]] = {}
    for number, customer in session.execute(select(QuoteRow.number, QuoteRow.customer_id).distinct()):
        while customer in merged:
            customer = merged[customer]  # noqa: PLW2901  # followed to the living one
        owners.setdefault(number, set()).add(customer)
    for number, found in sorted(owners.items()):
        if len(found) > 1:
            yield Breach("I5", f"the revisions of quote {number} belong to several customers")


def _name(quote: QuoteRow) -> str:
    return f"quote {quote.number} revision {quote.revision}"


def _first_sent(session: Session) -> Mapping[str, int]:
    """Give for each number the newest revision that came from a draft itself, not from what a customer chose."""
    first = select(QuoteRow.number, QuoteRow.draft_id, func.min(QuoteRow.revision)).where(
        QuoteRow.draft_id.is_not(None)).group_by(QuoteRow.number, QuoteRow.draft_id)
    found: dict[str, int] = {}
    for number, _, revision in session.execute(first):
        found[number] = max(revision, found.get(number, 0))
    return found


def _approvals(session: Session) -> Mapping[tuple[int, int], Sequence[ApprovalRow]]:
    found: dict[tuple[int, int], list[ApprovalRow]] = {}
    for row in session.scalars(select(ApprovalRow).order_by(ApprovalRow.id)):
        found.setdefault((row.draft_id, row.draft_version), []).append(row)
    return found


def _costs(session: Session, quote: QuoteRow) -> Mapping[int, int]:
    """Give by position what making the promised lines costs with their material, in the quote's money."""
    found = {}
    for line in quote.lines:
        try:
            configured = recall(session, content_hash=line.content_hash, choices=line.choices)
        except OnelotError:
            continue  # a breach of its own elsewhere
        found[line.position] = goods_cost_minor(
            configured, plan_cost_minor=line.plan_cost_minor, quantity=line.quantity, rate=Fraction(quote.rate))
    return found


def _priced_again(
    quote: QuoteRow, items: Sequence[QuoteItemRow], costs: Mapping[int, int] | None = None
) -> DraftTotals:
    """Price a quote from its own figures; ``costs`` by position, else those of the plans alone."""
    rate, known = Fraction(quote.rate), costs or {}
    figures = [LineFigures(
        line.position, Standing.INCLUDED, line.unit_net_minor, line.quantity, Fraction(line.discount),
        Fraction(line.tax_percent), surcharge_minor=line.surcharge_minor,
        cost_minor=known.get(line.position, convert(line.plan_cost_minor, rate=rate))) for line in quote.lines]
    figures += [LineFigures(
        item.position, Standing(item.standing), item.unit_net_minor, item.quantity, Fraction(item.discount),
        Fraction(item.tax_percent), surcharge_minor=item.surcharge_minor,
        cost_minor=None if item.unit_cost_minor is None else item.unit_cost_minor * item.quantity)
        for item in items if item.kind != ItemKind.SECTION.value]
    figures.sort(key=lambda line: line.position)
    return price_draft(figures, total_discount=Fraction(quote.total_discount))


def _sums(quote: QuoteRow, totals: DraftTotals) -> Iterator[Breach]:
    if (totals.net_minor, totals.tax_minor, totals.gross_minor) != (
        quote.net_minor, quote.tax_minor, quote.gross_minor
    ):
        yield Breach("I6", f"{_name(quote)} is not the sum of its lines")
    if sum(line.co2_grams for line in quote.lines) != quote.co2_grams:
        yield Breach("I32", f"the footprint of {_name(quote)} is not its lines'")
    if quote.currency not in MINOR_UNITS_PER_MAJOR:
        yield Breach("I26", f"quote {quote.number} has the unknown currency {quote.currency}")


def _lines(quote: QuoteRow, items: Sequence[QuoteItemRow], totals: DraftTotals) -> Iterator[Breach]:
    again = {line.figures.position: line for line in totals.lines}
    rows: list[QuoteLineRow | QuoteItemRow] = [
        *quote.lines, *(item for item in items if item.kind != ItemKind.SECTION.value)]
    for row in rows:
        if _money_of(row) != _money_of(again[row.position]):
            yield Breach("I6", f"line {row.position} of {_name(quote)} costs something else with its discounts")


def _slots(quote: QuoteRow, totals: DraftTotals) -> Iterator[Breach]:
    """See that of lines which stand for one another one is included."""
    included = {line.figures.position for line in totals.lines if line.figures.standing is Standing.INCLUDED}
    groups = Counter(group for member, group in slots_value(quote) if member in included)
    if any(groups[group] != 1 for _, group in slots_value(quote)):
        yield Breach("I6", f"{_name(quote)} does not include one of lines that stand for one another")


def _money_of(line: QuoteLineRow | QuoteItemRow | PricedLine) -> tuple[int, ...]:
    return (line.line_discount_minor, line.total_discount_minor, line.net_minor, line.tax_minor, line.gross_minor)


def _agreed(
    quote: QuoteRow, totals: DraftTotals, approvals: Mapping[tuple[int, int], Sequence[ApprovalRow]], *,
    is_judged: bool
) -> Iterator[Breach]:
    """Hold the discounts and the margin of a sent quote against the limits of its day and the approvals on record."""
    judged = quote.judged
    if judged is None or quote.draft_id is None or quote.draft_version is None:
        yield Breach("I25", f"{_name(quote)} was sent without being judged")
        return
    discount, margin = totals.discount_percent, totals.margin_percent
    if discount > judged["most_percent"]:
        yield Breach("I25", f"{_name(quote)} gives a discount that nobody may agree to")
    is_below = is_judged and margin is not None and margin < judged["margin_floor_percent"]
    is_below = is_below or (is_judged and bool(below_floor_beside(totals, judged["margin_floor_percent"])))
    if judged["need"] == Need.NOTHING.value and discount <= judged["own_percent"] and not is_below:
        return
    steps = approvals.get((quote.draft_id, quote.draft_version), ())
    asked = [step.by for step in steps if step.step == ApprovalStep.ASKED.value]
    agreed = [step.by for step in steps if step.step == ApprovalStep.APPROVED.value]
    if not any(not is_same_person(by, other) for by in agreed for other in asked[-1:]):
        yield Breach("I25", f"{_name(quote)} needs a second person, and none agreed to it")


def replayed(line: QuoteLineRow, configured: ConfiguredProduct, quote: QuoteRow) -> Iterator[Breach]:
    """Price a promised product again under its version and the frozen rate.

    Parameters
    ----------
    line, quote
        As stored.
    configured
        The same product worked out again, at list price.
    """
    rate = Fraction(quote.rate)
    if configured.unit_net.currency != quote.currency and rate == 1:
        yield Breach("I27", f"{line.job_code} is priced in another currency than its product")
        return
    surcharge = alternative_surcharge(
        cost_minor=line.plan_cost_minor, cheapest_cost_minor=line.cheapest_cost_minor,
        margin_percent=Fraction(line.margin_percent), currency=configured.unit_net.currency)
    if (line.unit_net_minor, line.surcharge_minor) != (
        _unit_again(line, configured, rate), convert(surcharge.amount_minor, rate=rate)
    ):
        yield Breach("I27", f"{line.job_code} costs something else when it is priced again")


def _unit_again(row: QuoteLineRow | QuoteItemRow, configured: ConfiguredProduct, rate: Fraction) -> int:
    """Give the list price of one piece less what the price group of its customer took off."""
    group: int = sum(item["unit_minor"] for item in row.price_lines if item["code"] == GROUP_PRICE)
    return convert(configured.unit_net.amount_minor, rate=rate) + group


def _products_beside(session: Session) -> Iterator[Breach]:
    query = select(QuoteItemRow, QuoteRow).join(QuoteRow, QuoteItemRow.quote_id == QuoteRow.id)
    for item, quote in session.execute(query.where(QuoteItemRow.kind == ItemKind.PRODUCT.value)):
        try:
            configured = recall(session, content_hash=item.content_hash, choices=item.choices)
        except OnelotError as error:
            yield Breach("I10", f"line {item.position} of {_name(quote)} cannot be worked out again: {error.message}")
            continue
        if item.unit_net_minor != _unit_again(item, configured, Fraction(quote.rate)):
            yield Breach("I27", f"line {item.position} of {_name(quote)} costs something else when it is priced again")
