"""Quotes and work orders as PDF: context, template and worker put together, each revision drawn once and kept."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import cache
from io import BytesIO
from pathlib import Path

import segno
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from sqlalchemy.orm import Session

from catalog import service as catalog
from catalog.plant import Network
from catalog.product import ProductDefinition
from configurator.derived import all_values
from ordering import service
from ordering.document_context import Surroundings, quote_context, values_of
from ordering.documents import render_pdf
from ordering.quote import Quote, QuoteLine
from ordering.traveller_context import work_order_context
from ordering.work_order import WorkOrder
from scheduling import service as scheduling
from web.drawings import draw_product

ROOT = Path(__file__).resolve().parent.parent
STATIC_FOLDER = ROOT / "web" / "static"
FACES = ("Sofia Sans", "sofia-sans-latin-wght-normal"), (
    "Sofia Sans Semi Condensed", "sofia-sans-semi-condensed-latin-wght-normal")
LINK_CODE_PIXELS = 92
OPERATION_CODE_PIXELS = 38
THUMBNAIL_PIXELS = 62
WORK_ORDER_LANGUAGE = "zh"


def quote_pdf(
    session: Session, *, quote: Quote, language: str, base_url: str, secret: str, now: datetime,
    is_lock_released: bool = False,
) -> bytes:
    """Give the quotation of a revision, drawn at the first call and kept for all later ones.

    Parameters
    ----------
    session
        Inside a writing transaction; the caller commits.
    quote
        With its lines.
    language
        ``en`` or ``zh``.
    base_url
        Address of the site, for the QR code.
    secret
        The site's secret, for the link.
    now
        Aware UTC; only noted beside the file, never printed.
    is_lock_released
        Whether to give the database's lock back while drawing; only for a session without changes.

    Returns
    -------
    bytes
        The PDF.

    Raises
    ------
    DocumentFailed
        It cannot be drawn; nothing is kept.
    """
    kind = service.DocumentKind.QUOTE
    language = "zh" if language.startswith("zh") else "en"
    kept = service.find_document(session, kind=kind, subject=quote.number, revision=quote.revision, language=language)
    if kept is not None:
        return kept
    link = quote_link(session, number=quote.number, base_url=base_url, secret=secret)
    html = quote_html(session, quote, language, link)
    if is_lock_released:
        session.rollback()
    content = draw(html)
    service.keep_document(session, kind=kind, subject=quote.number, revision=quote.revision, language=language,
                          content=content, now=now)
    return content


def quote_link(session: Session, *, number: str, base_url: str, secret: str) -> str:
    """Give the address under which the customer opens a quote; empty when it cannot be made any more."""
    token = service.get_link_token(session, number=number, secret=secret)
    return f"{base_url}/quotes/{token}" if token else ""


def work_order_pdf(
    session: Session, *, work_order: WorkOrder, base_url: str, now: datetime, is_lock_released: bool = False
) -> bytes:
    """Give the traveller of a work order's revision, drawn at the first call and kept for all later ones.

    Parameters
    ----------
    session
        Inside a writing transaction; the caller commits.
    work_order
        With its job orders.
    base_url
        Address of the site, for the QR codes.
    now
        Aware UTC; only noted beside the file.
    is_lock_released
        Whether to give the database's lock back while drawing; only for a session without changes.

    Returns
    -------
    bytes
        The PDF, Chinese first with English beside it.

    Raises
    ------
    DocumentFailed
        It cannot be drawn; nothing is kept.
    """
    kind = service.DocumentKind.WORK_ORDER
    key = {"kind": kind, "subject": work_order.number, "revision": work_order.revision,
           "language": WORK_ORDER_LANGUAGE}
    kept = service.find_document(session, **key)  # type: ignore[arg-type]  # one mapping, two readers
    if kept is not None:
        return kept
    html = work_order_html(session, work_order, base_url)
    if is_lock_released:
        session.rollback()
    content = draw(html)
    service.keep_document(session, **key, content=content, now=now)  # type: ignore[arg-type]  # as above
    return content


def quote_html(session: Session, quote: Quote, language: str, link: str) -> str:
    """Fill the page of a quotation; drawing it as PDF needs no database any more."""
    network = scheduling.get_planning_network(session)
    definitions = {
        line.content_hash: catalog.get_version(session, content_hash=line.content_hash).definition
        for line in quote.lines
    }
    surroundings = Surroundings(
        network=network, seller=_seller(network, language), link=link,
        drawings={line.position: draw_line(line, definitions[line.content_hash], language, is_thumbnail=True)
                  for line in quote.lines},
        qr_codes={"link": draw_code(link, pixels=LINK_CODE_PIXELS)} if link else {},
    )
    context = quote_context(quote, definitions=definitions, surroundings=surroundings, language=language)
    return render_html("documents/quote.html", context)


def work_order_html(session: Session, work_order: WorkOrder, base_url: str) -> str:
    """Fill the page of a traveller; drawing it as PDF needs no database any more."""
    network = scheduling.get_planning_network(session)
    order = service.get_order(session, number=work_order.order_number)
    quote = service.get_quote_by_number(session, number=order.quote_number, revision=order.quote_revision)
    line = next(line for line in quote.lines if line.id == work_order.line_id)
    definition = catalog.get_version(session, content_hash=line.content_hash).definition
    link = f"{base_url}/planning/work-orders/{work_order.number}"
    codes = {
        item.number: draw_code(f"{link}#{item.number}", pixels=OPERATION_CODE_PIXELS)
        for item in work_order.job_orders
    }
    surroundings = Surroundings(
        network=network, seller=_seller(network, "zh"), link=link,
        drawings={line.position: draw_line(line, definition, "zh", is_thumbnail=False)},
        qr_codes={**codes, "link": draw_code(link, pixels=LINK_CODE_PIXELS)},
    )
    context = work_order_context(
        work_order, order=order, line=line, definition=definition, surroundings=surroundings,
        pick_list=service.list_pick_lines(session, number=work_order.number),
    )
    return render_html("documents/work_order.html", context)


def _seller(network: Network, language: str) -> str:
    return network.companies[0].title.in_language(language) if network.companies else "Onelot"


def draw_line(line: QuoteLine, definition: ProductDefinition, language: str, *, is_thumbnail: bool) -> str:
    """Draw the product of a quote line as SVG with its size in pixels; empty when it has no drawing."""
    values = values_of(definition, line.choices)
    svg = draw_product(definition.drawing, {**values, **all_values(definition, values)},
                       title=line.title.in_language(language), is_thumbnail=is_thumbnail)
    if not svg or not is_thumbnail:
        return svg
    return svg.replace("<svg ", f'<svg width="{THUMBNAIL_PIXELS}" height="{THUMBNAIL_PIXELS}" ', 1)


def draw_code(address: str, *, pixels: int) -> str:
    """Draw a QR code of an address as SVG.

    Parameters
    ----------
    address
        What scanning it opens.
    pixels
        Side length; 1 pixel is 1/96 inch on paper.

    Returns
    -------
    str
        An ``<svg>`` element without a style attribute.
    """
    drawn = BytesIO()
    segno.make(address, error="m", micro=False).save(
        drawn, kind="svg", xmldecl=False, svgns=False, omitsize=True, border=0, svgclass="qrp", lineclass=None
    )
    svg = drawn.getvalue().decode().strip()
    return svg.replace("<svg ", f'<svg width="{pixels}" height="{pixels}" role="img" aria-label="QR" ', 1)


def draw(html: str) -> bytes:
    """Draw a filled page as PDF in the limited child process.

    Raises
    ------
    DocumentFailed
        It cannot be drawn.
    """
    return render_pdf(html, resources=resources())


def render_html(template: str, context: Mapping[str, object]) -> str:
    """Fill a document template with plain data; every text is escaped."""
    return _environment().get_template(template).render(context)


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(ROOT / "templates"), autoescape=True, undefined=StrictUndefined,
        trim_blocks=True, lstrip_blocks=True,
    )
    environment.filters["drawn"] = mark_drawing
    return environment


def mark_drawing(svg: str) -> Markup:
    """Let a drawing of this program through unescaped; anything else is escaped."""
    return Markup(svg) if svg.startswith("<svg ") else Markup.escape(svg)  # noqa: S704  # our own drawing


@cache
def resources() -> Mapping[str, bytes]:
    """Give all that documents may refer to: the print sheet and the faces."""
    faces = "\n".join(
        f'@font-face {{ font-family: "{name}"; src: url("../fonts/{file}.woff2") format("woff2"); '
        "font-weight: 100 900; }"
        for name, file in FACES
    )
    found = {"css/fonts.css": faces.encode(), "css/print.css": (STATIC_FOLDER / "css" / "print.css").read_bytes()}
    for _, file in FACES:
        found[f"fonts/{file}.woff2"] = (STATIC_FOLDER / "fonts" / f"{file}.woff2").read_bytes()
    return found
