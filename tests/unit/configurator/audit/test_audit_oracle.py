"""The audit against brute force on random products, and its findings on a real model against a second solver."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import combinations

from hypothesis import given, settings
from hypothesis import strategies as st

from catalog.formats.source import read_source
from catalog.product import ProductDefinition, Value
from configurator.audit.findings import Audit, Finding, FindingKind
from configurator.audit.product_audit import audit_product
from tests.unit.configurator.engine.test_model import brute_force, products
from tests.unit.configurator.engine.test_rule_questions import Evaluated, products_with_numbers
from tests.unit.configurator.oracle import DimacsOracle, real_model


def codes(item: Finding) -> list[str]:
    return [named.code for named in item.rules]


def of_kind(audit: Audit, *kinds: FindingKind) -> dict[tuple[str, str], Finding]:
    return {(item.subject.code, item.subject.option): item for item in audit.findings if item.kind in kinds}


def check_against_brute_force(definition: ProductDefinition) -> None:
    """Compare void, dead, forced and redundant with evaluating everything, and every cause with every smaller set."""
    every, audit = brute_force(definition), audit_product(definition)
    truth = Evaluated(definition, {})
    constraints = frozenset([*(item.code for item in definition.rules), *(t.code for t in definition.table_rules)])
    assert audit.variants == len(every)
    assert bool(of_kind(audit, FindingKind.VOID)) is not bool(every)
    if not every:
        (void,) = audit.findings
        assert not any(set(codes(void)) <= {c for c, kept in each.items() if kept} for each in truth.kept)
        return
    alive = {(item.code, whole[item.code]) for item in definition.attributes for whole in every}
    _check_options(definition, audit, alive)
    silent = of_kind(audit, FindingKind.REDUNDANT, FindingKind.NEVER_BITES, FindingKind.NEVER_APPLIES)
    for code in constraints:
        follows = not any(not each[code] and all(each[other] for other in constraints - {code}) for each in truth.kept)
        assert ((code, "") in silent) is follows
    for (code, _), finding in of_kind(audit, FindingKind.REDUNDANT, FindingKind.NEVER_BITES).items():
        _check_least(truth.kept, code, codes(finding), constraints - {code})


def _check_options(definition: ProductDefinition, audit: Audit, alive: set[tuple[str, Value]]) -> None:
    dead, single = of_kind(audit, FindingKind.DEAD_OPTION), of_kind(audit, FindingKind.SINGLE_OPTION)
    for item in definition.attributes:
        living = [option.code for option in item.options if (item.code, option.code) in alive]
        for option in item.options:
            is_only_no = living == ["false"]
            expected = (item.code, option.code) not in alive and (len(living) > 1 or is_only_no)
            assert ((item.code, option.code) in dead) is expected
            is_forced = living == [option.code] and len(item.options) > 1 and not is_only_no
            assert ((item.code, option.code) in single) is is_forced


def _check_least(kept: list[dict[str, bool]], code: str, cause: list[str], others: frozenset[str]) -> None:
    def implies_it(chosen: tuple[str, ...]) -> bool:
        return all(each[code] for each in kept if all(each[other] for other in chosen))

    assert implies_it(tuple(cause))
    if cause:
        assert not any(implies_it(few) for few in combinations(sorted(others), len(cause) - 1))


@settings(max_examples=100, deadline=None)
@given(products())
def test_audit_equals_brute_force_when_products_are_random(definition: ProductDefinition) -> None:
    check_against_brute_force(definition)


@settings(max_examples=60, deadline=None)
@given(products_with_numbers(), st.data())
def test_audit_equals_brute_force_when_rules_name_numbers(definition: ProductDefinition, data: st.DataObject) -> None:
    check_against_brute_force(definition)
    name = data.draw(st.sampled_from(["n", "m"]))
    reached = {whole[name] for whole in brute_force(definition)}
    low = of_kind(audit_product(definition), FindingKind.MINIMUM_UNREACHABLE).get((name, ""))
    item = definition.attribute(name)
    assert item is not None
    assert (low is not None) is (bool(reached) and item.minimum not in reached)


def test_pc_richmond_findings_stand_before_a_second_solver() -> None:
    (definition,) = read_source(real_model("pc-richmond.uvl")).products
    oracle = DimacsOracle(real_model("pc-richmond.dimacs"))
    audit = audit_product(definition, seconds=300.0)
    assert audit.not_checked == ()
    assert audit.variants == 554_424_990_964_054_425_600
    dead = {name for name in oracle.numbers if not oracle.is_consistent({name: "true"})}
    assert {code for code, _ in of_kind(audit, FindingKind.DEAD_OPTION)} == dead == set()
    for finding in audit.findings:
        assert finding.kind is FindingKind.COMES_WITH
        chosen = {finding.subject.code: finding.subject.option}
        assert all(oracle.is_consistent({name: "false"}) for name in finding.choices)
        assert not any(oracle.is_consistent({**chosen, name: "false"}) for name in finding.choices)
        assert finding.witness is not None
        assert oracle.is_consistent(_named(oracle, finding.witness))


def _named(oracle: DimacsOracle, witness: Mapping[str, Value]) -> dict[str, str]:
    """Give the features that bear the same name in both files; the others differ in punctuation."""
    return {name: str(value) for name, value in witness.items() if name in oracle.numbers}
