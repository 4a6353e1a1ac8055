"""Routes of the sales desk. Each parses, makes one service call, and renders or redirects."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import TypeVar
from zoneinfo import ZoneInfo

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from sqlalchemy.orm import Session

from catalog import service as catalog
from catalog.money import Money
from catalog.text import Text
from ordering import service as ordering
from ordering.document_context import chosen_options
from ordering.order import OrderState
from ordering.quote import QuoteLine, QuoteState
from scheduling import service as scheduling
from web import formatting
from web.accounts import require_role
from web.clock import now
from web.database import get_session
from web.forms.sales import CancelOrderForm
from web.paging import page_number
from web.sales import rows
from web.settings import Settings
from web.words import gettext as _

blueprint = Blueprint("sales", __name__, url_prefix="/sales")
PAGE_SIZE = 50
State = TypeVar("State", bound=StrEnum)


def _zone() -> ZoneInfo:
    network = scheduling.get_planning_network(get_session())
    return ZoneInfo(network.sites[0].time_zone)


def _state(kinds: type[State]) -> State | None:
    wished = request.args.get("state", "")
    return next((state for state in kinds if state.value == wished), None)


def _search() -> str:
    return request.args.get("search", "").strip()[:100]


@blueprint.get("/quotes")
@require_role("sales", "owner")
def quotes() -> ResponseReturnValue:
    """List quotes, newest first."""
    page, state = page_number(), _state(QuoteState)
    found = ordering.list_quotes(
        get_session(), state=state, search=_search(), offset=(page - 1) * PAGE_SIZE, limit=PAGE_SIZE
    )
    zone, moment = _zone(), now()
    tabs = [("", _("All")), ("offered", _("Offered")), ("accepted", _("Accepted")), ("expired", _("Expired")),
            ("declined", _("Declined"))]
    return render_template(
        "sales/quotes.html", rows=[rows.quote_row(quote, zone, moment) for quote in found.quotes], total=found.total,
        tabs=tabs, state=state.value if state else "", search=_search(), page=page,
        has_more=page * PAGE_SIZE < found.total,
    )


@blueprint.get("/quotes/<number>")
@require_role("sales", "owner")
def quote(number: str) -> ResponseReturnValue:
    """Show the newest revision of a quote, with its history."""
    session = get_session()
    found = ordering.get_quote_by_number(session, number=number)
    zone = _zone()
    settings: Settings = current_app.extensions["onelot_settings"]
    token = ordering.get_link_token(session, number=number, secret=settings.secret_key)
    events = ordering.list_promise_events(session, quote_number=number)
    return render_template(
        "sales/quote.html", quote=found, row=rows.quote_row(found, zone, now()),
        lines=[rows.line_view(line, _choices(session, line)) for line in found.lines],
        history_entries=[rows.history_entry(event, zone) for event in reversed(events)], token=token,
    )


def _choices(session: Session, line: QuoteLine) -> str:
    definition = catalog.get_version(session, content_hash=line.content_hash).definition
    wanted = {code: value for code, value in line.choices.items() if value != "false"}
    chosen = chosen_options(definition, wanted, formatting.language())
    return formatting.enumerated(
        _("%(attribute)s: %(value)s", attribute=item["title"], value=item["value"]) for item in chosen)


@blueprint.get("/orders")
@require_role("sales", "planner", "owner")
def orders() -> ResponseReturnValue:
    """List orders, newest first."""
    page, state = page_number(), _state(OrderState)
    found = ordering.list_orders(
        get_session(), state=state, search=_search(), offset=(page - 1) * PAGE_SIZE, limit=PAGE_SIZE
    )
    zone = _zone()
    tabs = [("", _("All")), *((item.value, rows.order_tag(item).words.capitalize()) for item in OrderState)]
    return render_template(
        "sales/orders.html", rows=[rows.order_row(order, zone) for order in found.orders], total=found.total,
        tabs=tabs, state=state.value if state else "", search=_search(), page=page,
        has_more=page * PAGE_SIZE < found.total,
    )


@blueprint.get("/orders/<number>")
@require_role("sales", "planner", "owner")
def order(number: str) -> ResponseReturnValue:
    """Show an order with its work orders and the history of its promise."""
    return _order_page(number, CancelOrderForm())


def _order_page(number: str, form: CancelOrderForm, status: int = 200) -> ResponseReturnValue:
    session = get_session()
    found = ordering.get_order(session, number=number)
    zone = _zone()
    settings: Settings = current_app.extensions["onelot_settings"]
    token = ordering.get_link_token(session, number=found.quote_number, secret=settings.secret_key)
    page = render_template(
        "sales/order.html", order=found, row=rows.order_row(found, zone), form=form, token=token,
        history_entries=[rows.history_entry(event, zone) for event in reversed(found.history)],
        can_cancel=found.state in {OrderState.CONFIRMED, OrderState.IN_PRODUCTION},
        can_deliver=found.state is OrderState.MADE, may_change=current_user.role in {"sales", "owner"},
    )
    return page, status


@blueprint.post("/orders/<number>/cancel")
@require_role("sales", "owner")
def cancel(number: str) -> ResponseReturnValue:
    """Cancel an order; its unstarted work is freed and its customer sees why."""
    form = CancelOrderForm()
    if not form.validate_on_submit():
        return _order_page(number, form, 422)
    ordering.cancel_order(
        get_session(), number=number, reason=str(form.reason.data), now=now(), actor=current_user.login
    )
    flash(_("Order %(number)s is canceled. Its free capacity is back in the pool.", number=number))
    return redirect(url_for("sales.order", number=number), code=303)


@blueprint.post("/orders/<number>/deliver")
@require_role("sales", "owner")
def deliver(number: str) -> ResponseReturnValue:
    """Report that an order has reached its customer."""
    ordering.deliver_order(get_session(), number=number, now=now(), actor=current_user.login)
    return redirect(url_for("sales.order", number=number), code=303)


@blueprint.app_template_filter("money")
def money_words(value: Money) -> str:
    """Write an amount."""
    return formatting.money(value)


@blueprint.app_template_filter("day")
def day_words(value: date) -> str:
    """Write a day with its weekday."""
    return formatting.day(value)


@blueprint.app_template_filter("text")
def text_words(value: Text) -> str:
    """Write a catalog text in the page's language."""
    return value.in_language(formatting.language())
