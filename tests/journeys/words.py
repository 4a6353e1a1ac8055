"""What the pages say in a person's language, looked up in the translations that the site serves."""

from __future__ import annotations

from collections.abc import Callable

from babel.messages.pofile import read_po

from web.settings import ROOT

Say = Callable[[str], str]
"""Gives the words of a page for the English ones."""


def words_in(language: str) -> Say:
    """Give a look-up into the words of a language.

    Parameters
    ----------
    language
        As a browser names it, such as ``zh-CN``; English words stand for themselves.

    Returns
    -------
    callable
        It raises KeyError for words that nobody has translated.
    """
    if not language.startswith("zh"):
        return str
    (path,) = (ROOT / "web" / "translations").glob("zh*/LC_MESSAGES/messages.po")
    with path.open("rb") as file:
        found = {entry.id: entry.string for entry in read_po(file) if entry.id and entry.string}
    return lambda words: str(found[words])
