"""Quotes, confirmations and work orders as PDF: context, template and worker put together, each drawn once and kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cache
from html import escape
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
from ordering import document_words as words
from ordering import service
from ordering.confirmation_context import confirmation_context
from ordering.document_context import Surroundings, quote_context, values_of
from ordering.documents import render_pdf
from ordering.order import Order
from ordering.paper_facts import confirmation_revision, order_facts, quote_facts, work_order_facts
from ordering.quote import Quote, QuoteLine
from ordering.sent_context import item_rows, sent_context
from ordering.traveller_context import work_order_context
from ordering.verify_code import make_code
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
        The site's secret, for the code by which the paper is checked.
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
    html = quote_html(session, quote, language, base_url=base_url, secret=secret)
    if is_lock_released:
        session.rollback()
    content = draw(html)
    service.keep_document(session, kind=kind, subject=quote.number, revision=quote.revision, language=language,
                          content=content, now=now)
    return content


def order_pdf(
    session: Session, *, order: Order, language: str, base_url: str, secret: str, now: datetime,
    is_lock_released: bool = False,
) -> bytes:
    """Give the newest confirmation of an order, drawn at the first call and kept for all later ones.

    Parameters
    ----------
    session
        Inside a writing transaction; the caller commits.
    order
        With the history of its promise, each change of which makes a new confirmation.
    language
        ``en`` or ``zh``.
    base_url
        Address of the site, for the QR code.
    secret
        The site's secret, for the code by which the paper is checked.
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
    language = "zh" if language.startswith("zh") else "en"
    key = {"kind": service.DocumentKind.ORDER, "subject": order.number, "revision": confirmation_revision(order),
           "language": language}
    kept = service.find_document(session, **key)  # type: ignore[arg-type]  # one mapping, two readers
    if kept is not None:
        return kept
    html = order_html(session, order, language, base_url=base_url, secret=secret)
    if is_lock_released:
        session.rollback()
    content = draw(html)
    service.keep_document(session, **key, content=content, now=now)  # type: ignore[arg-type]  # as above
    return content


def check_address(number: str, *, revision: int, facts: Sequence[object], base_url: str, secret: str) -> str:
    """Give the address under which anybody who holds a paper checks it; it lets nobody accept or see a name."""
    return f"{base_url}/verify/{make_code(number, revision=revision, facts=facts, secret=secret)}"


