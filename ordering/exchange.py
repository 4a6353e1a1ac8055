"""Quotes and orders as UBL 2.1 documents, which other programs read. Imports no database.

Every amount is the stored one to the cent: lines add up to the totals, what stands beside them does not count.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction
from xml.etree.ElementTree import Element
from zoneinfo import ZoneInfo

from catalog.money import Money
from catalog.product import Attribute, AttributeKind, ProductDefinition
from catalog.text import Text
from ordering import document_words as words
from ordering import exchange_parts as ubl
from ordering.document_context import chosen_options
from ordering.exchange_parts import Allowance, ExchangeLine, Party, Property
from ordering.line_number import line_numbers
from ordering.order import Order, OrderState
from ordering.quote import Quote, QuoteLine
from ordering.quote_item import ItemKind, QuoteItem

MEDIA_TYPE = "application/xml"
ORDER_TYPE = "220"
"""An order, in the list 1001 of UN/ECE."""
LANGUAGES = ("en", "zh")


@dataclass(frozen=True, slots=True)
class Dealings:
    """Who deals with whom, where to, in which language."""

    seller: Party
    buyer: Party
    destination_code: str
    destination: str
    zone: ZoneInfo
    language: str
    """``en`` or ``zh``."""
    delivery_address: tuple[str, ...] = ()


def write_quotation(
    quote: Quote, *, dealings: Dealings, definitions: Mapping[str, ProductDefinition], previous: Quote | None = None
) -> bytes:
    """Write a revision of a quote as a Quotation.

    Parameters
    ----------
    quote
        With its lines and what stands beside them.
    dealings
        Who deals with whom.
    definitions
        By the content hash of each line.
    previous
        The revision that it replaces; None for the first.

    Returns
    -------
    bytes
        UTF-8; the same for the same revision.
    """
    zone, language = dealings.zone, dealings.language
    lines = exchange_lines(quote, definitions, language)
    root = ubl.start("Quotation")
    ubl.basic(root, "ID", quote.number)
    ubl.basic(root, "UUID", ubl.document_id(quote.number, quote.revision))
    ubl.moment(root, quote.offered_at, zone)
    for note in _notes(quote, language):
        ubl.basic(root, "Note", note, languageID=language)
    ubl.basic(root, "PricingCurrencyCode", quote.currency)
    ubl.basic(root, "LineCountNumeric", str(len(lines)))
    ubl.period(root, "ValidityPeriod", start_on=quote.offered_at.astimezone(zone).date(),
               end_on=quote.valid_until.astimezone(zone).date())
    if quote.reference:
        ubl.basic(ubl.group(root, "RequestForQuotationDocumentReference"), "ID", quote.reference)
    if previous is not None:
        _reference(root, "AdditionalDocumentReference", previous, dealings, kind=words.word("replaced", language))
    ubl.party(root, "SellerSupplierParty", dealings.seller)
    ubl.party(root, "BuyerCustomerParty", dealings.buyer)
    _delivery(root, dealings, promised_on=quote.promised_on, wanted_on=quote.wanted_on)
    _delivery_terms(root, quote)
    if quote.payment_terms:
        ubl.basic(ubl.group(root, "TransactionConditions"), "Description", quote.payment_terms)
    ubl.tax_total(root, tax_shares(lines), quote.tax)
    ubl.monetary_total(root, "QuotedMonetaryTotal", net=quote.net, gross=quote.gross)
    for line in lines:
        inner = ubl.group(root, "QuotationLine")
        ubl.basic(inner, "ID", str(line.position))
        ubl.basic(inner, "Quantity", str(line.quantity), unitCode=ubl.PIECE)
        ubl.amount(inner, "LineExtensionAmount", line.net)
        ubl.amount(inner, "TotalTaxAmount", line.tax)
        ubl.line_item(inner, line)
    return ubl.finish(root)


def write_order(
    order: Order, *, quote: Quote, dealings: Dealings, definitions: Mapping[str, ProductDefinition]
) -> bytes:
    """Write an order as an Order, as its customer would send it.

    Parameters
    ----------
    order
        Its day is the one promised now.
    quote
        The revision that was accepted, with its lines and what stands beside them.
    dealings
        Who deals with whom.
    definitions
        By the content hash of each line.

    Returns
    -------
    bytes
        UTF-8. Its ID is the customer's own number where there is one; ours is the SalesOrderID.
    """
    lines = [replace(line, promised_on=_day_now(line, order, quote))
             for line in exchange_lines(quote, definitions, dealings.language)]
    root = ubl.start("Order")
    _order_head(root, order, dealings, len(lines))
    _reference(root, "QuotationDocumentReference", quote, dealings)
    ubl.party(root, "BuyerCustomerParty", replace(dealings.buyer,
                                                  contact=order.accepted_by or dealings.buyer.contact))
    ubl.party(root, "SellerSupplierParty", dealings.seller)
    _delivery(root, dealings, promised_on=order.promised_on, wanted_on=quote.wanted_on)
    _delivery_terms(root, quote)
    if quote.payment_terms:
        ubl.basic(ubl.group(root, "PaymentTerms"), "Note", quote.payment_terms)
    ubl.tax_total(root, tax_shares(lines), order.tax)
    ubl.monetary_total(root, "AnticipatedMonetaryTotal", net=order.net, gross=order.gross)
    for line in lines:
        inner = ubl.group(root, "OrderLine")
        ubl.line_item(inner, line)
        ubl.basic(ubl.group(inner, "QuotationLineReference"), "LineID", str(line.position))
    return ubl.finish(root)


def _order_head(root: Element, order: Order, dealings: Dealings, line_count: int) -> None:
    currency = order.gross.currency
    ubl.basic(root, "ID", order.reference or order.number)
    ubl.basic(root, "SalesOrderID", order.number)
    ubl.basic(root, "UUID", ubl.document_id(order.number, order.quote_revision))
    ubl.moment(root, order.accepted_at, dealings.zone)
    ubl.basic(root, "OrderTypeCode", ORDER_TYPE)
    if order.state is OrderState.CANCELED:
        ubl.basic(root, "Note", words.word("canceled_promise", dealings.language), languageID=dealings.language)
    ubl.basic(root, "DocumentCurrencyCode", currency)
    ubl.basic(root, "PricingCurrencyCode", currency)
    ubl.basic(root, "CustomerReference", order.reference)
    ubl.basic(root, "LineCountNumeric", str(line_count))


def _day_now(line: ExchangeLine, order: Order, quote: Quote) -> date | None:
    """Give the day of a line: as it was promised, or the order's once that has moved."""
    if line.promised_on is None or order.promised_on == quote.promised_on:
        return line.promised_on
    return order.promised_on


