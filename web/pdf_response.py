"""A PDF as an HTTP answer."""

from __future__ import annotations

from flask import Response


def send_pdf(content: bytes, *, name: str) -> Response:
    """Answer with a PDF that the browser shows, under a file name that is safe in a header.

    Parameters
    ----------
    content
        The document.
    name
        Its file name; anything but ASCII letters, digits and ``-_.`` is replaced.

    Returns
    -------
    Response
        Not kept by shared caches.
    """
    safe = "".join(letter if letter.isascii() and (letter.isalnum() or letter in "-_.") else "_" for letter in name)
    response = Response(content, mimetype="application/pdf")
    response.headers["Content-Disposition"] = f'inline; filename="{safe}"'
    response.headers["Cache-Control"] = "private, no-store"
    return response
