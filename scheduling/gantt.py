"""A schedule as one standalone SVG picture: rows by group, an axis of two levels, bars with color, label and tooltip.

Pure: knows no file and no instance. Everything written into the picture is escaped, and fit for UTF-8 and XML.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from html import escape as escape_html
from itertools import groupby

from scheduling.printable import printable

_NAMES_WIDTH = 150
_ROW_HEIGHT = 22
_GROUP_HEIGHT = 20
_TOP = 74
_LEAST_WIDTH, _GREATEST_WIDTH = 900, 12_000
_WANTED_BAR_WIDTH = 26.0
_LETTER_WIDTH = 5.6
_LEAST_MINOR, _LEAST_MAJOR = 34.0, 90.0
_DAY, _WEEK = 1440, 10_080
_WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_FILLS = ("#cfe3f5", "#fbe0c3", "#d5ecd0", "#f4d3d8", "#e2d8f0", "#f6efb5", "#cdebe8", "#ead9cc", "#dfe3e8", "#f0d6ec",
          "#dcebb9", "#c9d6f2")
_EDGES = ("#1f6fb2", "#b3661a", "#2f7d32", "#b0384b", "#6a4a9c", "#8a7a00", "#12787a", "#7d5434", "#55606e", "#97408c",
          "#5b7d14", "#3b56a6")
_DASHES = ("", "4 2", "1.5 1.5")
_STYLE = (
    "text{font:10px system-ui,'DejaVu Sans',sans-serif;fill:#1d2430}.h{font-size:15px;font-weight:600}"
    ".s{font-size:11px;fill:#4a5463}.g{font-weight:600}.n{fill:#4a5463}.gr{fill:#eef1f4}.sh{fill:#f3f4f6}"
    ".l{stroke:#e3e6ea}.m{stroke:#b9c0c9}.b{stroke:#b0384b;stroke-dasharray:6 3}.u{fill:none;stroke:#55606e;"
    "stroke-dasharray:2 2}"
)


@dataclass(frozen=True, slots=True)
class GanttRow:
    """A machine or work unit; rows of a group that follow each other stand under its heading.

    ``closed`` holds the spans in which it does not work.
    """

    name: str
    group: str = ""
    closed: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class GanttBar:
    """An operation in [start, end) on a row; bars of equal ``hue`` look alike.

    ``label`` is written where it fits, ``title`` is the tooltip. ``setup`` is how long before the start the row is
    being made ready.
    """

    row: int
    start: int
    end: int
    hue: int
    label: str
    title: str
    setup: int = 0


@dataclass(frozen=True, slots=True)
class GanttPicture:
    """What is drawn. With ``has_calendar`` minute 0 is a Monday 00:00, and the axis shows days and hours.

    ``marks`` are (time, name) of vertical lines, such as a lower bound. ``width_pixels`` is the width of the time axis;
    0 lets it follow the length of the bars.
    """

    heading: str
    note: str
    rows: tuple[GanttRow, ...]
    bars: tuple[GanttBar, ...]
    has_calendar: bool = False
    marks: tuple[tuple[int, str], ...] = ()
    width_pixels: int = 0


@dataclass(frozen=True, slots=True)
class _Frame:
    start: int
    end: int
    scale: float
    y_of: tuple[int, ...]
    groups: tuple[tuple[str, int], ...]
    height: int

    def x(self, time: int) -> float:
        return round(_NAMES_WIDTH + (min(max(time, self.start), self.end) - self.start) * self.scale, 1)

    @property
    def width(self) -> float:
        return self.x(self.end) + 24


def gantt_svg(picture: GanttPicture) -> str:
    """Draw a schedule.

    Parameters
    ----------
    picture
        Rows and bars; no bar gives an empty axis. The width grows with the number of bars, up to 12 000 pixels.

    Returns
    -------
    str
        A whole SVG document.
    """
    frame = _frame(picture)
    name, heading = _escape(f"{picture.heading}. {picture.note}"), _escape(picture.heading)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-label="{name}" width="{frame.width:g}" '
        f'height="{frame.height}" viewBox="0 0 {frame.width:g} {frame.height}">',
        f"<title>{heading}</title><desc>{_escape(picture.note)}</desc><style>{_STYLE}</style>",
        f'<rect width="100%" height="100%" fill="#fff"/><text class="h" x="12" y="22">{heading}</text>',
        f'<text class="s" x="12" y="39">{_escape(picture.note)}</text>',
        *_rows(picture, frame), *_axis(picture, frame), *_marks(picture, frame),
    ]
    for bar in picture.bars:
        parts.extend(_bar(bar, frame))
    return "\n".join((*parts, "</svg>", ""))


def _escape(text: str) -> str:
    """Write a text as it stands in XML; what XML cannot hold becomes U+FFFD."""
    return escape_html(printable(text))


def _frame(picture: GanttPicture) -> _Frame:
    start = min((bar.start - bar.setup for bar in picture.bars), default=0)
    start = start // _DAY * _DAY if picture.has_calendar else min(0, start)
    end = max((bar.end for bar in picture.bars), default=start + 1)
    end = max(end, start + 1, *(time for time, _ in picture.marks)) if picture.marks else max(end, start + 1)
    lengths = sorted(bar.end - bar.start for bar in picture.bars) or [1]
    wanted = (end - start) * _WANTED_BAR_WIDTH / max(1, lengths[len(lengths) // 2])
    scale = (picture.width_pixels or min(max(wanted, _LEAST_WIDTH), _GREATEST_WIDTH)) / (end - start)
    y, y_of, groups = _TOP, [], []
    for group, rows in groupby(picture.rows, key=lambda row: row.group):
        if group:
            groups.append((group, y))
            y += _GROUP_HEIGHT
        for _ in rows:
            y_of.append(y)
            y += _ROW_HEIGHT
    return _Frame(start, end, scale, tuple(y_of), tuple(groups), y + 14)


def _rows(picture: GanttPicture, frame: _Frame) -> Iterator[str]:
    for group, y in frame.groups:
        yield f'<rect class="gr" y="{y}" width="100%" height="{_GROUP_HEIGHT}"/>'
        yield f'<text class="g" x="12" y="{y + 14}">{_escape(group)}</text>'
    for row, y in zip(picture.rows, frame.y_of, strict=True):
        # A closed span narrower than a pixel would only make the file large.
        for first, last in row.closed:
            width = frame.x(last) - frame.x(first)
            if width >= 1:
                yield f'<rect class="sh" x="{frame.x(first):g}" y="{y}" width="{width:g}" height="{_ROW_HEIGHT}"/>'
        yield f'<path class="l" d="M0 {y + _ROW_HEIGHT - 0.5}H{frame.width:g}"/>'
        yield f'<text class="n" x="12" y="{y + 15}">{_escape(_cut(row.name, _NAMES_WIDTH - 20))}</text>'


def _axis(picture: GanttPicture, frame: _Frame) -> Iterator[str]:
    major, minor = _steps(picture, frame)
    bottom = frame.height - 14
    for step, kind, y, top in ((minor, "l", 68, 58), (major, "m", 54, 44)):
        if step:
            for time in range(-(-frame.start // step) * step, frame.end + 1, step):
                x = frame.x(time)
                yield f'<path class="{kind}" d="M{x:g} {top}V{bottom}"/>'
                if x + 20 < frame.width:
                    yield f'<text x="{x + 3:g}" y="{y}">{_time_name(time, step, picture)}</text>'


def _steps(picture: GanttPicture, frame: _Frame) -> tuple[int, int]:
    """Give the distance of the major and minor marks; 0 for no minor marks."""
    if picture.has_calendar:
        days = ((_WEEK * 4, _WEEK), (_WEEK, _DAY), (_DAY, 720), (_DAY, 360), (_DAY, 120), (_DAY, 60))
        fitting = [pair for pair in days if pair[1] * frame.scale >= _LEAST_MINOR]
        return fitting[-1] if fitting else days[0]
    round_numbers = [factor * 10**power for power in range(18) for factor in (1, 2, 5)]
    minor = round_numbers[bisect_left(round_numbers, _LEAST_MINOR / frame.scale)]
    major = next(step for step in round_numbers if step * frame.scale >= _LEAST_MAJOR and step % minor == 0
                 and step > minor)
    return major, minor


def _time_name(time: int, step: int, picture: GanttPicture) -> str:
    if not picture.has_calendar:
        return str(time)
    if step >= _WEEK:
        return f"week {time // _WEEK + 1}"
    if step == _DAY:
        return f"{_WEEKDAYS[time // _DAY % 7]} {time // _DAY + 1}"
    return f"{time % _DAY // 60:02d}:{time % 60:02d}"


def _marks(picture: GanttPicture, frame: _Frame) -> Iterator[str]:
    for time, name in picture.marks:
        x = frame.x(time)
        yield f'<path class="b" d="M{x:g} {_TOP}V{frame.height - 14}"><title>{_escape(name)}</title></path>'
        yield f'<text x="{x - 4:g}" y="{frame.height - 3}" text-anchor="end">{_escape(name)}</text>'


def _bar(bar: GanttBar, frame: _Frame) -> Iterator[str]:
    x, y = frame.x(bar.start), frame.y_of[bar.row] + 2
    width = max(0.8, frame.x(bar.end) - x)
    color = bar.hue % len(_FILLS)
    dash = _DASHES[bar.hue // len(_FILLS) % len(_DASHES)]
    dashed = f' stroke-dasharray="{dash}"' if dash else ""
    yield f"<g><title>{_escape(bar.title)}</title>"
    if bar.setup:
        left = frame.x(bar.start - bar.setup)
        yield f'<rect class="u" x="{left:g}" y="{y + 5}" width="{max(0.4, x - left):.3g}" height="8"/>'
    yield (f'<rect x="{x:g}" y="{y}" width="{width:.5g}" height="18" rx="1.5" fill="{_FILLS[color]}" '
           f'stroke="{_EDGES[color]}"{dashed}/>')
    text = _cut(bar.label, width - 5, is_whole=True)
    if text:
        yield f'<text x="{x + 3:g}" y="{y + 13}">{_escape(text)}</text>'
    yield "</g>"


def _cut(text: str, width: float, *, is_whole: bool = False) -> str:
    """Shorten a text to a width in pixels; with ``is_whole``, leave it out rather than cut it."""
    letters = int(width / _LETTER_WIDTH)
    if len(text) <= letters:
        return text
    return "" if is_whole or letters < 2 else text[: letters - 1] + "…"
