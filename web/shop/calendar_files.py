"""The promised day of a quote or an order as a calendar file."""

from __future__ import annotations

from flask import Response, url_for
from flask.typing import ResponseReturnValue

from ordering import service as ordering
from ordering.order import OrderState
from ordering.quote import Quote
from web import formatting
from web.mails.calendar_file import MEDIA_TYPE, Certainty, write_calendar
from web.mails.writing import describe_day, site_host
from web.shop.blueprint import blueprint
from web.shop.configuring import Surroundings, look_around, settings
from web.shop.quoting import base_url


@blueprint.get("/quotes/<token>/date.ics")
def quote_calendar(token: str) -> ResponseReturnValue:
    """Give the promised day of a quote; of one that is over, that the day is gone."""
    around = look_around()
    quote = ordering.get_quote(around.session, token=token)
    is_firm = bool(quote.order_number)
    certainty = Certainty.FIRM if is_firm else Certainty.OPEN if quote.is_open_at(around.now) else Certainty.GONE
    return _send(around, quote, certainty, url_for("shop.show_quote", token=token))


@blueprint.get("/orders/<token>/date.ics")
def order_calendar(token: str) -> ResponseReturnValue:
    """Give the promised day of an order; of a canceled one, that the day is gone."""
    around = look_around()
    order = ordering.get_order_by_link(around.session, token=token)
    quote = ordering.get_quote(around.session, token=token)
    certainty = Certainty.GONE if order.state is OrderState.CANCELED else Certainty.FIRM
    return _send(around, quote, certainty, url_for("shop.show_order", token=token))


def _send(around: Surroundings, quote: Quote, certainty: Certainty, path: str) -> Response:
    events = ordering.list_promise_events(around.session, quote_number=quote.number)
    newest = events[-1]
    language = "zh" if formatting.is_chinese() else "en"
    is_over_before_order = certainty is Certainty.GONE and not quote.order_number
    shown = describe_day(
        quote, language=language, certainty=certainty, day=newest.promised_on, changed_at=newest.at,
        sequence=2 * len(events) + int(is_over_before_order), url=f"{base_url()}{path}")
    response = Response(write_calendar(shown, host=site_host(settings())), mimetype=MEDIA_TYPE)
    name = f"{quote.order_number or quote.number}.ics"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    response.headers["Cache-Control"] = "private, no-store"
    return response
