"""The pages of what happens: reported, hit, repaired, accepted; what a customer reads of it; rush orders and risks."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from flask.testing import FlaskClient

from catalog import service as catalog
from ordering import checks as ordering_checks
from ordering import service as ordering
from ordering.order import Order
from ordering.service import LineRequest, QuoteRequest
from scheduling import checks as planning_checks
from scheduling import events
from scheduling import service as scheduling
from scheduling.calendar import minute_at
from scheduling.schedule_event import EventKind
from tests.conftest import SECRET
from tests.service.selling import WINDOW
from tests.web.conftest import OpenShop
from tests.web.signing_in import token_of
from web.database import Database
from web.forms.keys import make_key

LOCAL = "%Y-%m-%dT%H:%M"


@pytest.fixture
def site(open_shop_site: OpenShop) -> Iterator[OpenShop]:
    """The demo world; whatever a test did, nothing in it is broken afterwards."""
    yield open_shop_site
    database: Database = open_shop_site.app.extensions["onelot_database"]
    with database.reading() as session:
        now = open_shop_site.clock()
        broken = [*planning_checks.check(session, now=now), *ordering_checks.check(session, now=now)]
    assert [str(breach) for breach in broken] == []


def database_of(site: OpenShop) -> Database:
    database: Database = site.app.extensions["onelot_database"]
    return database


def ordered(site: OpenShop, key: str) -> tuple[Order, str]:
    """Sell eight windows; give the order and the customer's link."""
    database, now = database_of(site), site.clock()
    with database.reading() as session:
        content_hash = catalog.get_newest_hash(session, product_code="window")
    with database.transaction() as session:
        request = QuoteRequest((LineRequest(content_hash, WINDOW, 8),), "SZ", "Li", f"{key}@example.org")
        offered = ordering.offer(session, request=request, idempotency_key=key, secret=SECRET, now=now)
    with database.transaction() as session:
        accepted = ordering.accept(session, token=offered.token, revision=1, idempotency_key=key, now=now)
        ordering.release_work_orders(session, now=now)
    with database.reading() as session:
        return ordering.get_order(session, number=accepted.order_number), offered.token


def post(client: FlaskClient, address: str, token: str, **fields: str) -> tuple[int, str]:
    answer = client.post(address, data={"csrf_token": token, "key": make_key(), **fields})
    return answer.status_code, answer.location if answer.status_code == 303 else answer.text


def local(moment: datetime) -> str:
    return (moment + timedelta(hours=8)).strftime(LOCAL)


def latest(site: OpenShop, kind: EventKind) -> events.EventOutcome:
    with database_of(site).reading() as session:
        return events.list_outcomes(session, kind=kind, limit=1)[0]


def test_a_machine_that_is_down_is_reported_repaired_and_accepted(site: OpenShop) -> None:
    order, _ = ordered(site, "down")
    saw = order.work_orders[0].job_orders[0]
    form = site.owner.get("/planning/events/new/machine_down").text
    assert saw.unit_code in form
    fields = {"unit": saw.unit_code, "from_at": local(saw.planned_start_at - timedelta(hours=1)),
              "until_at": local(saw.planned_start_at + timedelta(hours=9)), "cause": "The spindle is broken.",
              "key": make_key()}
    status, address = post(site.owner, "/planning/events/new/machine_down", site.owner_token, **fields)
    assert status == 303
    assert post(site.owner, "/planning/events/new/machine_down", site.owner_token, **fields) == (303, address)
    page = site.owner.get(address).text
    for words in ("The spindle is broken.", saw.unit_code, order.number, "Put in force", "repair proposed"):
        assert words in page
    found = latest(site, EventKind.MACHINE_DOWN)
    assert post(site.owner, f"/planning/proposals/{found.proposal_id}/publish", site.owner_token)[0] == 303
    assert "repaired" in site.owner.get(address).text
    listed = site.owner.get("/planning/events?kind=machine_down").text
    assert "The spindle is broken." in listed
    assert "Nothing was reported." in site.owner.get("/planning/events?kind=rush_order").text


