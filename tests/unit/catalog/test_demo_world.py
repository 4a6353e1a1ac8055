"""The demo world as a whole: its plants, its wording in both languages, its footprints."""

from __future__ import annotations

import re
from fractions import Fraction
from functools import lru_cache
from pathlib import Path

import catalog
from catalog.formats.folder import Catalog, read_catalog
from catalog.plant import Network
from catalog.rules.printing import print_expression
from catalog.text import Text


@lru_cache(maxsize=1)
def demo() -> Catalog:
    return read_catalog(Path(catalog.__file__).parent / "demo")


def network() -> Network:
    found = demo().network
    assert found is not None
    return found


def test_the_network_has_six_companies_and_twenty_four_work_centers() -> None:
    assert [site.code for site in network().sites] == ["SZ", "NB", "TZ", "TJ", "QD", "WH"]
    assert len({site.company for site in network().sites}) == len(network().companies) == 6
    assert len(network().work_centers) == 24
    assert {site.time_zone for site in network().sites} == {"Asia/Shanghai"}
    centers = {center.code: center for center in network().work_centers}
    glass = centers["SZ-IGU"]
    assert (glass.unit_count, glass.shift, glass.rate_minor_per_hour) == (1, "2x8", 26_000)
    assert (glass.pool_share_percent, glass.setup_minutes, glass.power_kw) == (30, 5, Fraction(35))
    assert (centers["NB-SAW"].speed, centers["QD-PNT"].speed) == (Fraction("0.9"), Fraction("1.1"))
    assert network().site("TJ").grid_kgco2_per_kwh == Fraction("0.6361")
    assert network().distance_km["TJ", "WH"] == 1233
    assert sum(center.unit_count for center in network().work_centers) == 57
    assert len(network().site("SZ").holidays) == 11


def test_every_operation_can_be_made_somewhere() -> None:
    offered = {center.capability for center in network().work_centers}
    assert {item.capability for definition in demo().products for item in definition.routing} == offered


def texts() -> list[tuple[str, Text]]:
    found: list[tuple[str, Text]] = []
    for item in demo().products:
        found += [(item.code, item.title), (item.code, item.description)]
        found += [(f"{item.code}.{group.code}", group.title) for group in item.groups]
        found += [(f"{item.code} rule {rule.code}", rule.reason) for rule in item.rules]
        for attribute in item.attributes:
            worded = [(option.title, option.help) for option in attribute.options]
            for title, hint in ((attribute.title, attribute.help), *worded):
                found += [(f"{item.code}.{attribute.code}", text) for text in (title, hint) if text or text is title]
        found += [(f"{item.code} price {line.code}", line.title) for line in item.prices]
        found += [(f"{item.code} part {part.code}", part.title) for part in item.parts.values()]
        found += [(f"{item.code} derived {value.code}", value.title) for value in item.derived]
        found += [(f"{item.code} preset {preset.code}", preset.title) for preset in item.presets]
        found += [(f"{item.code} case {case.code}", case.title) for case in item.cases]
        found += [(f"{item.code} keywords", item.keywords)]
        for need in item.needs:
            found += [(f"{item.code} need {need.code}", text) for text in (need.title, need.help) if text]
            found += [(f"{item.code} need {need.code}: {answer.code}", text) for answer in need.answers
                      for text in (answer.title, answer.help) if text]
        for step in item.routing:
            found += [(f"{item.code} operation {step.code}", text) for text in (step.title, step.instruction)]
    found += [(company.code, company.title) for company in network().companies]
    found += [(site.code, site.title) for site in network().sites]
    found += [(center.code, center.title) for center in network().work_centers]
    return found


def test_everything_is_worded_in_both_languages() -> None:
    missing = [place for place, text in texts() if {language for language, _ in text.entries} != {"en", "zh"}]
    assert missing == []


def test_every_attribute_explains_itself() -> None:
    assert [(item.code, attribute.code) for item in demo().products for attribute in item.attributes
            if not attribute.help] == []


def test_reasons_are_plain_sentences() -> None:
    for item in demo().products:
        for rule in item.rules:
            english, chinese = rule.reason.in_language("en"), rule.reason.in_language("zh")
            assert re.fullmatch(r"[A-Z0-9].*\.", english), english
            assert chinese.endswith("。"), chinese
            assert not re.search(r"\b(invalid|error|please|must)\b|!", english, re.IGNORECASE), english


def test_every_footprint_says_that_it_is_an_assumption() -> None:
    for item in demo().products:
        assert item.parts
        assert {part.co2_source for part in item.parts.values()} == {"demo assumption, not a published factor"}
        assert all(part.co2_kg_per_unit > 0 for part in item.parts.values())
        assert {line.part for line in item.bom} == item.parts.keys()


def test_every_part_has_a_cost_that_is_called_an_invention() -> None:
    folder = Path(catalog.__file__).parent / "demo" / "products"
    for item in demo().products:
        assert all(part.unit_cost is not None and part.unit_cost > 0 for part in item.parts.values())
        assert "inventions of this demo" in (folder / item.code / "parts.csv").read_text(encoding="utf-8")


def test_every_expression_prints_in_the_language_it_was_read_from() -> None:
    for item in demo().products:
        for rule in item.rules:
            text = print_expression(rule.expression)
            assert text
            assert "Fraction" not in text
