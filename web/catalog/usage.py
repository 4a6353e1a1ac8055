"""Where shoppers stop: counts of steps, conflicts and answers for catalog engineers, and the same as a file."""

from __future__ import annotations

import csv
import io
from datetime import date, timedelta

from flask import make_response, render_template, request
from flask.typing import ResponseReturnValue

from catalog import service as catalog
from catalog.product import ProductSummary
from web import formatting
from web.accounts import require_role
from web.catalog.blueprint import SEEN_BY, blueprint, local_zone
from web.catalog.usage_view import view_usage
from web.clock import now
from web.database import get_session
from web.usage import count_usage, list_usage

PERIODS = (7, 30, 90, 365)
MOST_EXPORTED = 50_000
_HEADER = ("day", "product", "version", "kind", "subject", "option", "count")
_RISKY = ("=", "+", "-", "@")


@blueprint.get("/usage")
@require_role(*SEEN_BY)
def usage() -> ResponseReturnValue:
    """Show where shoppers stop with a product."""
    session = get_session()
    products = catalog.list_product_summaries(session)
    chosen, days = _chosen(products), _days()
    view = None if chosen is None else view_usage(
        catalog.get_version(session, content_hash=chosen.content_hash).definition,
        count_usage(session, product_code=chosen.product_code, since=_since(days)))
    titles = [(item.product_code, item.title.in_language(formatting.language()) or item.product_code)
              for item in products]
    return render_template("catalog/usage.html", view=view, products=titles, periods=PERIODS, days=days,
                           chosen="" if chosen is None else chosen.product_code)


@blueprint.get("/usage.csv")
@require_role(*SEEN_BY)
def export_usage() -> ResponseReturnValue:
    """Give the stored counts of a product as CSV, one row for each day, version and thing counted."""
    session = get_session()
    chosen = _chosen(catalog.list_product_summaries(session))
    rows = () if chosen is None else list_usage(session, product_code=chosen.product_code, since=_since(_days()),
                                                most=MOST_EXPORTED)
    buffer = io.StringIO()
    buffer.write("\ufeff")
    writer = csv.writer(buffer)
    writer.writerow(_HEADER)
    for row in rows:
        texts = (row.product_code, row.version, row.kind, row.subject, row.option_code)
        writer.writerow([row.day.isoformat(), *(_harmless(text) for text in texts), row.count])
    response = make_response(buffer.getvalue())
    response.mimetype = "text/csv"
    response.headers["Content-Disposition"] = 'attachment; filename="shop-usage.csv"'
    return response


def _chosen(products: tuple[ProductSummary, ...]) -> ProductSummary | None:
    """Give the product of the address, else the first one."""
    wanted = request.args.get("product", "")
    return next((item for item in products if item.product_code == wanted), products[0] if products else None)


def _days() -> int:
    raw = request.args.get("days", "")
    return next((days for days in PERIODS if str(days) == raw), PERIODS[1])


def _since(days: int) -> date:
    return now().astimezone(local_zone()).date() - timedelta(days=days - 1)


def _harmless(value: str | int) -> str | int:
    """Keep a code that somebody published from being read as a formula."""
    return f"'{value}" if isinstance(value, str) and value.startswith(_RISKY) else value
