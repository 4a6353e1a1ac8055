"""Whose the kept configurations are: the signed-in person's, or this browser's, known by the key in its cookie.

The cookie is signed, http-only and set when something is kept for the first time; the key in it is unguessable, and
the database knows its hash only.
"""

from __future__ import annotations

import re

from flask import Response, after_this_request, current_app, g, request
from flask_login import current_user
from itsdangerous import BadSignature, URLSafeSerializer

from ordering.saved import account_owner, browser_owner, make_owner_key
from web.settings import Settings

COOKIE = "onelot_designs"
COOKIE_SECONDS = 400 * 86_400
"""As long as browsers keep a cookie at most; renewed whenever something is kept."""
_KEY = re.compile(r"[A-Za-z0-9_-]{43}")


def find_owner() -> str:
    """Give the owner of this request; empty for a browser that keeps nothing yet."""
    if current_user.is_authenticated:
        return account_owner(current_user.id)
    return find_browser()


def find_browser() -> str:
    """Give the owner that this browser is, whoever is signed in; empty when it keeps nothing."""
    key = _cookie_key()
    return browser_owner(key) if key else ""


def want_owner() -> str:
    """Give the owner of this request; a browser that keeps nothing yet gets its cookie with the answer."""
    if current_user.is_authenticated:
        return account_owner(current_user.id)
    if "onelot_owner_key" not in g:
        g.onelot_owner_key = _cookie_key() or make_owner_key()
        after_this_request(_set_cookie)
    return browser_owner(g.onelot_owner_key)


def _cookie_key() -> str:
    raw = request.cookies.get(COOKIE, "")
    if not 0 < len(raw) <= 200:
        return ""
    try:
        key = _serializer().loads(raw)
    except BadSignature:
        return ""
    return key if isinstance(key, str) and _KEY.fullmatch(key) else ""


def _set_cookie(response: Response) -> Response:
    settings: Settings = current_app.extensions["onelot_settings"]
    response.set_cookie(COOKIE, str(_serializer().dumps(g.onelot_owner_key)), max_age=COOKIE_SECONDS, httponly=True,
                        samesite="Lax", secure=settings.is_https)
    return response


def _serializer() -> URLSafeSerializer:
    settings: Settings = current_app.extensions["onelot_settings"]
    return URLSafeSerializer(settings.secret_key, salt="onelot browser that keeps designs")
