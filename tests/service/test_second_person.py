"""The rule for a second person holds for what may be chosen, and for what was agreed to."""

from __future__ import annotations

from fractions import Fraction

import pytest

from ordering.draft import QuoteDraft, Standing
from ordering.errors import DraftNotSendable
from tests.service.selling import Shop
from tests.service.test_drafting import ask, create, decide, fitting, header, window
from tests.service.test_price_book import make_group
from tests.service.test_sending import choose, send


@pytest.mark.parametrize("standing", [Standing.OPTIONAL, Standing.ALTERNATIVE])
def test_what_may_be_chosen_below_cost_needs_a_second_person(shop: Shop, standing: Standing) -> None:
    cheap = fitting(standing=standing, unit_minor=1, unit_cost_minor=9_000_000)
    draft = create(shop, QuoteDraft(header(), (window(shop, 1), cheap)))
    with pytest.raises(DraftNotSendable) as refused:
        send(shop, draft)
    assert refused.value.detail["why"] == "needs_approval"
    assert refused.value.detail["concerns"] == ["below_floor"]
    sent = send(shop, decide(shop, ask(shop, draft)), key="send-2")
    assert shop.breaches() == []
    if standing is Standing.OPTIONAL:
        choose(shop, sent.tokens[0], 1, 2)
        assert shop.breaches() == []


def test_a_discounted_option_below_the_floor_is_refused(shop: Shop) -> None:
    cheap = fitting(standing=Standing.OPTIONAL, unit_minor=100, unit_cost_minor=200, discount=Fraction(1))
    with pytest.raises(DraftNotSendable) as refused:
        send(shop, create(shop, QuoteDraft(header(), (window(shop, 1), cheap))))
    assert refused.value.detail["why"] == "too_much"


def test_what_became_worse_since_it_was_agreed_to_is_asked_about_again(shop: Shop) -> None:
    content = QuoteDraft(header(customer_email="li@example.org", total_discount=Fraction(12)), (window(shop, 2),))
    draft = decide(shop, ask(shop, create(shop, content)))
    make_group(shop, "9")
    with pytest.raises(DraftNotSendable) as refused:
        send(shop, draft)
    assert refused.value.detail["why"] == "needs_approval"
    sent = send(shop, decide(shop, ask(shop, draft)), key="send-2")
    assert len(sent.quotes) == 1
    assert shop.breaches() == []
