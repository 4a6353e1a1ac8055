from __future__ import annotations

import json
from pathlib import Path
from shutil import copytree

from configurator.commands_audit import (
    Refusal,
    audit_lines,
    audits_document,
    model_audit,
    model_diff,
    source_difference_document,
)
from tests.unit.configurator.oracle import FIXTURES, ROOT

DEMO = ROOT / "catalog" / "demo"


def test_the_demo_families_have_no_errors_and_every_finding_is_explained() -> None:
    answer = model_audit(DEMO, seconds=120.0)
    assert not isinstance(answer, Refusal)
    code, audits = answer
    assert code == 0
    assert {audit.product_code for audit in audits} == {"bicycle", "pump", "window"}
    for audit in audits:
        assert audit.not_checked == ()
        assert all(case.holds for case in audit.cases)
        assert all(finding.is_explained for finding in audit.findings)
    document = json.loads(json.dumps(audits_document(audits)))
    assert len(document["products"]) == 3
    pump = next(audit for audit in audits if audit.product_code == "pump")
    assert any("Head ends at 144 m" in line and "largest_stages" in line for line in audit_lines(pump))


def test_one_product_may_be_named_and_an_unknown_one_is_refused() -> None:
    answer = model_audit(DEMO, product="pump", seconds=120.0)
    assert not isinstance(answer, Refusal)
    assert [audit.product_code for audit in answer[1]] == ["pump"]
    refusal = model_audit(DEMO, product="car", seconds=1.0)
    assert isinstance(refusal, Refusal)
    assert refusal.exit_code == 2
    assert json.dumps(refusal.facts)


def test_a_source_with_problems_is_refused(tmp_path: Path) -> None:
    broken = tmp_path / "broken.dimacs"
    broken.write_text("p cnf 1\n", encoding="utf-8")
    for refusal in (model_audit(broken, seconds=1.0), model_diff(broken, DEMO, seconds=1.0)):
        assert isinstance(refusal, Refusal)
        assert refusal.exit_code == 1
        assert "error" in refusal.facts


def test_errors_give_exit_code_one(tmp_path: Path) -> None:
    void = tmp_path / "void.dimacs"
    void.write_text("p cnf 1 2\n1 0\n-1 0\n", encoding="utf-8")
    answer = model_audit(void, seconds=60.0)
    assert not isinstance(answer, Refusal)
    assert answer[0] == 1


def test_sources_differ_by_their_products_and_by_what_these_allow(tmp_path: Path) -> None:
    same = model_diff(DEMO, DEMO, seconds=120.0)
    assert not isinstance(same, Refusal)
    assert (same[0], same[1].is_same) == (0, True)
    changed = tmp_path / "demo"
    copytree(DEMO, changed, ignore=lambda folder, _: ["bicycle"] if folder.endswith("products") else [])
    rules = changed / "products" / "pump" / "rules.yaml"
    text = rules.read_text(encoding="utf-8")
    rules.write_text(text.replace("seal = NBR", "seal = EPDM", 1), encoding="utf-8")
    answer = model_diff(DEMO, changed, seconds=120.0)
    assert not isinstance(answer, Refusal)
    code, found = answer
    assert code == 1
    assert (found.added, found.removed) == ((), ("bicycle",))
    by_code = {item.product_code: item for item in found.differences}
    assert by_code["window"].is_same
    assert {item.part for item in by_code["pump"].items} == {"rule"}
    assert json.loads(json.dumps(source_difference_document(found)))["removed"] == ["bicycle"]


def test_single_products_go_together_whatever_their_codes() -> None:
    answer = model_diff(FIXTURES / "switches.dimacs", FIXTURES / "switches.dimacs", seconds=60.0)
    assert not isinstance(answer, Refusal)
    assert answer[0] == 0
