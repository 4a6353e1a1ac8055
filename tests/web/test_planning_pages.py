"""The planner's pages: runs with their settings, proposals, scenarios, key figures, bottlenecks."""

from __future__ import annotations

import re
from datetime import timedelta
from html import unescape

import pytest

from scheduling import service as scheduling
from scheduling import what_if
from scheduling.calendar import minute_at
from scheduling.improve import CapacityPrice, Improvement, improve
from scheduling.problem import Placement
from scheduling.replanning import list_proposals
from scheduling.scenarios import apply_changes
from scheduling.scene import Scene, UnitDown
from tests.web.conftest import OpenShop
from tests.web.shopping import ask_for_quote, field_of, press
from web.database import Database
from web.forms.keys import make_key


@pytest.fixture(scope="module")
def site(open_shop_site: OpenShop) -> OpenShop:
    """The demo world with two windows sold, the second one behind the first."""
    for number in range(2):
        where = ask_for_quote(open_shop_site.guest, quantity=str(4 + number))
        assert press(open_shop_site.guest, open_shop_site.guest.get(where).text, "accept")[0] == 303
    return open_shop_site


def database(site: OpenShop) -> Database:
    found: Database = site.app.extensions["onelot_database"]
    return found


def work_off(site: OpenShop) -> int:
    done: int = site.app.extensions["onelot_background"].runner.run_due()
    return done


def text_of(page: str) -> str:
    """The words of a page as a person reads them."""
    main = page[page.index("<main"):page.index("</main>")]
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", main)))


def post(site: OpenShop, address: str, **entries: str) -> tuple[int, str]:
    answer = site.owner.post(address, data={"csrf_token": site.owner_token, "key": make_key(), **entries})
    return answer.status_code, answer.location or answer.text


SCENARIO = {"title": "Glass line down", "unit": "SZ-IGU-1", "down_from": "2026-11-23T00:00",
            "down_until": "2026-11-27T00:00", "seconds": "1", "frozen_hours": "0"}


def planned_scenario(site: OpenShop, **changes: str) -> str:
    """Make a scenario and plan it; give the address of its page."""
    status, run = post(site, "/planning/scenarios/new", **SCENARIO | changes)
    assert status == 303, run
    work_off(site)
    answer = site.owner.get(run)
    assert answer.status_code == 303, answer.text
    where: str = answer.location
    return where


def test_a_run_takes_its_settings_and_leads_to_a_proposal_that_shows_them(site: OpenShop) -> None:
    page = site.owner.get("/planning/runs").text
    assert 'name="tardiness"' in page
    status, run = post(site, "/planning/replan", key=field_of(page, "key"), seconds="1", tardiness="0,25",
                       co2="1.5", move="0", cost_percent="50", frozen_hours="1")
    assert status == 303
    assert post(site, "/planning/replan", key=field_of(page, "key"), seconds="1") == (303, run)
    waiting = site.owner.get(run)
    assert "waits for a free worker" in text_of(waiting.text)
    assert "<noscript><meta http-equiv=\"refresh\"" in waiting.text
    work_off(site)
    assert site.owner.get(run, headers={"HX-Request": "true"}).status_code == 200
    proposal = site.owner.get(run, follow_redirects=True)
    words = text_of(proposal.text)
    assert "Frozen for 1 h" in words
    assert "On-time delivery" in words
    with database(site).reading() as session:
        weights = list_proposals(session)[0].weights
    assert weights is not None
    assert (weights.tardiness_minor_per_minute, weights.co2_minor_per_kg, weights.move_minor,
            weights.cost_percent) == (25, 150, 0, 50)
    listed = text_of(site.owner.get("/planning/runs").text)
    assert "planning run" in listed
    assert "not yet in force" in listed


@pytest.mark.parametrize(("field", "value"), [
    ("seconds", "0"), ("seconds", "301"), ("tardiness", "-1"), ("tardiness", "1e3"), ("co2", "0.123"),
    ("move", "１"), ("cost_percent", "101"), ("frozen_hours", "337"), ("co2", "NaN")])
