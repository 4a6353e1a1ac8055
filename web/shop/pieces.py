"""How many pieces are wanted: read from the address, and what the page shows for all of them together."""

from __future__ import annotations

from dataclasses import dataclass, replace

from catalog.money import Money
from web.forms.quote_request import MAX_QUANTITY
from web.shop.answer import Answer, Difference, PriceRow, Reason, Repair
from web.shop.query import Query
from web.words import gettext as _

PIECES = ".pieces"
"""Names the quantity among the entries that are wrong; no attribute's code begins with a point."""


@dataclass(frozen=True, slots=True)
class Pieces:
    """A quantity as it was typed, and the number that counts."""

    typed: str = "1"
    number: int = 1
    mistake: str = ""
    """What is wrong with what was typed, in words; the number is 1 then."""


def read_pieces(query: Query) -> Pieces:
    """Read the quantity of an address.

    Parameters
    ----------
    query
        Its view may carry a quantity; none means one piece.

    Returns
    -------
    Pieces
        What is no whole number from 1 to 999 is kept as typed, with a sentence that says what is wanted.
    """
    typed = query.view.pieces.strip()
    if not typed:
        return Pieces()
    if typed.isascii() and typed.isdigit() and len(typed) <= 6 and 1 <= int(typed) <= MAX_QUANTITY:
        return Pieces(str(int(typed)), int(typed))
    return Pieces(typed, 1, _("Enter a whole number from 1 to %(most)s. Price and date are those of one piece.",
                              most=MAX_QUANTITY))


def for_pieces(answer: Answer, pieces: int) -> Answer:
    """Give an answer with the money and the material of so many pieces.

    Parameters
    ----------
    answer
        Of one piece, without days.
    pieces
        At least 1.

    Returns
    -------
    Answer
        The same choices; prices, differences and repairs are of all pieces together.
    """
    if pieces == 1:
        return answer
    return replace(
        answer, pieces=pieces, price=_times(answer.price, pieces),
        price_rows=tuple(PriceRow(row.title, row.amount * pieces, row.billing, is_service=row.is_service)
                         for row in answer.price_rows),
        co2_grams=None if answer.co2_grams is None else answer.co2_grams * pieces,
        differences={key: _difference(item, pieces) for key, item in answer.differences.items()},
        why=_reason(answer.why, pieces), conflict=_reason(answer.conflict, pieces))


def _times(amount: Money | None, pieces: int) -> Money | None:
    return None if amount is None else amount * pieces


def _difference(item: Difference, pieces: int) -> Difference:
    return Difference(_times(item.price, pieces), item.days,
                      None if item.co2_grams is None else item.co2_grams * pieces)


def _reason(reason: Reason | None, pieces: int) -> Reason | None:
    if reason is None:
        return None
    return replace(reason, repairs=tuple(_repair(repair, pieces) for repair in reason.repairs))


def _repair(repair: Repair, pieces: int) -> Repair:
    return replace(repair, price=repair.price * pieces, co2_grams=repair.co2_grams * pieces,
                   difference=_difference(repair.difference, pieces))


def without_one(query: Query) -> Query:
    """Leave a quantity of one out of the address: it is what no quantity means."""
    return query.looking(pieces="") if query.view.pieces.strip() == "1" else query

