"""Typed doors to the translations of the page's language."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import flask_babel
from flask import Flask, g
from jinja2.nodes import EvalContext
from jinja2.utils import pass_eval_context
from markupsafe import Markup


@dataclass(frozen=True, slots=True, eq=False)
class Spoken:
    """The language of a page: its tag, such as ``en``, and its translations. Equal to itself alone."""

    tag: str
    translations: Any  # Any: gettext's translations, whose methods Babel names otherwise
    locale: object


def spoken() -> Spoken:
    """Give the language that is spoken now; it is looked up once a request, and again when it is forced to another.

    A page asks for it hundreds of times, so that the way to what is known already is short.
    """
    try:
        context = g._flask_babel  # noqa: SLF001  # where Flask-Babel keeps the language of a request
        found: Spoken = context.onelot_spoken
        if found.locale is context.babel_locale:
            return found
    except (AttributeError, RuntimeError):
        pass
    return _look_up()


def _look_up() -> Spoken:
    locale = flask_babel.get_locale()
    found = Spoken(str(locale or "en"), flask_babel.get_domain().get_translations(), locale)
    if locale is not None:
        g._flask_babel.onelot_spoken = found  # noqa: SLF001  # see above
    return found


def gettext(message: str, **values: object) -> str:
    """Translate a sentence and fill its named places."""
    words = str(spoken().translations.ugettext(message))
    return words % values if values else words


def ngettext(singular: str, plural: str, num: int, **values: object) -> str:
    """Translate a sentence that counts something; ``%(num)s`` is the count."""
    words = str(spoken().translations.ungettext(singular, plural, num))
    return words % {"num": num, **values}


def register_words(app: Flask) -> None:
    """Let templates find their sentences by the same short way."""
    app.jinja_env.globals.update(_=_template_gettext, gettext=_template_gettext, ngettext=_template_ngettext)


@pass_eval_context
def _template_gettext(context: EvalContext, message: str, /, **values: object) -> str:
    words: str = spoken().translations.ugettext(message)
    marked = Markup(words) if context.autoescape else words  # noqa: S704  # our own sentence; values are escaped
    return marked % values if values or "%" in words else marked


@pass_eval_context
def _template_ngettext(context: EvalContext, singular: str, plural: str, num: int, /, **values: object) -> str:
    words: str = spoken().translations.ungettext(singular, plural, num)
    values = {"num": num, **values}
    return (Markup(words) if context.autoescape else words) % values  # noqa: S704  # see above
