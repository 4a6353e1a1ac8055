"""``onelot model audit`` and ``model diff`` as scripts and people see them."""

from __future__ import annotations

import json
from pathlib import Path

from click.testing import CliRunner

from web.cli.__main__ import main

MODEL = "c 1 root\nc 2 one\nc 3 two\np cnf 3 3\n1 0\n-2 -3 0\n-2 -1 0\n"
WIDER = "c 1 root\nc 2 one\nc 3 two\np cnf 3 2\n1 0\n-2 -3 0\n"


def test_audit_prints_lines_or_json(tmp_path: Path) -> None:
    file = tmp_path / "model.dimacs"
    file.write_text(MODEL, encoding="utf-8")
    lines = CliRunner().invoke(main, ["model", "audit", str(file)])
    assert lines.exit_code == 0
    assert "dead_option" in lines.stdout
    assert "one = " in lines.stdout
    found = CliRunner().invoke(main, ["model", "audit", str(file), "--json", "--seconds", "30"])
    kinds = [item["kind"] for item in json.loads(found.stdout)["products"][0]["findings"]]
    assert "dead_option" in kinds
    missing = CliRunner().invoke(main, ["model", "audit", str(file), "--product", "other", "--json"])
    assert (missing.exit_code, "error" in json.loads(missing.stdout)) == (2, True)


def test_diff_prints_lines_or_json_and_says_by_its_exit_code_whether_anything_differs(tmp_path: Path) -> None:
    old, new = tmp_path / "old.dimacs", tmp_path / "new.dimacs"
    old.write_text(MODEL, encoding="utf-8")
    new.write_text(WIDER, encoding="utf-8")
    same = CliRunner().invoke(main, ["model", "diff", str(old), str(old)])
    assert (same.exit_code, "same" in same.stdout) == (0, True)
    lines = CliRunner().invoke(main, ["model", "diff", str(old), str(new)])
    assert lines.exit_code == 1
    assert "every old configuration is possible in the new version (proven)" in lines.stdout
    found = json.loads(CliRunner().invoke(main, ["model", "diff", str(old), str(new), "--json"]).stdout)
    assert found["products"][0]["variants"] == {"old": "2", "new": "3"}
    missing = CliRunner().invoke(main, ["model", "diff", str(old), str(tmp_path / "none.dimacs")])
    assert missing.exit_code == 1
