"""Pages sent compressed: only those that hold nothing secret, see ``docs/security.md``."""

from __future__ import annotations

import zlib

from flask import Flask, Response, request, session

OPEN_PAGES = frozenset({"shop.index", "shop.shop", "shop.configure"})
"""Pages that anybody may read and that show nothing but the catalog and the address they were asked by."""
PLAIN_COOKIES = frozenset({"language", "theme", "onelot_session"})
LEVEL = 4
"""Two thirds of the time of zlib's usual level, for pages 5 % longer."""
LEAST_BYTES = 1200
_GZIP = 31
"""``wbits`` of zlib: the largest window, with gzip's header."""


def register_compression(app: Flask) -> None:
    """Let an application send its open pages compressed."""
    app.after_request(_compress)


def _compress(response: Response) -> Response:
    if request.endpoint not in OPEN_PAGES or response.status_code != 200 or response.is_streamed:
        return response
    response.vary.add("Accept-Encoding")
    if _may_hold_secrets() or request.accept_encodings["gzip"] <= 0 or "Content-Encoding" in response.headers:
        return response
    content = response.get_data()
    if len(content) >= LEAST_BYTES:
        packer = zlib.compressobj(LEVEL, zlib.DEFLATED, _GZIP)
        response.set_data(packer.compress(content) + packer.flush())
        response.headers["Content-Encoding"] = "gzip"
    return response


def _may_hold_secrets() -> bool:
    """Tell whether a page may hold a lasting token or a word about its reader: its length would tell of them.

    Whoever can make a reader's browser ask for pages with words of their own choosing, and see how long the compressed
    answers are, finds a lasting secret in them letter by letter. The token of a form is none: its signature covers the
    second in which it was made, so that no two guesses are about the same letters.
    """
    return not session.keys() <= {"csrf_token"} or not request.cookies.keys() <= PLAIN_COOKIES
