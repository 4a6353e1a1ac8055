"""The drawing of a bicycle: side view from its frame, fork, wheels, drive, bar, motor, rack, light and colour."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from html import escape

from web.drawings import svg
from web.drawings.svg import number
from web.drawings.values import code, is_yes

Point = tuple[float, float]
_Tube = Callable[[float, str], str]

PAINTS = {"RAL9005": ("paint-0", "#1a1c1e"), "RAL3020": ("paint-1", "#c1121c"), "RAL5015": ("paint-2", "#00659f"),
          "RAL6018": ("paint-3", "#4f8b3a")}
_BLACK = "paint-0"
_OTHER_PAINT = ("paint-other", "#7a5c86")
_SCALE = 0.335
_LAST_NARROW = 0x2E7F
"""Letters behind it, such as Chinese ones, are as wide as high."""
_SIZES = {"XS": (-25, -60), "S": (-12, -30), "M": (0, 0), "L": (14, 30), "XL": (28, 60)}
"""Change of reach and of seat tube against size M, in mm."""


@dataclass(frozen=True, slots=True)
class _Geometry:
    """Points of the side view in drawing units; y grows downward."""

    rear: Point
    front: Point
    crank: Point
    seat: Point
    saddle: Point
    head_top: Point
    head_bottom: Point
    wheel: float
    tyre: float
    steer: Point
    """Unit vector down the steering axis."""


def draw_bicycle(values: Mapping[str, object], *, title: str = "") -> str:
    """Draw the side view with its wheelbase and stack.

    Parameters
    ----------
    values
        Option codes by attribute (``frame``, ``size``, ``fork``, ``wheel``, ``tyre``, ``drive``, ``chainring``,
        ``brake``, ``bar``, ``motor``, ``battery``, ``rack``, ``light``, ``colour``) and ``engraving_text``.
    title
        What the picture shows, in the reader's language.
    """
    g = _geometry(values)
    ground = g.rear[1] + g.wheel + g.tyre / 2
    left, right = g.rear[0] - g.wheel - 16, g.front[0] + g.wheel + 16
    parts = [svg.path("d-thin", f"M{number(left + 8)} {number(ground)}H{number(right)}"), _bicycle(g, values),
             svg.horizontal_dimension(g.rear[0], g.front[0], ground + 33,
                                      f"{(g.front[0] - g.rear[0]) / _SCALE:.0f}"),
             _stack(g, right + 22)]
    return svg.canvas(right + 36 - left, ground + 46, parts, title=title, x=left)


def draw_bicycle_thumbnail(values: Mapping[str, object], *, title: str = "") -> str:
    """Draw the side view alone, in a square, for rows and order lines."""
    g = _geometry(values)
    left, right = g.rear[0] - g.wheel - 16, g.front[0] + g.wheel + 16
    side = right - left
    return svg.canvas(side, side, [_bicycle(g, values)], title=title, x=left, y=205 - side / 2)


def paint(colour: str) -> tuple[str, str]:
    """Give the class and the colour value of a paint; a paint without a sample gets a neutral one."""
    return PAINTS.get(re.sub(r"[^A-Z0-9]", "", colour.upper()), _OTHER_PAINT)


def _geometry(values: Mapping[str, object]) -> _Geometry:
    frame = code(values, "frame", "Alu-Gravel").lower()
    is_trail, is_city = "trail" in frame, "city" in frame
    reach_change, seat_change = _SIZES.get(code(values, "size", "M"), (0, 0))
    rim = 292 if "650" in code(values, "wheel") else 311
    tyre = _first_number(code(values, "tyre", "45" if not is_trail else "58"), 45)
    axle_drop = 38 if is_trail else 72
    angle = math.radians(66 if is_trail else 70 if is_city else 71.4)
    fork_length = _fork_length(code(values, "fork", "sus-120" if is_trail else "rigid-carbon"))
    head_tube = 118 if is_trail else 148
    offset = 44
    reach = (455 if is_trail else 365 if is_city else 388) + reach_change
    stack = axle_drop + (fork_length + head_tube) * math.sin(angle) - offset * math.cos(angle)
    crank = (274.2, 272.9 + (2 if is_trail else 0))

    def at(dx: float, up: float) -> Point:
        return crank[0] + dx * _SCALE, crank[1] - up * _SCALE

    steer = (math.cos(angle), math.sin(angle))
    head_top = at(reach, stack)
    head_bottom = (head_top[0] + steer[0] * head_tube * _SCALE, head_top[1] + steer[1] * head_tube * _SCALE)
    seat_angle = math.radians(73.5)
    seat_length = (440 if is_trail else 530 if is_city else 518) + seat_change
    front_x = head_bottom[0] + (steer[0] * fork_length + steer[1] * offset) * _SCALE
    chainstay = 435 if is_trail else 424
    rear = at(-math.sqrt(chainstay**2 - axle_drop**2), axle_drop)
    saddle_length = 700 if not is_trail else 690
    return _Geometry(rear, (front_x, rear[1]), crank,
                     at(-seat_length * math.cos(seat_angle), seat_length * math.sin(seat_angle)),
                     at(-saddle_length * math.cos(seat_angle), saddle_length * math.sin(seat_angle)),
                     head_top, head_bottom, (rim + tyre / 2) * _SCALE, tyre * _SCALE, steer)


def _fork_length(fork: str) -> float:
    if "140" in fork:
        return 540
    if "120" in fork:
        return 520
    return 385 if "city" in fork else 395


def _bicycle(g: _Geometry, values: Mapping[str, object]) -> str:
    light = code(values, "light")
    return "".join([
        _wheel(g.rear, g, hub=13 if "hub" in code(values, "drive") else 4.5),
        _wheel(g.front, g, hub=11 if light == "dynamo" else 4.5),
        _brake(g, code(values, "brake")),
        _rack(g) if code(values, "rack") in {"rear", "true", "yes"} else "",
        _frame(g, values),
        _bar(g, code(values, "bar", "flat")),
        _saddle(g),
        _drive(g, values),
        _axle(g, code(values, "axle")),
        _light(g, light) if light not in {"", "none"} else "",
        _engraving(g, values),
    ])


def _wheel(hub_at: Point, g: _Geometry, *, hub: float) -> str:
    x, y = hub_at
    rim = g.wheel - g.tyre / 2 - 2
    spokes = []
    for spoke in range(28):
        turn = 2 * math.pi * spoke / 28
        lean = turn + (0.55 if spoke % 2 else -0.55)
        spokes.append(f"M{number(x + 6 * math.cos(lean))} {number(y + 6 * math.sin(lean))}"
                      f"L{number(x + rim * math.cos(turn))} {number(y + rim * math.sin(turn))}")
    return (svg.circle("rubber", x, y, g.wheel, width=g.tyre) + svg.circle("d-thin", x, y, rim, width=3)
            + svg.path("d-thin", "".join(spokes), width=0.6) + svg.circle("d-fill", x, y, hub))


def _brake(g: _Geometry, brake: str) -> str:
    if "rim" in brake:
        rim = g.wheel - g.tyre / 2 - 2
        return "".join(_caliper(x, y - rim, lean) for x, y, lean in ((*g.rear, 0.42), (*g.front, -0.3)))
    discs = "".join(svg.circle("d-thin", x, y, 26.8, width=2.5, dash="5 2") for x, y in (g.rear, g.front))
    grips = [(g.rear[0] + 15, g.rear[1] - 24), (g.front[0] - 24, g.front[1] - 20)]
    if "hyd" in brake:
        return discs + "".join(svg.rect("d-fill", x, y, 11, 14, radius=3) for x, y in grips)
    return discs + "".join(svg.rect("d-line", x, y, 10, 12, width=1.6) + svg.path(
        "d-line", f"M{number(x + 5)} {number(y)}q2-18 10-30", width=1.2) for x, y in grips)


def _caliper(x: float, y: float, lean: float) -> str:
    """Draw a rim brake: two arms about the rim, leaning with the stay or the fork that carries it."""
    return svg.path("tube d-line", f"M{number(x + 60 * lean - 8)} {number(y + 12)}l4-26h8l4 26"
                                   f"M{number(x + 60 * lean)} {number(y - 14)}v-8", width=3)


def _frame(g: _Geometry, values: Mapping[str, object]) -> str:
    kind, colour = paint(code(values, "colour", "RAL5015"))

    def tube(width: float, d: str) -> str:
        return (f'<path class="tube {kind}" fill="none" stroke="{colour}" stroke-linecap="round"'
                f' stroke-linejoin="round" stroke-width="{number(width)}" d="{d}"/>')

    def outline(width: float, d: str) -> str:
        return svg.path("tube d-thin", d, width=width + 1.6)

    is_black = kind == _BLACK  # on a dark page only its outline is seen
    return (_tubes(g, values, outline) if is_black else "") + _tubes(g, values, tube) + _battery(g, values)


def _tubes(g: _Geometry, values: Mapping[str, object], tube: _Tube) -> str:
    frame = code(values, "frame", "Alu-Gravel").lower()
    bulk = 1.2 if "carbon" in frame else 0.7 if "crmo" in frame else 1.0
    top_seat = _between(g.crank, g.seat, 0.97)
    top_head = _between(g.head_top, g.head_bottom, 0.18)
    stay = _between(g.crank, g.seat, 0.93)
    return "".join([
        _fork(g, code(values, "fork"), tube), tube(6, _line(g.rear, g.crank)), tube(4.5, _line(g.rear, stay)),
        tube(8 * bulk, _line(g.crank, g.seat)), tube(11 * bulk, _line(g.crank, _down_head(g))),
        tube(8.5 * bulk, _line(top_seat, top_head)), tube(11, _line(g.head_top, g.head_bottom))])


def _battery(g: _Geometry, values: Mapping[str, object]) -> str:
    battery = code(values, "battery")
    if battery in {"", "none"}:
        return ""
    share = 0.72 if "625" in battery else 0.58
    return svg.path("tube d-line", _line(_between(g.crank, _down_head(g), 0.2),
                                         _between(g.crank, _down_head(g), share)), width=19)


def _down_head(g: _Geometry) -> Point:
    return _between(g.head_top, g.head_bottom, 0.8)


def _fork(g: _Geometry, fork: str, tube: _Tube) -> str:
    if "sus" not in fork:
        crown = (g.head_bottom[0] + g.steer[0] * 32, g.head_bottom[1] + g.steer[1] * 32)
        is_city = "city" in fork
        knee = (g.front[0] - (16 if is_city else 6), g.front[1] - (20 if is_city else 46))
        return tube(5.5 if is_city else 8, f"M{_at(g.head_bottom)}L{_at(crown)}Q{_at(knee)} {_at(g.front)}")
    shift = (g.steer[1] * 12, -g.steer[0] * 12)
    crown = (g.head_bottom[0] + g.steer[0] * 10 + shift[0], g.head_bottom[1] + g.steer[1] * 10 + shift[1])
    middle = _between(crown, g.front, 0.5)
    return (tube(9, _line(g.head_bottom, crown)) + svg.path("d-line", _line(crown, middle), width=6)
            + svg.path("tube d-line", _line(middle, g.front), width=11))


def _bar(g: _Geometry, bar: str) -> str:
    x, y = g.head_top[0] - 3.2, g.head_top[1] - 9.6
    if "drop" in bar:
        return (svg.path("tube d-line", f"M{_at(g.head_top)}L{number(x)} {number(y)}l26.8-4", width=6)
                + svg.path("tube d-line", f"M{number(x + 26.8)} {number(y - 4)}l20.8-1.3c22.1.6 23.5 44.2-6 45.500"
                                          f"l-14.100-.600", width=5.5)
                + svg.path("tube d-line", f"M{number(x + 49)} {number(y - 6.7)}l8.700-12.700", width=6.5)
                + svg.path("tube d-line", f"M{number(x + 59)} {number(y - 2)}q14.700 18.100 0 35.500", width=2.5))
    rise = 16 if "riser" in bar else 3
    grip = (x + 10, y - rise)
    return (svg.path("tube d-line", f"M{_at(g.head_top)}L{number(x)} {number(y)}L{_at(grip)}", width=6)
            + svg.path("tube d-line", f"M{_at(grip)}l-30 3.500", width=6.5)
            + svg.path("tube d-line", f"M{number(grip[0] + 1)} {number(grip[1] + 6)}l-22 9", width=2.2))


def _saddle(g: _Geometry) -> str:
    x, y = g.saddle
    return (svg.path("tube d-line", _line((x, y), _between(g.crank, g.seat, 1.0)), width=5)
            + svg.path("d-fill", f"M{number(x - 50)} {number(y - 13)}q30 10 92 7.300q5-5.300-5.100-6.700"
                                 f"q-50 0-83.500-8.700z"))


def _drive(g: _Geometry, values: Mapping[str, object]) -> str:
    drive = code(values, "drive", "1x12")
    is_belt = "belt" in drive
    ring = _first_number(code(values, "chainring", "40"), 40) * 12.7 / (2 * math.pi) * _SCALE
    gears = _first_number(drive.partition("x")[2], 8)
    cog = 9.0 if is_belt else 9 + gears * 0.6
    (cx, cy), (rx, ry) = g.crank, g.rear
    chain = (f"M{number(cx)} {number(cy - ring)}L{number(rx)} {number(ry - cog)}")
    chain += (f"M{number(cx)} {number(cy + ring)}L{number(rx)} {number(ry + cog)}" if is_belt else
              f"M{number(cx)} {number(cy + ring)}L{number(rx + 8)} {number(ry + 26)}l-12-16")
    parts = [svg.path("d-line", chain, width=3.2 if is_belt else 1.8)]
    if code(values, "motor") not in {"", "none"}:
        parts.append(svg.circle("d-fill", cx + 5, cy - 8, 25))
    parts += [svg.circle("d-line", cx, cy, ring, width=3.5, dash="" if is_belt else "2.4 1.3"),
              svg.circle("d-line", rx, ry, cog, width=5, dash="" if is_belt else "1.6 1.2")]
    if "2x" in drive:
        parts.append(svg.circle("d-line", cx, cy, ring * 0.76, width=1.6))
    parts += [svg.path("tube d-line", f"M{_at(g.crank)}l50.800 27", width=6),
              svg.path("tube d-line", f"M{number(cx + 38)} {number(cy + 28)}h26", width=5),
              svg.circle("d-fill", cx, cy, 7)]
    return "".join(parts)


def _rack(g: _Geometry) -> str:
    top = g.rear[1] - g.wheel - g.tyre / 2 - 12
    front = _between(g.crank, g.seat, 0.9)
    return svg.path("tube d-line", f"M{number(g.rear[0] - 60)} {number(top)}H{number(g.seat[0] - 6)}"
                                   f"L{_at(front)}M{number(g.rear[0] - 30)} {number(top)}L{_at(g.rear)}"
                                   f"L{number(g.rear[0] + 34)} {number(top)}", width=3.2)


def _axle(g: _Geometry, axle: str) -> str:
    """Draw the end of the rear axle: a quick-release lever, or a bolt that is thicker where it is wider."""
    x, y = g.rear
    if axle.startswith("QR"):
        return svg.path("tube d-line", f"M{number(x)} {number(y)}l-13 17", width=3.4)
    return svg.circle("fill-frame", x, y, 4.6 if "148" in axle else 3.2, width=1.2) if axle else ""


def _light(g: _Geometry, kind: str) -> str:
    """Draw the lights: one fed by the motor has a cable to it, one with a battery of its own sits at the bar."""
    x, y = g.head_bottom[0] + 12, g.head_bottom[1] - 6
    cable = ""
    if kind == "ebike":
        cable = svg.path("d-thin", f"M{number(x)} {number(y)}L{number(g.crank[0] + 24)} {number(g.crank[1] - 10)}",
                         width=1.4, dash="3 2")
    elif kind == "battery":
        x, y = g.head_top[0] + 14, g.head_top[1] + 4
        cable = svg.rect("d-line", x - 8, y - 5, 8, 10, width=1.6)
    return (cable + svg.path("d-fill", f"M{number(x)} {number(y - 7)}h10q8 8 0 15h-10z")
            + svg.path("d-thin", f"M{number(x + 22)} {number(y - 5)}l14-6M{number(x + 23)} {number(y + 1)}h15"
                                 f"M{number(x + 22)} {number(y + 7)}l14 6", width=1.5)
            + svg.rect("d-fill", g.seat[0] - 16, g.seat[1] - 14, 6, 12, radius=2))


def _engraving(g: _Geometry, values: Mapping[str, object]) -> str:
    words = values.get("engraving_text")
    is_engraved = is_yes(values, "engraving") or code(values, "engraving") == "laser"
    if not (is_engraved and isinstance(words, str) and words.strip()):
        return ""
    start, end = g.seat, _between(g.head_top, g.head_bottom, 0.18)
    middle = _between(start, end, 0.5)
    angle = math.degrees(math.atan2(end[1] - start[1], end[0] - start[0]))
    shown = words[:20]
    breadth = sum(1.0 if ord(sign) > _LAST_NARROW else 0.62 for sign in shown)
    size = min(14.0, (math.dist(start, end) - 16) / breadth)
    return (f'<text class="d-text" fill="{svg.INK}" transform="translate({number(middle[0])}'
            f' {number(middle[1] - 9)}) rotate({number(angle)})" text-anchor="middle" font-size="{number(size)}">'
            f"{escape(shown)}</text>")


def _stack(g: _Geometry, x: float) -> str:
    top, bottom = number(g.head_top[1]), number(g.crank[1])
    end, line = number(x - 12), number(x)
    guide = (f'<path class="d-accent" fill="none" stroke="{svg.ACCENT}" stroke-width="0.8" stroke-dasharray="3 4"'
             f' d="M{number(g.head_top[0])} {top}H{end}M{number(g.crank[0] + 70)} {bottom}H{end}"/>')
    ticks = "".join(f"M{number(x - 4)} {number(y + 4)}l8-8" for y in (g.head_top[1], g.crank[1]))
    return guide + svg.path("d-accent", f"M{end} {top}h18M{end} {bottom}h18M{line} {top}V{bottom}{ticks}") + svg.text(
        "d-text", x - 7, (g.head_top[1] + g.crank[1]) / 2, f"{(g.crank[1] - g.head_top[1]) / _SCALE:.0f}", size=15,
        anchor="middle", bold=True, angle=-90)


def _between(start: Point, end: Point, share: float) -> Point:
    return start[0] + (end[0] - start[0]) * share, start[1] + (end[1] - start[1]) * share


def _line(start: Point, end: Point) -> str:
    return f"M{_at(start)}L{_at(end)}"


def _at(point: Point) -> str:
    return f"{number(point[0])} {number(point[1])}"


def _first_number(words: str, default: float) -> float:
    found = re.search(r"\d+", words)
    return min(float(found.group()), 120) if found else default
