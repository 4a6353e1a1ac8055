"""Deciding the rest with real dates, and what orders teach."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from fractions import Fraction

import pytest
from sqlalchemy import update

from configurator import service as configurator
from ordering.advising import OBJECTIVES, Bounds, Proposal, Request, Shortfall, decide_rest, meet_bounds
from ordering.popular import list_ordered_choices
from ordering.service import complete, preview_configured
from ordering.tables import OrderRow
from tests.service.selling import NOW, WINDOW, Shop

TRAIL = {"use": "trail", "motor": "250W-mid"}


def decide(shop: Shop, code: str, choices: Mapping[str, str], objective: str) -> Proposal:
    with shop.database.reading() as session:
        found = decide_rest(session, request=request_of(shop, code, choices), objective=objective)
    assert found is not None
    return found


def meet(shop: Shop, code: str, choices: Mapping[str, str], bounds: Bounds) -> Proposal | Shortfall | None:
    with shop.database.reading() as session:
        return meet_bounds(session, request=request_of(shop, code, choices), bounds=bounds)


def request_of(shop: Shop, code: str, choices: Mapping[str, str]) -> Request:
    with shop.database.reading() as session:
        view = configurator.configure(session, choices=choices, on=NOW.date(), cache_directory=shop.cache,
                                      product_code=code, compares_options=False)
    return Request(view, "SZ", NOW.date(), NOW, shop.cache)


@pytest.mark.parametrize("objective", OBJECTIVES)
def test_choices_stay_and_the_promise_is_that_of_the_quote(shop: Shop, objective: str) -> None:
    found = decide(shop, "bicycle", TRAIL, objective)
    assert {name: found.whole[name] for name in TRAIL} == TRAIL
    assert found.is_proven
    line = shop.request(("bicycle", {name: str(value) for name, value in found.whole.items()}, 1)).lines[0]
    with shop.database.reading() as session:
        configured = complete(session, line, on=NOW.date(), cache_directory=shop.cache)
        shown = preview_configured(session, configured=configured, quantity=1, destination="SZ", now=NOW)
    assert configured.selection == found.whole
    assert shown.default is not None
    assert (shown.default.promised_on, shown.default.co2_grams) == (found.promised_on, found.co2_grams)
    assert shown.default.totals.net == found.price


def test_nothing_else_decided_arrives_before_the_fastest(shop: Shop) -> None:
    fastest = decide(shop, "bicycle", {}, "fastest")
    others = [decide(shop, "bicycle", {}, objective) for objective in ("cheapest", "greenest", "popular")]
    assert fastest.promised_on is not None
    assert all(other.promised_on is None or fastest.promised_on <= other.promised_on for other in others)


def test_the_best_product_within_bounds_meets_them_all(shop: Shop) -> None:
    popular = decide(shop, "window", {}, "popular")
    bounds = Bounds(popular.price.amount_minor * 7 // 10, popular.co2_grams * 8 // 10, popular.promised_on)
    found = meet(shop, "window", {}, bounds)
    assert isinstance(found, Proposal)
    assert found.price.amount_minor <= (bounds.price_minor or 0)
    assert found.co2_grams <= (bounds.co2_grams or 0)
    assert found.promised_on is not None
    assert popular.promised_on is not None
    assert found.promised_on <= popular.promised_on


def test_a_budget_too_small_names_the_choice_that_stands_in_the_way(shop: Shop) -> None:
    found = meet(shop, "bicycle", TRAIL, Bounds(price_minor=1_200_000))
    assert isinstance(found, Shortfall)
    assert found.is_proven
    assert found.nearest.price.amount_minor > 1_200_000
    assert ("motor",) in {release.given_up for release in found.releases}
    assert all(release.proposal.price.amount_minor <= 1_200_000 for release in found.releases)


def test_numbers_left_open_are_tried_with_other_values_when_the_usual_ones_do_not_fit(shop: Shop) -> None:
    found = meet(shop, "window", {}, Bounds(price_minor=60_000))
    assert isinstance(found, Shortfall)
    assert dict(found.usual) == {"width": 1230, "height": 1480}
    assert found.resized is not None
    assert found.resized.price.amount_minor <= 60_000
    assert Fraction(found.resized.whole["width"]) < 1230
    half = meet(shop, "window", {"height": "1480"}, Bounds(price_minor=100_000))
    assert isinstance(half, Shortfall)
    assert dict(half.usual) == {"width": 1230}
    assert half.resized is not None
    assert half.resized.whole["height"] == 1480
    whole = meet(shop, "window", WINDOW, Bounds(price_minor=1))
    assert isinstance(whole, Shortfall)
    assert whole.resized is None


def test_a_day_too_early_gives_the_earliest_product(shop: Shop) -> None:
    found = meet(shop, "window", WINDOW, Bounds(latest_on=NOW.date()))
    assert isinstance(found, Shortfall)
    assert not found.is_proven
    assert found.nearest.promised_on is not None
    assert found.nearest.promised_on > NOW.date()


def test_a_later_day_may_be_met_by_giving_something_up(shop: Shop) -> None:
    slow = {"profile": "PVC82", "opening": "tilt_turn"}
    late = decide(shop, "window", slow, "popular").promised_on
    early = decide(shop, "window", {}, "fastest").promised_on
    assert late is not None
    assert early is not None
    found = meet(shop, "window", slow, Bounds(latest_on=early))
    if isinstance(found, Shortfall):
        assert all(release.proposal.promised_on is not None and release.proposal.promised_on <= early
                   for release in found.releases)
    else:
        assert found is not None
        assert found.promised_on == early or (found.promised_on or date.max) < early


def test_orders_teach_what_is_popular_until_they_are_canceled(shop: Shop) -> None:
    assert decide(shop, "window", {}, "popular").whole["profile"] == "PVC82"
    aluminium = {**WINDOW, "profile": "ALU75"}
    for place in range(12):
        shop.accept(shop.offer(shop.request(("window", aluminium, 1)), key=f"offer-{place}"), key=f"accept-{place}")
    with shop.database.reading() as session:
        ordered = list_ordered_choices(session, product_code="window")
        assert list_ordered_choices(session, product_code="pump") == ()
    assert len(ordered) == 12
    assert {choices["profile"] for choices in ordered} == {"ALU75"}
    assert not any("li@example.org" in value for choices in ordered for value in choices.values())
    assert decide(shop, "window", {}, "popular").whole["profile"] == "ALU75"
    with shop.database.transaction() as session:
        session.execute(update(OrderRow).values(state="canceled"))
    assert decide(shop, "window", {}, "popular").whole["profile"] == "PVC82"
