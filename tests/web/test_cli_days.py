"""The ``model`` commands agree on the day whose rules count, write decimals as they read them, and refuse odd times."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from web.cli.__main__ import main

CATALOG = """\
title: Lamp
attributes:
  - {code: a, title: A, options: [{code: a0, title: A0}, {code: a1, title: A1}, {code: a2, title: A2}]}
  - {code: b, title: B, options: [{code: b0, title: B0}, {code: b1, title: B1}]}
  - {code: x, kind: number, title: X, minimum: 4, maximum: 5, step: 0.1}
rules:
  - {code: past, holds: a = a1, reason: Old., valid_until: 2020-01-01}
  - {code: low, when: "a in [a1, a2]", requires: b = b0, reason: Same.}
  - {code: high, when: "a in [a0, a1]", requires: b = b0, reason: Same.}
  - {code: width, when: a = a2, requires: x >= 4.5, reason: Wide.}
"""


@pytest.fixture
def lamp(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("ONELOT_VAR_DIRECTORY", str(tmp_path / "var"))
    folder = tmp_path / "lamps"
    (folder / "products" / "lamp").mkdir(parents=True)
    (folder / "catalog.yaml").write_text("format: onelot-catalog-1\n")
    (folder / "products" / "lamp" / "product.yaml").write_text(CATALOG)
    return folder


def run(*arguments: object) -> tuple[int, dict[str, Any]]:
    result = CliRunner().invoke(main, [str(argument) for argument in arguments])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, json.loads(result.stdout) if result.stdout.startswith("{") else {}


def test_an_expired_rule_counts_on_its_day_alone(lamp: Path) -> None:
    code, today = run("model", "domains", lamp, "--json")
    assert (code, today["options"]["a"]["a0"]) == (0, "available")
    code, then = run("model", "domains", lamp, "--on", "2019-12-31", "--json")
    assert (code, then["options"]["a"]["a0"]) == (0, "excluded")
    assert run("model", "domains", lamp, "--on", "2020-01-01", "--json")[1] == today
    assert run("model", "explain", lamp, "a=a0", "--json") == (0, {"state": "possible"})
    assert run("model", "explain", lamp, "a=a0", "--on", "2019-06-01", "--json")[0] == 3
    assert run("model", "complete", lamp, "--choose", "a=a0", "--json")[1]["whole"]["a"] == "a0"


def test_the_own_choice_is_set_aside_in_a_contradiction(lamp: Path) -> None:
    contradicting = ("--choose", "a=a2", "--choose", "x=4.2")
    assert run("model", "domains", lamp, *contradicting, "--json")[0] == 3
    assert run("model", "explain", lamp, *contradicting, "a=a0", "--json") == (0, {"state": "possible"})
    code, facts = run("model", "explain", lamp, *contradicting, "a=a2", "--json")
    assert (code, facts["state"], facts["choices"]) == (3, "excluded", ["x=4.2"])


def test_answers_can_be_given_back_as_choices(lamp: Path) -> None:
    code, facts = run("model", "explain", lamp, "--choose", "x=4.2", "a=a2", "--json")
    assert code == 3
    (change,) = facts["repairs"][0]["changes"]
    assert change == {"name": "x", "before": "4.2", "after": "4.5"}
    assert run("model", "domains", lamp, "--choose", f"x={change['after']}", "--choose", "a=a2", "--json")[0] == 0
    assert run("model", "domains", lamp, "--json")[1]["numbers"]["x"] == {"step": "0.1", "intervals": [["4", "5"]]}


def test_rules_with_the_same_reason_are_all_named(lamp: Path) -> None:
    code, facts = run("model", "explain", lamp, "b=b1", "--json")
    assert (code, [rule["code"] for rule in facts["rules"]]) == (3, ["low", "high"])


@pytest.mark.parametrize("seconds", ["nan", "inf", "1e999", "0", "-1", "soon"])
def test_a_time_that_is_none_is_refused(lamp: Path, seconds: str) -> None:
    assert run("model", "audit", lamp, "--seconds", seconds)[0] == 2
    assert run("model", "diff", lamp, lamp, "--seconds", seconds)[0] == 2


def test_a_file_that_cannot_be_written_is_said(lamp: Path, tmp_path: Path) -> None:
    target = str(tmp_path / "no" / "x.uvl")
    result = CliRunner().invoke(main, ["model", "export", str(lamp), "--to", "uvl", "-o", target])
    assert result.exit_code == 1
    assert "cannot be written" in result.output


def test_faults_of_a_whole_product_stand_where_they_come_from(lamp: Path) -> None:
    source = lamp / "products" / "lamp" / "product.yaml"
    source.write_text(CATALOG + "cases:\n  - {code: both, title: Both, choose: {a: a1, b: b1}, must_be: valid}\n")
    result = CliRunner().invoke(main, ["model", "check", str(lamp)])
    assert "product.yaml:12:5: test configuration both (Both) must be valid and is refused by low" in result.output
    source.write_text(CATALOG + "  - {code: never, holds: a = a0 and a = a1, reason: No.}\n")
    result = CliRunner().invoke(main, ["model", "check", str(lamp)])
    assert result.exit_code == 1
    assert "product.yaml:11:5: this product has no valid configuration: its rules contradict each other: never" in (
        result.output)
