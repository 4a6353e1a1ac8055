"""The papers of an order and the exchange files of quotes and orders, for whoever holds the link."""

from __future__ import annotations

from flask import Response
from flask.typing import ResponseReturnValue

from ordering import service as ordering
from ordering.exchange import MEDIA_TYPE
from web import documents, formatting
from web.database import writes
from web.pdf_response import send_pdf
from web.security import limited
from web.shop.blueprint import blueprint
from web.shop.configuring import look_around, settings
from web.shop.quoting import base_url


@blueprint.get("/orders/<token>/order.pdf")
@limited("document")
@writes
def order_document(token: str) -> ResponseReturnValue:
    """Give the newest confirmation of an order as PDF; the same confirmation is the same file."""
    around = look_around()
    order = ordering.get_order_by_link(around.session, token=token)
    content = documents.order_pdf(around.session, order=order, language=formatting.language(), base_url=base_url(),
                                  secret=settings().secret_key, now=around.now, is_lock_released=True)
    return send_pdf(content, name=f"Order-confirmation_{order.number}.pdf")


@blueprint.get("/quotes/<token>/quote.xml")
@limited("document")
def quote_exchange(token: str) -> ResponseReturnValue:
    """Give the quote as a UBL 2.1 Quotation."""
    around = look_around()
    quote = ordering.get_quote(around.session, token=token)
    content = ordering.export_quotation(around.session, quote=quote, language=formatting.language())
    return _send(content, f"Quotation_{quote.number}-r{quote.revision}.xml")


@blueprint.get("/orders/<token>/order.xml")
@limited("document")
def order_exchange(token: str) -> ResponseReturnValue:
    """Give the order as a UBL 2.1 Order."""
    around = look_around()
    order = ordering.get_order_by_link(around.session, token=token)
    content = ordering.export_order(around.session, order=order, language=formatting.language())
    return _send(content, f"Order_{order.number}.xml")


def _send(content: bytes, name: str) -> Response:
    response = Response(content, content_type=f"{MEDIA_TYPE}; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    response.headers["Cache-Control"] = "private, no-store"
    return response