def _reference(root: Element, name: str, quote: Quote, dealings: Dealings, *, kind: str = "") -> None:
    inner = ubl.group(root, name)
    ubl.basic(inner, "ID", quote.number)
    ubl.basic(inner, "UUID", ubl.document_id(quote.number, quote.revision))
    ubl.basic(inner, "IssueDate", quote.offered_at.astimezone(dealings.zone).date().isoformat())
    ubl.basic(inner, "DocumentType", kind)
    ubl.basic(inner, "VersionID", str(quote.revision))


def _delivery(root: Element, dealings: Dealings, *, promised_on: date, wanted_on: date | None) -> None:
    inner = ubl.group(root, "Delivery")
    ubl.address_lines(inner, "DeliveryAddress", dealings.delivery_address)
    location = ubl.group(inner, "DeliveryLocation")
    ubl.basic(location, "ID", dealings.destination_code)
    ubl.basic(location, "Name", dealings.destination)
    if wanted_on is not None:
        ubl.period(inner, "RequestedDeliveryPeriod", end_on=wanted_on)
    ubl.period(inner, "PromisedDeliveryPeriod", end_on=promised_on)


def _delivery_terms(root: Element, quote: Quote) -> None:
    if quote.delivery_terms:
        ubl.basic(ubl.group(root, "DeliveryTerms"), "SpecialTerms", quote.delivery_terms)


def _notes(quote: Quote, language: str) -> list[str]:
    """Say the revision, what its seller added, and what may be had besides and is in no sum."""
    found = [f"{words.word('revision', language)} {quote.revision}", quote.notes.in_language(language)]
    found += [
        words.word("not_counted", language) % {
            "position": line_numbers(quote)[item.position], "quantity": item.quantity,
            "title": item.title.in_language(language),
            "net": words.money(item.totals.net), "currency": quote.currency}
        for item in quote.items if item.may_be_chosen
    ]
    return [note for note in found if note]