def work_order_pdf(
    session: Session, *, work_order: WorkOrder, base_url: str, secret: str, now: datetime,
    is_lock_released: bool = False,
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
    secret
        The site's secret, for the code by which the paper is checked.
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
    html = work_order_html(session, work_order, base_url=base_url, secret=secret)
    if is_lock_released:
        session.rollback()
    content = draw(html)
    service.keep_document(session, **key, content=content, now=now)  # type: ignore[arg-type]  # as above
    return content


def quote_html(session: Session, quote: Quote, language: str, *, base_url: str, secret: str) -> str:
    """Fill the page of a quotation; drawing it as PDF needs no database any more."""
    link = check_address(quote.number, revision=quote.revision, facts=quote_facts(quote), base_url=base_url,
                         secret=secret)
    definitions = _definitions(session, quote)
    previous = (service.get_quote_by_number(session, number=quote.number, revision=quote.revision - 1)
                if quote.revision > 1 else None)
    surroundings = _surroundings(session, quote, definitions, language, link)
    context = quote_context(quote, definitions=definitions, previous=previous, language=language,
                            surroundings=surroundings, siblings=[
                                other for other, _ in service.list_siblings(session, quote=quote, secret=secret)])
    return render_html("documents/quote.html", {**context, **_sent(quote, definitions, surroundings, language)})


def order_html(session: Session, order: Order, language: str, *, base_url: str, secret: str) -> str:
    """Fill the page of an order's newest confirmation; drawing it as PDF needs no database any more."""
    revision = confirmation_revision(order)
    link = check_address(order.number, revision=revision, facts=order_facts(order, revision=revision),
                         base_url=base_url, secret=secret)
    quote = service.get_quote_by_number(session, number=order.quote_number, revision=order.quote_revision)
    definitions = _definitions(session, quote)
    surroundings = _surroundings(session, quote, definitions, language, link)
    context = confirmation_context(order, quote=quote, revision=revision, definitions=definitions, language=language,
                                   surroundings=surroundings)
    return render_html("documents/order.html", {**context, **_sent(quote, definitions, surroundings, language)})


def _sent(
    quote: Quote, definitions: Mapping[str, ProductDefinition], surroundings: Surroundings, language: str
) -> dict[str, object]:
    """Give the rows of what is included, and what a quote of the sales desk says around them."""
    rows = item_rows(quote, definitions=definitions, surroundings=surroundings, language=language)
    return {"rows": rows, **sent_context(quote, language=language)}


def _definitions(session: Session, quote: Quote) -> dict[str, ProductDefinition]:
    return {line.content_hash: catalog.get_version(session, content_hash=line.content_hash).definition
            for line in quote.lines}


def _surroundings(
    session: Session, quote: Quote, definitions: Mapping[str, ProductDefinition], language: str, link: str
) -> Surroundings:
    network = scheduling.get_planning_network(session)
    return Surroundings(
        network=network, seller=_seller(network, language), seller_lines=seller_lines(network, language),
        link=link,
        drawings={line.position: draw_line(line, definitions[line.content_hash], language, is_thumbnail=True)
                  for line in quote.lines},
        qr_codes={"link": draw_code(link, pixels=LINK_CODE_PIXELS, title=words.word("verify_alt", language))},
    )


def work_order_html(session: Session, work_order: WorkOrder, *, base_url: str, secret: str) -> str:
    """Fill the page of a traveller; drawing it as PDF needs no database any more."""
    network = scheduling.get_planning_network(session)
    order = service.get_order(session, number=work_order.order_number)
    line = service.get_work_order_line(session, number=work_order.number)
    definition = catalog.get_version(session, content_hash=line.content_hash).definition
    page = f"{base_url}/planning/work-orders/{work_order.number}"
    link = check_address(
        work_order.number, revision=work_order.revision, base_url=base_url, secret=secret,
        facts=work_order_facts(work_order, content_hash=line.content_hash, choices=line.choices))
    codes = {
        item.number: draw_code(f"{page}#{item.number}", pixels=OPERATION_CODE_PIXELS,
                               title=words.word("operation_alt", "zh") % {"number": item.number})
        for item in work_order.job_orders
    }
    surroundings = Surroundings(
        network=network, seller=_seller(network, "zh"), link=link,
        drawings={line.position: draw_line(line, definition, "zh", is_thumbnail=False)},
        qr_codes={**codes, "link": draw_code(link, pixels=LINK_CODE_PIXELS, title=words.word("verify_alt", "zh"))},
    )
    context = work_order_context(
        work_order, order=order, line=line, definition=definition, surroundings=surroundings,
        pick_list=service.list_pick_lines(session, number=work_order.number),
    )
    return render_html("documents/work_order.html", context)


def _seller(network: Network, language: str) -> str:
    return network.companies[0].title.in_language(language) if network.companies else "Onelot"


def seller_lines(network: Network, language: str) -> tuple[str, ...]:
    """Give the seller's address, number for taxes and ways to be reached, as far as the catalog names them."""
    if not network.companies:
        return ()
    company = network.companies[0]
    tax = f"{words.word('tax_number', language)} {company.tax_id}" if company.tax_id else ""
    return tuple(line for line in (*company.address, tax, company.email, company.telephone) if line)


def draw_line(line: QuoteLine, definition: ProductDefinition, language: str, *, is_thumbnail: bool) -> str:
    """Draw the product of a quote line as SVG with its size in pixels; empty when it has no drawing."""
    values, title = values_of(definition, line.choices), line.title.in_language(language)
    svg = name_drawing(draw_product(definition.drawing, {**values, **all_values(definition, values)},
                                    title=title, is_thumbnail=is_thumbnail), title)
    if not svg or not is_thumbnail:
        return svg
    return svg.replace("<svg ", f'<svg width="{THUMBNAIL_PIXELS}" height="{THUMBNAIL_PIXELS}" ', 1)


def name_drawing(svg: str, title: str) -> str:
    """Put a title into a drawing, which the PDF gives to those who hear it; an empty drawing stays empty."""
    return svg.replace(">", f"><title>{escape(title)}</title>", 1) if svg else ""


def draw_code(address: str, *, pixels: int, title: str) -> str:
    """Draw a QR code of an address as SVG.

    Parameters
    ----------
    address
        What scanning it opens.
    pixels
        Side length; 1 pixel is 1/96 inch on paper.
    title
        What it leads to, for those who hear the document.

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
    return name_drawing(svg.replace("<svg ", f'<svg width="{pixels}" height="{pixels}" role="img" ', 1), title)


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
