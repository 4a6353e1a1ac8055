"""``model explain``: states, reasons, repairs and exit codes on a product of our own and on imported ones."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from configurator.commands_explain import model_explain
from tests.unit.configurator.oracle import FIXTURES, ROOT

DEMO = ROOT / "catalog" / "demo"
HEAVY = ("width=1400", "height=2400", "profile=PVC82", "opening=tilt_turn")


def ask(wanted: str, *choices: str, path: Path = DEMO, **options: Any) -> tuple[int, dict[str, Any]]:
    code, facts = model_explain(path, choices, wanted, **options)
    assert json.loads(json.dumps(facts)) == facts
    return code, facts


def test_excluded_value_names_choices_rules_and_repairs() -> None:
    code, facts = ask("glass=3-6/12/4/12/6", *HEAVY, product="window")
    assert code == 3
    assert facts["state"] == "excluded"
    assert set(facts["choices"]) == set(HEAVY)
    (rule,) = facts["rules"]
    assert rule["code"] == "sash_weight.PVC82"
    assert rule["reason"]["en"].startswith("The fittings of PVC 82 carry")
    assert rule["reason"]["zh"]
    assert facts["changes_needed"] == 1
    assert all((len(repair["changes"]), repair["is_least"]) == (1, True) for repair in facts["repairs"])
    assert {repair["changes"][0]["name"] for repair in facts["repairs"]} == {"width", "height", "profile", "opening"}
    prices = [repair["price_minor"] for repair in facts["repairs"]]
    assert prices == sorted(prices)
    assert len({repair["price_minor"] - repair["price_delta_minor"] for repair in facts["repairs"]}) == 1


def test_a_number_is_explained_too_and_keeps_near() -> None:
    code, facts = ask("window/height=2400", "window/width=1400", "window/glass=3-6/12/4/12/6",
                      "window/profile=PVC82", "window/opening=tilt_turn")
    assert code == 3
    changes = {(item["name"], item["before"], item["after"]) for repair in facts["repairs"]
               for item in repair["changes"]}
    assert ("width", "1400", "1242") in changes


def test_possible_chosen_and_forced_values_are_told_apart() -> None:
    assert ask("spacer=alu", product="window") == (0, {"state": "possible"})
    assert ask("spacer=alu", "spacer=alu", product="window") == (0, {"state": "chosen"})
    assert ask("spacer=alu", "spacer=warm", product="window") == (0, {"state": "possible"})
    assert ask("bicycle/engraving_text=Zoe") == (0, {"state": "possible"})
    code, facts = ask("maintenance=true", "warranty=10y", "spacer=warm", product="window")
    assert code == 0
    assert facts["state"] == "forced"
    assert facts["choices"] == ["warranty=10y"]
    assert [rule["code"] for rule in facts["rules"]] == ["services.warranty_10y"]


@pytest.mark.parametrize("wanted", ["nothing=1", "width", "width=1.5", "width=NaN", "width=1e3", "width=１４００",
                                    "width=99999", "glass=stone", "=", "width=" + "9" * 5000, "glass=\x00"])
def test_unknown_names_and_values_are_refused_with_a_code(wanted: str) -> None:
    for choices in ((wanted, "spacer=alu"), ("spacer=alu", wanted)):
        code, facts = ask(*choices, product="window")
        assert code == 2
        assert facts["error"]["code"] == "choice_unknown"


def test_contradicting_choices_are_told_first() -> None:
    assert ask("spacer=alu", "opening=fixed", "opening=tilt_turn", product="window") == (
        3, {"conflict": ["opening=fixed", "opening=tilt_turn"]})
    code, facts = ask("spacer=alu", *HEAVY, "glass=3-6/12/4/12/6", product="window")
    assert code == 3
    assert set(facts["conflict"]) == {*HEAVY, "glass=3-6/12/4/12/6"}


def test_products_without_prices_name_no_prices() -> None:
    code, facts = ask("right=true", "left=on=true", path=FIXTURES / "switches.dimacs")
    assert code == 3
    assert facts["choices"] == ["left=on=true"]
    assert facts["repairs"] == [{"changes": [{"name": "left=on", "before": "true", "after": "false"}],
                                 "is_least": True}]


def test_a_dead_feature_has_no_repair() -> None:
    code, facts = ask("4=true", path=FIXTURES / "switches.dimacs")
    assert (code, facts) == (3, {"state": "excluded", "choices": [], "rules": [], "changes_needed": None,
                                 "repairs": []})


def test_rules_of_a_feature_model_are_named_by_their_wording(tmp_path: Path) -> None:
    path = tmp_path / "car.uvl"
    path.write_text("features\n    Car\n        optional\n            Tow\n            Hook\n            Roof\n"
                    "constraints\n    Tow => Hook\n", encoding="utf-8")
    code, facts = ask("Hook=false", "Tow=true", "Roof=true", path=path)
    assert (code, facts["choices"], [rule["code"] for rule in facts["rules"]]) == (3, ["Tow=true"], ["Tow => Hook"])
    code, facts = ask("Hook=true", "Tow=true", "Roof=true", path=path)
    assert (code, facts["state"], facts["choices"]) == (0, "forced", ["Tow=true"])
    assert [rule["code"] for rule in facts["rules"]] == ["Tow => Hook"]
