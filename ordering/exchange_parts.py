"""The building blocks of UBL 2.1 documents: amounts, days, parties, lines, taxes. Imports no database.

Elements carry their usual prefixes and stand in the order that the schema fixes; each helper leaves out what is empty.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from xml.etree.ElementTree import Element, SubElement, tostring
from zoneinfo import ZoneInfo

from catalog.money import Money
from ordering.document_words import plain_figure

VERSION = "2.1"
DOCUMENTS = "urn:oasis:names:specification:ubl:schema:xsd:{}-2"
AGGREGATES = "urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2"
BASICS = "urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2"
PIECE = "C62"
"""One, in the unit codes of UN/ECE recommendation 20."""
UNIT_CODES = {
    "mm": "MMT", "cm": "CMT", "m": "MTR", "km": "KMT", "m²": "MTK", "m³": "MTQ", "m³/h": "MQH", "kg": "KGM", "g": "GRM",
    "°C": "CEL", "W": "WTT", "kW": "KWT", "Wh": "WHR", "kWh": "KWH", "V": "VLT", "bar": "BAR", "%": "P1", "min": "MIN",
    "h": "HUR", "d": "DAY", "l": "LTR", "pcs": PIECE,
}
NAMESPACE = uuid.UUID("4f0b1c2e-7f5b-5d7a-9a55-0f7c0a4f3f10")
"""Under which the identifiers of our documents are made; it must never change."""
_UNWRITABLE = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True, slots=True)
class Party:
    """A seller or buyer. What is empty is left out."""

    name: str
    address: tuple[str, ...] = ()
    tax_id: str = ""
    contact: str = ""
    email: str = ""
    telephone: str = ""


@dataclass(frozen=True, slots=True)
class Property:
    """One choice of a configured product, in words and as its code."""

    code: str
    title: str
    value: str
    value_code: str = ""
    figure: Fraction | None = None
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Allowance:
    """What is taken off a line, or with ``is_charge`` put on it; the amount is not negative."""

    reason: str
    amount: Money
    is_charge: bool = False


@dataclass(frozen=True, slots=True)
class ExchangeLine:
    """A counted line: unit × quantity + charges − allowances = net."""

    position: int
    name: str
    descriptions: tuple[tuple[str, str], ...]
    """Language and wording."""
    quantity: int
    unit: Money
    net: Money
    tax: Money
    tax_percent: Fraction
    allowances: tuple[Allowance, ...] = ()
    promised_on: date | None = None
    product_code: str = ""
    content_hash: str = ""
    properties: tuple[Property, ...] = ()
    notes: tuple[str, ...] = field(default=())


def start(name: str) -> Element:
    """Start a document such as ``Quotation`` with its namespaces and version."""
    root = Element(name, {"xmlns": DOCUMENTS.format(name), "xmlns:cac": AGGREGATES, "xmlns:cbc": BASICS})
    basic(root, "UBLVersionID", VERSION)
    return root


def finish(root: Element) -> bytes:
    """Write a document, the same bytes for the same content."""
    body: bytes = tostring(root, encoding="utf-8", xml_declaration=True)
    return body


def basic(parent: Element, name: str, text: str, **attributes: str) -> None:
    """Add a value; an empty one is left out, and characters that XML cannot hold are dropped."""
    clean = _UNWRITABLE.sub("", text).strip()
    if clean:
        SubElement(parent, f"cbc:{name}", attributes).text = clean


def group(parent: Element, name: str) -> Element:
    """Add a group."""
    return SubElement(parent, f"cac:{name}")


def amount(parent: Element, name: str, value: Money) -> None:
    """Add an amount with all its decimals and its currency."""
    basic(parent, name, f"{value.to_decimal():f}", currencyID=value.currency)


def moment(parent: Element, at: datetime, zone: ZoneInfo) -> None:
    """Add the day and time at which a document was made, in the clock of a place."""
    local = at.astimezone(zone).replace(microsecond=0)
    basic(parent, "IssueDate", local.date().isoformat())
    basic(parent, "IssueTime", local.isoformat().partition("T")[2])


def document_id(number: str, revision: int) -> str:
    """Give the identifier of a revision of a document, the same every time."""
    return str(uuid.uuid5(NAMESPACE, f"{number}.{revision}"))


def party(parent: Element, role: str, who: Party) -> None:
    """Add a seller or buyer in a role such as ``SellerSupplierParty``."""
    inner = group(group(parent, role), "Party")
    basic(group(inner, "PartyName"), "Name", who.name or "-")
    address_lines(inner, "PostalAddress", who.address)
    if who.tax_id:
        scheme = group(inner, "PartyTaxScheme")
        basic(scheme, "CompanyID", who.tax_id)
        basic(group(scheme, "TaxScheme"), "ID", "VAT")
    basic(group(inner, "PartyLegalEntity"), "RegistrationName", who.name or "-")
    if who.contact or who.telephone or who.email:
        contact = group(inner, "Contact")
        basic(contact, "Name", who.contact)
        basic(contact, "Telephone", who.telephone)
        basic(contact, "ElectronicMail", who.email)


def address_lines(parent: Element, name: str, lines: Sequence[str]) -> None:
    """Add an address as it is written; none for no lines."""
    written = [line for line in lines if line.strip()]
    if written:
        address = group(parent, name)
        for line in written:
            basic(group(address, "AddressLine"), "Line", line)


def period(parent: Element, name: str, *, start_on: date | None = None, end_on: date) -> None:
    """Add a period of days, its end included."""
    inner = group(parent, name)
    basic(inner, "StartDate", start_on.isoformat() if start_on else "")
    basic(inner, "EndDate", end_on.isoformat())


def tax_total(parent: Element, shares: Sequence[tuple[Fraction, Money, Money]], total: Money) -> None:
    """Add the tax with one part for each rate: rate, taxed amount and tax."""
    inner = group(parent, "TaxTotal")
    amount(inner, "TaxAmount", total)
    for percent, taxable, tax in shares:
        part = group(inner, "TaxSubtotal")
        amount(part, "TaxableAmount", taxable)
        amount(part, "TaxAmount", tax)
        tax_category(part, "TaxCategory", percent)


def tax_category(parent: Element, name: str, percent: Fraction) -> None:
    """Add a rate of value added tax: standard, or zero."""
    inner = group(parent, name)
    basic(inner, "ID", "S" if percent else "Z")
    basic(inner, "Percent", plain_figure(percent, 6))
    basic(group(inner, "TaxScheme"), "ID", "VAT")


def monetary_total(parent: Element, name: str, *, net: Money, gross: Money) -> None:
    """Add the sums of a document whose allowances all stand in its lines."""
    inner = group(parent, name)
    amount(inner, "LineExtensionAmount", net)
    amount(inner, "TaxExclusiveAmount", net)
    amount(inner, "TaxInclusiveAmount", gross)
    amount(inner, "PayableAmount", gross)


def line_item(parent: Element, line: ExchangeLine) -> None:
    """Add the item of a line: pieces, money, day, what is taken off, price, and the product with its choices."""
    inner = group(parent, "LineItem")
    basic(inner, "ID", str(line.position))
    for note in line.notes:
        basic(inner, "Note", note)
    basic(inner, "Quantity", str(line.quantity), unitCode=PIECE)
    amount(inner, "LineExtensionAmount", line.net)
    amount(inner, "TotalTaxAmount", line.tax)
    if line.promised_on is not None:
        period(group(inner, "Delivery"), "PromisedDeliveryPeriod", end_on=line.promised_on)
    for item in line.allowances:
        _allowance(inner, item)
    price = group(inner, "Price")
    amount(price, "PriceAmount", line.unit)
    basic(price, "BaseQuantity", "1", unitCode=PIECE)
    _item(inner, line)
    tax_total(inner, [(line.tax_percent, line.net, line.tax)], line.tax)


def _allowance(parent: Element, item: Allowance) -> None:
    inner = group(parent, "AllowanceCharge")
    basic(inner, "ChargeIndicator", "true" if item.is_charge else "false")
    basic(inner, "AllowanceChargeReason", item.reason)
    amount(inner, "Amount", item.amount)


def _item(parent: Element, line: ExchangeLine) -> None:
    item = group(parent, "Item")
    for language, wording in line.descriptions:
        basic(item, "Description", wording, languageID=language)
    basic(item, "Name", line.name)
    if line.product_code:
        identity = group(item, "SellersItemIdentification")
        basic(identity, "ID", line.product_code)
        basic(identity, "ExtendedID", line.content_hash)
    tax_category(item, "ClassifiedTaxCategory", line.tax_percent)
    for choice in line.properties:
        inner = group(item, "AdditionalItemProperty")
        basic(inner, "ID", choice.code)
        basic(inner, "Name", choice.title or choice.code)
        basic(inner, "Value", choice.value)
        code = UNIT_CODES.get(choice.unit)
        if choice.figure is not None and code:
            basic(inner, "ValueQuantity", plain_decimal(choice.figure), unitCode=code)
        basic(inner, "ValueQualifier", choice.value_code)


def plain_decimal(value: Fraction) -> str:
    """Write an exact number with at most six decimals."""
    scaled = Decimal(value.numerator) / Decimal(value.denominator)
    return f"{round(scaled, 6).normalize():f}"
