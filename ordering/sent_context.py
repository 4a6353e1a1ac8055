"""What a sent quote prints beside its products: headings, free lines, options, breaks, discounts, terms."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from catalog.money import Money
from catalog.product import ProductDefinition
from ordering import document_words as words
from ordering.document_context import Plain, Surroundings, line_context
from ordering.line_number import filled_sections, line_numbers
from ordering.quote import Quote
from ordering.quote_item import QuoteItem, Standing


def item_rows(
    quote: Quote, *, definitions: Mapping[str, ProductDefinition], surroundings: Surroundings, language: str
) -> list[Plain]:
    """Give the rows of what is included, in the quote's order: headings, products, free lines.

    Parameters
    ----------
    quote
        With everything it says.
    definitions
        By the content hash of each product.
    surroundings
        With the drawings by position.
    language
        ``en`` or ``zh``.

    Returns
    -------
    list of dict
        ``kind`` is ``section`` or ``line``; the prices of the lines add up to the subtotal.
    """
    rows: dict[int, Plain] = {}
    numbers, headings = line_numbers(quote), filled_sections((*quote.lines, *quote.items))
    for line in quote.lines:
        row = line_context(line, definitions[line.content_hash], surroundings, language)
        listed = line.totals.net.amount_minor + line.line_discount_minor + line.total_discount_minor
        rows[line.position] = {**row, "kind": "line", "number": numbers[line.position], **_priced(
            quote, line.discount, listed, line.line_discount_minor, language)}
    for item in quote.items:
        if item.position in headings:
            rows[item.position] = {"kind": "section", "title": item.title.in_language(language)}
        elif item.is_counted:
            rows[item.position] = {**_free_row(quote, item, language), "number": numbers[item.position]}
    return [rows[position] for position in sorted(rows)]


def _free_row(quote: Quote, item: QuoteItem, language: str) -> Plain:
    return {
        "kind": "line", "title": item.title.in_language(language), "drawing": "",
        "option_columns": [], "quantity": item.quantity, "unit": words.money(item.totals.unit), "promised_on": "",
        "charges": [], **_priced(quote, item.discount, _listed(item), item.totals.line_discount.amount_minor, language),
    }


def _listed(item: QuoteItem) -> int:
    return (item.totals.net + item.totals.line_discount + item.totals.total_discount).amount_minor


def _priced(quote: Quote, percent: Fraction, listed_minor: int, discount_minor: int, language: str) -> Plain:
    """Give the price of a line less its own discount, and the words of that discount."""
    discount = ""
    if discount_minor:
        discount = (f"{words.word('discount', language)} {words.plain_figure(percent)} %: "
                    f"{words.money(Money(-discount_minor, quote.currency))}")
    return {"net": words.money(Money(listed_minor - discount_minor, quote.currency)), "discount": discount}


def sent_context(quote: Quote, *, language: str) -> Plain:
    """Give what stands around the included lines: what may be added, other quantities, discount, terms, notes.

    Parameters
    ----------
    quote
        With everything it says.
    language
        ``en`` or ``zh``.

    Returns
    -------
    dict
        Every part is empty where the quote says nothing of it.
    """
    return {
        "beside": [_beside_row(quote, item, language) for item in quote.items if item.may_be_chosen],
        "breaks": _break_rows(quote, language),
        "discounted": words.word("discounted", language) % {"percent": words.plain_figure(quote.total_discount)}
        if quote.total_discount else "",
        "subtotal_rows": _subtotal_rows(quote, language),
        "term_rows": term_rows(quote, language),
        "notes": [line for line in quote.notes.in_language(language).split("\n") if line.strip()],
    }


def _beside_row(quote: Quote, item: QuoteItem, language: str) -> Plain:
    standing, numbers = words.word(item.standing.value, language), line_numbers(quote)
    if item.standing is Standing.ALTERNATIVE:
        other = quote.replaced_line(item.position)
        if other is not None:
            ending = " 项" if words.is_chinese(language) else ""
            standing = f"{standing}, {words.word('instead_of', language)} {numbers[other]}{ending}"
    return {
        "number": numbers[item.position], "title": item.title.in_language(language), "standing": standing,
        "quantity": item.quantity, "net": words.money(item.totals.net),
        "gross": words.money(item.totals.gross),
        "promised_on": words.short_day(item.promised_on, language) if item.promised_on else "\N{EN DASH}",
    }


def _break_rows(quote: Quote, language: str) -> list[Plain]:
    titles = {line.position: line.title for line in quote.lines} | {item.position: item.title for item in quote.items}
    numbers = line_numbers(quote)
    return [{
        "number": numbers[item.position], "title": titles[item.position].in_language(language),
        "quantity": item.quantity,
        "unit": words.money(Money(_each(item.net.amount_minor, item.quantity), quote.currency)),
        "net": words.money(item.net), "gross": words.money(item.gross),
        "promised_on": words.short_day(item.promised_on, language) if item.promised_on else "\N{EN DASH}",
    } for item in quote.breaks]


def _each(net_minor: int, quantity: int) -> int:
    """Give the price of one piece for reading, rounded; the net of all is what counts."""
    return (2 * net_minor + quantity) // (2 * quantity)


def _subtotal_rows(quote: Quote, language: str) -> list[Plain]:
    taken = quote.total_discount_minor
    if not taken:
        return []
    percent = words.plain_figure(quote.total_discount)
    return [
        {"title": words.word("subtotal", language),
         "amount": words.money(Money(quote.net.amount_minor + taken, quote.currency))},
        {"title": f"{words.word('total_discount', language)} {percent} %",
         "amount": words.money(Money(-taken, quote.currency))},
    ]


def term_rows(quote: Quote, language: str) -> list[Plain]:
    """Give the terms that were agreed, as titles and words; empty where there are none."""
    rate = ""
    if quote.rate != 1:
        rate = words.word("rate_words", language) % {
            "rate": words.plain_figure(quote.rate, 8), "currency": quote.currency}
    found = (("payment_terms", quote.payment_terms), ("delivery_terms", quote.delivery_terms), ("rate", rate))
    return [{"title": words.word(name, language), "words": text.split("\n")} for name, text in found if text]
