"""The standalone Gantt picture: well-formed, escaped, readable with thousands of bars."""

from __future__ import annotations

import re

import pytest
from defusedxml import ElementTree

from scheduling.gantt import GanttBar, GanttPicture, GanttRow, gantt_svg

SVG = "{http://www.w3.org/2000/svg}"


def picture(count: int = 3, **changes: object) -> GanttPicture:
    rows = (GanttRow("saw", "site 1", ((0, 5),)), GanttRow("drill", "site 2"))
    bars = tuple(GanttBar(n % 2, n * 10, n * 10 + 8, n, f"{n}.0", f"job {n}", n % 3) for n in range(count))
    values = {"heading": "h", "note": "n", "rows": rows, "bars": bars, **changes}
    return GanttPicture(**values)  # type: ignore[arg-type]


def test_every_bar_has_a_tooltip_and_rows_stand_under_their_groups() -> None:
    root = ElementTree.fromstring(gantt_svg(picture()))
    titles = [title.text for title in root.iter(f"{SVG}title")]
    assert titles == ["h", "job 0", "job 1", "job 2"]
    y_of = {text.text: float(text.get("y", "0")) for text in root.iter(f"{SVG}text")}
    assert y_of["site 1"] < y_of["saw"] < y_of["site 2"] < y_of["drill"]
    assert {"0.0", "1.0", "2.0"} <= set(y_of)


def test_everything_is_escaped() -> None:
    evil = '<script>"&'
    bars = (GanttBar(0, 0, 90, 0, evil, evil),)
    drawn = gantt_svg(picture(heading=evil, note=evil, rows=(GanttRow(evil, evil),), bars=bars, marks=((50, evil),)))
    assert "<script>" not in drawn
    assert evil in [title.text for title in ElementTree.fromstring(drawn).iter(f"{SVG}title")]


def test_names_that_xml_cannot_hold_are_drawn_all_the_same() -> None:
    evil = "saw\x00\x1b\x0b \ud800\uffff\n2"
    rows = (GanttRow(evil, evil), GanttRow("drill"))
    bars = (GanttBar(0, 0, 90, 0, evil, evil),)
    drawn = gantt_svg(picture(heading=evil, note=evil, rows=rows, bars=bars, marks=((50, evil),)))
    root = ElementTree.fromstring(drawn.encode("utf-8"))
    assert "saw\ufffd\ufffd\ufffd \ufffd\ufffd\ufffd2" in [text.text for text in root.iter(f"{SVG}title")]


def test_no_bar_gives_an_empty_axis() -> None:
    root = ElementTree.fromstring(gantt_svg(picture(0)))
    assert len(list(root.iter(f"{SVG}g"))) == 0


def test_thousands_of_bars_keep_to_the_width_and_to_two_levels_of_time() -> None:
    bars = tuple(GanttBar(n % 40, n // 40 * 50, n // 40 * 50 + 40, n % 90, f"{n}", f"bar {n}") for n in range(5000))
    rows = tuple(GanttRow(f"unit {n}", f"site {n // 10}") for n in range(40))
    drawn = gantt_svg(GanttPicture("many", "note", rows, bars, has_calendar=True))
    root = ElementTree.fromstring(drawn)
    assert float(root.get("width", "0")) <= 12_400
    assert len(list(root.iter(f"{SVG}g"))) == 5000
    assert re.search(r">Tue 2<", drawn)
    assert re.search(r">\d\d:00<", drawn)
    assert len(drawn) < 3_000_000


@pytest.mark.parametrize("last", [1, 10**9, 10**13, 10**15, 2**53])
def test_any_length_of_a_plan_has_an_axis(last: int) -> None:
    for has_calendar in (False, last < 10**8):
        drawn = gantt_svg(picture(bars=(GanttBar(0, 0, last, 0, "a", "a"),), has_calendar=has_calendar))
        assert len(drawn) < 20_000
        assert 1 < len(re.findall(r'<path class="[lm]"', drawn)) < 100
        assert ElementTree.fromstring(drawn).tag.endswith("svg")


def test_bars_of_one_color_are_told_apart_by_their_edges() -> None:
    drawn = gantt_svg(picture(bars=(GanttBar(0, 0, 9, 0, "a", "a"), GanttBar(1, 0, 9, 12, "b", "b"))))
    assert drawn.count('fill="#cfe3f5"') == 2
    assert drawn.count("stroke-dasharray=") == 1


def test_a_picture_for_a_page_has_the_width_that_is_asked_for() -> None:
    root = ElementTree.fromstring(gantt_svg(picture(2000, width_pixels=700)))
    assert 700 < float(root.get("width", "0")) < 900
    ends = [float(rect.get("x", "0")) + float(rect.get("width", "0")) for rect in root.iter(f"{SVG}rect")
            if rect.get("rx")]
    assert len(ends) == 2000
    assert max(ends) <= float(root.get("width", "0"))