@pytest.mark.parametrize(("code", "fields", "status"), [
    ("machine_down", {"unit": "", "from_at": "", "until_at": "", "cause": ""}, 422),
    ("machine_down", {"unit": "NO-SUCH-1", "from_at": "2027-03-08T08:00", "until_at": "2027-03-08T09:00",
                      "cause": "x"}, 422),
    ("overtime", {"work_center": "SZ-SAW", "day": "2027-02-30", "start": "25:00", "end": "26:00", "cause": "x"}, 422),
    ("scrap", {"job_order": "W-1999-0001-10", "count": "1", "cause": "x"}, 404),
    ("scrap", {"job_order": "W-1999-0001-10", "count": "-1", "cause": "x"}, 422),
    ("order_canceled", {"order": "O-1999-0001", "cause": "x"}, 404),
    ("order_changed", {"work_order": "W-1999-0001", "weight": "0", "cause": "x"}, 422),
])
def test_impossible_reports_are_sent_back_and_nothing_is_stored(
    site: OpenShop, code: str, fields: dict[str, str], status: int
) -> None:
    with site.untouched():
        found, page = post(site.owner, f"/planning/events/new/{code}", site.owner_token, **fields)
    assert found == status
    assert 'role="alert"' in page


def test_a_time_that_ends_before_it_begins_is_said_so(site: OpenShop) -> None:
    with site.untouched():
        status, page = post(site.owner, "/planning/events/new/machine_down", site.owner_token, unit="SZ-SAW-1",
                            from_at=local(site.clock()), until_at=local(site.clock()), cause="Dust.")
    assert status == 422
    assert "must end after it begins" in page
    assert site.owner.get("/planning/events/new/earthquake").status_code == 404
    assert site.owner.get("/planning/events/999999").status_code == 404


def test_every_form_opens(site: OpenShop) -> None:
    for code in re.findall(r"/planning/events/new/(\w+)", site.owner.get("/planning/events").text):
        assert site.owner.get(f"/planning/events/new/{code}").status_code == 200


def test_a_customer_reads_why_the_date_moved(site: OpenShop) -> None:
    order, link = ordered(site, "flood")
    with database_of(site).reading() as session:
        used = {unit.site for unit in scheduling.list_work_units(session)}
    proposals = []
    for code in sorted(used):
        status, address = post(
            site.owner, "/planning/events/new/capacity_withdrawn", site.owner_token, site=code, work_center="",
            from_at=local(site.clock()), until_at=local(site.clock() + timedelta(days=45)),
            cause="A typhoon closes the coast.")
        assert status == 303, address
        proposals.append(address)
    with database_of(site).transaction() as session:
        now = site.clock()
        proposal = scheduling.propose_replan(session, now=now, iterations=0, kind="repair", frozen=timedelta(0))
    risks = site.owner.get("/planning/at-risk").text
    assert order.number in risks
    assert post(site.owner, f"/planning/proposals/{proposal.id}/publish", site.owner_token)[0] == 303
    page = site.guest.get(f"/orders/{link}").text
    assert "A plant needed its capacity itself: A typhoon closes the coast." in page
    assert "Later than promised." in page


def test_scrap_and_material_are_reported_from_the_work_order(site: OpenShop) -> None:
    order, _ = ordered(site, "scrap")
    work = order.work_orders[0]
    page = site.owner.get(f"/planning/work-orders/{work.number}").text
    assert f"material_late?job_order={work.job_orders[1].number}" in page
    form = site.owner.get(f"/planning/events/new/material_late?job_order={work.job_orders[1].number}").text
    assert f'value="{work.job_orders[1].number}"' in form
    post(site.owner, f"/planning/job-orders/{work.job_orders[0].number}/start", site.owner_token)
    assert "code=scrap" in site.owner.get(f"/planning/work-orders/{work.number}").text.replace("/scrap?", "code=scrap")
    status, address = post(site.owner, "/planning/events/new/scrap", site.owner_token,
                           job_order=work.job_orders[0].number, count="2", cause="Cut too short.")
    assert status == 303, address
    assert "2 of 8 pieces" in site.owner.get(address).text


def test_an_order_is_made_earlier_by_the_answer_that_is_taken(site: OpenShop) -> None:
    for number in range(3):
        ordered(site, f"crowd{number}")
    order, _ = ordered(site, "hurry")
    work = order.work_orders[0].number
    assert site.owner.get("/planning/rush").status_code == 200
    assert site.owner.get("/planning/rush?work_order=W-1999-0001").status_code == 404
    page = site.owner.get(f"/planning/rush?work_order={work}").text
    ways = re.findall(r'name="way" value="(\w+)"', page)
    assert ways, page
    token = token_of(site.owner, f"/planning/rush?work_order={work}")
    assert post(site.owner, "/planning/rush", token, work_order=work, way=ways[-1], cause="")[0] == 422
    status, address = post(site.owner, "/planning/rush", token, work_order=work, way=ways[-1],
                           cause="A hospital waits.")
    assert status == 303, address
    assert "A hospital waits." in site.owner.get(address).text
    with database_of(site).reading() as session:
        after = ordering.get_order(session, number=order.number)
    assert after.work_orders[0].due_at < order.work_orders[0].due_at
    assert minute_at(after.work_orders[0].due_at) > 0