def test_a_setting_that_cannot_be_is_told_beside_its_field(site: OpenShop, field: str, value: str) -> None:
    with site.untouched():
        status, page = post(site, "/planning/replan", **{"seconds": "2", field: value})
    assert status == 422
    assert f'id="{field}-errors"' in page
    assert f'value="{value}"' in page


def test_a_proposal_says_order_by_order_what_it_does_and_can_be_sorted(site: OpenShop) -> None:
    number = a_moving_proposal(site)
    page = site.owner.get(f"/planning/proposals/{number}").text
    assert 'aria-sort="ascending"' in page
    assert f"/planning/proposals/{number}?sort=cost#orders" in page
    orders = re.findall(r">(O-2026-\d+)</a></th>", page)
    assert orders
    for sort in ("order", "arrival", "tardiness", "cost", "co2", "moved", "nonsense"):
        turned = site.owner.get(f"/planning/proposals/{number}?sort={sort}&turn=1").text
        assert sorted(re.findall(r">(O-2026-\d+)</a></th>", turned)) == sorted(orders)
    post(site, f"/planning/proposals/{number}/discard")


def a_moving_proposal(site: OpenShop) -> int:
    """A proposal that moves something and keeps every promise: a work unit is down in the improver's eyes only."""
    moment = site.clock()
    with database(site).transaction() as session:
        task = scheduling.load_replanning(session, now=moment, frozen=timedelta(0))
        scenario = what_if.make_scenario(session, title="aside", changes=[], by="owner", now=moment, frozen_minutes=0)
        plan = what_if.load_scenario_task(session, scenario_id=scenario.id, now=moment)
        what_if.drop_scenario(session, scenario_id=scenario.id, now=moment)
        found, price = next(filter(None, (
            moved_aside(plan.scene, used, minute_at(moment)) for job in task.jobs for used in job.planned.placements)))
        told = Improvement(found.changes, found.objective_before_minor, found.objective_after_minor, 0,
                           task.snapshot.version, lower_bound_minor=found.objective_after_minor - 1, prices=(price,))
        return scheduling.save_proposal(session, task=task, improvement=told, now=moment).id


def moved_aside(scene: Scene, used: Placement, from_minute: int) -> tuple[Improvement, CapacityPrice] | None:
    """Plan a scene whose unit of a placement is down for an hour of it; None unless that only moves work."""
    unit = scene.snapshot.timelines[used.unit_id].unit
    without = apply_changes(scene, [UnitDown(unit.code, from_minute, used.start_minute + 60)])
    found = improve(without.snapshot, without.jobs, iterations=0)
    deadlines = {job.planned.job.code: job.planned.job.deadline_minute for job in scene.jobs}
    if not any(change.moved for change in found.changes) or any(
            change.is_lost or change.arrival_after_minute > (deadlines[change.job_code] or change.arrival_after_minute)
            for change in found.changes):
        return None
    return found, CapacityPrice(unit.id, used.start_minute, used.end_minute + 600, 12_345)


def test_two_planners_publish_at_once_and_the_second_sees_what_moved(site: OpenShop) -> None:
    first, second = a_moving_proposal(site), a_moving_proposal(site)
    status, page = post(site, f"/planning/proposals/{first}/publish")
    assert status == 303, text_of(page)
    with site.untouched():
        status, page = post(site, f"/planning/proposals/{second}/publish")
    assert status == 409
    words = text_of(page)
    assert "The schedule has moved since this proposal was made. Nothing was changed." in words
    assert re.search(r"O-2026-\d+ .{0,40}It stood on SZ-\S+, .{5,30} and stands now on \S+, ", words), words
    assert "Plan again" in words
    status, again = post(site, f"/planning/proposals/{first}/publish")
    assert (status, "It is in force already." in text_of(again)) == (409, True)
    status, run = post(site, "/planning/replan", key=field_of(page, "key"))
    assert (status, run.startswith("/planning/runs/")) == (303, True)
    work_off(site)


