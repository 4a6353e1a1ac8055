"""The bottleneck heat map as a table: work centers by buckets, each cell with its figure and a step of color."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from catalog.money import Money, round_half_up
from scheduling.buckets import Bucket, BucketKind
from scheduling.heat_map import HeatCell
from web import formatting
from web.planning.period import bucket_words

STEPS = 5


@dataclass(frozen=True, slots=True)
class CellView:
    """A cell: its figure, empty where nothing is offered; ``step`` from 0 (free) to 5 (the scarcest)."""

    words: str
    step: int


@dataclass(frozen=True, slots=True)
class CenterRow:
    """A work center with its cells and their mean."""

    code: str
    title: str
    cells: tuple[CellView, ...]
    mean: str


@dataclass(frozen=True, slots=True)
class HeatView:
    """The table: heads of the columns, rows with the scarcest work center first; ``peak`` is the highest price."""

    heads: tuple[str, ...]
    rows: tuple[CenterRow, ...]
    peak: str


def heat_view(cells: Sequence[HeatCell], titles: Mapping[str, str], kind: BucketKind) -> HeatView:
    """Lay the cells out.

    Parameters
    ----------
    cells
        From :func:`scheduling.heat_map.heat_cells`.
    titles
        Of the work centers, by code.
    kind
        How long their buckets are.

    Returns
    -------
    HeatView
        Without rows when there are no cells.
    """
    buckets = sorted({cell.bucket for cell in cells}, key=lambda bucket: (bucket.on, bucket.part or 0))
    peak = max((cell.price_minor_per_hour for cell in cells), default=Fraction(0))
    by_center: dict[str, dict[Bucket, HeatCell]] = {}
    for cell in cells:
        by_center.setdefault(cell.work_center, {})[cell.bucket] = cell
    means = {center: _mean(list(found.values())) for center, found in by_center.items()}
    rows = tuple(
        CenterRow(center, titles.get(center, center),
                  tuple(_cell(by_center[center].get(bucket), peak) for bucket in buckets), _money(means[center]))
        for center in sorted(by_center, key=lambda code: (-means[code], code))
    )
    return HeatView(tuple(bucket_words(bucket, kind) for bucket in buckets), rows, _money(peak))


def _mean(cells: Sequence[HeatCell]) -> Fraction:
    minutes = sum(cell.offered_minutes for cell in cells)
    worth = sum((cell.price_minor_per_hour * cell.offered_minutes for cell in cells), Fraction(0))
    return worth / minutes if minutes else Fraction(0)


def _cell(cell: HeatCell | None, peak: Fraction) -> CellView:
    if cell is None:
        return CellView("", 0)
    price = cell.price_minor_per_hour
    step = -int(-price * STEPS // peak) if peak and price else 0
    return CellView(formatting.figure(Fraction(round_half_up(price), 100), 0 if price >= 10_000 or not price else 2),
                    step)


def _money(price: Fraction) -> str:
    return formatting.money(Money(round_half_up(price)))
