"""The answer of ``model complete``: the best whole configuration of some choices, within limits or nearest to them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from pathlib import Path

from catalog.product import ProductDefinition
from configurator.appraisal import Appraiser
from configurator.commands import (
    EXIT_CONFLICT,
    EXIT_OK,
    EXIT_UNKNOWN,
    Answer,
    Choice,
    answer_choices,
    compile_dated,
    conflict_facts,
    selection_of,
    value_text,
)
from configurator.configuration import Conflict
from configurator.cost_model import SECONDS_PER_MINUTE, Figure
from configurator.limits import Adviser, Miss, Wish
from configurator.optimization import Best
from configurator.popularity import learn_ranking

OBJECTIVES: Mapping[str, Figure] = {
    "cheapest": Figure.PRICE, "fastest": Figure.WORK, "greenest": Figure.CO2, "popular": Figure.RANK,
}


@dataclass(frozen=True, slots=True)
class Order:
    """What ``model complete`` is asked besides the choices; limits are of one piece and None when there is none.

    Attributes
    ----------
    objective
        One of :data:`OBJECTIVES`.
    budget_minor
        Most net price paid once, in minor units.
    co2_grams
        Most footprint of the material.
    minutes
        Most work content.
    free
        Numbers and services that need not keep their default.
    """

    objective: str = "popular"
    budget_minor: int | None = None
    co2_grams: int | None = None
    minutes: int | None = None
    free: tuple[str, ...] = ()

    @property
    def wish(self) -> Wish:
        """The same as the search asks for it."""
        seconds = None if self.minutes is None else self.minutes * SECONDS_PER_MINUTE
        limits = {Figure.PRICE: self.budget_minor, Figure.CO2: self.co2_grams, Figure.WORK: seconds}
        return Wish({figure: most for figure, most in limits.items() if most is not None},
                    OBJECTIVES[self.objective], frozenset(self.free))


def model_complete(path: Path, choices: Sequence[str], order: Order, *, product: str = "", on: date | None = None,
                   cache_directory: Path | None = None) -> Answer:
    """Decide what choices leave open in the best way.

    Parameters
    ----------
    path, choices, product, on, cache_directory
        As for ``configurator.commands.model_domains``.
    order
        What is best, and the limits.

    Returns
    -------
    tuple[int, dict[str, object]]
        0 with ``whole``, its figures, and whether it is ``proven`` the best; 3 with ``nearest`` and what stands in
        the way when the limits cannot be met, or with ``conflict`` when the choices contradict each other; 1 and 2
        as for ``model_domains``.
    """
    def ask(definition: ProductDefinition, chosen: Mapping[str, Choice]) -> Answer:
        return _completed(definition, chosen, order, cache_directory)

    return answer_choices(path, choices, ask, product=product, on=on)


def _completed(definition: ProductDefinition, chosen: Mapping[str, Choice], order: Order,
               cache_directory: Path | None) -> Answer:
    unknown = [name for name in order.free if definition.attribute(name) is None]
    if unknown:
        return EXIT_UNKNOWN, {"error": {"code": "choice_unknown", "message": f"The product has no “{unknown[0]}”."}}
    model = compile_dated(definition, cache_directory)
    selection = selection_of(chosen)
    domains = model.domains(selection)
    if isinstance(domains, Conflict):
        return conflict_facts(domains, chosen)
    adviser = Adviser(model, Appraiser(definition), lambda near: learn_ranking(definition, near=near))
    answer = adviser.configure_within(selection, order.wish)
    if answer is None:
        return EXIT_CONFLICT, {"conflict": []}
    return (EXIT_OK, _best_facts(answer)) if isinstance(answer, Best) else (EXIT_CONFLICT, _miss_facts(answer, chosen))


def _best_facts(best: Best) -> dict[str, object]:
    return {
        "whole": {name: value_text(value) for name, value in best.whole.items()}, **_figures(best.figures),
        "proven": best.is_proven, "bound": _number(best.bound), "nodes": best.nodes,
    }


def _miss_facts(miss: Miss, chosen: Mapping[str, Choice]) -> dict[str, object]:
    return {
        "nearest": {**_best_facts(miss.nearest), "excess": _number(miss.nearest.score)},
        "over": _figures(miss.over), "least": _figures(miss.least),
        "out_of_reach": sorted(_figures(dict.fromkeys(miss.out_of_reach, 0))),
        "blocked_by": [{"choices": [chosen[name].wording for name in relief.given_up], **_best_facts(relief.best)}
                       for relief in miss.reliefs],
        "proven": miss.is_proven,
    }


def _figures(figures: Mapping[Figure, int]) -> dict[str, object]:
    """Name figures with their units; the rank is of none and means nothing outside a search."""
    names = {Figure.PRICE: "price_minor", Figure.CO2: "co2_grams", Figure.WORK: "work_seconds"}
    return {name: figures[figure] for figure, name in names.items() if figure in figures}


def _number(value: Fraction) -> int | str:
    """Write an exact number: a fraction as text, since JSON's own would be rounded."""
    return value.numerator if value.denominator == 1 else str(value)
