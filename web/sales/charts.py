"""Charts of the sales desk as places on a drawing: bars with words beside them, one way for every chart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

LABEL_WIDTH, BAR_WIDTH, WIDTH = 170, 300, 640
ROW_HEIGHT, BAR_HEIGHT = 28, 18
SHORTEST_BAR = 2


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a chart and of the table behind it."""

    label: str
    value: int
    """At least 0; the length of the bar."""
    words: str
    """What is written behind the bar."""
    cells: tuple[str, ...]
    """The figures in the table behind the chart."""
    kind: str = ""
    """``warn`` for a hatched bar; it differs from the others without its color."""


@dataclass(frozen=True, slots=True)
class Bar:
    """A bar with its places on the drawing."""

    label: str
    words: str
    y: int
    text_y: int
    width: float
    words_x: float
    kind: str


@dataclass(frozen=True, slots=True)
class Chart:
    """A drawing with its words, and the table behind it."""

    key: str
    """Names the parts of this chart in the page."""
    title: str
    summary: str
    """The chart in one sentence, for those who do not see it."""
    bars: tuple[Bar, ...]
    header: tuple[str, ...]
    rows: tuple[Row, ...]
    width: int
    height: int
    label_x: int
    bar_x: int
    bar_height: int


def bar_chart(
    key: str, title: str, rows: Sequence[Row], *, header: tuple[str, ...], summary: str, most: int | None = None
) -> Chart:
    """Place one bar under another.

    Parameters
    ----------
    key
        Letters; once in a page.
    title, summary
        Words for people.
    rows
        From top to bottom.
    header
        Of the table: the name of the label, then one word for each cell.
    most
        The value of a bar of full width; None for the largest.

    Returns
    -------
    Chart
        Its height grows with the rows; a value above 0 always shows.
    """
    full = most or max((row.value for row in rows), default=0) or 1
    bars = []
    for place, row in enumerate(rows):
        width = max(BAR_WIDTH * min(row.value, full) / full, SHORTEST_BAR if row.value else 0)
        y = place * ROW_HEIGHT + (ROW_HEIGHT - BAR_HEIGHT) // 2
        bars.append(Bar(row.label, row.words, y, y + BAR_HEIGHT - 4, round(width, 1),
                        round(LABEL_WIDTH + width + 8, 1), row.kind))
    return Chart(
        key=key, title=title, summary=summary, bars=tuple(bars), header=header, rows=tuple(rows), width=WIDTH,
        height=len(rows) * ROW_HEIGHT, label_x=LABEL_WIDTH - 8, bar_x=LABEL_WIDTH, bar_height=BAR_HEIGHT)
