"""Sending drafts: what is included is held together, what stands beside is priced, and sums are exact."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from fractions import Fraction

from catalog.text import Text
from ordering import service
from ordering.approval import DiscountLimits
from ordering.draft import ConfiguredLine, FreeLine, QuoteDraft, SectionLine, Standing
from ordering.quote import Quote
from ordering.service import Sent
from tests.service.selling import NOW, SECRET, Shop
from tests.service.test_drafting import LI, change, create, fitting, header, window, write

LIMITS = DiscountLimits()


def whole(shop: Shop, **fields: object) -> QuoteDraft:
    """A draft with everything that one may carry."""
    return QuoteDraft(
        header(payment_terms="30 days net", delivery_terms="DAP", notes=Text.of({"en": "Mind the stairs.", "zh": "注意楼梯。"}),
               total_discount=Fraction(2), validity_days=3, **fields),
        (SectionLine(Text.of("Ground floor")),
         window(shop, 2, discount=Fraction("3.5"), breaks=(5, 10)),
         window(shop, 1, standing=Standing.OPTIONAL),
         fitting(discount=Fraction(1)),
         fitting(standing=Standing.ALTERNATIVE, unit_minor=120_000),
         window(shop, 3)),
    )


def send(shop: Shop, draft: service.KeptDraft, *, key: str = "send-1", trio: bool = False, now=NOW) -> Sent:
    return write(shop, lambda session: service.send_draft(
        session, draft_id=draft.id, version=draft.version, by=LI, trio=trio, idempotency_key=key, secret=SECRET,
        now=now, limits=LIMITS, cache_directory=shop.cache))


def test_a_sent_draft_is_a_quote_with_all_it_said(shop: Shop) -> None:
    draft = create(shop, whole(shop))
    sent = send(shop, draft)
    (quote,) = sent.quotes
    assert quote.payment_terms == "30 days net"
    assert [line.position for line in quote.lines] == [2, 6]
    assert [item.position for item in quote.items] == [1, 3, 4, 5]
    assert shop.breaches() == []
