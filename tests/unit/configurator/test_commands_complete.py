"""``model complete``: what is proven the best, what misses, and what is refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from configurator.commands_complete import OBJECTIVES, Order, model_complete
from tests.unit.configurator.demo import CATALOG

TRAIL = ("bicycle/use=trail", "bicycle/motor=250W-mid")


def complete(*choices: str, **order: Any) -> tuple[int, Any]:  # Any: facts of many shapes
    return model_complete(CATALOG, choices, Order(**order))


def test_each_objective_is_least_where_it_is_asked_for() -> None:
    answers = {word: complete(*TRAIL, objective=word)[1] for word in OBJECTIVES}
    assert all(answer["proven"] for answer in answers.values())
    assert answers["cheapest"]["price_minor"] == min(answer["price_minor"] for answer in answers.values()) == 1_777_000
    assert answers["greenest"]["co2_grams"] == min(answer["co2_grams"] for answer in answers.values())
    assert answers["fastest"]["work_seconds"] == min(answer["work_seconds"] for answer in answers.values())
    assert all(answer["whole"]["motor"] == "250W-mid" for answer in answers.values())


def test_limits_that_cannot_be_met_give_the_nearest_and_what_blocks_it() -> None:
    code, answer = complete(*TRAIL, budget_minor=1_350_000)
    assert code == 3
    assert answer["over"] == {"price_minor": 427_000}
    assert answer["nearest"]["excess"] == "427/1350"
    assert answer["least"] == {"price_minor": 1_777_000}
    assert answer["out_of_reach"] == ["price_minor"]
    assert answer["proven"]
    assert {tuple(item["choices"]) for item in answer["blocked_by"]} == {("use=trail",), ("motor=250W-mid",)}
    assert all(item["price_minor"] <= 1_350_000 for item in answer["blocked_by"])


def test_limits_that_can_be_met_are_met() -> None:
    code, answer = complete("window/width=1600", objective="greenest", budget_minor=200_000, minutes=60)
    assert code == 0
    assert answer["price_minor"] <= 200_000
    assert answer["work_seconds"] <= 3_600
    assert answer["whole"]["width"] == "1600"


def test_what_is_free_need_not_keep_its_default() -> None:
    kept, freed = (complete("window/profile=PVC82", objective="cheapest", free=free)[1]
                   for free in ((), ("height", "take_back")))
    assert kept["whole"]["height"] == "1480"
    assert freed["whole"]["take_back"] == "true"
    assert freed["price_minor"] < kept["price_minor"]


@pytest.mark.parametrize(("choices", "free", "code"), [
    (("window/width=1",), (), 2), (("window/colour=red",), (), 2), (("window/profile=PVC82",), ("colour",), 2),
    (("bicycle/use=city", "bicycle/frame=Alu-Trail"), (), 3), (("width=1",), (), 2),
])
def test_bad_choices_are_answers(choices: tuple[str, ...], free: tuple[str, ...], code: int) -> None:
    found, answer = complete(*choices, free=free)
    assert found == code
    assert set(answer) & {"error", "conflict"}


def test_a_source_without_figures_is_completed_too(tmp_path: Path) -> None:
    source = tmp_path / "small.dimacs"
    source.write_text("c 1 Root\nc 2 Leaf\np cnf 2 2\n1 0\n-2 1 0\n")
    code, answer = model_complete(source, ("Leaf=true",), Order("cheapest", co2_grams=5))
    assert (code, answer["whole"], answer["price_minor"]) == (0, {"Leaf": "true", "Root": "true"}, 0)