def test_bottlenecks_show_figures_and_say_that_they_are_theoretical(site: OpenShop) -> None:
    number = a_moving_proposal(site)
    for query in (f"?proposal={number}", f"?proposal={number}&by=shift", f"?proposal={number}&by=week"):
        page = site.owner.get("/planning/bottlenecks" + query).text
        words = text_of(page)
        assert "theoretical" in words
        assert re.search(r'class="n num h5">\d', page), query
    none = text_of(site.owner.get("/planning/bottlenecks?proposal=99999").text)
    assert "No planning run has worked out prices" in none


def test_a_scenario_is_made_planned_compared_refused_and_dropped(site: OpenShop) -> None:
    before = plan_of(site)
    down = planned_scenario(site)
    shift = planned_scenario(site, title="Night shift", unit="", extra_center="SZ-IGU", extra_from="2026-11-24",
                             extra_to="2026-11-25", extra_start="22:00", extra_end="04:00")
    assert plan_of(site) == before
    words = text_of(site.owner.get(down).text)
    assert "SZ-IGU-1 is down, Mon 23 Nov 00:00 to Fri 27 Nov 00:00. Report the downtime first." in words
    assert re.search(r"O-2026-\d+ .*(later|earlier)", words)
    status, page = post(site, f"{down}/publish")
    assert status == 409
    assert "cannot become a proposal as it stands" in text_of(page)
    ids = [where.rpartition("/")[2] for where in (down, shift)]
    compared = text_of(site.owner.get(f"/planning/scenarios/compare?id={ids[0]}&id={ids[1]}&id=x").text)
    assert "Glass line down" in compared
    assert "SZ-IGU also works from 22:00 to 04:00, Tue 24 November to Wed 25 November" in compared
    assert site.owner.get(f"/planning/scenarios/new?base={ids[0]}").status_code == 200
    both = planned_scenario(site, title="Both", unit="", base=ids[0], like_job=job_codes(site)[0], rush_on="2026-11-26",
                            rush_weight="20")
    words = text_of(site.owner.get(both).text)
    assert "Rush order 1, like O-2026-" in words
    assert "One more order like O-2026-" in words
    assert post(site, f"{down}/drop") == (303, "/planning/scenarios")
    listed = text_of(site.owner.get("/planning/scenarios").text)
    assert "Glass line down" not in listed
    assert "Night shift" in listed


def plan_of(site: OpenShop) -> list[tuple[int, int, int]]:
    with database(site).reading() as session:
        return [(item.id, item.unit_id, item.start_minute)
                for item in scheduling.list_bookings(session, from_minute=0, until_minute=2**31 - 1)]


def job_codes(site: OpenShop) -> list[str]:
    with database(site).reading() as session:
        return [job.code for job in scheduling.get_jobs(session).values()]


def test_every_kind_of_change_can_be_asked_for(site: OpenShop) -> None:
    none = {"unit": ""}
    for title, entries, wanted in (
        ("more", {"machine_center": "SZ-IGU", "machine_count": "2", "machine_from": "2026-11-24"},
         "SZ-IGU-2, SZ-IGU-3"),
        ("partner", {"partner_site": "NB", "partner_capability": "igu_line", "partner_shift": "1x8"},
         "New units for igu_line at NB: 1, shift 1x8"),
        ("away", {"company": "SZ-WIN", "away_from": "2026-11-24", "away_to": "2026-11-24"}, "offers nothing"),
        ("weights", {"move": "0", "tardiness": "5"}, "Nothing changes but the plan itself"),
    ):
        words = text_of(site.owner.get(planned_scenario(site, title=title, **none | entries)).text)
        assert wanted in words, words


def test_a_scenario_that_only_plans_again_becomes_a_proposal(site: OpenShop) -> None:
    where = planned_scenario(site, title="as it is", unit="")
    status, proposal = post(site, f"{where}/publish")
    assert (status, proposal.startswith("/planning/proposals/")) == (303, True)
    assert "became a proposal" in text_of(site.owner.get(where).text)
    assert post(site, f"{where}/plan", seconds="1")[0] == 303
    work_off(site)  # it is closed: the job ends with a refusal, and nothing else happens
    assert site.owner.get(proposal).status_code == 200


