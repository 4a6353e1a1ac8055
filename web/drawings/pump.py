"""The drawing of a booster set: one to three upright pumps with their stages, motors, drives and headers."""

from __future__ import annotations

import math
from collections.abc import Mapping

from web.drawings import svg
from web.drawings.svg import number
from web.drawings.values import code, figure, is_yes

_STAGE = 15.0
_PUMP_WIDTH = 46.0
_STAINLESS = frozenset({"304", "316"})


def draw_pump(values: Mapping[str, object], *, title: str = "") -> str:
    """Draw the front view of the set with its height.

    Parameters
    ----------
    values
        ``pumps`` (1 to 3), ``stages`` (1 to 12), ``motor_size`` in kW, ``flow_per_pump`` in m³/h, ``vsd`` (true or
        false), ``material`` (cast, or stainless steel with its number stamped into the foot).
    title
        What the picture shows, in the reader's language.
    """
    top = min(_top(values) - 24, 90)
    return svg.canvas(420, 384 - top, [_set(values), _height(values)], title=title, y=top)


def draw_pump_thumbnail(values: Mapping[str, object], *, title: str = "") -> str:
    """Draw the set alone, in a square, for rows and order lines."""
    top = min(_top(values) - 24, 60)
    side = 384 - top
    return svg.canvas(side, side, [_set(values)], title=title, x=222 - side / 2, y=top)


def _set(values: Mapping[str, object]) -> str:
    pumps = int(figure(values, "pumps", 1, least=1, most=3))
    pitch = 104.0
    left = 222 - pitch * (pumps - 1) / 2
    parts = [_base(left - 62, left + pitch * (pumps - 1) + 62)]
    if pumps > 1:
        parts += [_header(left - 50, left + pitch * (pumps - 1) + 50, y) for y in (318.0,)]
    parts += [_pump(left + pitch * place, values, is_single=pumps == 1) for place in range(pumps)]
    return "".join(parts)


def _base(left: float, right: float) -> str:
    return (svg.rect("d-hatch", left, 352, right - left, 12, width=1)
            + svg.path("d-thin", f"M{number(left - 14)} 364H{number(right + 14)}"))


def _header(left: float, right: float, y: float) -> str:
    return (svg.rect("fill-frame", left, y - 9, right - left, 18, width=1.2)
            + svg.rect("fill-frame", left - 6, y - 15, 6, 30, width=1.2)
            + svg.rect("fill-frame", right, y - 15, 6, 30, width=1.2))


def _pump(middle: float, values: Mapping[str, object], *, is_single: bool) -> str:
    stages = int(figure(values, "stages", 4, least=1, most=12))
    kilowatt = figure(values, "motor_size", 5.5, least=0.1, most=30)
    foot = 300.0
    top = foot - _STAGE * stages
    motor_height = 44 + 5 * min(kilowatt, 8)
    motor_width = 44 + 3 * min(kilowatt, 8)
    motor_bottom = top - 30
    parts = [svg.rect("fill-frame", middle - 30, foot, 60, 52, width=1.4, radius=2)]
    material = code(values, "material")
    if material in _STAINLESS:
        parts.append(svg.text("d-text2", middle, 346, material, size=10, anchor="middle"))
    if is_single:
        flow = figure(values, "flow_per_pump", 20, least=1, most=80)
        parts += [_flange(middle - 30, 318, -1, flow), _flange(middle + 30, 318, 1, flow)]
    parts += [_stages(middle, top, stages, material),
              svg.path("fill-frame", f"M{number(middle - 23)} {number(top)}l5-30h36l5 30z", width=1.2),
              svg.path("d-line", f"M{number(middle)} {number(top)}v-30", width=4),
              _motor(middle, motor_bottom, motor_width, motor_height)]
    if is_yes(values, "vsd"):
        parts.append(_drive(middle + motor_width / 2, motor_bottom - motor_height * 0.75))
    parts.append(svg.path("d-dash", f"M{number(middle)} {number(motor_bottom - motor_height - 16)}V362", width=0.8))
    return "".join(parts)


def _stages(middle: float, top: float, stages: int, material: str) -> str:
    kind = "fill-metal" if material in _STAINLESS else "d-chamber"
    w = _PUMP_WIDTH
    cells = [svg.rect(kind, middle - w / 2, top + _STAGE * place, w, _STAGE, width=1.2, radius=2)
             for place in range(stages)]
    rods = svg.path("d-thin", f"M{number(middle - w / 2 - 5)} {number(top)}v{number(_STAGE * stages)}"
                              f"M{number(middle + w / 2 + 5)} {number(top)}v{number(_STAGE * stages)}", width=2)
    return rods + "".join(cells)


def _motor(middle: float, bottom: float, width: float, height: float) -> str:
    left, top = middle - width / 2, bottom - height
    fins = "".join(f"M{number(left + width * share)} {number(top + 8)}v{number(height - 14)}"
                   for share in (0.14, 0.26, 0.38, 0.5, 0.62, 0.74, 0.86))
    return (svg.rect("fill-frame", left, top, width, height, width=1.4, radius=3)
            + svg.path("d-thin", fins, width=1)
            + svg.path("fill-frame", f"M{number(left + 4)} {number(top)}q2-12 {number(width / 2 - 4)}-12"
                                     f"t{number(width / 2 - 4)} 12z", width=1.4))


def _drive(left: float, top: float) -> str:
    return (svg.rect("d-fill", left, top, 24, 34, radius=2)
            + svg.rect("fill-glass", left + 5, top + 5, 14, 10, width=0.8))


def _flange(x: float, y: float, side: int, flow: float) -> str:
    """Draw a connection; its bore grows with the root of the flow, as pipes do."""
    bore = 5 + 1.6 * math.sqrt(flow)
    tube = svg.rect("fill-frame", x if side > 0 else x - 26, y - bore, 26, 2 * bore, width=1.2)
    plate = svg.rect("fill-frame", x + 26 if side > 0 else x - 33, y - bore - 7, 7, 2 * bore + 14, width=1.2)
    return tube + plate


def _height(values: Mapping[str, object]) -> str:
    top = _top(values)
    return svg.vertical_dimension(top, 364, 34, f"{(364 - top) * 2.6:.0f}")


def _top(values: Mapping[str, object]) -> float:
    stages = int(figure(values, "stages", 4, least=1, most=12))
    kilowatt = figure(values, "motor_size", 5.5, least=0.1, most=30)
    return 300 - _STAGE * stages - 30 - (44 + 5 * min(kilowatt, 8)) - 6
