"""Order confirmations as plain mappings of strings for their template. Imports no framework."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from zoneinfo import ZoneInfo

from catalog.plant import Network
from catalog.product import ProductDefinition
from ordering import document_words as words
from ordering.document_context import (
    Plain,
    Surroundings,
    common_context,
    later_charges,
    place_words,
    product_lines,
    tax_rows,
    title_cell,
    zone_of,
)
from ordering.line_number import line_numbers
from ordering.order import Order, PromiseEvent, PromiseEventKind
from ordering.paper_facts import promised_at, since_acceptance
from ordering.quote import Quote

_KIND_WORDS = {
    PromiseEventKind.ACCEPTED: "first_promise", PromiseEventKind.CANCELED: "canceled_promise",
    PromiseEventKind.CHANGED: "changed_promise",
}


def confirmation_context(
    order: Order, *, quote: Quote, revision: int, definitions: Mapping[str, ProductDefinition],
    surroundings: Surroundings, language: str,
) -> Plain:
    """Give everything the confirmation of an order prints, as strings, lists and mappings.

    Parameters
    ----------
    order
        With the history of its promise.
    quote
        The revision that was accepted, with its lines.
    revision
        Which confirmation: 1 when it was accepted, one more with every change of its promise.
    definitions
        By the content hash of each line.
    surroundings
        Seller, network, link and pictures.
    language
        ``en`` or ``zh``.

    Returns
    -------
    dict
        For ``documents/order.html``; holds no moment of drawing.
    """
    network = surroundings.network
    zone = zone_of(network, order.destination)
    common = common_context(surroundings, language)
    sentence = words.word("accepted_sentence", language) % {
        "quote": order.quote_number, "revision": order.quote_revision,
        "moment": words.local_moment(order.accepted_at, zone, language)}
    return {
        **common,
        "words": {**common["words"], "accepted_sentence": sentence},  # type: ignore[dict-item]  # a mapping, made above
        "number": order.number, "revision": revision,
        "customer": order.customer_name, "email": order.customer_email,
        "destination": place_words(network, order.destination, language),
        "title_rows": _title_rows(order, network, zone, language, revision=revision),
        "promised_on": words.full_day(promised_at(order, revision=revision), language),
        "lines": product_lines(quote, definitions=definitions, surroundings=surroundings, language=language),
        "net": words.money(order.net), "taxes": tax_rows(quote), "gross": words.money(order.gross),
        "currency": order.gross.currency,
        "deliveries": _deliveries(order, quote, network, language, revision=revision),
        "history": [_event(event, zone, language) for event in since_acceptance(order.history)[:revision]],
        "later_charges": later_charges(quote, language),
    }


def _title_rows(order: Order, network: Network, zone: ZoneInfo, language: str, *, revision: int) -> list[list[Plain]]:
    return [
        [title_cell("order", order.number, is_strong=True), title_cell("revision", str(revision), is_strong=True),
         title_cell("accepted", words.plain_day(order.accepted_at.astimezone(zone).date(), language)),
         title_cell("quotation", f"{order.quote_number} / {order.quote_revision}")],
        [title_cell("accepted_by", order.accepted_by or order.customer_name),
         title_cell("purchase_order", order.reference, is_strong=bool(order.reference)),
         title_cell("delivery_to", place_words(network, order.destination, language)),
         title_cell("currency", order.gross.currency)],
    ]


def _deliveries(order: Order, quote: Quote, network: Network, language: str, *, revision: int) -> list[Plain]:
    """List what comes on which day, the earliest first; once the promise has moved, all is due on the new day."""
    has_moved = revision > 1
    by_day: dict[date, list[str]] = {}
    numbers = line_numbers(quote)
    for line in quote.lines:
        day = promised_at(order, revision=revision) if has_moved else line.promised_on
        by_day.setdefault(day, []).append(
            f"{numbers[line.position]}: {line.quantity} × {line.title.in_language(language)}")
    place = place_words(network, order.destination, language)
    return [{"day": words.full_day(day, language), "place": place, "goods": goods}
            for day, goods in sorted(by_day.items())]


def _event(event: PromiseEvent, zone: ZoneInfo, language: str) -> Plain:
    known = _KIND_WORDS.get(event.kind)
    return {
        "at": words.local_moment(event.at, zone, language),
        "promised_on": words.full_day(event.promised_on, language),
        "reason": event.reason or (words.word(known, language) if known else ""),
    }
