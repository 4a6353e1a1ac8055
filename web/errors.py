"""From a fault to an answer: one table of codes, stand-alone pages that need no database, JSON problems."""

from __future__ import annotations

import logging
import secrets
from http import HTTPStatus
from typing import Any

from flask import Flask, Response, current_app, jsonify, make_response, render_template, request
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from sqlalchemy.exc import DBAPIError, IntegrityError
from werkzeug.exceptions import HTTPException

from catalog.errors import OnelotError
from web.database import close_session, is_transient
from web.refusal_words import page_words

logger = logging.getLogger(__name__)

STATUS_BY_CODE: dict[str, int] = {
    "choice_unknown": 400,
    "product_unknown": 400,
    "account_not_found": 404,
    "configuration_not_found": 404,
    "customer_not_found": 404,
    "design_not_found": 404,
    "destination_unknown": 404,
    "draft_not_found": 404,
    "event_not_found": 404,
    "hold_not_found": 404,
    "job_not_found": 404,
    "mail_not_found": 404,
    "network_missing": 404,
    "network_not_found": 404,
    "objective_unknown": 404,
    "operation_not_found": 404,
    "order_not_found": 404,
    "place_unknown": 404,
    "product_version_not_found": 404,
    "proposal_not_found": 404,
    "quote_not_found": 404,
    "resume_link_not_found": 404,
    "saved_view_not_found": 404,
    "scenario_not_found": 404,
    "upload_not_found": 404,
    "paper_not_found": 404,
    "work_order_not_found": 404,
    "work_unit_not_found": 404,
    "resume_link_ended": 410,
    "onelot_error": 409,
    "approval_refused": 409,
    "draft_not_sendable": 409,
    "draft_changed": 409,
    "change_outdated": 409,
    "customer_busy": 409,
    "customer_changed": 409,
    "hold_closed": 409,
    "hold_expired": 409,
    "hold_lost": 409,
    "job_started": 409,
    "lease_lost": 409,
    "no_capacity": 409,
    "operation_not_begun": 409,
    "predecessor_open": 409,
    "proposal_outdated": 409,
    "quote_already_accepted": 409,
    "quote_expired": 409,
    "quote_superseded": 409,
    "report_repeated": 409,
    "scenario_not_publishable": 409,
    "transition_refused": 409,
    "unit_not_down": 409,
    "upload_published": 409,
    "account_invalid": 422,
    "budget_exceeded": 422,
    "catalog_invalid": 422,
    "component_too_large": 422,
    "configuration_incomplete": 422,
    "configuration_not_saleable": 422,
    "design_refused": 422,
    "draft_invalid": 422,
    "customer_entry_taken": 422,
    "idempotency_mismatch": 422,
    "mail_undeliverable": 422,
    "job_invalid": 422,
    "plan_file_invalid": 422,
    "report_invalid": 422,
    "request_invalid": 422,
    "rule_too_wide": 422,
    "rule_unsupported": 422,
    "saved_view_invalid": 422,
    "scenario_invalid": 422,
    "unknown_choice": 422,
    "value_undefined": 422,
    "queue_full": 429,
    "document_failed": 500,
    "explosion_invalid": 500,
    "schedule_invalid": 500,
    "settings_invalid": 500,
    "unknown_capability": 500,
    "document_library_missing": 503,
    "document_too_costly": 503,
}
"""The answer to each expected refusal; ``docs/errors.md`` tells people what each code means."""

TITLES = {
    400: lazy_gettext("This request cannot be read"),
    401: lazy_gettext("Sign in first"),
    403: lazy_gettext("This page is not for your account"),
    404: lazy_gettext("There is nothing at this address"),
    405: lazy_gettext("This address takes no such request"),
    409: lazy_gettext("Something changed in the meantime"),
    410: lazy_gettext("This is no longer available"),
    413: lazy_gettext("This is too much at once"),
    415: lazy_gettext("This kind of content is not read here"),
    422: lazy_gettext("This cannot be taken as it stands"),
    429: lazy_gettext("Too many requests in a short time"),
    500: lazy_gettext("This did not work, and it is our fault"),
    503: lazy_gettext("Busy at the moment"),
}
HELP = {
    400: lazy_gettext("Go back and send the page again."),
    401: lazy_gettext("Your session may have ended."),
    403: lazy_gettext("Sign in with an account that may see it, or ask the owner of the site."),
    404: lazy_gettext("Check the address, or start from the products."),
    405: lazy_gettext("Start from the products."),
    409: lazy_gettext("Load the page again to see how things stand now."),
    410: lazy_gettext("Load the page again to see how things stand now."),
    413: lazy_gettext("Send less, or in several parts."),
    415: lazy_gettext("Send a form or JSON."),
    422: lazy_gettext("Go back and change the entry that is named."),
    429: lazy_gettext("Wait a minute, then go on."),
    500: lazy_gettext("Nothing was stored. Tell us the reference, and we find the cause."),
    503: lazy_gettext("Nothing was stored. Try again in a few seconds."),
}


