"""What a stranger could try on the pages of buying: too often, with another link, with a link of another use."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from flask.testing import FlaskClient

from configurator import service as configurator
from configurator import serving
from ordering.link import make_seed, make_token
from tests.conftest import SECRET, StandingClock
from tests.web.conftest import OpenShop
from tests.web.shopping import DEMO, OPENED_AT, ask_for_quote, field_of, press
from web.factory import create_app
from web.publishing import publish
from web.settings import Settings

FILLED = {"accepted_by": "Li Na", "agreed": "y", "revision": "1", "idempotency_key": "k" * 24, "reason": "price",
          "text": "Is anybody there?", "reference": "", "words": "", "quantity": "1", "destination": "SZ",
          "seal": "0" * 64}


@pytest.fixture
def busy(make_settings: Callable[..., Settings], tmp_path_factory: pytest.TempPathFactory) -> Iterator[FlaskClient]:
    """A guest of a demo world whose limits count."""
    settings = make_settings(is_rate_limited=True, limit_accept="3/minute", limit_message="2/minute",
                             limit_quote="4/minute", limit_configure="100/second")
    app = create_app(settings, clock=StandingClock(OPENED_AT))
    with app.extensions["onelot_database"].transaction() as session:
        publish(session, path=DEMO, now=OPENED_AT, cache_directory=settings.cache_directory)
    configurator.forget_loaded()
    yield app.test_client()
    serving.wait_for_readers()
    configurator.forget_loaded()
    app.extensions["onelot_database"].dispose()


def statuses(client: FlaskClient, address: str, count: int, **changes: str) -> list[int]:
    entries = FILLED | {"csrf_token": field_of(client.get("/account/sign-in").text, "csrf_token")} | changes
    return [client.post(address, data=entries).status_code for _ in range(count)]


def test_accepting_declining_and_changing_count_together(busy: FlaskClient) -> None:
    where = ask_for_quote(busy)
    assert statuses(busy, f"{where}/accept", 2, agreed="") == [422, 422]
    assert statuses(busy, f"{where}/decline", 2, reason="") == [422, 429]
    assert statuses(busy, f"{where}/accept", 1) == [429]
    assert statuses(busy, f"/orders/{where[8:]}/change/confirm?profile=ALU75", 1) == [429]
    refused = busy.post(f"{where}/accept", data=FILLED | {"csrf_token": field_of(busy.get(where).text, "csrf_token")})
    assert refused.status_code == 429
    assert int(refused.headers["Retry-After"]) > 0
    assert "open" in busy.get(where).text, "the page is still there to read"


def test_questions_and_cancellations_count_together(busy: FlaskClient) -> None:
    order = press(busy, busy.get(ask_for_quote(busy)).text, "accept")[1]
    assert statuses(busy, f"{order}/messages", 2, text="") == [422, 422]
    assert statuses(busy, f"{order}/messages", 1) == [429]
    assert statuses(busy, f"{order}/cancel", 1, reason="") == [429]
    assert "This order is canceled." not in busy.get(order).text


def test_new_dates_count_with_quotes(busy: FlaskClient) -> None:
    where = ask_for_quote(busy)
    assert statuses(busy, f"{where}/new-date", 4, revision="x") == [422, 422, 422, 429]


def test_another_link_finds_no_quote(open_shop_site: OpenShop) -> None:
    guest = open_shop_site.guest
    where = ask_for_quote(guest)
    token = where.removeprefix("/quotes/")
    csrf = field_of(guest.get(where).text, "csrf_token")
    with open_shop_site.untouched():
        for wrong in (token[::-1], token.swapcase(), token[1:], f"{token}=", "Q-2026-0001", "1"):
            for part in ("", "/quote.pdf", "/date.ics"):
                assert guest.get(f"/quotes/{wrong}{part}").status_code == 404, (wrong, part)
            for action in ("accept", "decline", "new-date"):
                answer = guest.post(f"/quotes/{wrong}/{action}", data=FILLED | {"csrf_token": csrf})
                assert answer.status_code == 404, (wrong, action)


def test_a_link_is_made_for_one_use(open_shop_site: OpenShop) -> None:
    """The same seed signs another token for each purpose, and neither opens what the other does."""
    guest = open_shop_site.guest
    seed = make_seed()
    tokens = {make_token(seed, secret=SECRET), make_token(seed, secret=SECRET[::-1]),
              make_token(seed, secret=SECRET, purpose=b"another purpose:")}
    assert len(tokens) == 3
    where = ask_for_quote(guest)
    token = where.removeprefix("/quotes/")
    assert guest.get(f"/orders/{token}").status_code == 404, "a quote that is no order yet"
    for other in (f"/verify/{token}", f"/go-on/{token}"):
        assert guest.get(other).status_code == 404, other
    assert seed not in guest.get(where).text
