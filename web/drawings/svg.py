"""SVG elements as strings: each carries a class for the page and presentation attributes for the PDF engine."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

LINE = "#1c2a24"
THIN = "#75847c"
ACCENT = "#00664d"
INK = "#14201b"
QUIET = "#586760"

_ATTRIBUTES = {
    "fill-frame": f'fill="#ffffff" stroke="{LINE}"',
    "fill-metal": f'fill="#d5dadd" stroke="{LINE}"',
    "d-edge": f'fill="none" stroke="{LINE}"',
    "d-edge-metal": 'fill="none" stroke="#b4bdc2"',
    "fill-glass": f'fill="#e3eeee" stroke="{LINE}"',
    "fill-glass2": 'fill="#cfe0e1"',
    "d-line": f'fill="none" stroke="{LINE}"',
    "d-thin": f'fill="none" stroke="{THIN}"',
    "d-fill": f'fill="{LINE}"',
    "d-dash": f'fill="none" stroke="{LINE}" stroke-dasharray="7 4"',
    "d-accent": f'fill="none" stroke="{ACCENT}"',
    "d-tint": f'fill="{ACCENT}"',
    "d-hatch": f'fill="#dfe5e1" stroke="{LINE}"',
    "d-chamber": f'fill="#f3f5f3" stroke="{THIN}"',
    "d-text": f'fill="{INK}"',
    "d-text2": f'fill="{QUIET}"',
    "rubber": f'fill="none" stroke="{LINE}"',
    "tube d-thin": f'fill="none" stroke="{THIN}" stroke-linecap="round" stroke-linejoin="round"',
    "tube d-line": f'fill="none" stroke="{LINE}" stroke-linecap="round" stroke-linejoin="round"',
}


def number(value: float) -> str:
    """Print a coordinate with one decimal and no trailing zero."""
    text = f"{value:.1f}"
    return text.removesuffix(".0")


def path(kind: str, d: str, *, width: float | None = None, dash: str = "") -> str:
    """Draw a path of a named kind.

    Parameters
    ----------
    kind
        A class of the design sheet; it also fixes the colours in documents.
    d
        The path's commands.
    width
        Stroke width in drawing units; None keeps the renderer's 1.
    dash
        A dash pattern, or empty.
    """
    return f'<path {_style(kind)}{_stroke(width)}{_dash(dash)} d="{d}"/>'


def rect(kind: str, x: float, y: float, w: float, h: float, *, width: float | None = None,
         radius: float = 0) -> str:
    """Draw a rectangle of a named kind; sizes in drawing units, negative sizes count as 0."""
    rounding = f' rx="{number(radius)}"' if radius else ""
    return (f'<rect {_style(kind)} x="{number(x)}" y="{number(y)}" width="{number(max(w, 0))}"'
            f' height="{number(max(h, 0))}"{rounding}{_stroke(width)}/>')


def circle(kind: str, x: float, y: float, r: float, *, width: float | None = None, dash: str = "") -> str:
    """Draw a circle of a named kind."""
    return (f'<circle {_style(kind)} cx="{number(x)}" cy="{number(y)}" r="{number(r)}"'
            f'{_stroke(width)}{_dash(dash)}/>')


def text(kind: str, x: float, y: float, words: str, *, size: float = 13, anchor: str = "start",
         bold: bool = False, angle: float = 0) -> str:
    """Write words at a point, escaped; ``angle`` in degrees turns them about that point."""
    place = (f'transform="translate({number(x)} {number(y)}) rotate({number(angle)})"' if angle
             else f'x="{number(x)}" y="{number(y)}"')
    weight = ' font-weight="600"' if bold else ""
    align = "" if anchor == "start" else f' text-anchor="{anchor}"'
    return f'<text {_style(kind)} {place}{align} font-size="{number(size)}"{weight}>{escape(words)}</text>'


def group(kind: str, parts: Iterable[str]) -> str:
    """Join elements under one kind, whose colours they inherit."""
    return f'<g {_style(kind)}>{"".join(parts)}</g>'


def canvas(view_width: float, view_height: float, parts: Iterable[str], *, title: str = "", x: float = 0,
           y: float = 0) -> str:
    """Wrap elements into an ``<svg>``.

    Parameters
    ----------
    view_width, view_height, x, y
        The view box in drawing units.
    parts
        The elements.
    title
        What the picture shows, for people who hear it; empty marks it as decoration.
    """
    role = f'role="img" aria-label="{escape(title)}"' if title else 'aria-hidden="true"'
    box = " ".join(number(value) for value in (x, y, view_width, view_height))
    return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{box}" {role}>{"".join(parts)}</svg>'


def horizontal_dimension(left: float, right: float, y: float, label: str, *, thin: bool = False) -> str:
    """Draw a dimension line between two abscissas with its figure above it."""
    d = (f"M{number(left)} {number(y - 28)}V{number(y + 6)}M{number(right)} {number(y - 28)}V{number(y + 6)}"
         f"M{number(left)} {number(y)}H{number(right)}{_ticks((left, y), (right, y))}")
    middle = (left + right) / 2
    return path("d-thin" if thin else "d-accent", d) + text(
        "d-text2" if thin else "d-text", middle, y - 6, label, size=12 if thin else 15, anchor="middle",
        bold=not thin)


def vertical_dimension(top: float, bottom: float, x: float, label: str) -> str:
    """Draw an upright dimension line between two ordinates with its figure beside it."""
    d = (f"M{number(x + 28)} {number(top)}H{number(x - 6)}M{number(x + 28)} {number(bottom)}H{number(x - 6)}"
         f"M{number(x)} {number(top)}V{number(bottom)}{_ticks((x, top), (x, bottom))}")
    return path("d-accent", d) + text("d-text", x - 7, (top + bottom) / 2, label, size=15, anchor="middle",
                                      bold=True, angle=-90)


def _ticks(*ends: tuple[float, float]) -> str:
    return "".join(f"M{number(x - 4)} {number(y + 4)}l8-8" for x, y in ends)


def _style(kind: str) -> str:
    return f'class="{kind}" {_ATTRIBUTES[kind]}'


def _stroke(width: float | None) -> str:
    return "" if width is None else f' stroke-width="{number(width)}"'


def _dash(dash: str) -> str:
    return f' stroke-dasharray="{dash}"' if dash else ""
