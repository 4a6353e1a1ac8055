"""``model export`` and ``model import``: files out, edits back into the folder, refusals with exit codes."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from openpyxl import load_workbook

import catalog
from catalog.formats.uvl import read_uvl
from web.cli.__main__ import main

DEMO = Path(catalog.__file__).parent / "demo"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    shutil.copytree(DEMO, tmp_path / "catalog")
    return tmp_path / "catalog"


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, list(arguments))


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def change(workbook: Path, sheet: str, shown: str, value: object) -> str:
    """Replace the one cell that shows a text; give its address."""
    book = load_workbook(workbook)
    (cell,) = [cell for row in book[sheet].iter_rows() for cell in row if cell.value == shown]
    cell.value = value  # type: ignore[assignment]
    book.save(workbook)
    return f"{sheet}!{cell.coordinate}"


def test_product_is_exported_as_uvl_and_what_is_left_out_is_told(tmp_path: Path) -> None:
    target = tmp_path / "window.uvl"
    done = run("model", "export", str(DEMO), "--to", "uvl", "--product", "window", "-o", str(target))
    assert done.exit_code == 0
    assert "left out: attribute width: a number, not a choice" in done.stderr
    assert "profile=PVC82" in {attribute.code for attribute in read_uvl(target).attributes}
    printed = run("model", "export", str(DEMO), "--to", "uvl", "--product", "window")
    assert printed.stdout == target.read_text(encoding="utf-8")


def test_product_must_be_named_among_several() -> None:
    for format_name, more in (("uvl", ()), ("xlsx", ("-o", "never.xlsx"))):
        refused = run("model", "export", str(DEMO), "--to", format_name, *more)
        assert refused.exit_code == 2
        assert "bicycle, pump, window" in refused.stderr
    assert run("model", "export", str(DEMO), "--to", "xlsx", "--product", "pump").exit_code == 2
    assert not Path("never.xlsx").exists()


def test_unchanged_workbook_changes_no_file(folder: Path, tmp_path: Path) -> None:
    before, target = contents(folder), tmp_path / "pump.xlsx"
    assert run("model", "export", str(folder), "--to", "xlsx", "--product", "pump", "-o", str(target)).exit_code == 0
    done = run("model", "import", str(target), "--onto", str(folder))
    assert json.loads(done.stdout) == {"product": "pump", "changed": []}
    assert contents(folder) == before


def test_edit_is_taken_over_and_told_and_line_ends_stay(folder: Path, tmp_path: Path) -> None:
    prices, target = folder / "products/window/glass.csv", tmp_path / "window.xlsx"
    prices.write_bytes(b"\xef\xbb\xbf" + prices.read_bytes().replace(b"\n", b"\r\n"))
    before = contents(folder)
    run("model", "export", str(folder), "--to", "xlsx", "--product", "window", "-o", str(target))
    change(target, "options", "Double 4/16/4", "Double glass 4/16/4")
    done = run("model", "import", str(target), "--onto", str(folder))
    assert done.exit_code == 0, done.stderr
    assert json.loads(done.stdout) == {"product": "window", "changed": ["products/window/glass.csv"]}
    assert "+2-4/16/4,Double glass 4/16/4,双玻 4/16/4" in done.stderr
    after = contents(folder)
    assert {name for name in after if after[name] != before[name]} == {str(prices)}
    assert after[str(prices)] == before[str(prices)].replace(b"Double 4/16/4", b"Double glass 4/16/4")
    stale = run("model", "import", str(target), "--onto", str(folder))
    assert stale.exit_code == 1
    assert "about!B3: the product has changed" in stale.stderr


def test_refused_edit_changes_nothing_and_names_its_cell(folder: Path, tmp_path: Path) -> None:
    before, target = contents(folder), tmp_path / "window.xlsx"
    run("model", "export", str(folder), "--to", "xlsx", "--product", "window", "-o", str(target))
    place = change(target, "presets", "economy", "=1+1")
    done = run("model", "import", str(target), "--onto", str(folder), "--product", "window")
    assert done.exit_code == 1
    assert f"{place}: found a formula" in done.stderr
    other = run("model", "import", str(target), "--onto", str(folder), "--product", "pump")
    assert "about!B2: expected the product pump" in other.stderr
    (tmp_path / "no.xlsx").write_bytes(b"code,title\n")
    assert run("model", "import", str(tmp_path / "no.xlsx"), "--onto", str(folder)).exit_code == 1
    assert contents(folder) == before


def test_faults_of_the_folder_are_told_before_anything_is_written(folder: Path, tmp_path: Path) -> None:
    (folder / "products/window/bom.csv").write_text("part,quantity,when,operation\nNO,1,,\n", encoding="utf-8")
    refused: Any = run("model", "export", str(folder), "--to", "xlsx", "--product", "window", "-o",
                       str(tmp_path / "x.xlsx"))
    assert refused.exit_code == 1
    assert not (tmp_path / "x.xlsx").exists()
