"""The seller's margin: plan and material together, at the frozen rate, whole only where every cost is known."""

from __future__ import annotations

import shutil
from dataclasses import replace
from fractions import Fraction
from math import ceil
from pathlib import Path

import pytest
from sqlalchemy import select, update

from catalog import service as catalog
from catalog.money import round_half_up
from ordering import checks
from ordering.approval import Concern, Need
from ordering.draft import QuoteDraft, Standing
from ordering.errors import ApprovalRefused, DraftNotSendable
from ordering.tables import QuoteLineRow, QuoteRow
from tests.service.selling import DEMO, NOW, WINDOW, Shop
from tests.service.test_drafting import ask, create, fitting, header, preview, window
from tests.service.test_sending import send

EDGE = 2 * (Fraction("0.994") + Fraction("1.244"))
UNIT = (Fraction("5.42") * 24 + Fraction("5.06") * 27 + Fraction("5.42") * Fraction("1.75") * Fraction("6.5")
        + Fraction("0.994") * Fraction("1.244") * 185 + EDGE * 2 * Fraction("5.2")
        + (EDGE * 2 + Fraction("5.42")) * Fraction("1.8") + 135 + 22
        + (8 + ceil(Fraction("5.42") * 4)) * Fraction("0.045") + 8 * Fraction("0.35"))
"""What the material of the test's window costs, by hand: 790.68166 CNY, whatever the rest of the code believes."""


def material(quantity: int) -> int:
    return round_half_up(UNIT * quantity * 100)


def plan_costs(shop: Shop) -> list[int]:
    with shop.database.reading() as session:
        return list(session.scalars(select(QuoteLineRow.plan_cost_minor).order_by(QuoteLineRow.position)))


def with_costs(shop: Shop, folder: Path, changes: dict[str, str]) -> None:
    """Publish a next version of the window: its parts by code with other costs; empty ones have none."""
    shutil.copytree(DEMO, folder)
    table = folder / "products" / "window" / "parts.csv"
    rows = table.read_text(encoding="utf-8").splitlines()
    for place, row in enumerate(rows):
        code = row.partition(",")[0]
        if code in changes:
            rows[place] = f"{row.rpartition(',')[0]},{changes[code]}"
    table.write_text("\n".join(rows) + "\n", encoding="utf-8")
    with shop.database.transaction() as session:
        versions = catalog.publish_catalog(session, path=folder, now=NOW)
    shop.hashes = {version.product_code: version.content_hash for version in versions}


def test_the_margin_counts_plan_and_material_to_the_cent(shop: Shop) -> None:
    content = QuoteDraft(header(total_discount=Fraction(3)), (window(shop, breaks=(3,)), fitting()))
    shown = preview(shop, content)
    send(shop, create(shop, content))
    (plan,) = plan_costs(shop)
    cost = plan + material(8) + 70_000
    assert [line.figures.cost_minor for line in shown.totals.lines] == [plan + material(8), 70_000]
    assert (shown.totals.cost_minor, shown.totals.is_cost_complete) == (cost, True)
    assert shown.totals.margin_percent == Fraction(shown.totals.net_minor - cost, shown.totals.net_minor) * 100
    assert shown.verdict.margin_percent == shown.totals.margin_percent
    (other,) = shown.breaks
    assert (other.line.figures.cost_minor or 0) > material(3)
    assert other.line.figures.is_cost_whole
    for way in shown.ways:
        assert way.margin_percent is not None
        assert 50 < way.margin_percent < 65


def test_the_cost_is_converted_once_at_the_frozen_rate(shop: Shop) -> None:
    rate = Fraction("0.1289")
    content = QuoteDraft(header(currency="EUR", rate=rate), (window(shop),))
    shown = preview(shop, content)
    send(shop, create(shop, content))
    (plan,) = plan_costs(shop)
    assert shown.totals.cost_minor == round_half_up((plan + material(8)) * rate)


