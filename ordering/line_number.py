"""The number that people read before a line of an offer: 1, 2, 3 over all lines, none for headings. No database."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from ordering.quote import Quote, QuoteLine
from ordering.quote_item import ItemKind, QuoteItem


def line_numbers(quote: Quote) -> Mapping[int, int]:
    """Number the lines of a quote as every page and paper shows them.

    Parameters
    ----------
    quote
        With everything it says.

    Returns
    -------
    mapping of int to int
        Position to number, from 1, in the quote's order; a heading has none, a line that may be added has one.
    """
    positions = [line.position for line in quote.lines]
    positions += [item.position for item in quote.items if item.kind is not ItemKind.SECTION]
    return {position: number for number, position in enumerate(sorted(positions), start=1)}


def filled_sections(entries: Iterable[QuoteLine | QuoteItem]) -> frozenset[int]:
    """Find the headings under which something is included; another would stand above nothing.

    Parameters
    ----------
    entries
        Lines and items of a quote, in any order.

    Returns
    -------
    frozenset of int
        Positions of headings.
    """
    found: set[int] = set()
    heading = 0
    for entry in sorted(entries, key=lambda entry: entry.position):
        if isinstance(entry, QuoteItem) and entry.kind is ItemKind.SECTION:
            heading = entry.position
        elif heading and (isinstance(entry, QuoteLine) or entry.is_counted):
            found.add(heading)
    return frozenset(found)
