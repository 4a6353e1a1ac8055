from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from catalog.product import ProductDefinition
from catalog.text import Text
from configurator.commands import model_check, model_domains
from configurator.engine.compiler import BudgetExceeded
from configurator.soundness import find_void
from tests.factories import attr, number, rule
from tests.factories import test as compare
from tests.unit.configurator.oracle import FIXTURES, ROOT, DimacsOracle


def answer(name: str, *choices: str, **options: Any) -> tuple[int, dict[str, Any]]:
    code, facts = model_domains(FIXTURES / name, choices, **options)
    assert json.loads(json.dumps(facts)) == facts
    return code, facts


def test_domains_say_chosen_forced_available_and_excluded() -> None:
    assert answer("switches.dimacs", "left=on=true") == (0, {
        "count": 1,
        "options": {
            "Main Switch": {"true": "forced", "false": "excluded"},
            "left=on": {"true": "chosen", "false": "excluded"},
            "right": {"true": "excluded", "false": "forced"},
            "4": {"true": "excluded", "false": "forced"},
        },
    })


def test_every_small_selection_equals_the_oracle() -> None:
    oracle = DimacsOracle(FIXTURES / "switches.dimacs")
    oracle.numbers["4"] = 4
    for values in product((None, "true", "false"), repeat=4):
        choices = {n: v for n, v in zip(oracle.numbers, values, strict=True) if v}
        code, facts = answer("switches.dimacs", *(f"{name}={value}" for name, value in choices.items()))
        assert code == (0 if oracle.is_consistent(choices) else 3)
        if code == 0:
            assert facts["options"] == oracle.states(choices)


def test_contradictory_choices_give_a_minimal_conflict() -> None:
    code, facts = answer("switches.dimacs", "Main Switch=true", "left=on=true", "right=true")
    assert (code, facts) == (3, {"conflict": ["left=on=true", "right=true"]})
    code, facts = answer("switches.dimacs", "right=true", "right=false")
    assert (code, facts) == (3, {"conflict": ["right=true", "right=false"]})


def test_tables_count_exactly() -> None:
    code, facts = answer("car.xml")
    # Rows: (0,0) with seats 0, -1; (1,-1), (2,-1) with seats 0, 1; (2,1) with seats 0, 1, -1.
    assert code == 0
    assert facts["count"] == 2 + 2 + 2 + 3
    assert answer("car.xml", "engine=0", "seats=1") == (3, {"conflict": ["engine=0", "seats=1"]})
    assert answer("car.xml", "roof=-1")[1]["options"]["seats"] == {
        "0": "available", "1": "available", "-1": "excluded",
    }


def test_the_tent_is_answered_through_the_whole_path() -> None:
    code, facts = answer("tent.uvl", "Tunnel=true")
    assert code == 0
    assert facts["options"]["Porch"] == {"true": "excluded", "false": "forced"}
    assert facts["options"]["Fly Sheet"]["true"] == "forced"
    assert answer("tent.uvl", "Tunnel=true", "Pegs=true", "Porch=true") == (
        3, {"conflict": ["Tunnel=true", "Porch=true"]}
    )


@pytest.mark.parametrize(
    ("choice", "words", "meant"),
    [
        ("Porsch=true", "Did you mean Porch?", ["Porch"]),
        ("Porch=True", "Did you mean true?", ["true"]),
        ("Porch=7", "It can be true, false.", []),
        ("Porch", "NAME=VALUE", []),
    ],
)
def test_unknown_names_and_values_are_told(choice: str, words: str, meant: list[str]) -> None:
    code, facts = answer("tent.uvl", choice)
    assert code == 2
    assert words in facts["error"]["message"]
    assert facts["error"]["did_you_mean"] == meant


def test_a_folder_of_several_products_wants_one_named() -> None:
    demo = ROOT / "catalog" / "demo"
    code, facts = model_domains(demo, [])
    assert code == 2
    assert "--product" in str(facts["error"])
    by_option = model_domains(demo, ["width=1230", "profile=PVC82"], product="window")
    by_prefix = model_domains(demo, ["window/width=1230", "window/profile=PVC82"])
    assert by_option == by_prefix
    assert by_option[0] == 0
    assert "numbers" in by_option[1]
    assert model_domains(demo, ["width=1230.5"], product="window")[0] == 2


def test_faulty_sources_are_told_with_exit_code_1(tmp_path: Path) -> None:
    faulty = tmp_path / "m.uvl"
    faulty.write_text("features\n    A\nconstraints\n    A &\n")
    code, problems = model_check(faulty)
    assert code == 1
    assert [str(problem)[:11] for problem in problems] == ["m.uvl:4:8: "]
    code, facts = model_domains(faulty, [])
    assert code == 1
    assert len(facts["error"]["problems"]) == 1  # type: ignore[index]
    assert model_check(FIXTURES / "tent.uvl") == (0, ())


def test_a_model_without_any_configuration_conflicts_with_nothing_chosen(tmp_path: Path) -> None:
    void = tmp_path / "void.uvl"
    void.write_text("features\n    A\nconstraints\n    !A\n")
    assert model_domains(void, []) == (3, {"conflict": []})


@pytest.mark.parametrize(("name", "source"), [
    ("void.uvl", "features\n    A\nconstraints\n    !A\n"), ("void.dimacs", "p cnf 2 2\n1 0\n-1 0\n")])
def test_a_model_without_any_configuration_is_a_problem_of_its_source(tmp_path: Path, name: str, source: str) -> None:
    void = tmp_path / name
    void.write_text(source)
    code, problems = model_check(void)
    assert code == 1
    (problem,) = problems
    assert str(problem).startswith(
        f"{name}:0:0: this product has no valid configuration: its rules contradict each other")


def test_only_the_rules_of_the_day_count_when_a_source_is_checked(tmp_path: Path) -> None:
    definition = ProductDefinition("box", Text.of("Box"), (number("n", 0, 9),), rules=(
        replace(rule("once", compare(attr("n"), "<", 3)), valid_until=date(2027, 1, 1)),
        replace(rule("later", compare(attr("n"), ">", 5)), valid_from=date(2027, 1, 1))))
    assert find_void((definition,), path=tmp_path, on=date(2026, 12, 31)) == ()
    assert find_void((definition,), path=tmp_path, on=date(2027, 1, 1)) == ()
    (problem,) = find_void((definition,), path=tmp_path, on=None)
    assert problem.file == "products/box/product.yaml"


def test_a_model_too_large_to_count_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    def exceeds(*_: object, **__: object) -> None:
        raise BudgetExceeded

    monkeypatch.setattr("configurator.commands.compile_definition", exceeds)
    code, facts = answer("switches.dimacs")
    assert code == 1
    assert facts["error"]["code"] == "budget_exceeded"