def test_a_part_without_a_cost_leaves_the_margin_open(shop: Shop, tmp_path: Path) -> None:
    before = preview(shop, QuoteDraft(header(), (window(shop),))).totals
    old = window(shop)
    with_costs(shop, tmp_path / "catalog", {"HANDLE-W": ""})
    shown = preview(shop, QuoteDraft(header(), (window(shop),))).totals
    assert not shown.is_cost_complete
    assert (before.cost_minor or 0) - (shown.cost_minor or 0) == 8 * 2200
    plain = preview(shop, QuoteDraft(header(), (window(shop, choices=tuple(sorted(
        {**WINDOW, "opening": "fixed"}.items()))),)))
    assert plain.totals.is_cost_complete, "what this window does not use may be unknown"
    assert preview(shop, QuoteDraft(header(), (old,))).totals == before, "a version keeps its costs"
    beside = preview(shop, QuoteDraft(header(), (old, window(shop, standing=Standing.OPTIONAL))))
    assert beside.totals.is_cost_complete, "what counts in no sum leaves nothing open"
    assert not beside.totals.lines[1].figures.is_cost_whole


@pytest.mark.parametrize(("changes", "is_known"), [
    ({"warranty": "5y"}, False), ({"certificate": "true"}, False), ({"maintenance": "true"}, True),
    ({"take_back": "true"}, True),
])
def test_a_service_sold_once_whose_cost_nobody_states_leaves_it_open(
    shop: Shop, changes: dict[str, str], is_known: bool
) -> None:
    choices = tuple(sorted({**WINDOW, **changes}.items()))
    assert preview(shop, QuoteDraft(header(), (window(shop, choices=choices),))).totals.is_cost_complete is is_known


def test_the_floor_judges_the_true_margin(shop: Shop, tmp_path: Path) -> None:
    with_costs(shop, tmp_path / "catalog", {"IGU-40": "870"})
    plain = QuoteDraft(header(), (window(shop, 2),))
    shown = preview(shop, plain)
    assert 0 < (shown.totals.margin_percent or 0) < 20
    assert (shown.verdict.need, shown.verdict.concerns) == (Need.SECOND_PERSON, (Concern.BELOW_FLOOR,))
    draft = create(shop, plain)
    with pytest.raises(DraftNotSendable) as caught:
        send(shop, draft)
    assert caught.value.detail["why"] == "needs_approval"
    cheaper = create(shop, replace(plain, header=header(total_discount=Fraction(1))), key="draft-key-2")
    with pytest.raises(ApprovalRefused) as refused:
        ask(shop, cheaper)
    assert (refused.value.detail["why"], refused.value.detail["allowed_percent"]) == ("too_much", "0")


def test_twelve_percent_of_the_demo_need_a_second_person_and_are_not_refused(shop: Shop) -> None:
    for code in shop.hashes:
        line = window(shop, 2, content_hash=shop.hashes[code], choices=())
        shown = preview(shop, QuoteDraft(header(total_discount=Fraction(12)), (line,)))
        assert (shown.verdict.need, shown.verdict.concerns) == (Need.SECOND_PERSON, (Concern.ABOVE_OWN,)), code
        full = preview(shop, QuoteDraft(header(), (line,))).totals
        assert full.is_cost_complete
        assert 25 <= (full.margin_percent or 0) <= 60, code


def test_a_sent_quote_below_its_floor_that_nobody_agreed_to_is_found(shop: Shop) -> None:
    send(shop, create(shop, QuoteDraft(header(), (window(shop),))))
    assert shop.breaches() == []
    with shop.database.transaction() as session:
        judged = session.scalars(select(QuoteRow)).one().judged
        assert judged is not None
        assert 50 < Fraction(judged["margin_percent"]) < 60
        session.execute(update(QuoteRow).values(judged={**judged, "margin_floor_percent": 70}))
    with shop.database.reading() as session:
        found = [str(breach) for breach in checks.check(session, now=NOW)]
    assert any(breach.startswith("I25") for breach in found), found
