"""The colors of drawings: what is drawn on a sheet can be seen on it, in the light and in the dark."""

from __future__ import annotations

import re

import pytest

from web.settings import ROOT

TOKENS = (ROOT / "web" / "static" / "css" / "tokens.css").read_text(encoding="utf-8")
BLOCKS = re.findall(r":root[^{]*\{([^{}]*)\}", TOKENS)


def colors(block: str) -> dict[str, str]:
    return dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", block))


def luminance(color: str) -> float:
    parts = (int(color[place:place + 2], 16) / 255 for place in (1, 3, 5))
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("block", BLOCKS, ids=("light", "dark of the system", "dark as chosen"))
@pytest.mark.parametrize("line", ["drawing", "drawing-2", "rubber"])
def test_lines_of_drawings_stand_out_from_the_sheet(block: str, line: str) -> None:
    known = colors(block)
    darker, lighter = sorted((luminance(known[line]), luminance(known["sheet"])))
    assert (lighter + 0.05) / (darker + 0.05) >= 3
