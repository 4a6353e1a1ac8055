"""A draft that revises one customer's quote for another: said beside the address, and never sent."""

from __future__ import annotations

import re
from dataclasses import replace

from ordering import service as ordering
from tests.web.conftest import OpenShop
from tests.web.shopping import OPENED_AT, field_of
from tests.web.test_sent_quotes import sent

WORDS = "belongs to its customer; duplicate the quote for somebody else"


def test_a_revision_for_somebody_else_is_refused_beside_the_address(open_shop_site: OpenShop) -> None:
    shop = open_shop_site
    found = sent(shop)
    with shop.app.extensions["onelot_database"].transaction() as session:
        draft = ordering.revise_quote(session, number=found.quote_numbers[0], revision=1, owner="owner", language="en",
                                      idempotency_key="revise-for-another", now=OPENED_AT)
        header = replace(draft.content.header, customer_name="Competitor", customer_email="b@other.example")
        draft = ordering.change_draft(session, draft_id=draft.id, version=draft.version, by="owner", now=OPENED_AT,
                                      content=replace(draft.content, header=header))
    editor = shop.owner.get(f"/sales/drafts/{draft.id}").text
    assert WORDS in editor
    (address,) = re.findall(r'<input[^>]*name="customer_email"[^>]*>', editor)
    assert 'aria-invalid="true"' in address
    review = shop.owner.get(f"/sales/drafts/{draft.id}/send").text
    assert review.count(WORDS) == 1
    fields = {name: field_of(review, name) for name in ("csrf_token", "version", "key")}
    answer = shop.owner.post(f"/sales/drafts/{draft.id}/send", data=fields | {"ways": "one"})
    assert answer.status_code == 409
    assert answer.text.count(WORDS) == 1
    assert "Competitor" not in shop.guest.get(f"/quotes/{found.tokens[0]}").text