def exchange_lines(
    quote: Quote, definitions: Mapping[str, ProductDefinition], language: str
) -> list[ExchangeLine]:
    """Give the counted lines of a quote in their order, each under the heading before it."""
    found: list[ExchangeLine] = [_product_line(line, definitions[line.content_hash], language) for line in quote.lines]
    found += [_free_line(item, language) for item in quote.items if item.is_counted]
    headings = sorted((item.position, item.title.in_language(language))
                      for item in quote.items if item.kind is ItemKind.SECTION)
    numbers, result = line_numbers(quote), []
    for line in sorted(found, key=lambda line: line.position):
        above = [title for position, title in headings if position < line.position]
        result.append(replace(line, position=numbers[line.position], notes=(*above[-1:], *line.notes)))
    return result


def tax_shares(lines: Sequence[ExchangeLine]) -> list[tuple[Fraction, Money, Money]]:
    """Give rate, taxed amount and tax of each rate, the lowest first."""
    shares = []
    for percent in sorted({line.tax_percent for line in lines}):
        same = [line for line in lines if line.tax_percent == percent]
        currency = same[0].net.currency
        shares.append((percent, Money(sum(line.net.amount_minor for line in same), currency),
                       Money(sum(line.tax.amount_minor for line in same), currency)))
    return shares


def _product_line(line: QuoteLine, definition: ProductDefinition, language: str) -> ExchangeLine:
    later = [f"{item.title.in_language(language)}: {words.money(item.unit)} {item.unit.currency} "
             f"{words.word(item.billing, language)}" for item in line.price_lines if item.billing != "once"]
    allowances = _allowances(line.totals.surcharge, line.line_discount_minor, line.total_discount_minor, language)
    return ExchangeLine(
        position=line.position, name=line.title.in_language(language),
        descriptions=tuple((tongue, _description(definition, line, tongue)) for tongue in LANGUAGES),
        quantity=line.quantity, unit=line.totals.unit_net, net=line.totals.net, tax=line.totals.tax,
        tax_percent=line.tax_percent, promised_on=line.promised_on, product_code=line.product_code,
        content_hash=line.content_hash, allowances=allowances,
        properties=tuple(_properties(definition, line.choices, language)),
        notes=(f"{words.word('later_charges', language)}: {'; '.join(later)}",) if later else ())


def _free_line(item: QuoteItem, language: str) -> ExchangeLine:
    totals = item.totals
    return ExchangeLine(
        position=item.position, name=item.title.in_language(language), descriptions=_wordings(item.title),
        quantity=item.quantity, unit=totals.unit, net=totals.net, tax=totals.tax, tax_percent=item.tax_percent,
        allowances=_allowances(totals.surcharge, totals.line_discount.amount_minor,
                               totals.total_discount.amount_minor, language),
        promised_on=item.promised_on)


def _wordings(title: Text) -> tuple[tuple[str, str], ...]:
    return tuple((tongue, wording) for tongue, wording in title.entries if wording)


def _allowances(
    surcharge: Money, line_discount_minor: int, total_discount_minor: int, language: str
) -> tuple[Allowance, ...]:
    currency = surcharge.currency
    listed = (
        Allowance(words.word("surcharge", language), surcharge, is_charge=True),
        Allowance(words.word("discount_line", language), Money(line_discount_minor, currency)),
        Allowance(words.word("discount_share", language), Money(total_discount_minor, currency)),
    )
    return tuple(
        item if item.amount.amount_minor > 0 else Allowance(item.reason, -item.amount, is_charge=not item.is_charge)
        for item in listed if item.amount.amount_minor
    )


def _description(definition: ProductDefinition, line: QuoteLine, language: str) -> str:
    chosen = chosen_options(definition, line.choices, language)
    separator = "；" if language == "zh" else "; "
    return separator.join(f"{item['title']}: {item['value']}" for item in chosen) or line.title.in_language(language)


def _properties(definition: ProductDefinition, choices: Mapping[str, str], language: str) -> list[Property]:
    """List every chosen attribute, those that are "no" too: a program wants them whole."""
    found = []
    for attribute in definition.attributes:
        text = choices.get(attribute.code, "")
        if text:
            is_number = attribute.kind is AttributeKind.NUMBER
            found.append(Property(
                code=attribute.code, title=attribute.title.in_language(language),
                value=_wording(definition, attribute, text, language),
                value_code="" if is_number or attribute.kind is AttributeKind.TEXT else text,
                figure=Fraction(text) if is_number else None, unit=attribute.unit if is_number else ""))
    return found


def _wording(definition: ProductDefinition, attribute: Attribute, text: str, language: str) -> str:
    shown = chosen_options(replace(definition, attributes=(attribute,)), {attribute.code: text}, language)
    return str(shown[0]["value"]) if shown else text
