"""Routes of the sales desk. Each parses, makes one service call, and renders or redirects."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from zoneinfo import ZoneInfo

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from sqlalchemy.orm import Session

from catalog import service as catalog
from catalog.money import Money
from catalog.product import ProductDefinition
from catalog.text import Text
from ordering import service as ordering
from ordering.document_context import chosen_options
from ordering.order import OrderState
from ordering.quote import Quote, QuoteState
from scheduling import service as scheduling
from scheduling.errors import NetworkMissing
from web import formatting
from web.accounts import require_role
from web.clock import now
from web.customer_words import group_words
from web.database import get_session
from web.forms.buying import MessageForm, fresh_message_form
from web.forms.keys import make_key
from web.forms.sales import CancelOrderForm
from web.sales import rows
from web.sales.draft_words import approval_entries
from web.sales.order_view import progress_of
from web.sales.quote_sheets import note_lines, other_quantities, other_ways, sum_rows, terms
from web.sales.quote_view import Change, difference, sold_lines
from web.settings import Settings
from web.shop.configuring import look_around
from web.shop.date_reasons import earlier_lines
from web.shop.order_page import accepted_rows
from web.shop.quoting import place_of
from web.shop.states import decline_words
from web.shop.thread import thread
from web.words import gettext as _

blueprint = Blueprint("sales", __name__, url_prefix="/sales")


def plant_zone() -> ZoneInfo:
    """Give the time zone of the plant, in which the sales desk reads days and times; UTC before there is a plant."""
    try:
        network = scheduling.get_planning_network(get_session())
    except NetworkMissing:
        return ZoneInfo("UTC")
    return ZoneInfo(network.sites[0].time_zone)


@blueprint.get("/quotes/<number>")
@require_role("sales", "owner")
def quote(number: str) -> ResponseReturnValue:
    """Show the newest revision of a quote, with its history."""
    session = get_session()
    found = ordering.get_quote_by_number(session, number=number)
    zone = plant_zone()
    settings: Settings = current_app.extensions["onelot_settings"]
    token = ordering.get_link_token(session, number=number, secret=settings.secret_key)
    events = ordering.list_promise_events(session, quote_number=number)
    is_asked = request.args.get("earlier") == "1"
    earlier = ordering.price_earlier(session, quote=found, now=now()) if is_asked else ()
    days = ordering.list_earlier_days(session, token=token, now=now()) if is_asked and token else ()
    siblings = [other for other, _token in ordering.list_siblings(session, quote=found, secret=settings.secret_key)]
    taken = ordering.list_taken_ways(session, trios=[found.trio]).get(found.trio, "") if found.trio else ""
    return render_template(
        "sales/quote.html", quote=found, row=rows.quote_row(found, zone, now(), taken),
        contact=ordering.find_quote_contact(session, quote_number=number), group_words=group_words,
        lines=sold_lines(found, _choices, _definition), sums=sum_rows(found),
        terms=terms(found, zone, place=_place(found)),
        ways=other_ways([found, *siblings], taken=taken, zone=zone, now=now()) if siblings else (),
        quantities=other_quantities(found), notes=note_lines(found), approvals=_approvals(session, found, zone),
        history_entries=[rows.history_entry(event, zone) for event in reversed(events)], token=token,
        earlier=[rows.earlier_view(line, offers) for line, offers in zip(found.lines, earlier, strict=False)],
        days=[(offer.day.isoformat(), line) for offer, line in zip(days, earlier_lines(days, most=7), strict=False)],
        is_earlier_asked=is_asked, declined=decline_words(found.decline_reason, found.decline_words),
        changes=_changes(session, found), key=make_key(), is_open=found.is_open_at(now()),
        can_revise=found.state in {QuoteState.OFFERED, QuoteState.EXPIRED} and not found.order_number,
        can_lose=found.state is QuoteState.OFFERED,
    )


def _changes(session: Session, quote: Quote) -> tuple[Change, ...]:
    """Tell what differs from the revision before; empty for the first."""
    if quote.revision < 2:
        return ()
    before = ordering.get_quote_by_number(session, number=quote.number, revision=quote.revision - 1)
    return difference(before, quote, _definition)


def _place(quote: Quote) -> str:
    return place_of(look_around(), quote.destination).title.in_language(formatting.language())


def _approvals(session: Session, quote: Quote, zone: ZoneInfo) -> list[rows.HistoryEntry]:
    """Tell who asked and who agreed before the quote was sent; empty where nobody was asked."""
    if quote.draft_id is None:
        return []
    return approval_entries(ordering.get_draft(session, draft_id=quote.draft_id).approvals, zone)


def _definition(content_hash: str) -> ProductDefinition:
    return catalog.get_version(get_session(), content_hash=content_hash).definition


def _choices(content_hash: str, choices: Mapping[str, str]) -> str:
    definition = _definition(content_hash)
    wanted = {code: value for code, value in choices.items() if value != "false"}
    chosen = chosen_options(definition, wanted, formatting.language())
    return formatting.enumerated(
        _("%(attribute)s: %(value)s", attribute=item["title"], value=item["value"]) for item in chosen)


@blueprint.get("/orders/<number>")
@require_role("sales", "planner", "owner")
def order(number: str) -> ResponseReturnValue:
    """Show an order with its work orders and the history of its promise."""
    return _order_page(number, CancelOrderForm())


def _order_page(number: str, form: CancelOrderForm, status: int = 200,
                message_form: MessageForm | None = None) -> ResponseReturnValue:
    session = get_session()
    found = ordering.get_order(session, number=number)
    zone = plant_zone()
    settings: Settings = current_app.extensions["onelot_settings"]
    token = ordering.get_link_token(session, number=found.quote_number, secret=settings.secret_key)
    sold = ordering.get_quote_by_number(session, number=found.quote_number, revision=found.quote_revision)
    page = render_template(
        "sales/order.html", order=found, row=rows.order_row(found, zone), form=form, token=token,
        lines=sold_lines(sold, _choices, _definition, is_whole=False), sums=sum_rows(sold),
        progress=progress_of(look_around(), found), may_see_work=current_user.role in {"planner", "owner"},
        may_see_quote=current_user.role in {"sales", "owner"},
        history_entries=[rows.history_entry(event, zone) for event in reversed(found.history)],
        accepted_rows=accepted_rows(found, zone),
        thread=thread(ordering.list_messages(session, order_id=found.id), zone, own=ordering.Side.SALES),
        message_form=message_form or fresh_message_form(),
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


@blueprint.post("/orders/<number>/messages")
@require_role("sales", "owner")
def answer(number: str) -> ResponseReturnValue:
    """Answer the customer on the order's page; what was asked before counts as read."""
    form = MessageForm()
    if not form.validate_on_submit():
        return _order_page(number, CancelOrderForm(formdata=None), 422, form)
    ordering.answer_customer(get_session(), number=number, text=str(form.text.data), author=current_user.login,
                             idempotency_key=str(form.idempotency_key.data), now=now())
    return redirect(url_for("sales.order", number=number, _anchor="messages"), code=303)


@blueprint.post("/orders/<number>/messages/read")
@require_role("sales", "owner")
def mark_read(number: str) -> ResponseReturnValue:
    """Note that the customer's messages have been read."""
    ordering.mark_messages_read(get_session(), number=number, now=now())
    return redirect(url_for("sales.order", number=number, _anchor="messages"), code=303)


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
