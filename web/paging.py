"""The page of a long list that an address asks for."""

from __future__ import annotations

from flask import request

MOST_PAGES = 10_000


def page_number() -> int:
    """Give the page that the address argument ``page`` names, from 1; anything unreadable is the first page."""
    text = request.args.get("page", "1")
    is_number = text.isascii() and text.isdecimal() and len(text) <= 5
    return min(max(int(text), 1), MOST_PAGES) if is_number else 1
