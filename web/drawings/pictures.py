"""Small pictures of options for their rows; what has no drawing of its own gets a plain sign."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from web.drawings import svg
from web.drawings.bicycle import paint
from web.drawings.window import draw_glass, draw_opening, draw_profile, draw_spacer

_LINE = "tube d-line"


def draw_picture(name: str, code: str) -> str:
    """Draw the small picture of a kind of thing for an option code; empty when there is none."""
    draw = _DRAWINGS.get(name)
    if draw is None:
        return ""
    return _nothing() if code in {"none", "no", "false"} else draw(code)


def _nothing() -> str:
    return _small(svg.circle("d-thin", 28, 28, 15, width=1.5, dash="4 3"))


def draw_swatch(colour: str) -> str:
    """Draw a field of a paint; a paint of the customer's own is shown as four fields."""
    if re.search(r"custom|any", colour, re.IGNORECASE):
        fields = [("paint-1", "#c1121c", 0), ("paint-2", "#00659f", 24), ("paint-3", "#4f8b3a", 48)]
        parts = "".join(f'<path class="{kind}" fill="{value}" stroke="none" d="M{x} 0h24v36H{x}z"/>'
                        for kind, value, x in fields)
        return _wide(parts + svg.path("d-chamber", "M72 0h24v36H72z"))
    kind, value = paint(colour)
    return _wide(f'<path class="{kind}" fill="{value}" stroke="none" d="M0 0h96v36H0z"/>')


def _wide(parts: str) -> str:
    return f'<svg viewBox="0 0 96 36" preserveAspectRatio="none" aria-hidden="true">{parts}</svg>'


def _small(*parts: str) -> str:
    return svg.canvas(56, 56, parts)


def _drive(code: str) -> str:
    if "belt" in code:
        return _small(svg.circle("d-line", 38, 28, 10, width=2), svg.circle("d-line", 14, 28, 7, width=2),
                      svg.path("d-line", "M14 20l24-3.500M14 36l24 3.500", width=3.5))
    second = svg.circle("d-line", 38, 28, 7, width=1.5) if "2x" in code else ""
    return _small(svg.circle("d-line", 38, 28, 11, width=3.5, dash="2.5 1.5"), second,
                  svg.circle("d-line", 14, 28, 6, width=3.5, dash="2 1.5"),
                  svg.path("d-thin", "M14 21l24-6M14 35l24 6", width=1.5))


def _brake(code: str) -> str:
    if "rim" in code:
        return _small(svg.path("d-line", "M10 50A26 26 0 0 1 46 50", width=5),
                      svg.path(_LINE, "M20 22v14M36 22v14M20 22Q28 8 36 22", width=3))
    caliper = "M38 10h10v13H38z" if "hyd" in code else "M38 10h10v13H38zM43 10V3"
    return _small(svg.circle("d-line", 28, 28, 16, width=4, dash="6 2.5"), svg.circle("d-thin", 28, 28, 5, width=1.5),
                  svg.path("d-fill", caliper))


def _bar(code: str) -> str:
    shapes = {"drop": "M8 18h20c18 0 18 26 2 26H20", "riser": "M6 24h8l8 10h12l8-10h8"}
    shape = next((d for name, d in shapes.items() if name in code), "M8 30h40")
    return _small(svg.path(_LINE, shape, width=4))


def _frame(code: str) -> str:
    top = "M20 20L42 17" if "city" in code.lower() else "M21 25L41 17"
    width = 5 if "carbon" in code.lower() else 3.4
    return _small(svg.path(_LINE, f"M8 40L28 44L19 16M8 40L20 22M28 44L42 21{top}M40 12L44 25", width=width))


def _wheel(code: str) -> str:
    radius = 20 if "650" in code else 23
    return _small(svg.circle("rubber", 28, 28, radius, width=4), svg.circle("d-thin", 28, 28, radius - 4, width=1.2),
                  svg.path("d-thin", "M28 9v38M9 28h38M14.500 14.500l27 27M14.500 41.500l27-27", width=0.6),
                  svg.circle("d-fill", 28, 28, 2.5))


