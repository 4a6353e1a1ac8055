"""Who may do what: every route with every role. A new route fails here until it is listed."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.web.signing_in import add_user, sign_in, token_of
from web.accounts import ROLES

EVERYBODY = frozenset({"guest", *ROLES})
PLANNERS = frozenset({"planner", "owner"})
PLANT = frozenset({"planner", "partner", "owner"})
SALES = frozenset({"sales", "owner"})
ENGINEERS = frozenset({"catalog", "owner"})
OWNERS = frozenset({"owner"})
OFFICE = frozenset({"sales", "planner", "owner"})
MATRIX: dict[str, frozenset[str]] = {
    **dict.fromkeys((
        "static", "healthz", "preferences.set_language", "preferences.set_theme", "account.sign_in",
        "account.check_sign_in", "account.sign_out", "paper_links.open_work_order", "paper_links.open_job_order",
        "shop.index", "shop.shop", "shop.configure", "shop.request_quote", "shop.make_quote", "shop.show_quote",
        "shop.accept_quote", "shop.decline_quote", "shop.renew_quote", "shop.choose_lines", "shop.take_earlier",
        "shop.quote_document", "shop.show_order",
        "shop.verify", "shop.ask_code", "shop.order_document", "shop.quote_exchange", "shop.order_exchange",
        "shop.decide", "shop.within", "shop.needs", "shop.search", "shop.quote_calendar", "shop.order_calendar",
        "shop.ask_change", "shop.choose_change", "shop.preview_change", "shop.confirm_change",
        "shop.write_message", "shop.ask_cancel", "shop.cancel_order",
        "shop.designs", "shop.ask_name", "shop.keep_design", "shop.rename_design", "shop.duplicate_design",
        "shop.ask_delete_design", "shop.delete_design", "shop.remember", "shop.forget_last", "shop.ask_resume_link",
        "shop.make_resume_link", "shop.show_resume_link", "shop.revoke_resume_link", "shop.resume", "shop.compare",
        "shoppers.sign_up", "shoppers.make_account", "shoppers.ask_confirm", "shoppers.confirm", "shoppers.forgotten",
        "shoppers.send_password_link", "shoppers.ask_new_password", "shoppers.set_new_password",
    ), EVERYBODY),
    **dict.fromkeys(("shoppers.account", "shoppers.change_password"), frozenset(ROLES)),
    **dict.fromkeys(("shoppers.orders", "shoppers.confirm_again", "shoppers.ask_delete", "shoppers.delete"),
                    frozenset({"consumer"})),
    **dict.fromkeys((
        "planning.board", "planning.table", "planning.work_orders", "planning.work_order",
        "planning.work_order_document",
    ), PLANT),
    **dict.fromkeys((
        "planning.events", "planning.event", "planning.new_event", "planning.report_event", "planning.risks",
        "planning.rush", "planning.choose_rush",
        "planning.late", "planning.release", "planning.start_job_order", "planning.finish_job_order",
        "planning.replan", "planning.run", "planning.stop_run", "planning.proposal", "planning.publish",
        "planning.discard", "planning.runs", "planning.figures", "planning.bottlenecks", "planning.scenarios",
        "planning.new_scenario", "planning.make_scenario", "planning.scenario", "planning.plan_scenario",
        "planning.publish_scenario", "planning.drop_scenario", "planning.compare_scenarios",
    ), PLANNERS),
    **dict.fromkeys((
        "catalog.products", "catalog.product", "catalog.version", "catalog.source_archive", "catalog.compilation",
        "catalog.stop_compilation", "catalog.compile_again", "catalog.send", "catalog.upload",
        "catalog.correct_upload", "catalog.publish_upload", "catalog.discard_upload",
        "catalog.preview_upload", "catalog.usage", "catalog.export_usage",
        "catalog.audit", "catalog.start_audit",
        "catalog.workbook", "catalog.send_workbook", "catalog.uvl_model",
        "catalog.compare", "catalog.start_comparison",
    ), ENGINEERS),
    **dict.fromkeys((
        "customers.contacts", "customers.contact", "customers.new_contact", "customers.add_contact",
        "customers.edit_contact", "customers.change_contact", "customers.companies", "customers.company",
        "customers.new_company", "customers.add_company", "customers.edit_company", "customers.change_company",
        "customers.price_groups", "customers.price_group", "customers.preview_merge", "customers.merge",
        "customers.export", "customers.preview_erasure", "customers.erase", "customers.duplicates",
        "customers.company_duplicates", "customers.note_difference", "customers.preview_company_merge",
        "customers.merge_company",
    ), SALES),
    **dict.fromkeys((
        "customers.new_price_group", "customers.add_price_group", "customers.change_price_group",
        "customers.new_group_discount", "customers.add_group_discount", "customers.group_discount",
        "customers.change_group_discount", "customers.remove_group_discount",
    ), OWNERS),
    **dict.fromkeys((
        "sales.drafts", "sales.new_draft", "sales.draft", "sales.change_draft", "sales.take_into_draft",
        "sales.ask_drop", "sales.drop", "sales.ask_about_draft", "sales.ask", "sales.approvals", "sales.approval",
        "sales.decide", "sales.review_draft", "sales.send", "sales.duplicate", "sales.revise", "sales.ask_lose",
        "sales.sell_earlier", "sales.lose",
    ), SALES),
    **dict.fromkeys(("sales.quotes", "sales.quote", "sales.cancel", "sales.deliver",
                     "mails.index", "mails.show", "mails.send_again",
                     "sales.answer", "sales.mark_read", "sales.export_list", "sales.dashboard"), SALES),
    **dict.fromkeys(("sales.orders", "sales.order", "sales.save_view", "sales.change_view"), OFFICE),
}


@pytest.fixture
def visitors(app: Flask) -> dict[str, tuple[FlaskClient, str]]:
    """A browser and a token for a guest and for one person of each role."""
    found = {"guest": app.test_client()}
    for role in ROLES:
        add_user(app, role, role, company="QD-FIN" if role == "partner" else None)
        found[role] = app.test_client()
        assert sign_in(found[role], role) == 303
    return {who: (client, _token(client)) for who, client in found.items()}


def _token(client: FlaskClient) -> str:
    page = client.get("/").text
    return token_of(client, "/" if "csrf_token" in page else "/account/sign-in")


def test_every_route_is_listed(app: Flask) -> None:
    endpoints = {rule.endpoint for rule in app.url_map.iter_rules()}
    assert endpoints - set(MATRIX) == set()
    assert set(MATRIX) - endpoints == set()


@pytest.mark.parametrize("endpoint", sorted(name for name, allowed in MATRIX.items() if allowed != EVERYBODY))
def test_only_listed_roles_pass_the_guard(
    app: Flask, visitors: dict[str, tuple[FlaskClient, str]], endpoint: str
) -> None:
    for rule in app.url_map.iter_rules(endpoint):
        values: dict[str, Any] = dict.fromkeys(rule.arguments, "1")
        with app.test_request_context():
            address = app.url_for(endpoint, **values)
        for who, (client, token) in visitors.items():
            method = "POST" if "POST" in (rule.methods or set()) else "GET"
            answer = client.open(address, method=method, data={"csrf_token": token} if method == "POST" else None)
            if who == "guest":
                assert answer.status_code == 302, (endpoint, who)
                assert answer.location.startswith("/account/sign-in"), (endpoint, who)
            elif who in MATRIX[endpoint]:
                assert answer.status_code not in {401, 403, 500}, (endpoint, who, answer.text[:300])
            else:
                assert answer.status_code == 403, (endpoint, who, answer.status_code)


def test_role_sent_along_changes_nothing(app: Flask) -> None:
    add_user(app, "sales", "sales")
    client = app.test_client()
    answer = client.post("/account/sign-in?role=owner", data={
        "csrf_token": token_of(client), "login": "sales", "password": "correct horse battery", "next": "",
        "role": "owner", "is_active": "1", "company": "SZ-WIN"})
    assert answer.status_code == 303
    assert client.get("/sales/quotes").status_code != 403
    assert client.get("/planning/late").status_code == 403


def test_codes_on_paper_lead_to_the_work_order(client: FlaskClient) -> None:
    assert client.get("/work-orders/W-2026-0001").location == "/planning/work-orders/W-2026-0001"
    assert client.get("/job-orders/W-2026-0001-10").location == "/planning/work-orders/W-2026-0001"
