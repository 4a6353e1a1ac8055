"""Pieces of pages that are drawn once and kept: icons, and the rows of options that look the same click after click."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from flask import Flask, g, url_for
from markupsafe import Markup

from configurator.recent import Recent
from web.words import spoken

if TYPE_CHECKING:
    from web.shop.parts import OptionRow

MOST_KEPT = 2048
SPRITE = "icons.svg"

_rows: Recent[tuple[Hashable, ...], Markup] = Recent(MOST_KEPT)


def register_fragments(app: Flask) -> None:
    """Give the templates of an application what draws and keeps pieces."""
    app.jinja_env.globals.update(draw_icon=draw_icon, kept=kept)


def draw_icon(name: str, title: str = "") -> Markup:
    """Draw an icon of the sprite; decorative unless a title is given."""
    return _icon(_sprite(), name, title)


def kept(macro: Callable[..., Markup], row: OptionRow, *rest: str) -> Markup:
    """Draw a row by a macro, or give it as it was drawn for an equal row in the same language.

    A row that leads to other choices names all present ones in its address and is hardly ever the same again: it is
    drawn anew.
    """
    if row.why_url or row.why is not None:
        return macro(row, *rest)
    named: Any = macro  # Any: Jinja's macros have a name
    key = (named.name, spoken().translations, _sprite(), row, *rest)
    found = _rows.find(key)
    if found is None:
        found = macro(row, *rest)
        _rows.keep(key, found)
    return found


def forget_fragments() -> None:
    """Forget every piece; tests compare with it."""
    _rows.forget_all()


def _sprite() -> str:
    """Give the address of the sprite, looked up once a request."""
    if "onelot_sprite" not in g:
        g.onelot_sprite = url_for("static", filename=SPRITE)
    address: str = g.onelot_sprite
    return address


@lru_cache(maxsize=512)
def _icon(sprite: str, name: str, title: str) -> Markup:
    words = Markup(' role="img" aria-label="{}"').format(title) if title else Markup(' aria-hidden="true"')
    return Markup('<svg class="icon" viewBox="0 0 16 16"{}><use href="{}#i-{}"/></svg>').format(words, sprite, name)
