"""The drawing of a window: front view with frame, sash, glass, opening lines, fittings, sizes; section below."""

from __future__ import annotations

import re
from collections.abc import Mapping

from web.drawings import svg
from web.drawings.svg import number
from web.drawings.values import code, figure

_PROFILES = {"PVC70": (115, 70, 5), "PVC82": (118, 82, 6), "ALU75": (95, 75, 3)}
"""Face width in mm, depth in mm, chambers."""
_METAL = frozenset({"ALU75"})
_SASH_SHARE = 0.48
_OPENING = ("turn", "tilt_turn")


def draw_window(values: Mapping[str, object], *, title: str = "") -> str:
    """Draw the front view to scale with its dimensions.

    Parameters
    ----------
    values
        ``width`` and ``height`` in mm, ``profile``, ``glass`` (stamped into its corner), ``spacer`` (alu, warm),
        ``opening`` (fixed, turn, tilt_turn), ``hinge`` (left, right); what is missing is drawn as the most common.
    title
        What the picture shows, in the reader's language.
    """
    width = figure(values, "width", 1230, least=300, most=3000)
    height = figure(values, "height", 1480, least=300, most=3000)
    face = _profile(values)[0]
    scale = min(300 / width, 314 / height)
    w, h = width * scale, height * scale
    x, y = (420 - w) / 2 + 22, 20.0
    parts = [_front(x, y, w, h, face * scale, values),
             svg.horizontal_dimension(x, x + w, y + h + 34, f"{width:.0f}"),
             svg.vertical_dimension(y, y + h, x - 34, f"{height:.0f}"),
             svg.horizontal_dimension(x + face * scale, x + w - face * scale, y + h + 58,
                                      f"{width - 2 * face:.0f}", thin=True)]
    return svg.canvas(420, y + h + 70, parts, title=title)


def draw_window_thumbnail(values: Mapping[str, object], *, title: str = "") -> str:
    """Draw the front view alone, in a square, for rows and order lines."""
    width = figure(values, "width", 1230, least=300, most=3000)
    height = figure(values, "height", 1480, least=300, most=3000)
    scale = min(52 / width, 52 / height)
    w, h = width * scale, height * scale
    face = max(_profile(values)[0] * scale, 6)
    return svg.canvas(56, 56, [_front((56 - w) / 2, (56 - h) / 2, w, h, face, values, small=True)], title=title)


def draw_section(values: Mapping[str, object], *, title: str = "", notes: tuple[str, ...] = ()) -> str:
    """Draw the section through profile and glass.

    Parameters
    ----------
    values
        ``profile``, ``spacer`` and ``glass``, a glass code such as ``3-4/14/4/14/4``.
    title
        What the picture shows.
    notes
        Up to three lines beside the glass, and last the one beside the profile.
    """
    _, depth, chambers = _profile(values)
    scale, top = 1.5, 66.0
    left = (350 - depth * scale) / 2
    right = left + depth * scale
    parts = [_chambers(left, top, depth * scale, 46, chambers),
             _panes(code(values, "glass"), 173.5, 10, 58, scale, spacer=code(values, "spacer", "warm"))]
    parts.append(svg.path("d-thin", f"M{number(left)} 114V130M{number(right)} 114V130M{number(left)} 124"
                                    f"H{number(right)}M{number(left - 4)} 128l8-8M{number(right - 4)} 128l8-8"))
    parts.append(svg.text("d-text2", left - 8, 120, f"{depth} mm", size=12, anchor="end"))
    for line, words in enumerate(notes[:-1][:3]):
        parts.append(svg.text("d-text" if line == 0 else "d-text2", 267, (22, 40, 60)[line], words))
    parts += [svg.text("d-text2", 267, 94, words) for words in notes[-1:]]
    if notes:
        parts.append(svg.path("d-thin", f"M200 28H261M{number(right)} 90H261", width=0.8))
    return svg.canvas(420, 132, parts, title=title)


def draw_glass(glass: str) -> str:
    """Draw the panes of a glass code as an option picture."""
    return svg.canvas(56, 56, [_panes(glass, 28, 6, 44, 0.78)])


def draw_profile(profile: str) -> str:
    """Draw a profile with its chambers as an option picture."""
    _, depth, chambers = _PROFILES.get(profile, _PROFILES["PVC82"])
    w = depth * 0.55
    left = (56 - w) / 2
    return svg.canvas(56, 56, [svg.rect("fill-glass", 22, 4, 12, 24, width=1),
                               _chambers(left, 27, w, 24, chambers)])


def draw_opening(opening: str, hinge: str = "left") -> str:
    """Draw a small front view of one way to open."""
    return draw_window_thumbnail({"opening": opening, "hinge": hinge})


def draw_spacer(spacer: str) -> str:
    """Draw two panes with the spacer between them: hatched when warm, solid when aluminium."""
    bar = svg.rect("d-hatch" if spacer == "warm" else "d-fill", 16, 34, 24, 10, width=0.8)
    return svg.canvas(56, 56, [svg.rect("fill-glass", 11, 6, 5, 44, width=1), bar,
                               svg.rect("fill-glass", 40, 6, 5, 44, width=1)])