def _tyre(code: str) -> str:
    found = re.search(r"\d+", code)
    width = min(max(float(found.group()) if found else 40, 20), 70)
    r = width * 0.33
    return _small(svg.circle("d-line", 28, 28, r, width=4), svg.path("d-fill", "M20 46h16v6H20z"),
                  svg.path("d-thin", f"M{28 - r:.1f} 6h{2 * r:.1f}M{28 - r:.1f} 3v6M{28 + r:.1f} 3v6"))


def _fork(code: str) -> str:
    if "sus" in code:
        return _small(svg.path("d-line", "M28 4v10M16 14h24M17 14v16M39 14v16", width=4),
                      svg.path(_LINE, "M17 28v22M39 28v22", width=7))
    return _small(svg.path(_LINE, "M28 4v12M20 16h16M20 16q-2 16-1 34M36 16q2 16 1 34", width=4))


def _motor(_code: str) -> str:
    return _small(svg.circle("d-line", 28, 28, 16, width=3), svg.path("d-line", "M22 34l5-12 3 8h6", width=2))


def _battery(code: str) -> str:
    fill = 24 if "625" in code else 15
    return _small(svg.path("d-line", "M8 20h36v18H8zM44 25h4v8h-4", width=3), svg.rect("d-fill", 12, 24, fill, 10))


def _rack(_code: str) -> str:
    return _small(svg.path(_LINE, "M8 18h40M14 18l8 28 12-28M48 18l-6 8", width=3))


def _light(code: str) -> str:
    hub = svg.circle("d-line", 14, 44, 6, width=2) if "dynamo" in code else ""
    return _small(svg.path("d-fill", "M10 18h14q12 10 0 20H10z"),
                  svg.path("d-thin", "M38 20l12-6M39 28h13M38 36l12 6", width=2), hub)


def _engraving(_code: str) -> str:
    return _small(svg.path("d-thin", "M6 40h44M6 46h44", width=2),
                  svg.path("d-line", "M14 32l6-16h4l6 16M17 26h10M36 22v10M42 18v14", width=2))


def _axle(_code: str) -> str:
    return _small(svg.circle("d-line", 28, 28, 16, width=4, dash="3 2"), svg.circle("d-line", 28, 28, 6, width=2))


def _chainring(code: str) -> str:
    found = re.search(r"\d+", code)
    return _small(svg.circle("d-line", 28, 28, min(float(found.group()) if found else 40, 60) / 2.3, width=3.5,
                             dash="2.4 1.5"), svg.circle("d-thin", 28, 28, 6, width=1.5))


def _pumps(code: str) -> str:
    found = re.search(r"[123]", code)
    count = int(found.group()) if found else 1
    return _small(*(svg.rect("fill-frame", 28 - 8 * count + 16 * place + 2, 24, 12, 22, width=1.2)
                    + svg.rect("fill-glass", 28 - 8 * count + 16 * place + 1, 8, 14, 14, width=1.2)
                    for place in range(count)), svg.path("d-thin", "M4 48h48", width=1.5))


def _hinge(code: str) -> str:
    return draw_opening("turn", code if code in {"left", "right"} else "left")


_DRAWINGS: Mapping[str, Callable[[str], str]] = {
    "profile": draw_profile, "glass": draw_glass, "opening": draw_opening, "spacer": draw_spacer,
    "hinge": _hinge, "drive": _drive, "brake": _brake, "bar": _bar, "frame": _frame,
    "wheel": _wheel, "tyre": _tyre, "fork": _fork, "motor": _motor, "battery": _battery, "rack": _rack,
    "light": _light, "engraving": _engraving, "axle": _axle, "chainring": _chainring, "pumps": _pumps,
}
