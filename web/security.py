"""What stands between the site and the open net: headers, tokens, origins, limits, clean text."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar
from urllib.parse import unquote_to_bytes, urlsplit

from flask import Flask, current_app, request
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from flask_talisman import Talisman
from flask_wtf.csrf import CSRFProtect
from limits import parse
from werkzeug.exceptions import BadRequest, Forbidden, RequestEntityTooLarge, TooManyRequests, UnsupportedMediaType
from werkzeug.middleware.proxy_fix import ProxyFix

from web.settings import Settings

View = TypeVar("View", bound=Callable[..., Any])
"""Any: views take what their address holds and answer what Flask takes."""

CONTENT_SECURITY_POLICY = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self'",
    "font-src": "'self'",
    "connect-src": "'self'",
    "manifest-src": "'self'",
    "form-action": "'self'",
    "base-uri": "'none'",
    "frame-ancestors": "'none'",
}
SURROGATE = re.compile("[\ud800-\udfff]")
MOST_FORM_FIELDS = 500
FORM_TYPES = frozenset({"application/x-www-form-urlencoded", "multipart/form-data"})
csrf = CSRFProtect()


def protect(app: Flask, settings: Settings) -> None:
    """Put every protection on an application.

    Parameters
    ----------
    app
        The application, before its first request.
    settings
        Decides cookies, rates and how many proxies are believed.
    """
    _configure(app, settings)
    if settings.trusted_proxies:
        count = settings.trusted_proxies
        app.wsgi_app = ProxyFix(  # type: ignore[method-assign]  # the documented way to wrap
            app.wsgi_app, x_for=count, x_proto=count, x_host=count
        )
    app.before_request(_allow_more)
    app.before_request(_refuse_other_bodies)
    app.before_request(_refuse_unclean_text)
    app.before_request(_refuse_unasked_files)
    app.before_request(_refuse_foreign_origin)
    csrf.init_app(app)
    Talisman(
        app,
        force_https=settings.is_https,
        strict_transport_security=settings.is_https,
        strict_transport_security_max_age=31_536_000,
        session_cookie_secure=settings.is_https,
        session_cookie_samesite="Lax",
        content_security_policy=CONTENT_SECURITY_POLICY,
        frame_options="DENY",
        referrer_policy="same-origin",
        permissions_policy={"camera": "()", "geolocation": "()", "microphone": "()", "payment": "()"},
    )
    app.after_request(_add_headers)
    app.extensions["onelot_limiter"] = Limiter(
        get_remote_address,
        app=app,
        storage_uri=settings.rate_limit_storage_url,
        strategy="moving-window",
        enabled=settings.is_rate_limited,
    )


def _configure(app: Flask, settings: Settings) -> None:
    app.config.update(
        SECRET_KEY=settings.secret_key,
        SESSION_COOKIE_NAME="onelot_session",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=settings.is_https,
        REMEMBER_COOKIE_HTTPONLY=True,
        REMEMBER_COOKIE_SAMESITE="Lax",
        REMEMBER_COOKIE_SECURE=settings.is_https,
        PERMANENT_SESSION_LIFETIME=settings.session_hours * 3600,
        MAX_CONTENT_LENGTH=1_000_000,
        MAX_FORM_MEMORY_SIZE=500_000,
        MAX_FORM_PARTS=MOST_FORM_FIELDS,
        WTF_CSRF_TIME_LIMIT=None,
        WTF_CSRF_SSL_STRICT=False,  # the origin check below needs no Referer
    )


def limited(name: str, *, key: Callable[[], str] = get_remote_address) -> Callable[[View], View]:
    """Limit how often a view is used, by the setting ``limit_<name>``.

    Parameters
    ----------
    name
        ``configure``, ``quote``, ``accept``, ``message``, ``login``, ``document`` or ``verify``.
    key
        Whose uses are counted together; the sender's address unless told.

    Returns
    -------
    callable
        A decorator; the limited view raises TooManyRequests when the rate is passed.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def limited_view(*args: Any, **kwargs: Any) -> Any:  # Any: see View
            count_use(name, key())
            return view(*args, **kwargs)

        return limited_view  # type: ignore[return-value]  # wraps keeps the view's own signature

    return decorate


