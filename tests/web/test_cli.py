"""The command line as scripts see it: JSON on standard output, exit codes, nothing half done."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from catalog import service as catalog
from catalog.errors import CatalogInvalid
from web.cli.__main__ import main
from web.database import Database
from web.settings import load_settings

ROOT = Path(__file__).resolve().parents[2]
FLEXIBLE_JOB_SHOP = "2 2 1\n2 1 1 3 2 1 2 2 4\n1 1 2 5\n"


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:  # Any: a function of any arguments
    """Run a verb against a var directory of this test's own."""
    for name in list(os.environ):
        if name.startswith("ONELOT_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("ONELOT_VAR_DIRECTORY", str(tmp_path / "var"))

    def invoke(*arguments: str, text: str | None = None) -> Result:
        return CliRunner().invoke(main, list(arguments), input=text)

    return invoke


def test_migrate_brings_the_database_to_its_newest_shape_once(run: Any) -> None:
    first, second = json.loads(run("migrate").stdout), json.loads(run("migrate").stdout)
    assert first["before"] is None
    assert second["before"] == second["after"] == first["after"]


def test_accounts_are_made_listed_changed_and_closed(run: Any) -> None:
    made = json.loads(run("user", "add", "anna", "--role", "planner").stdout)
    assert len(made["password"]) >= 10
    given = run("user", "add", "bert", "--role", "partner", "--company", "QD-FIN", "--password-stdin",
                text="a good password\n")
    assert "password" not in json.loads(given.stdout)
    assert json.loads(run("user", "password", "anna").stdout)["password"] != made["password"]
    assert json.loads(run("user", "disable", "anna").stdout)["is_active"] is False
    assert [user["login"] for user in json.loads(run("user", "list").stdout)] == ["anna", "bert"]


def test_model_that_nobody_could_configure_is_not_published(run: Any, tmp_path: Path) -> None:
    void = tmp_path / "void.dimacs"
    void.write_text("p cnf 2 2\n1 0\n-1 0\n")
    refused = run("import", str(void))
    assert refused.exit_code == 1
    assert isinstance(refused.exception, CatalogInvalid)
    assert "no valid configuration" in str(refused.exception.problems[0])
    database = Database(load_settings().database_url)
    with database.reading() as session:
        assert catalog.list_products(session) == ()
    database.dispose()
    assert run("model", "check", str(void)).exit_code == 1


def test_import_publishes_and_check_finds_no_breach(run: Any) -> None:
    published = json.loads(run("import", str(ROOT / "catalog" / "demo")).stdout)
    assert [item["code"] for item in published["products"]] == ["bicycle", "pump", "window"]
    assert published["network"] == "demo"
    assert json.loads(run("check", "--json").stdout) == {"breaches": []}
    assert run("check").exit_code == 0


def test_import_with_faults_lists_them_and_publishes_nothing(run: Any, tmp_path: Path) -> None:
    folder = tmp_path / "broken"
    folder.mkdir()
    (folder / "catalog.yaml").write_text("nonsense: [\n")
    result = run("import", str(folder))
    assert result.exit_code == 1
    settings = load_settings()
    assert run("check", "--json").exit_code == 0
    assert settings.var_directory.exists()


def test_check_tells_a_breach_with_exit_code_1(run: Any) -> None:
    run("user", "add", "bert", "--role", "partner", "--company", "QD-FIN")
    path = load_settings().database_url.removeprefix("sqlite:///")
    subprocess.run([sys.executable, "-c",
                    "import sqlite3, sys; c = sqlite3.connect(sys.argv[1]); "
                    "c.execute('UPDATE user_account SET company = NULL'); c.commit(); c.close()", path], check=True)
    result = run("check", "--json")
    assert result.exit_code == 1
    assert json.loads(result.stdout)["breaches"] == [{"invariant": "I22", "message": "partner bert has no company"}]


def test_plan_answers_with_makespan_bound_and_assignments(run: Any, tmp_path: Path) -> None:
    path = tmp_path / "small.fjs"
    path.write_text(FLEXIBLE_JOB_SHOP)
    answer = json.loads(run("plan", str(path), "--seconds", "2", "--json").stdout)
    assert answer["lower_bound"] <= answer["makespan"] == 5
    assert {(item["job"], item["operation"]) for item in answer["assignments"]} == {(0, 0), (0, 1), (1, 0)}
    assert run("plan", str(tmp_path / "missing.fjs")).exit_code == 1


def test_model_answers_and_tells_conflicts_by_exit_code_3(run: Any, tmp_path: Path) -> None:
    path = tmp_path / "car.uvl"
    path.write_text("features\n    Car\n        optional\n            A\n            B\nconstraints\n    A => !B\n")
    answer = json.loads(run("model", "domains", str(path), "--choose", "A=true", "--json").stdout)
    assert answer["count"] == 1
    assert answer["options"]["A"]["true"] == "chosen"
    assert answer["options"]["B"] == {"true": "excluded", "false": "forced"}
    conflict = run("model", "domains", str(path), "--choose", "A=true", "--choose", "B=true", "--json")
    assert conflict.exit_code == 3
    assert sorted(json.loads(conflict.stdout)["conflict"]) == ["A=true", "B=true"]
    assert run("model", "check", str(path)).exit_code == 0
    path.write_text("features\n    Car\nconstraints\n    Car => Nobody\n")
    checked = run("model", "check", str(path))
    assert checked.exit_code == 1
    assert re.search(r"car\.uvl:\d+:\d+: ", checked.stdout)


def test_doctor_looks_at_everything(run: Any) -> None:
    run("migrate")
    result = run("doctor", "--json")
    findings = {item["name"]: item["state"] for item in json.loads(result.stdout)}
    assert set(findings) == {"python", "loop", "documents", "fonts", "database", "broker", "disk", "secret"}
    assert findings["python"] == findings["database"] == findings["broker"] == "ok"
    assert result.exit_code == (1 if "failed" in findings.values() else 0)


def test_doctor_tells_a_dead_broker_and_a_wrong_setting(run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ONELOT_BROKER_URL", "redis://127.0.0.1:1/0")
    result = run("doctor", "--json")
    assert result.exit_code == 1
    assert {item["name"]: item["state"] for item in json.loads(result.stdout)}["broker"] == "failed"
    monkeypatch.setenv("ONELOT_PORT", "eighty")
    result = run("doctor", "--json")
    assert (result.exit_code, json.loads(result.stdout)[0]["name"]) == (1, "settings")


def test_unknown_benchmark_is_refused_with_those_that_exist(run: Any) -> None:
    result = run("bench", "nothing")
    assert result.exit_code == 2
    assert "plan" in result.stderr


@pytest.mark.slow
def test_demo_walks_one_order_through_the_whole_chain(run: Any, tmp_path: Path) -> None:
    result = run("demo", "--once")
    assert result.exit_code == 0, result.output
    story = result.stdout
    for figure in ("Uw 0.82", "69.0 kg", "2,075.56 CNY", "saw 11.4 min", "weld 9.0 min", "insulating_glass 7.7 min",
                   "glaze 24.9 min"):
        assert figure in story, story
    documents = sorted((tmp_path / "var" / "documents").iterdir())
    assert [path.name.split("-")[0] for path in documents] == ["quote", "work"]
    assert all(path.read_bytes().startswith(b"%PDF-") for path in documents)
    assert json.loads(subprocess.run(
        [sys.executable, "-m", "web.cli", "check", "--json"], cwd=ROOT, capture_output=True, check=True, text=True,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT),
             "ONELOT_VAR_DIRECTORY": str(tmp_path / "var")}).stdout) == {"breaches": []}
    again = run("demo", "--once")
    assert again.exit_code == 0
    assert "placed" not in again.stderr
    assert run("user", "add", "somebody", "--role", "sales").exit_code == 0
    refused = run("demo", "--once")
    assert refused.exit_code == 1
    assert "somebody" in refused.stderr


def test_model_explain_answers_in_json_with_documented_exit_codes(run: Any, tmp_path: Path) -> None:
    path = tmp_path / "a.uvl"
    path.write_text("features\n    Root\n        optional\n            A\n            B\nconstraints\n    A => !B\n",
                    encoding="utf-8")
    excluded = run("model", "explain", str(path), "--choose", "A=true", "B=true", "--json")
    assert excluded.exit_code == 3
    assert json.loads(excluded.stdout)["choices"] == ["A=true"]
    possible = run("model", "explain", str(path), "B=true", "--json")
    assert (possible.exit_code, json.loads(possible.stdout)) == (0, {"state": "possible"})
    assert run("model", "explain", str(path), "C=true").exit_code == 2
    assert run("model", "explain", str(path), "\udcff=1", "--choose", "\udcff").exit_code == 2
