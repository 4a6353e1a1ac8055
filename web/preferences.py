"""The reader's language and theme: chosen by address, cookie or browser, changed by two small links."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Blueprint, Flask, Response, abort, g, has_request_context, redirect, request, url_for
from flask_babel import Babel
from werkzeug.wrappers import Response as BaseResponse

from web.words import register_words

LANGUAGES = {"en": ("en", "English"), "zh": ("zh-Hans", "中文")}
"""Language code to its tag in pages and its own name."""

LANGUAGE_PARAMETER = "lang"
"""Name under which any address may choose the language."""

THEMES = ("light", "dark", "auto")
YEAR_SECONDS = 31_536_000

blueprint = Blueprint("preferences", __name__, url_prefix="/preferences")


def register_preferences(app: Flask) -> None:
    """Give an application its languages and its theme."""
    app.config["BABEL_DEFAULT_LOCALE"] = "en"
    app.config["BABEL_TRANSLATION_DIRECTORIES"] = "translations"
    Babel(app, locale_selector=language)
    register_words(app)
    app.after_request(_keep_language)
    app.context_processor(lambda: {"error_language": LANGUAGES[language()][0]})


def language() -> str:
    """Give the reader's language, ``en`` or ``zh``: address before cookie before browser before English."""
    if not has_request_context():
        return "en"
    if "onelot_language" not in g:
        named = request.args.get(LANGUAGE_PARAMETER, "").split("-")[0]
        kept = request.cookies.get("language", "")
        offered = request.accept_languages.best_match([*LANGUAGES, "zh-Hans", "zh-CN", "zh-SG"], "en") or "en"
        g.onelot_language = next(
            code for code in (named, kept, offered.split("-")[0], "en") if code in LANGUAGES
        )
    code: str = g.onelot_language
    return code


def theme() -> str:
    """Give the reader's theme, ``light`` or ``dark``; the empty string follows the system."""
    kept = request.cookies.get("theme", "")
    return kept if kept in {"light", "dark"} else ""


def next_address(fallback: str = "/") -> str:
    """Give the address to go on to, as the query names it: a path of this site, else the fallback."""
    return local_path(request.values.get("next", ""), fallback)


def local_path(address: str, fallback: str = "/") -> str:
    """Give an address when it is a path of this site, else the fallback.

    Parameters
    ----------
    address
        What a sender named; never trusted.
    fallback
        A path of this site.

    Returns
    -------
    str
        A path that begins with one slash, with its query.
    """
    parts = urlsplit(address)
    is_local = (
        address.startswith("/")
        and not address.startswith(("//", "/\\"))
        and not parts.netloc
        and not parts.scheme
        and "\\" not in address
        and address.isprintable()
    )
    return address if is_local else fallback


@blueprint.get("/language/<code>")
def set_language(code: str) -> BaseResponse:
    """Keep the language in a cookie and go back."""
    if code not in LANGUAGES:
        abort(404)
    return _with_cookie("language", code)


@blueprint.get("/theme/<name>")
def set_theme(name: str) -> BaseResponse:
    """Keep the theme in a cookie and go back."""
    if name not in THEMES:
        abort(404)
    return _with_cookie("theme", name)


def language_url(code: str) -> str:
    """Give the link that changes the language and comes back to this page."""
    return url_for("preferences.set_language", code=code, next=_here())


def theme_url(name: str) -> str:
    """Give the link that changes the theme and comes back to this page."""
    return url_for("preferences.set_theme", name=name, next=_here())


def _here() -> str:
    if request.method != "GET":
        return request.path
    kept = [pair for pair in request.query_string.decode("utf-8", "replace").split("&")
            if pair and not pair.startswith("lang=")]
    return f"{request.path}?{'&'.join(kept)}" if kept else request.path


def _with_cookie(name: str, value: str) -> BaseResponse:
    response = redirect(next_address(), code=303)
    response.set_cookie(name, value, max_age=YEAR_SECONDS, httponly=True, samesite="Lax",
                        secure=request.is_secure)
    return response


def _keep_language(response: Response) -> Response:
    named = request.args.get(LANGUAGE_PARAMETER, "").split("-")[0]
    if named in LANGUAGES and request.cookies.get("language") != named:
        response.set_cookie("language", named, max_age=YEAR_SECONDS, httponly=True, samesite="Lax",
                            secure=request.is_secure)
    response.headers.setdefault("Content-Language", LANGUAGES[language()][0])
    response.vary.add("Accept-Language")
    return response