def count_use(name: str, key: str) -> None:
    """Count one use of something limited.

    Raises
    ------
    TooManyRequests
        The rate is passed; the answer tells when to come back.
    """
    limiter: Limiter = current_app.extensions["onelot_limiter"]
    settings: Settings = current_app.extensions["onelot_settings"]
    if not limiter.enabled:
        return
    rate = parse(str(getattr(settings, f"limit_{name}")))
    if not limiter.limiter.hit(rate, name, key):
        raise TooManyRequests(retry_after=rate.get_expiry())


def takes_files(most_bytes: int) -> Callable[[View], View]:
    """Let a view take files: its requests may have so many bytes instead of those that a form may have."""

    def decorate(view: View) -> View:
        view.onelot_most_bytes = most_bytes  # type: ignore[attr-defined]  # a mark that is read before the body
        return view

    return decorate


def takes_fields(most: int) -> Callable[[View], View]:
    """Let a view take a longer form: so many fields instead of :data:`MOST_FORM_FIELDS`."""

    def decorate(view: View) -> View:
        view.onelot_most_fields = most  # type: ignore[attr-defined]  # a mark that is read before the body
        return view

    return decorate


def _allow_more() -> None:
    view = current_app.view_functions.get(request.endpoint or "")
    most_bytes = getattr(view, "onelot_most_bytes", None)
    if most_bytes is not None:
        request.max_content_length = most_bytes


def _refuse_other_bodies() -> None:
    """Refuse what no form sends, JSON above all: fields would get lists and numbers where they expect texts.

    A view that takes another kind says so by ``onelot_media_types``.
    """
    view = current_app.view_functions.get(request.endpoint or "")
    if view is None or request.method not in {"POST", "PUT", "PATCH", "DELETE"}:
        return
    taken = FORM_TYPES | getattr(view, "onelot_media_types", frozenset())
    if request.mimetype and request.mimetype not in taken:
        raise UnsupportedMediaType("This address takes forms only.")


def _refuse_unasked_files() -> None:
    """Refuse files where none is asked for: a field would get one where it expects a text."""
    view = current_app.view_functions.get(request.endpoint or "")
    is_asked_for = view is None or hasattr(view, "onelot_most_bytes")
    if request.mimetype == "multipart/form-data" and not is_asked_for and request.files:
        raise BadRequest("This form takes no files.")


def _refuse_unclean_text() -> None:
    """Refuse NUL, half characters and bytes that are no UTF-8, wherever a text comes in."""
    _require_text(request.query_string, "The address")
    if request.mimetype == "application/x-www-form-urlencoded":
        body = request.get_data(cache=True)
        view = current_app.view_functions.get(request.endpoint or "")
        most = getattr(view, "onelot_most_fields", MOST_FORM_FIELDS)
        if body.count(b"&") >= most:
            raise RequestEntityTooLarge(f"A form has at most {most} fields.")
        _require_text(body, "The form")
    texts = [request.path, *request.args.keys(), *request.args.values()]
    if request.method == "POST" and request.mimetype in FORM_TYPES:
        for key, values in request.form.lists():
            texts += [key, *values]
    for text in texts:
        if "\0" in text or "\ufffd" in text or SURROGATE.search(text):
            raise BadRequest("A text holds bytes that are no text.")


def _require_text(encoded: bytes, what: str) -> None:
    try:
        unquote_to_bytes(encoded).decode("utf-8")
    except UnicodeDecodeError as error:
        raise BadRequest(f"{what} holds bytes that are no text.") from error


def _refuse_foreign_origin() -> None:
    """Refuse a changing request that another site sent."""
    if request.method in {"GET", "HEAD", "OPTIONS"}:
        return
    origin = request.headers.get("Origin")
    if origin is None:
        if request.headers.get("Sec-Fetch-Site", "same-origin") not in {"same-origin", "none"}:
            raise Forbidden("The request came from another site.")
        return
    settings: Settings = current_app.extensions["onelot_settings"]
    own = {urlsplit(request.host_url).netloc, urlsplit(settings.base_url).netloc}
    if urlsplit(origin).netloc not in own:
        raise Forbidden("The request came from another site.")


def _add_headers(response: Any) -> Any:  # Any: Flask's Response, typed loosely by after_request
    response.headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
    response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
    if request.endpoint != "static":
        response.headers.setdefault("Cache-Control", "private, no-cache")
    return response