@pytest.mark.parametrize(("entries", "told"), [
    ({"title": ""}, "title"), ({"down_until": "tomorrow"}, "down_until"),
    ({"down_from": "2026-13-01T00:00"}, "down_from"),
    ({"unit": "", "extra_center": "SZ-IGU", "extra_from": "2026-11-24", "extra_to": "2026-02-30"}, "extra_to"),
    ({"unit": "", "machine_center": "SZ-IGU", "machine_count": "21", "machine_from": "2026-11-24"}, "machine_count"),
    ({"unit": "", "partner_site": "NB", "partner_speed": "0"}, "partner_speed"),
    ({"unit": "", "like_job": "x", "rush_on": "2026-11-24", "rush_weight": "1001"}, "rush_weight"),
])
def test_a_scenario_with_a_mistake_is_told_beside_the_field(site: OpenShop, entries: dict[str, str], told: str) -> None:
    with site.untouched():
        status, page = post(site, "/planning/scenarios/new", **SCENARIO | entries)
    assert (status, f'id="{told}-errors"' in page) == (422, True)


@pytest.mark.parametrize("entries", [{"unit": "XX-1"}, {"unit": "", "company": "XX", "away_from": "2026-11-24",
                                                        "away_to": "2026-11-24"}, {"unit": "", "dropped_job": "XX"}])
def test_a_scenario_of_something_that_there_is_not_is_refused(site: OpenShop, entries: dict[str, str]) -> None:
    with site.untouched():
        assert post(site, "/planning/scenarios/new", **SCENARIO | entries)[0] == 422


def test_key_figures_have_a_value_or_a_reason_and_a_definition(site: OpenShop) -> None:
    page = site.owner.get("/planning/figures?from=2026-11-23&to=2026-12-06")
    words = text_of(page.text)
    assert "On-time delivery" in words
    assert "No order was delivered in the period." in words
    assert "Insulating glass line Suzhou" in words
    empty = text_of(site.owner.get("/planning/figures?from=2030-01-06&to=2030-01-06").text)
    assert "No order arrives in the period." in empty
    for query in ("?from=x", "?from=2026-11-23&to=2026-11-01", "?from=2026-11-23&to=2028-01-01&by=shift", "?by=year",
                  "?by=week"):
        answer = site.owner.get("/planning/figures" + query)
        assert answer.status_code == 200
        assert ('role="alert"' in answer.text) is (query not in {"?by=year", "?by=week"}), query


def test_all_pages_are_there_in_chinese(site: OpenShop) -> None:
    client = site.app.test_client()
    for name, value in (("onelot_session", site.owner.get_cookie("onelot_session")),):
        assert value is not None
        client.set_cookie(name, value.value)
    for address in ("runs", "scenarios", "scenarios/new", "figures", "bottlenecks", "scenarios/compare"):
        page = client.get(f"/planning/{address}", headers={"Accept-Language": "zh-CN"})
        assert page.status_code == 200
        assert '<html lang="zh' in page.text


def test_a_proposal_whose_unit_went_down_is_refused_in_words(site: OpenShop) -> None:
    number = a_moving_proposal(site)
    with database(site).reading() as session:
        change = next(change for change in list_proposals(session, limit=1)[0].changes if change.moved)
    target = change.after[change.moved[0]]
    with database(site).transaction() as session:
        scheduling.report_downtime(session, unit_id=target.unit_id, from_minute=target.start_minute,
                                   until_minute=target.end_minute, reason="", now=site.clock())
    status, page = post(site, f"/planning/proposals/{number}/publish")
    assert status == 409
    assert "where there is no room any more" in text_of(page)


def test_a_run_that_no_page_asked_for_is_refused_in_words(site: OpenShop) -> None:
    scenario = planned_scenario(site)
    with site.untouched():
        for address in ("/planning/replan", f"{scenario}/plan", "/planning/scenarios/new"):
            status, page = post(site, address, **SCENARIO | {"key": ""})
            assert (status, "Open the page again and repeat the step." in page) == (422, True), address
