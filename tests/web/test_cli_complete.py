"""``./onelot model complete`` as scripts see it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from web.cli.__main__ import main

CATALOG = str(Path(__file__).resolve().parents[2] / "catalog" / "demo")


@pytest.fixture(autouse=True)
def _own_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ONELOT_VAR_DIRECTORY", str(tmp_path / "var"))


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["model", "complete", CATALOG, *arguments])


def test_the_answer_is_one_line_of_json() -> None:
    found = run("--product", "window", "--objective", "cheapest", "--budget", "1048.06", "--json")
    assert found.exit_code == 0
    answer = json.loads(found.stdout)
    assert found.stdout.count("\n") == 1
    assert answer["price_minor"] <= 104_806


def test_limits_out_of_reach_end_with_3() -> None:
    found = run("--product", "window", "--choose", "profile=ALU75", "--co2-grams", "10")
    assert found.exit_code == 3
    assert json.loads(found.stdout)["out_of_reach"] == ["co2_grams"]


@pytest.mark.parametrize("arguments", [
    ("--budget", "nan"), ("--budget", "-1"), ("--budget", "1.234"), ("--budget", "1e5"), ("--budget", "9" * 40),
    ("--co2-grams", "1.5"), ("--minutes", "-3"), ("--objective", "dearest"), ("--minutes", "9" * 30),
])
def test_what_is_no_limit_is_not_understood(arguments: tuple[str, ...]) -> None:
    found = run("--product", "window", *arguments)
    assert found.exit_code == 2
    assert "Traceback" not in found.output
