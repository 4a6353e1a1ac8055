"""What cannot be had of a sent quote is told: another customer's revision, more by an earlier day."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from ordering import service as ordering
from ordering.errors import NoCapacity
from tests.web.conftest import OpenShop
from tests.web.shopping import OPENED_AT, field_of
from tests.web.test_sent_quotes import key_in, sent

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


def test_what_does_not_fit_by_the_earlier_day_is_told_so(
    open_shop_site: OpenShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop = open_shop_site
    where = f"/quotes/{sent(shop).tokens[0]}"
    page = shop.guest.get(f"{where}?earlier=1").text
    day = re.findall(r'name="day"[^>]*value="([^"]+)"', page)[0]
    assert shop.guest.post(f"{where}/earlier", data=key_in(page, f"{where}/earlier") | {"day": day}).status_code == 303

    def full(*_: object, **__: object) -> None:
        raise NoCapacity("full", line=1)

    monkeypatch.setattr(ordering, "choose_lines", full)
    fields = key_in(shop.guest.get(where).text, f"{where}/choose")
    answer = shop.guest.post(f"{where}/choose", data=fields | {"positions": ["3"]})
    assert answer.status_code == 409
    assert "does not fit by" in answer.text
    assert "Try again later" not in answer.text