def register_errors(app: Flask) -> None:
    """Give an application its answers to every kind of fault."""
    app.register_error_handler(OnelotError, _answer_refusal)
    app.register_error_handler(HTTPException, _answer_http)
    app.register_error_handler(RecursionError, _answer_recursion)
    app.register_error_handler(DBAPIError, _answer_database)
    app.register_error_handler(Exception, _answer_bug)


def status_of(error: OnelotError) -> int:
    """Give the HTTP status of an expected refusal; 409 for a code that the table does not list."""
    return STATUS_BY_CODE.get(error.code, 409)


def _answer_refusal(error: OnelotError) -> Response:
    close_session()
    status = status_of(error)
    if status == HTTPStatus.INTERNAL_SERVER_ERROR:
        return _answer_bug(error)
    return _answer(status, error.code, detail=error.message, facts=dict(error.detail))


def _answer_http(error: HTTPException) -> Response:
    close_session()
    status = error.code or 500
    if status < 400 and error.response is None:  # a redirect that the router asks for
        return make_response(error.get_response())
    if error.response is not None:
        return make_response(error.response)
    response = _answer(status, f"http_{status}")
    for name, value in error.get_headers(None, None):
        if name.lower() not in {"content-type", "content-length"}:
            response.headers.setdefault(name, value)
    return response


def _answer_recursion(_error: RecursionError) -> Response:
    close_session()
    return _answer(400, "too_deep")


def _answer_database(error: DBAPIError) -> Response:
    close_session()
    if is_transient(error):
        response = _answer(503, "busy")
        response.headers["Retry-After"] = "2"
        return response
    if isinstance(error, IntegrityError):
        logger.warning("a constraint of the database refused a change: %s", type(error.orig).__name__)
        return _answer(409, "changed_meanwhile")
    return _answer_bug(error)


def _answer_bug(error: Exception) -> Response:
    close_session()
    reference = secrets.token_hex(4).upper()
    logger.error("reference %s: %s %s", reference, request.method, request.path, exc_info=error)
    return _answer(500, "internal_error", reference=reference)


def wants_json() -> bool:
    """Tell whether the sender asked for JSON rather than a page."""
    if request.path.startswith("/api/"):
        return True
    best = request.accept_mimetypes.best_match(["text/html", "application/json", "application/problem+json"])
    return best != "text/html" and best is not None


def _answer(
    status: int, code: str, *, detail: str = "", facts: dict[str, Any] | None = None, reference: str = ""
) -> Response:
    title = str(TITLES.get(status) or TITLES[400 if status < 500 else 500])
    if wants_json():
        problem = {"type": "about:blank", "title": title, "status": status, "code": code}
        if detail:
            problem["detail"] = detail
        if facts:
            problem["facts"] = facts
        if reference:
            problem["reference"] = reference
        response = jsonify(problem)
        response.mimetype = "application/problem+json"
    else:
        response = make_response(_page(status, title, page_words(code, detail), reference))
    response.status_code = status
    response.headers["Cache-Control"] = "no-store"
    return response


def _page(status: int, title: str, detail: str, reference: str) -> str:
    name = "errors/part.html" if request.headers.get("HX-Request") else "errors/page.html"
    try:
        return render_template(
            name, status=status, title=title, detail=detail, reference=reference,
            help=HELP.get(status) or HELP[400 if status < 500 else 500],
        )
    except Exception:  # the last line of defense: a fault in the page about a fault
        current_app.logger.exception("the error page could not be drawn")
        words = _("This did not work.")
        return f"<!doctype html><title>{status}</title><p>{words} {reference}</p>"
