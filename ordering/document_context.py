"""Quotes as plain mappings of strings for the document templates. Imports no framework."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from zoneinfo import ZoneInfo

from catalog.plant import Network
from catalog.product import Attribute, AttributeKind, ProductDefinition, Value
from configurator.derived import shown_values
from ordering import document_words as words
from ordering.line_number import line_numbers
from ordering.quote import Alternative, AlternativeSummary, PriceLine, Quote, QuoteLine

Plain = dict[str, object]

MOST_LISTED_ATTRIBUTES = 40
"""A product with more attributes lists only those that are not ``false``."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What documents show beside the thing itself: who sells, where it is read, links and pictures.

    ``drawings`` maps a quote line's position to the SVG of its product; ``qr_codes`` maps a name (the link's, a
    job order's number) to the SVG of its QR code. Both are markup made by this program.
    """

    network: Network
    seller: str
    seller_lines: tuple[str, ...] = ()
    """Address, number for taxes and ways to reach the seller, as they are known."""
    link: str = ""
    """Address under which the paper is checked; empty leaves the QR code out."""
    drawings: Mapping[int, str] = field(default_factory=dict)
    qr_codes: Mapping[str, str] = field(default_factory=dict)


def values_of(definition: ProductDefinition, choices: Mapping[str, str]) -> dict[str, Value]:
    """Turn stored choices back into values: numbers exact, the rest as text.

    Parameters
    ----------
    definition
        The product version they were made with.
    choices
        Attribute code to text, as stored with a quote line.

    Returns
    -------
    dict of str to Value
        Attributes the product does not know are left out.
    """
    values: dict[str, Value] = {}
    for attribute in definition.attributes:
        text = choices.get(attribute.code)
        if text is not None:
            values[attribute.code] = Fraction(text) if attribute.kind is AttributeKind.NUMBER else text
    return values


def quote_context(
    quote: Quote, *, definitions: Mapping[str, ProductDefinition], surroundings: Surroundings, language: str,
    previous: Quote | None = None, siblings: Sequence[Quote] = (),
) -> Plain:
    """Give everything the quotation prints, as strings, lists and mappings.

    Parameters
    ----------
    quote
        With its lines.
    definitions
        By the content hash of each line.
    surroundings
        Seller, network, link and pictures.
    language
        ``en`` or ``zh``.
    previous
        The revision that it replaces; None for the first.
    siblings
        The other ways of which the customer takes one, each a quote of its own.

    Returns
    -------
    dict
        For ``documents/quote.html``; holds no moment of drawing.
    """
    zone = zone_of(surroundings.network, quote.destination)
    first = quote.lines[0]
    return {
        **common_context(surroundings, language),
        "number": quote.number,
        "revision": quote.revision,
        "customer": quote.customer_name,
        "email": quote.customer_email,
        "title_rows": _title_rows(quote, surroundings.network, zone, language),
        "replaces": "" if previous is None else words.word("replaces", language) % {
            "revision": previous.revision, "day": words.short_day(previous.promised_on, language),
            "gross": words.money(previous.gross), "currency": previous.currency},
        "currency": quote.currency,
        "destination": place_words(surroundings.network, quote.destination, language),
        "subject": f"{first.quantity} × {first.title.in_language(language)}" if len(quote.lines) == 1
        else f"{len(quote.lines)} {words.word('items', language)}",
        "valid_until": words.local_moment(quote.valid_until, zone, language),
        "promised_on": words.full_day(quote.promised_on, language),
        "lines": product_lines(quote, definitions=definitions, surroundings=surroundings, language=language),
        "net": words.money(quote.net),
        "taxes": tax_rows(quote),
        "gross": words.money(quote.gross),
        "alternatives": _alternatives((quote, *siblings), surroundings.network, language),
        "later_charges": later_charges(quote, language),
    }


def product_lines(
    quote: Quote, *, definitions: Mapping[str, ProductDefinition], surroundings: Surroundings, language: str
) -> list[Plain]:
    """Give what the products of a quote print, each with the number that people read."""
    numbers = line_numbers(quote)
    return [{"number": numbers[line.position], **line_context(line, definitions[line.content_hash], surroundings,
                                                              language)} for line in quote.lines]


def later_charges(quote: Quote, language: str) -> list[Plain]:
    """Give the charges that come later, each with the number of its line."""
    numbers = line_numbers(quote)
    return [{"item": numbers[line.position], **charge}
            for line in quote.lines for charge in line_charges(line, language, is_once=False)]


def common_context(surroundings: Surroundings, language: str) -> Plain:
    """Give what every paper for customers prints: words, seller, and where the paper is checked."""
    return {
        "lang": "zh-Hans" if words.is_chinese(language) else "en",
        "words": {name: text.in_language(language) for name, text in words.WORDS.items()},
        "words_zh": {name: text.in_language("zh") for name, text in words.WORDS.items()},
        "has_second_language": not words.is_chinese(language),
        "seller": surroundings.seller, "seller_lines": list(surroundings.seller_lines),
        "link": surroundings.link, "qr": surroundings.qr_codes.get("link", ""),
    }


def title_cell(label: str, value: str, *, is_strong: bool = False) -> Plain:
    """Give a cell of the block under the title; a dash stands for nothing."""
    return {"label": label, "value": value or "\N{EN DASH}", "is_strong": is_strong}


def _title_rows(quote: Quote, network: Network, zone: ZoneInfo, language: str) -> list[list[Plain]]:
    return [
        [title_cell("quotation", quote.number, is_strong=True),
         title_cell("revision", str(quote.revision), is_strong=True),
         title_cell("date", words.plain_day(quote.offered_at.astimezone(zone).date(), language)),
         title_cell("valid_until", words.plain_day(quote.valid_until.astimezone(zone).date(), language),
                    is_strong=True)],
        [title_cell("customer", quote.customer_name), title_cell("reference", quote.reference),
         title_cell("delivery_to", place_words(network, quote.destination, language)),
         title_cell("currency", quote.currency)],
    ]


def _alternatives(quotes: Sequence[Quote], network: Network, language: str) -> list[Plain]:
    """List the ways of making, like ones in one row, each with its quote's number where it has one of its own.

    Without a choice the cheapest is the one quoted. A single row would say nothing, so there is none then.
    """
    rows: list[Plain] = []
    for quote in sorted(quotes, key=lambda quote: quote.number):
        taken = Alternative.CHEAPEST if quote.alternative is Alternative.DEFAULT else quote.alternative
        found: dict[tuple[object, ...], list[AlternativeSummary]] = {}
        for item in quote.alternatives:
            found.setdefault((item.promised_on, item.net, item.co2_grams, item.sites), []).append(item)
        rows += [
            {
                "name": ", ".join(words.word(item.alternative.value, language) for item in like),
                "number": quote.number if len(quotes) > 1 else "",
                "is_chosen": quote is quotes[0] and taken in {item.alternative for item in like},
                "promised_on": words.full_day(like[0].promised_on, language),
                "net": words.money(like[0].net),
                "footprint": words.kilograms(like[0].co2_grams),
                "sites": ", ".join(place_words(network, site, language) for site in like[0].sites),
            }
            for like in found.values()
        ]
    return rows if len(rows) > 1 else []


def line_context(line: QuoteLine, definition: ProductDefinition, surroundings: Surroundings, language: str) -> Plain:
    """Give what a quote line prints."""
    options = [
        *chosen_options(definition, line.choices, language), *derived_figures(definition, line.choices, language),
        {"title": words.word("footprint", language),
         "value": f"{words.kilograms(line.co2_grams // line.quantity)} kg CO₂e {words.word('each', language)}"},
    ]
    half = (len(options) + 1) // 2
    return {
        "title": line.title.in_language(language),
        "drawing": surroundings.drawings.get(line.position, ""),
        "option_columns": [part for part in (options[:half], options[half:]) if part],
        "quantity": line.quantity,
        "unit": words.money(line.totals.unit_net),
        "net": words.money(line.totals.net),
        "promised_on": words.short_day(line.promised_on, language),
        "charges": line_charges(line, language, is_once=True),
    }


def line_charges(line: QuoteLine, language: str, *, is_once: bool) -> list[Plain]:
    """Give the charges of a line: those in its price, or those that come later."""
    return [
        {
            "title": item.title.in_language(language),
            "amount": words.money(item.unit),
            "basis": _basis(item, language),
        }
        for item in line.price_lines if (item.billing == "once") is is_once
    ]


def _basis(item: PriceLine, language: str) -> str:
    if item.billing != "once":
        return words.word(item.billing, language)
    return words.word("per_line" if item.is_per_line else "per_piece", language)


def tax_rows(quote: Quote) -> list[Plain]:
    """Give the tax of each rate, the lowest first."""
    return [{"percent": words.plain_figure(percent), "amount": words.money(amount)} for percent, amount in quote.taxes]


def chosen_options(definition: ProductDefinition, choices: Mapping[str, str], language: str) -> list[Plain]:
    """List every chosen attribute with its wording, in the product's order.

    Parameters
    ----------
    definition
        The product version.
    choices
        Attribute code to text.
    language
        ``en`` or ``zh``.

    Returns
    -------
    list of dict
        ``title`` and ``value``; very long products leave out what is ``false``.
    """
    is_long = len(definition.attributes) > MOST_LISTED_ATTRIBUTES
    return [
        {
            "title": attribute.title.in_language(language) or attribute.code,
            "value": _wording(attribute, choices[attribute.code], language),
        }
        for attribute in definition.attributes
        if choices.get(attribute.code, "") != "" and not (is_long and choices[attribute.code] == "false")
    ]


def _wording(attribute: Attribute, text: str, language: str) -> str:
    if attribute.kind is AttributeKind.NUMBER:
        return f"{words.plain_figure(Fraction(text))} {attribute.unit}".rstrip()
    if attribute.kind is AttributeKind.TEXT:
        return text
    option = attribute.option(text)
    wording = option.title.in_language(language) if option is not None else ""
    if wording:
        return wording
    return {"true": words.word("yes", language), "false": words.word("no", language)}.get(text, text)


def derived_figures(definition: ProductDefinition, choices: Mapping[str, str], language: str) -> list[Plain]:
    """List the shown derived values that the choices define, such as weight or heat loss."""
    return [
        {
            "title": item.title.in_language(language) or item.code,
            "value": f"{words.figure(item.value, item.digits)} {item.unit}".rstrip(),
        }
        for item in shown_values(definition, values_of(definition, choices))
    ]


def zone_of(network: Network, code: str) -> ZoneInfo:
    """Give the clock of a destination."""
    return ZoneInfo(network.site(code).time_zone)


def place_words(network: Network, code: str, language: str) -> str:
    """Name a destination or site; one that left the network keeps its code."""
    title = network.destinations.get(code)
    if title:
        return title.in_language(language)
    try:
        return network.site(code).title.in_language(language) or code
    except KeyError:
        return code
