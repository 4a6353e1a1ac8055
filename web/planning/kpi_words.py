"""Key figures in words: title, definition, value with its unit, or why there is none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from fractions import Fraction

from flask_babel import lazy_gettext

from catalog.money import Money, round_half_up
from scheduling.kpis import Gap, Kpi, Unit
from web import formatting
from web.words import gettext as _

TITLES = {
    "on_time_delivery": lazy_gettext("On-time delivery"),
    "tardiness_mean": lazy_gettext("Mean tardiness"),
    "tardiness_max": lazy_gettext("Greatest tardiness"),
    "tardiness_weighted": lazy_gettext("Weighted tardiness"),
    "utilization": lazy_gettext("Utilization"),
    "load": lazy_gettext("Load"),
    "setup_share": lazy_gettext("Setup share"),
    "work_in_process": lazy_gettext("Work in process"),
    "lead_time": lazy_gettext("Lead time"),
    "promise_accuracy": lazy_gettext("Promise accuracy"),
    "co2": lazy_gettext("CO2"),
    "cost": lazy_gettext("Cost of making"),
}
DEFINITIONS = {
    "on_time_delivery": lazy_gettext(
        "Orders that arrive by their promised time, of all orders with a promise that arrive in the period."),
    "tardiness_mean": lazy_gettext(
        "Time after the due date, or the promise where there is none, as a mean of all arriving orders; early counts 0."
    ),
    "tardiness_max": lazy_gettext("The longest time that an arriving order is late."),
    "tardiness_weighted": lazy_gettext("Mean tardiness in which each order counts by its weight."),
    "utilization": lazy_gettext("Minutes in which something is made, of the minutes that the work units offer."),
    "load": lazy_gettext("Minutes taken by making and setting up, of the minutes that the work units offer."),
    "setup_share": lazy_gettext("Minutes of setting up, of all minutes that are taken."),
    "work_in_process": lazy_gettext(
        "Orders between the start of their first setup and the end of their last operation, on average over the period."
    ),
    "lead_time": lazy_gettext("Time from the release of an order to its arrival, as a mean of all arriving orders."),
    "promise_accuracy": lazy_gettext(
        "Delivered orders that came within a day of the day promised when they were accepted."),
    "co2": lazy_gettext("Greenhouse gases of the machine time and the transport of all arriving orders."),
    "cost": lazy_gettext("Cost of the machine time and the transport of all arriving orders."),
}
GAPS = {
    Gap.NO_JOBS: lazy_gettext("No order arrives in the period."),
    Gap.NO_PROMISE: lazy_gettext("No arriving order has a date to keep."),
    Gap.NOTHING_OFFERED: lazy_gettext("No working time is offered in the period."),
    Gap.NOTHING_BOOKED: lazy_gettext("Nothing is booked in the period."),
    Gap.NOTHING_DELIVERED: lazy_gettext("No order was delivered in the period."),
    Gap.NO_TIME: lazy_gettext("The period is empty."),
}
_STEPS_SHOWN = {Unit.SHARE: 1000, Unit.MINUTES: 1, Unit.JOBS: 10, Unit.GRAMS: 1, Unit.MINOR: 1}
"""How many of the smallest steps that are written make one: a tenth of a percent, a minute, a tenth of an order."""
LESS_IS_BETTER = frozenset({"tardiness_mean", "tardiness_max", "tardiness_weighted", "setup_share", "work_in_process",
                            "lead_time", "co2", "cost"})
MORE_IS_BETTER = frozenset({"on_time_delivery", "promise_accuracy"})


@dataclass(frozen=True, slots=True)
class KpiView:
    """A key figure as a row: ``value`` is a dash when there is none, ``reason`` then says why."""

    code: str
    title: str
    definition: str
    value: str
    fraction: str
    reason: str


@dataclass(frozen=True, slots=True)
class KpiPair:
    """A key figure before and after; ``kind`` is good-text, late-text or empty."""

    title: str
    definition: str
    before: str
    after: str
    difference: str
    kind: str


def kpi_view(kpi: Kpi) -> KpiView:
    """Give a key figure as a row."""
    return KpiView(kpi.code, str(TITLES[kpi.code]), str(DEFINITIONS[kpi.code]), value_words(kpi), _fraction(kpi),
                   str(GAPS[kpi.gap]) if kpi.gap is not None else "")


def kpi_pairs(before: Sequence[Kpi], after: Sequence[Kpi]) -> list[KpiPair]:
    """Give two plans' key figures side by side; those without a value in both are left out."""
    pairs = []
    for old, new in zip(before, after, strict=True):
        if old.value is None and new.value is None:
            continue
        difference, kind = "", ""
        if old.value is not None and new.value is not None:
            difference = _difference(old, new.value - old.value)
            kind = _kind(old.code, new.value - old.value) if difference != "±0" else ""
        pairs.append(KpiPair(str(TITLES[old.code]), str(DEFINITIONS[old.code]), value_words(old), value_words(new),
                             difference, kind))
    return pairs


def value_words(kpi: Kpi) -> str:
    """Write the value of a key figure with its unit; a dash when it has none."""
    if kpi.value is None:
        return "–"
    if kpi.unit is Unit.SHARE:
        return _("%(share)s %%", share=formatting.figure(100 * kpi.value, 1))
    if kpi.unit is Unit.MINUTES:
        return formatting.duration(timedelta(minutes=round_half_up(kpi.value)))
    if kpi.unit is Unit.JOBS:
        return formatting.figure(kpi.value, 1)
    if kpi.unit is Unit.GRAMS:
        return f"{formatting.mass(round_half_up(kpi.value))} kg"
    return formatting.money(Money(round_half_up(kpi.value)))


def _fraction(kpi: Kpi) -> str:
    """Write numerator and denominator where they say something."""
    if kpi.gap is not None or kpi.denominator == 1:
        return ""
    numerator, denominator = formatting.count(kpi.numerator), formatting.count(kpi.denominator)
    if kpi.unit is Unit.SHARE:
        return _("%(numerator)s of %(denominator)s", numerator=numerator, denominator=denominator)
    return f"{numerator} ÷ {denominator}"


def _difference(kpi: Kpi, difference: Fraction) -> str:
    sign = "+" if difference > 0 else formatting.MINUS
    size = abs(difference)
    if round_half_up(size * _STEPS_SHOWN[kpi.unit]) == 0:
        return "±0"
    if kpi.unit is Unit.SHARE:
        return _("%(difference)s points", difference=sign + formatting.figure(100 * size, 1))
    if kpi.unit is Unit.MINUTES:
        return sign + formatting.duration(timedelta(minutes=round_half_up(size)))
    if kpi.unit is Unit.JOBS:
        return sign + formatting.figure(size, 1)
    if kpi.unit is Unit.GRAMS:
        return formatting.mass_difference(round_half_up(difference))
    return formatting.money_difference(Money(round_half_up(difference)))


def _kind(code: str, difference: Fraction) -> str:
    if not difference or code not in LESS_IS_BETTER | MORE_IS_BETTER:
        return ""
    return "good-text" if (difference < 0) is (code in LESS_IS_BETTER) else "late-text"