def _front(x: float, y: float, w: float, h: float, face: float, values: Mapping[str, object], *,
           small: bool = False) -> str:
    opening = code(values, "opening", "tilt_turn")
    sash = face * _SASH_SHARE
    stroke = 1.0 if small else 1.6
    kind = "fill-metal" if code(values, "profile") in _METAL else "fill-frame"
    parts = [_frame(x, y, w, h, 0, kind, stroke)]
    if opening in _OPENING and not small:
        parts += [_corners(x, y, w, h, 0, sash), _frame(x, y, w, h, sash, kind, 1.2)]
    if not small:
        parts.append(_corners(x, y, w, h, sash if opening in _OPENING else 0, face))
    parts += [_frame(x, y, w, h, face, "fill-glass", 1.0 if small else 1.2),
              _shine(x + face, y + face, w - 2 * face, h - 2 * face)]
    if not small:
        parts.append(_glass_edge(x + face, y + face, w - 2 * face, h - 2 * face, values))
    if opening in _OPENING:
        parts.append(_opening_lines(x + face, y + face, w - 2 * face, h - 2 * face, opening,
                                    code(values, "hinge", "left"), small=small))
        parts.append(_fittings(x, y, w, h, face, code(values, "hinge", "left"), small=small))
    return "".join(parts)


def _frame(x: float, y: float, w: float, h: float, inset: float, kind: str, width: float) -> str:
    return svg.rect(kind, x + inset, y + inset, w - 2 * inset, h - 2 * inset, width=width)


def _corners(x: float, y: float, w: float, h: float, outer: float, inner: float) -> str:
    commands = []
    for at_right in (False, True):
        for at_bottom in (False, True):
            ends = [f"{number(x + (w - k if at_right else k))} {number(y + (h - k if at_bottom else k))}"
                    for k in (outer, inner)]
            commands.append(f"M{ends[0]}L{ends[1]}")
    return svg.path("d-thin", "".join(commands), width=0.8)


def _shine(x: float, y: float, w: float, h: float) -> str:
    def band(at: float, breadth: float) -> str:
        return (f"M{number(x + w * (at + 0.22))} {number(y + 0.6)}h{number(w * breadth)}"
                f"L{number(x + w * (at + breadth - 0.12))} {number(y + h - 0.6)}h{number(-w * breadth)}z")

    return svg.path("fill-glass2", band(0.16, 0.14) + band(0.37, 0.05))


def _glass_edge(x: float, y: float, w: float, h: float, values: Mapping[str, object]) -> str:
    """Draw the spacer behind the edge of the glass, and the stamp in its corner that says what glass it is."""
    spacer, stamp = code(values, "spacer"), code(values, "glass").partition("-")[2]
    parts = []
    if spacer:
        parts.append(svg.rect("d-edge" if spacer == "warm" else "d-edge-metal", x + 3, y + 3, w - 6, h - 6, width=2.4))
    if stamp and len(stamp) * 5 < w - 16:
        parts.append(svg.text("d-text2", x + w - 9, y + h - 10, stamp[:24], size=9, anchor="end"))
    return "".join(parts)


def _opening_lines(x: float, y: float, w: float, h: float, opening: str, side: str, *, small: bool) -> str:
    hinge, handle = (x, x + w) if side == "left" else (x + w, x)
    d = (f"M{number(hinge)} {number(y)}L{number(handle)} {number(y + h / 2)}L{number(hinge)} {number(y + h)}")
    if opening == "tilt_turn":
        d += f"M{number(x)} {number(y + h)}L{number(x + w / 2)} {number(y)}L{number(x + w)} {number(y + h)}"
    return svg.path("d-line" if small else "d-dash", d, width=0.8 if small else 1)


def _fittings(x: float, y: float, w: float, h: float, face: float, side: str, *, small: bool) -> str:
    middle = face * (1 + _SASH_SHARE) / 2
    handle_x = x + w - middle if side == "left" else x + middle
    hinge_x = x if side == "left" else x + w
    y_middle = y + h / 2
    if small:
        return (svg.rect("d-fill", handle_x - 1, y_middle - 5, 2, 5, radius=1)
                + svg.path("d-line", f"M{number(handle_x)} {number(y_middle)}v8", width=1.5))
    return (svg.rect("d-fill", handle_x - 2.6, y_middle - 7, 5.2, 14, radius=1)
            + svg.path("d-line", f"M{number(handle_x)} {number(y_middle)}v26", width=3.2)
            + "".join(svg.rect("d-fill", hinge_x - 3 if side == "left" else hinge_x - 1, y + h * share - 9, 4, 18)
                      for share in (0.14, 0.86)))


def _chambers(left: float, top: float, w: float, h: float, chambers: int) -> str:
    gap = 0.035 * w
    cell = (w - gap * (chambers + 1)) / chambers
    cells = "".join(svg.rect("d-chamber", left + gap + i * (cell + gap), top + 0.11 * h, cell, 0.78 * h, radius=1)
                    for i in range(chambers))
    return svg.rect("d-chamber", left, top, w, h, width=1) + cells


def _panes(glass: str, middle: float, top: float, height: float, scale: float, *, spacer: str = "warm") -> str:
    thicknesses = [float(words) for words in re.findall(r"\d+(?:\.\d+)?", glass.partition("-")[2])]
    if "lam" in glass:
        thicknesses = [6.4, *thicknesses[1:]]
    if len(thicknesses) < 3:
        thicknesses = [4, 16, 4]
    x = middle - sum(thicknesses) * scale / 2
    parts = []
    for place, thickness in enumerate(thicknesses):
        w = thickness * scale
        if place % 2:
            parts.append(svg.rect("d-fill" if spacer == "alu" else "d-hatch", x, top + height * 0.8, w, height * 0.16,
                                  width=0.8))
        else:
            parts.append(svg.rect("fill-glass", x, top, w, height, width=1))
        x += w
    return "".join(parts)


def _profile(values: Mapping[str, object]) -> tuple[int, int, int]:
    return _PROFILES.get(code(values, "profile"), _PROFILES["PVC82"])
