"""Changes, weights, key figures and comparisons as JSON-ready mappings and back.

Imports neither SQLAlchemy nor OR-Tools.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, fields
from datetime import date
from typing import Any

from scheduling.improve import CapacityPrice, Terms
from scheduling.kpis import Gap, Kpi, Unit
from scheduling.plan_comparison import Fate, OrderEffect, OrderFigures, PlanComparison
from scheduling.problem import Weights
from scheduling.scene import (
    Change,
    ExtraShift,
    NewMachine,
    NewPartner,
    OrderDropped,
    PartnerWithdraws,
    RushOrder,
    UnitDown,
)

Json = Any
"""Parsed JSON: its shape is what the function that wrote it put there."""

KINDS: dict[str, type[Change]] = {
    "unit_down": UnitDown,
    "partner_withdraws": PartnerWithdraws,
    "extra_shift": ExtraShift,
    "new_machine": NewMachine,
    "new_partner": NewPartner,
    "rush_order": RushOrder,
    "order_dropped": OrderDropped,
}
_NAMES = {kind: name for name, kind in KINDS.items()}


def change_kind(change: Change) -> str:
    """Give the stable name of a change's kind."""
    return _NAMES[type(change)]


def scenario_change_as_json(change: Change) -> dict[str, Json]:
    """Give a change as a mapping with its ``kind``; days in ISO form."""
    values = {name: value.isoformat() if isinstance(value, date) else list(value) if isinstance(value, tuple) else value
              for name, value in asdict(change).items()}
    return {"kind": change_kind(change), **values}


def scenario_change_from_json(document: Mapping[str, Json]) -> Change:
    """Rebuild the change that :func:`scenario_change_as_json` wrote."""
    kind = KINDS[document["kind"]]
    values = {field.name: document[field.name] for field in fields(kind) if field.name in document}
    for name in ("from_on", "until_on"):
        if name in values:
            values[name] = date.fromisoformat(values[name])
    if "units" in values:
        values["units"] = tuple(values["units"])
    return kind(**values)


def weights_as_json(weights: Weights) -> dict[str, int]:
    """Give weights as a mapping of whole numbers."""
    return asdict(weights)


def weights_from_json(document: Mapping[str, int]) -> Weights:
    """Rebuild weights; one that is not named takes its default."""
    known = {field.name for field in fields(Weights)}
    return Weights(**{name: int(value) for name, value in document.items() if name in known})


def terms_as_json(terms: Terms) -> dict[str, int]:
    """Give the terms of an objective as a mapping of whole numbers."""
    return asdict(terms)


def terms_from_json(document: Mapping[str, int]) -> Terms:
    """Rebuild the terms that :func:`terms_as_json` wrote."""
    return Terms(**document)


def kpis_as_json(kpis: Iterable[Kpi]) -> list[list[Json]]:
    """Give key figures as lists: code, unit, numerator, denominator, gap."""
    return [[kpi.code, kpi.unit.value, kpi.numerator, kpi.denominator, kpi.gap.value if kpi.gap else None]
            for kpi in kpis]


def kpis_from_json(document: Iterable[list[Json]]) -> tuple[Kpi, ...]:
    """Rebuild the key figures that :func:`kpis_as_json` wrote."""
    return tuple(Kpi(code, Unit(unit), numerator, denominator, Gap(gap) if gap else None)
                 for code, unit, numerator, denominator, gap in document)


def prices_as_json(prices: Iterable[CapacityPrice]) -> list[list[int]]:
    """Give capacity prices as lists: unit, from, until, price an hour; those of 0 are left out."""
    return [[price.unit_id, price.from_minute, price.until_minute, price.price_minor_per_hour]
            for price in prices if price.price_minor_per_hour]


def prices_from_json(document: Iterable[list[int]]) -> tuple[CapacityPrice, ...]:
    """Rebuild the prices that :func:`prices_as_json` wrote."""
    return tuple(CapacityPrice(*values) for values in document)


def comparison_as_json(comparison: PlanComparison) -> dict[str, Json]:
    """Give a comparison as a mapping."""
    return {
        "orders": [
            [effect.hold_id, effect.job_code, effect.fate.value, effect.moved, _figures_as_json(effect.before),
             _figures_as_json(effect.after)]
            for effect in comparison.orders
        ],
        "kpis_before": kpis_as_json(comparison.kpis_before),
        "kpis_after": kpis_as_json(comparison.kpis_after),
        "terms_before": terms_as_json(comparison.terms_before),
        "terms_after": terms_as_json(comparison.terms_after),
        "from_minute": comparison.from_minute,
        "until_minute": comparison.until_minute,
    }


def comparison_from_json(document: Mapping[str, Json]) -> PlanComparison:
    """Rebuild the comparison that :func:`comparison_as_json` wrote."""
    return PlanComparison(
        orders=tuple(
            OrderEffect(hold_id, code, Fate(fate), moved, _figures_from_json(before), _figures_from_json(after))
            for hold_id, code, fate, moved, before, after in document["orders"]
        ),
        kpis_before=kpis_from_json(document["kpis_before"]),
        kpis_after=kpis_from_json(document["kpis_after"]),
        terms_before=terms_from_json(document["terms_before"]),
        terms_after=terms_from_json(document["terms_after"]),
        from_minute=document["from_minute"],
        until_minute=document["until_minute"],
    )


def _figures_as_json(figures: OrderFigures | None) -> list[int] | None:
    if figures is None:
        return None
    return [figures.arrival_minute, figures.tardiness_minutes, figures.cost_minor, figures.co2_grams]


def _figures_from_json(document: list[int] | None) -> OrderFigures | None:
    return None if document is None else OrderFigures(*document)
