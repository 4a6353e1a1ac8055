"""Broken test configurations as problems with their place, in the check of a source and at publish."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path
from shutil import copytree

import pytest

from catalog.errors import CatalogInvalid
from catalog.product import ConfigurationCase, ProductDefinition
from catalog.text import Text
from configurator.audit.cases import find_broken, find_broken_cases
from configurator.commands import model_check
from configurator.compiling import CompileFault, compile_product
from tests.factories import attr, choice, implies, rule
from tests.factories import test as compare
from tests.unit.configurator.oracle import ROOT
from web.publishing import prepare

DAY = date(2026, 3, 1)


def a_product() -> ProductDefinition:
    fits = rule("fits", implies(compare(attr("size"), "=", "l"), compare(attr("color"), "=", "red")))
    cases = (ConfigurationCase("blue_l", Text.of("A large blue one"), {"size": "l", "color": "blue"}, is_valid=True),
             ConfigurationCase("blue_s", Text.of("A small blue one"), {"size": "s", "color": "blue"}, is_valid=False),
             ConfigurationCase("fine", Text.of("Fine"), {"size": "s"}, is_valid=True))
    return ProductDefinition("p", Text.of("P"), (choice("size", "s", "l"), choice("color", "red", "blue")),
                             rules=(fits,), cases=cases)


def test_broken_cases_say_which_rule_refuses_or_that_none_does() -> None:
    problems = find_broken_cases([a_product()], path=Path("model.uvl"), on=DAY)
    assert [(item.file, item.message) for item in problems] == [
        ("model.uvl",
         "test configuration blue_l (A large blue one) must be valid and is refused by fits: reason of fits"),
        ("model.uvl",
         "test configuration blue_s (A small blue one) must be invalid and is valid: no rule refuses it")]


def test_only_the_rules_of_the_day_count() -> None:
    definition = a_product()
    later = replace(definition, rules=(replace(definition.rules[0], valid_from=date(2027, 1, 1)),),
                    cases=definition.cases[:1])
    assert find_broken_cases([later], path=Path("x"), on=DAY) == ()
    assert len(find_broken_cases([later], path=Path("x"), on=None)) == 1


def test_a_version_with_a_broken_case_is_not_served() -> None:
    found = compile_product(a_product(), content_hash="x", on=DAY, cache_directory=None)
    assert isinstance(found, CompileFault)
    assert "blue_l" in found.reason
    assert "blue_s" in found.reason
    sound = replace(a_product(), cases=a_product().cases[2:])
    assert not isinstance(compile_product(sound, content_hash="x", on=DAY, cache_directory=None), CompileFault)


def test_products_without_cases_need_no_run() -> None:
    assert find_broken(replace(a_product(), cases=())) == ()


def test_check_of_a_folder_names_the_file_of_the_cases(tmp_path: Path) -> None:
    folder = tmp_path / "demo"
    copytree(ROOT / "catalog" / "demo", folder)
    assert model_check(folder, on=DAY) == (0, ())
    cases = folder / "products" / "window" / "cases.yaml"
    text = cases.read_text(encoding="utf-8")
    cases.write_text(text.replace("must_be: valid", "must_be: invalid", 1), encoding="utf-8")
    code, problems = model_check(folder, on=DAY)
    assert code == 1
    assert {item.file for item in problems} == {"products/window/cases.yaml"}


def test_a_folder_with_a_broken_case_is_not_published(tmp_path: Path) -> None:
    folder = tmp_path / "demo"
    copytree(ROOT / "catalog" / "demo", folder)
    cases = folder / "products" / "pump" / "cases.yaml"
    cases.write_text(cases.read_text(encoding="utf-8").replace("must_be: valid", "must_be: invalid", 1),
                     encoding="utf-8")
    with pytest.raises(CatalogInvalid) as refusal:
        prepare(path=folder, on=DAY, cache_directory=None)
    (problem,) = refusal.value.problems
    assert problem.file.startswith("products/pump/")
    assert "must be invalid and is valid" in problem.message
