"""Small charts of the documentation as SVG: lines over days and bars, labeled in words, readable without color."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

WIDTH, HEIGHT = 860, 300
LEFT, RIGHT, TOP, BOTTOM = 52, 120, 34, 44
INK, PALE = "#1f2933", "#d8dee6"
STROKES = (("#0b6e4f", ""), ("#b35900", "7 4"), ("#3455a4", "2 4"), ("#8a2846", "10 3 2 3"))
"""Color and dash pattern of each line, so that they differ in print too."""


def line_chart(title: str, labels: Sequence[str], lines: Mapping[str, Sequence[float | None]], *, unit: str,
               marks: Mapping[int, str] | None = None) -> str:
    """Draw lines over equally spaced positions.

    Parameters
    ----------
    title
        For people and for the accessible name.
    labels
        One for each position; every fifth is written.
    lines
        Values by name, None where there is none; at most four lines.
    unit
        Of the vertical axis.
    marks
        What happened, by position: a thin line with a number, told in the list below the picture.

    Returns
    -------
    str
        A whole SVG document.
    """
    top = max((value for values in lines.values() for value in values if value is not None), default=1) or 1
    step = _nice(top / 4)
    most = step * -(-top // step)
    parts = [_head(title, HEIGHT + 16 * len(marks or {}))]
    parts += [_grid(step * number, most) for number in range(int(most / step) + 1)]
    parts.append(_text(LEFT, TOP - 14, unit))
    for index, label in enumerate(labels):
        if index % 5 == 0:
            parts.append(_text(_x(index, len(labels)), HEIGHT - BOTTOM + 18, label, anchor="middle"))
    for number, (index, words) in enumerate(sorted((marks or {}).items()), 1):
        x = _x(index, len(labels))
        parts.append(f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{TOP}" y2="{HEIGHT - BOTTOM}" stroke="{INK}" '
                     'stroke-dasharray="1 3"/>')
        parts.append(_text(x, TOP - 2, str(number), anchor="middle"))
        parts.append(_text(LEFT, HEIGHT - 6 + 16 * number, f"{number}  {labels[index]}: {words}"))
    ends: list[float] = []
    for (name, values), (color, dashes) in zip(lines.items(), STROKES, strict=False):
        parts.append(_line(name, values, len(labels), most, color, dashes, ends))
    return "\n".join([*parts, "</svg>\n"])


def bar_chart(title: str, bars: Sequence[tuple[str, float, str]], *, most: float) -> str:
    """Draw one horizontal bar for each (name, value, words), the words behind the bar; ``most`` is the full width."""
    height = TOP + 24 * len(bars) + 10
    parts = [_head(title, height)]
    for index, (name, value, words) in enumerate(bars):
        y = TOP + 24 * index
        width = (WIDTH - 330) * min(value / most, 1) if most else 0
        parts.append(_text(170, y + 12, name, anchor="end"))
        parts.append(f'<rect x="180" y="{y}" width="{width:.1f}" height="16" fill="{STROKES[0][0]}"/>')
        parts.append(_text(188 + width, y + 12, words))
    return "\n".join([*parts, "</svg>\n"])


def _head(title: str, height: int) -> str:
    return (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" '
            f'height="{height}" role="img" aria-label="{escape(title)}" font-family="sans-serif" font-size="12">'
            f'<title>{escape(title)}</title><rect width="100%" height="100%" fill="#fff"/>')


def _nice(value: float) -> float:
    scale = 1.0
    while value / scale >= 10:
        scale *= 10
    while value / scale < 1:
        scale /= 10
    return scale * next(step for step in (1, 2, 5, 10) if value / scale <= step)


def _x(index: int, count: int) -> float:
    return LEFT + (WIDTH - LEFT - RIGHT) * index / max(count - 1, 1)


def _y(value: float, most: float) -> float:
    return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * value / most


def _text(x: float, y: float, words: str, *, anchor: str = "start") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{INK}">{escape(words)}</text>'


def _grid(value: float, most: float) -> str:
    y = _y(value, most)
    return (f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}" stroke="{PALE}"/>'
            + _text(LEFT - 8, y + 4, f"{value:g}", anchor="end"))


def _line(name: str, values: Sequence[float | None], count: int, most: float, color: str, dashes: str,
          ends: list[float]) -> str:
    points = [(_x(index, count), _y(value, most)) for index, value in enumerate(values) if value is not None]
    if not points:
        return ""
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    label_y = points[-1][1] + 4
    while any(abs(label_y - other) < 14 for other in ends):
        label_y += 2
    ends.append(label_y)
    return (f'<polyline points="{path}" fill="none" stroke="{color}" stroke-width="2" stroke-dasharray="{dashes}"/>'
            + _text(points[-1][0] + 8, label_y, name))
