"""Drawings: well-formed whatever the values, escaped texts, and what a choice changes in the picture."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from web.drawings import draw_option, draw_product
from web.drawings.window import draw_section

PRODUCTS = ("window", "bicycle", "pump")
NAMES = ("width", "height", "profile", "glass", "opening", "hinge", "frame", "size", "fork", "wheel", "tyre", "drive",
         "chainring", "brake", "bar", "motor", "battery", "rack", "light", "colour", "engraving", "engraving_text",
         "pumps", "stages", "vsd", "material")
VALUES = st.one_of(st.text(max_size=30), st.fractions(), st.sampled_from(["1e9", "-5", "0", "laser", "true", "1/0"]))


def well_formed(svg: str) -> ElementTree.Element:
    return ElementTree.fromstring(re.sub("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]", "", svg))


@given(values=st.dictionaries(st.sampled_from(NAMES), VALUES, max_size=12), title=st.text(max_size=20))
def test_drawing_is_well_formed_whatever_the_values(values: dict[str, object], title: str) -> None:
    for product in PRODUCTS:
        for is_thumbnail in (False, True):
            element = well_formed(draw_product(product, values, title=title, is_thumbnail=is_thumbnail))
            assert element.tag.endswith("svg")
            assert "style" not in {name for part in element.iter() for name in part.attrib}


@given(attribute=st.sampled_from(NAMES), code=st.text(max_size=20))
def test_option_picture_is_well_formed_or_absent(attribute: str, code: str) -> None:
    picture = draw_option(attribute, code)
    assert picture == "" or well_formed(picture).tag.endswith("svg")


def test_engraved_text_is_escaped() -> None:
    svg = draw_product("bicycle", {"engraving": "laser", "engraving_text": '<script>"&'})
    assert "<script>" not in svg
    assert "&lt;script&gt;" in svg


def test_text_without_engraving_is_not_drawn() -> None:
    assert "hello" not in draw_product("bicycle", {"engraving": "no", "engraving_text": "hello"})


@pytest.mark.parametrize(("product", "one", "other"), [
    ("window", {"opening": "fixed"}, {"opening": "tilt_turn"}), ("window", {"hinge": "left"}, {"hinge": "right"}),
    ("window", {"width": "700"}, {"width": "1400"}), ("bicycle", {"bar": "drop"}, {"bar": "flat"}),
    ("bicycle", {"colour": "RAL3020"}, {"colour": "RAL5015"}), ("bicycle", {"motor": "none"}, {"motor": "250W-mid"}),
    ("bicycle", {"rack": "no"}, {"rack": "rear"}), ("bicycle", {"fork": "rigid-carbon"}, {"fork": "sus-140"}),
    ("pump", {"pumps": "1"}, {"pumps": "2"}), ("pump", {"stages": 2}, {"stages": 5}),
    ("pump", {"vsd": "false"}, {"vsd": "true"}),
])
def test_choice_changes_the_drawing(product: str, one: dict[str, object], other: dict[str, object]) -> None:
    assert draw_product(product, one) != draw_product(product, other)


def test_dimensions_are_written_as_chosen() -> None:
    svg = draw_product("window", {"width": "1230", "height": "1480", "profile": "PVC82"})
    assert re.findall(r">(\d+)</text>", svg) == ["1230", "1480", "994"]


def test_section_counts_panes_and_chambers() -> None:
    svg = draw_section({"profile": "PVC82", "glass": "3-4/14/4/14/4"})
    assert svg.count('class="fill-glass"') == 3
    assert svg.count('class="d-hatch"') == 2
    assert svg.count('class="d-chamber"') == 7


def test_unknown_drawing_is_empty() -> None:
    assert draw_product("table", {"width": "1"}) == ""
    assert draw_option("unheard_of", "x") == ""
