"""The page on which a customer follows an order, asks the sales desk, and cancels while that is possible."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from flask import redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from ordering import service as ordering
from ordering.errors import TransitionRefused
from ordering.order import Order
from web.forms.buying import CancelForm, MessageForm, fresh_message_form
from web.forms.keys import make_key
from web.security import limited
from web.shop.blueprint import blueprint
from web.shop.cancel_page import build_cancel_page
from web.shop.configuring import Surroundings, look_around
from web.shop.order_page import DocumentLink, OrderLinks, OrderRecords, build_order_page
from web.shop.quote_page import build_line
from web.shop.quoting import again_address, definitions_of, place_of
from web.words import gettext as _


@blueprint.get("/orders/<token>")
def show_order(token: str) -> ResponseReturnValue:
    """Show an order to whoever holds the link of its quote."""
    return _show_order(look_around(), token, fresh_message_form())


@blueprint.post("/orders/<token>/messages")
@limited("message")
def write_message(token: str) -> ResponseReturnValue:
    """Ask the sales desk about the order."""
    around = look_around()
    form = MessageForm()
    if not form.validate_on_submit():
        return _show_order(around, token, form), 422
    ordering.ask_sales(around.session, token=token, text=str(form.text.data),
                       idempotency_key=str(form.idempotency_key.data), now=around.now)
    return redirect(url_for("shop.show_order", token=token, _anchor="messages"), code=303)


@blueprint.get("/orders/<token>/cancel")
def ask_cancel(token: str) -> ResponseReturnValue:
    """Show what canceling the order would mean, before anything happens."""
    return _show_cancel(look_around(), token, CancelForm(formdata=None))


@blueprint.post("/orders/<token>/cancel")
@limited("message")
def cancel_order(token: str) -> ResponseReturnValue:
    """Cancel the order while no work on it has begun; afterwards it is a question to the sales desk."""
    around = look_around()
    form = CancelForm()
    if not form.validate_on_submit():
        return _show_cancel(around, token, form), 422
    try:
        ordering.cancel_by_customer(around.session, token=token, reason=form.reason.data or "", now=around.now)
    except TransitionRefused:
        around.session.rollback()
        return _show_cancel(around, token, CancelForm(formdata=None)), 409
    return redirect(url_for("shop.show_order", token=token), code=303)


def _show_cancel(around: Surroundings, token: str, form: CancelForm) -> str:
    order = ordering.get_order_by_link(around.session, token=token)
    page = build_cancel_page(order, zone=place_of(around, order.destination).zone,
                             back=url_for("shop.show_order", token=token),
                             action=url_for("shop.cancel_order", token=token),
                             message_url=url_for("shop.write_message", token=token))
    question = fresh_message_form(_("Please cancel this order if that is still possible. What would it cost?"))
    return render_template("shop/cancel.html", page=page, form=form, message_form=question)


def _show_order(around: Surroundings, token: str, form: MessageForm) -> str:
    order = ordering.get_order_by_link(around.session, token=token)
    quote = ordering.get_quote(around.session, token=token)
    definitions = definitions_of(around, quote)
    lines = {line.id: build_line(line, definitions[line.content_hash]) for line in quote.lines}
    place = place_of(around, order.destination)
    sites = {} if around.network is None else {
        site.code: (site.title, ZoneInfo(site.time_zone)) for site in around.network.sites}
    documents = (DocumentLink(_("Order confirmation as PDF"), url_for("shop.order_document", token=token)),
                 DocumentLink(_("Quote as PDF"), url_for("shop.quote_document", token=token)),
                 DocumentLink(_("Order for your own program (UBL)"), url_for("shop.order_exchange", token=token)),
                 DocumentLink(_("Date for your calendar"), url_for("shop.order_calendar", token=token)))
    page = build_order_page(order, destination=place.title, zone=place.zone, sites=sites, lines=lines,
                            documents=documents, records=_records(around, order),
                            links=OrderLinks(url_for("shop.write_message", token=token),
                                             url_for("shop.ask_change", token=token),
                                             url_for("shop.ask_cancel", token=token), again_address(quote)))
    if form.idempotency_key.errors:
        form.idempotency_key.data = make_key()
    return render_template("shop/order.html", page=page, message_form=form)


def _records(around: Surroundings, order: Order) -> OrderRecords:
    released = ordering.list_releases(around.session, numbers=[work.number for work in order.work_orders])
    return OrderRecords(ordering.list_messages(around.session, order_id=order.id),
                        ordering.list_order_changes(around.session, order_id=order.id),
                        min(released.values(), default=None))
