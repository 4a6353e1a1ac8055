"""The scale of a number field: permitted bands, holes, ticks, edges and needle, in percent of its width."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction

from configurator.configuration import NumberDomain
from web import formatting

_MARGIN = Fraction(6, 100)
_MOST_TICKS = 70
_NEAREST_LABELS = Fraction(9)
_MOST_HOLES = 24


@dataclass(frozen=True, slots=True)
class Scale:
    """A drawn scale; every position is a percentage with two decimals, as text."""

    bands: tuple[tuple[str, str], ...]
    """Left end and width of each permitted band."""
    holes: tuple[tuple[str, str], ...]
    """Left end and width of each forbidden stretch."""
    ticks: tuple[tuple[str, int], ...]
    """Place of a tick and the ordinate of its upper end."""
    edges: tuple[tuple[str, str, str], ...]
    """Place of a band's edge, its figure (empty where it would not fit) and the anchor of the figure."""
    needle: str
    """Place of the needle; empty when there is no value."""
    is_proposed: bool
    """Whether the value is one the customer has not chosen."""


def draw_scale(domain: NumberDomain, *, minimum: Fraction, maximum: Fraction, value: Fraction | None,
               is_proposed: bool) -> Scale:
    """Lay out the scale of a number.

    Parameters
    ----------
    domain
        The reachable values.
    minimum, maximum
        The declared range; the scale shows a little more on both sides.
    value
        Where the needle stands; outside the scale it stands at the nearer end. None shows no needle.
    is_proposed
        Whether the value is one the customer has not chosen.
    """
    reach = max(maximum - minimum, domain.step)
    low, high = minimum - reach * _MARGIN, maximum + reach * _MARGIN

    def place(number: Fraction) -> Fraction:
        return min(max((number - low) / (high - low) * 100, Fraction(0)), Fraction(100))

    bands = _merged(domain, reach)
    ends = [low, *[end for band in bands for end in band], high]
    gaps = [(ends[i], ends[i + 1]) for i in range(0, len(ends), 2) if ends[i + 1] > ends[i]]
    return Scale(
        bands=tuple(_stretch(place(a), place(b)) for a, b in bands),
        holes=tuple(_stretch(place(a), place(b)) for a, b in gaps),
        ticks=_ticks(low, high),
        edges=_edges([(place(end), end) for band in bands for end in band]),
        needle="" if value is None else _percent(place(value)),
        is_proposed=is_proposed,
    )


def describe_domain(domain: NumberDomain, unit: str) -> str:
    """Write the permitted values: ``494 to 1400 mm``, ``2, 4 or 6 bar`` where there are few."""
    words = formatting.plain_number
    suffix = f" {unit}" if unit else ""
    parts = [words(low) if low == high else formatting.range_words(words(low), words(high))
             for low, high in domain.intervals[:4]]
    joined = formatting.list_words(parts) if len(domain.intervals) <= 4 else formatting.range_words(
        words(domain.minimum), words(domain.maximum))
    return joined + suffix


def _merged(domain: NumberDomain, reach: Fraction) -> list[tuple[Fraction, Fraction]]:
    """Join bands whose holes are too narrow to be seen; too many holes leave the outer edges only."""
    bands: list[tuple[Fraction, Fraction]] = []
    for low, high in domain.intervals:
        if bands and low - bands[-1][1] <= max(domain.step, reach / 400):
            bands[-1] = (bands[-1][0], high)
        else:
            bands.append((low, high))
    return bands if len(bands) <= _MOST_HOLES else [(domain.minimum, domain.maximum)]


def _ticks(low: Fraction, high: Fraction) -> tuple[tuple[str, int], ...]:
    step = _nice_step((high - low) / _MOST_TICKS)
    first = math.ceil(low / step)
    last = math.floor(high / step)
    return tuple((_percent((k * step - low) / (high - low) * 100), 10 if k % 10 == 0 else 15 if k % 5 == 0 else 18)
                 for k in range(first, last + 1))


def _nice_step(least: Fraction) -> Fraction:
    power = Fraction(10) ** math.floor(math.log10(least)) if least > 0 else Fraction(1)
    return next(power * factor for factor in (1, 2, 5, 10, 20) if power * factor >= least)


def _edges(ends: list[tuple[Fraction, Fraction]]) -> tuple[tuple[str, str, str], ...]:
    drawn: list[tuple[str, str, str]] = []
    last_label = Fraction(-100)
    for index, (at, value) in enumerate(ends):
        is_outer = index in (0, len(ends) - 1)
        fits = at - last_label >= _NEAREST_LABELS and (is_outer or ends[-1][0] - at >= _NEAREST_LABELS)
        label = formatting.plain_number(value) if fits else ""
        last_label = at if fits else last_label
        anchor = "start" if at < 4 else "end" if at > 96 else "middle"
        drawn.append((_percent(at), label, anchor))
    return tuple(drawn)


def _stretch(start: Fraction, end: Fraction) -> tuple[str, str]:
    return _percent(start), _percent(end - start)


def _percent(value: Fraction) -> str:
    return f"{float(value):.2f}"
