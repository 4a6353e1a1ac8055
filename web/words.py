"""Typed doors to the translations of the page's language."""

from __future__ import annotations

import flask_babel


def gettext(message: str, **values: object) -> str:
    """Translate a sentence and fill its named places."""
    return str(flask_babel.gettext(message, **values))


def ngettext(singular: str, plural: str, num: int, **values: object) -> str:
    """Translate a sentence that counts something; ``%(num)s`` is the count."""
    return str(flask_babel.ngettext(singular, plural, num, **values))
