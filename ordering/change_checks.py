"""What was accepted stays, and each change of an order leads from one accepted revision to the next: I5.

Work that a change replaced is canceled (I12), and one stored answer tells of each change (I19).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from sqlalchemy import select
from sqlalchemy.orm import Session

from catalog.checks import Breach
from ordering.order_change_tables import OrderChangeRow
from ordering.order_changing import CHANGE_SCOPE
from ordering.quote import QuoteState
from ordering.tables import IdempotencyRow, OrderRow, WorkOrderRow
from ordering.work_order import WorkOrderState


def changed_orders(session: Session) -> Iterator[Breach]:
    """Find changes that do not follow from one another, or that left something behind.

    Parameters
    ----------
    session
        Only read.
    """
    chains: dict[int, list[OrderChangeRow]] = {}
    for row in session.scalars(select(OrderChangeRow).order_by(OrderChangeRow.order_id, OrderChangeRow.number)):
        chains.setdefault(row.order_id, []).append(row)
    for chain in chains.values():
        yield from _chain(chain[0].order, chain)
    work_orders = select(WorkOrderRow).where(WorkOrderRow.replaced_at.is_not(None))
    for work_order in session.scalars(work_orders):
        if work_order.state != WorkOrderState.CANCELED.value:
            yield Breach("I12", f"work order {work_order.number} was replaced but is {work_order.state}")
    told = Counter((row.answer.get("order"), row.answer.get("revision")) for row in session.scalars(
        select(IdempotencyRow).where(IdempotencyRow.scope == CHANGE_SCOPE)))
    made = {(row.order.number, row.to_quote.revision) for chain in chains.values() for row in chain}
    for number, revision in sorted(made | set(told)):
        if (number, revision) not in made or told[number, revision] != 1:
            yield Breach("I19", f"{told[number, revision]} stored answers tell of order {number} revision {revision}")


def _chain(order: OrderRow, chain: list[OrderChangeRow]) -> Iterator[Breach]:
    if [row.number for row in chain] != list(range(1, len(chain) + 1)):
        yield Breach("I5", f"the changes of order {order.number} are not counted from 1")
    for row, following in zip(chain, [*chain[1:], None], strict=True):
        expected = order.quote_id if following is None else following.from_quote_id
        if row.to_quote_id != expected or row.to_quote.revision <= row.from_quote.revision:
            yield Breach("I5", f"change {row.number} of order {order.number} does not lead to what is ordered")
        if {row.from_quote.number, row.to_quote.number} != {order.quote_number}:
            yield Breach("I5", f"change {row.number} of order {order.number} is about another quote")
        if row.from_quote.state != QuoteState.SUPERSEDED.value:
            yield Breach("I5", f"change {row.number} of order {order.number} left revision {row.from_quote.revision} "
                               f"{row.from_quote.state}")
