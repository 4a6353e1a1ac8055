"""Which drawing belongs to a name; the only door of this package to pages and documents."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache

from web.drawings.bicycle import draw_bicycle, draw_bicycle_thumbnail
from web.drawings.pictures import draw_picture, draw_swatch
from web.drawings.pump import draw_pump, draw_pump_thumbnail
from web.drawings.window import draw_window, draw_window_thumbnail

MOST_KEPT = 4096

_PRODUCTS: Mapping[str, tuple[Callable[..., str], Callable[..., str]]] = {
    "window": (draw_window, draw_window_thumbnail),
    "bicycle": (draw_bicycle, draw_bicycle_thumbnail),
    "pump": (draw_pump, draw_pump_thumbnail),
}


def draw_product(name: str, values: Mapping[str, object], *, title: str = "", is_thumbnail: bool = False) -> str:
    """Draw a product from its values.

    Parameters
    ----------
    name
        The drawing named by the product definition.
    values
        Chosen and derived values by code; texts are escaped.
    title
        What the picture shows, in the reader's language; empty marks it as decoration.
    is_thumbnail
        Draw without dimensions in a square.

    Returns
    -------
    str
        An ``<svg>`` element; empty when no drawing has this name.
    """
    drawings = _PRODUCTS.get(name)
    return drawings[is_thumbnail](values, title=title) if drawings else ""


@lru_cache(maxsize=MOST_KEPT)
def draw_option(attribute: str, code: str, *, picture: str = "") -> str:
    """Draw the small picture of an option.

    Parameters
    ----------
    attribute, code
        The option and its attribute.
    picture
        The picture named by the catalog, ``kind`` or ``kind-variant``; used when the attribute has no drawing.

    Returns
    -------
    str
        An ``<svg>`` element; empty when the option has no picture.
    """
    if attribute in {"colour", "color"}:
        return draw_swatch(code)
    return draw_picture(attribute, code) or draw_picture(picture.partition("-")[0], code)
