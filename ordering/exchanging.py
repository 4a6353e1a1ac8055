"""Use cases of exchange files: quotes and orders as UBL documents, with the parties as they are known now.

Sessions come first and are only read.
"""

from __future__ import annotations

from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from catalog import service as catalog
from catalog.plant import Network
from catalog.product import ProductDefinition
from ordering.customer import Contact
from ordering.customer_reading import find_quote_contact
from ordering.document_context import place_words
from ordering.exchange import Dealings, write_order, write_quotation
from ordering.exchange_parts import Party
from ordering.order import Order
from ordering.quote import Quote
from ordering.quote_reading import get_quote_by_number
from scheduling import service as scheduling


def export_quotation(session: Session, *, quote: Quote, language: str) -> bytes:
    """Give a revision of a quote as a UBL 2.1 Quotation.

    Parameters
    ----------
    session
        Only read.
    quote
        As it was read last.
    language
        ``en`` or ``zh``, of the wordings.

    Returns
    -------
    bytes
        UTF-8.
    """
    previous = (get_quote_by_number(session, number=quote.number, revision=quote.revision - 1)
                if quote.revision > 1 else None)
    return write_quotation(quote, dealings=_dealings(session, quote, language), previous=previous,
                           definitions=_definitions(session, quote))


def export_order(session: Session, *, order: Order, language: str) -> bytes:
    """Give an order as a UBL 2.1 Order, as its customer would send it.

    Parameters
    ----------
    session
        Only read.
    order
        As it was read last.
    language
        ``en`` or ``zh``, of the wordings.

    Returns
    -------
    bytes
        UTF-8.
    """
    quote = get_quote_by_number(session, number=order.quote_number, revision=order.quote_revision)
    return write_order(order, quote=quote, dealings=_dealings(session, quote, language),
                       definitions=_definitions(session, quote))


def _definitions(session: Session, quote: Quote) -> dict[str, ProductDefinition]:
    return {line.content_hash: catalog.get_version(session, content_hash=line.content_hash).definition
            for line in quote.lines}


def _dealings(session: Session, quote: Quote, language: str) -> Dealings:
    """Put the parties together; the buyer is the company of the quote's contact, where it is known."""
    network = scheduling.get_planning_network(session)
    language = "zh" if language.startswith("zh") else "en"
    contact = _known_contact(session, quote)
    company = contact.company.entry if contact is not None and contact.company is not None else None
    buyer = Party(
        name=company.name if company is not None else quote.customer_name,
        address=company.billing_address if company is not None else (),
        tax_id=company.tax_id if company is not None else "", contact=quote.customer_name,
        email=quote.customer_email, telephone=contact.entry.telephone if contact is not None else "")
    return Dealings(
        seller=_seller(network, language), buyer=buyer, destination_code=quote.destination,
        destination=place_words(network, quote.destination, language),
        zone=ZoneInfo(network.site(quote.destination).time_zone), language=language,
        delivery_address=company.delivery_address if company is not None else ())


def _known_contact(session: Session, quote: Quote) -> Contact | None:
    """Find whose details a paper may tell: whoever types the old address of a merged contact learns nothing by it."""
    contact = find_quote_contact(session, quote_number=quote.number)
    is_told = contact is not None and (quote.draft_id is not None or quote.customer_email == contact.entry.email)
    return contact if is_told else None


def _seller(network: Network, language: str) -> Party:
    if not network.companies:
        return Party("Onelot")
    company = network.companies[0]
    return Party(name=company.title.in_language(language), address=company.address, tax_id=company.tax_id,
                 email=company.email, telephone=company.telephone)
