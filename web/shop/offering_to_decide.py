"""Whether a page offers to decide the rest, and with which addresses."""

from __future__ import annotations

from flask import url_for

from web.shop.answer import Answer
from web.shop.deciding_page import OBJECTIVES, Deciding, decide_links
from web.shop.listing import is_long
from web.shop.query import Query


def may_decide(answer: Answer) -> bool:
    """Tell whether the rest can be decided: a product with prices, choices that are readable and stand together."""
    return bool(answer.version.definition.prices and answer.whole) and not (
        answer.is_void or answer.conflict is not None or answer.input_errors or is_long(answer))


def build_deciding(answer: Answer, query: Query, *, open_count: int) -> Deciding | None:
    """Build what the summary offers; None when nothing can be decided.

    Parameters
    ----------
    answer, query
        What is chosen.
    open_count
        How many questions are open; with none there is no rest to decide.
    """
    if not may_decide(answer):
        return None
    code = answer.version.product_code
    encoded = query.asking("").looking(find="", show="", page=1).encode()
    behind = f"?{encoded}" if encoded else ""
    urls = {word: url_for("shop.decide", objective=word, product_code=code) + behind for word in OBJECTIVES}
    return Deciding(decide_links(urls) if open_count else (), url_for("shop.within", product_code=code) + behind)
