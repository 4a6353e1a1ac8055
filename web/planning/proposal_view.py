"""A proposal or a planning run as plain view values: figures, terms, bound, what stands in the way."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

from catalog.money import Money
from ordering.board import BoardJob
from scheduling.calendar import moment_at
from scheduling.improve import Terms
from scheduling.problem import Weights
from scheduling.publishing import Proposal
from web import formatting
from web.words import gettext as _


@dataclass(frozen=True, slots=True)
class Figure:
    """An entry of the KPI strip."""

    title: str
    value: str
    was: str = ""
    difference: str = ""
    kind: str = ""


@dataclass(frozen=True, slots=True)
class TermRow:
    """One term of the objective, before and after, with its price."""

    title: str
    price: str
    before: str
    after: str
    difference: str
    is_sum: bool = False


@dataclass(frozen=True, slots=True)
class DifferenceRow:
    """An operation that does not stand as a proposal found it, in words."""

    order: str
    operation: str
    sentence: str


def share_less(before: int, after: int) -> str:
    """Say by how much an objective fell."""
    share = Fraction(100 * (before - after), before) if before else Fraction(0)
    return _("%(share)s %% less", share=formatting.figure(share, 1))


def bound_words(objective_minor: int, lower_bound_minor: int | None) -> str:
    """Say how far an objective can be from the best there is; without a bound below it, that none is known."""
    if lower_bound_minor is None or not 0 < lower_bound_minor <= objective_minor:
        return _("No bound is certified, so how much better a plan could be is not known.")
    gap = Fraction(100 * (objective_minor - lower_bound_minor), lower_bound_minor)
    return _("At most %(share)s %% from the optimum.", share=formatting.figure(gap, 1))


def run_figures(progress: Mapping[str, Any]) -> list[Figure]:  # Any: JSON of a job
    """Give the figures of a planning run that is on its way; empty before its first report."""
    if not progress:
        return []
    before, best = progress["objective_before_minor"], progress["objective_minor"]
    bound = progress.get("lower_bound_minor")
    return [
        Figure(_("Plan now"), formatting.money(Money(before))),
        Figure(_("Best found"), formatting.money(Money(best)), difference=share_less(before, best),
               kind="good-text" if best < before else ""),
        Figure(_("Certified lower bound"), formatting.money(Money(bound)) if bound is not None else "–",
               difference="" if bound is not None else _("not known yet")),
        Figure(_("Moved operations"), formatting.count(progress.get("moved_operations", 0))),
        Figure(_("Elapsed"), _("%(seconds)s s", seconds=round(progress["elapsed_seconds"]))),
        Figure(_("Tries"), formatting.count(progress["iteration"])),
    ]


def proposal_figures(found: Proposal) -> list[Figure]:
    """Give the figures above a proposal's table."""
    before, after = found.objective_before_minor, found.objective_after_minor
    earlier = sum(change.arrival_after_minute < change.arrival_before_minute for change in found.changes)
    later = sum(change.arrival_after_minute > change.arrival_before_minute for change in found.changes)
    lost = sum(change.is_lost for change in found.changes)
    return [
        Figure(_("Objective"), formatting.money(Money(after)), was=formatting.money(Money(before)),
               difference=share_less(before, after), kind="good-text" if after < before else ""),
        Figure(_("Moved operations"), formatting.count(sum(len(change.moved) for change in found.changes))),
        Figure(_("Orders that arrive earlier"), formatting.count(earlier)),
        Figure(_("Orders that arrive later"), formatting.count(later)),
        Figure(_("Orders that fit nowhere"), formatting.count(lost),
               difference=_("promises are kept by rule") if not lost else "", kind="good-text"),
    ]


def proposal_terms(found: Proposal) -> list[TermRow]:
    """Give the terms of a proposal's objective; empty when they were not told."""
    if found.weights is None or found.terms_before is None or found.terms_after is None:
        return []
    return term_rows(found.weights, found.terms_before, found.terms_after)


def term_rows(weights: Weights, before: Terms, after: Terms) -> list[TermRow]:
    """Give the terms of the objective with their prices and their sum."""
    def row(title: str, price: str, old: int, new: int, *, is_sum: bool = False) -> TermRow:
        return TermRow(title, price, formatting.money(Money(old)), formatting.money(Money(new)),
                       formatting.money_difference(Money(new - old)), is_sum)

    return [
        row(_("Tardiness"), _("%(price)s a minute after the due date, times the weight", price=_price(
            weights.tardiness_minor_per_minute)), before.tardiness_minor, after.tardiness_minor),
        row(_("Cost"), _("%(share)s %% of machine time and transport", share=weights.cost_percent),
            before.cost_minor, after.cost_minor),
        row(_("CO2"), _("%(price)s a kilogram", price=_price(weights.co2_minor_per_kg)), before.co2_minor,
            after.co2_minor),
        row(_("Moved operations"), _("%(price)s each", price=_price(weights.move_minor)), before.moves_minor,
            after.moves_minor),
        row(_("Objective"), _("the sum; less is better"), before.total_minor, after.total_minor, is_sum=True),
    ]


def _price(minor: int) -> str:
    return formatting.money(Money(minor))


def difference_rows(
    moved: Iterable[Mapping[str, Any]], jobs: Mapping[str, BoardJob], zone: ZoneInfo  # Any: a refusal's detail
) -> list[DifferenceRow]:
    """Say what moved since a proposal was worked out, operation by operation."""
    rows = []
    for entry in moved:
        job = jobs.get(entry["job"])
        label = job.operations.get(entry["operation"]) if job else None
        title = label.title.in_language(formatting.language()) if label else entry["operation_code"]
        rows.append(DifferenceRow(
            order=(job.order or job.quote) if job else entry["job"],
            operation=title or _("operation %(number)s", number=entry["operation"] + 1),
            sentence=_sentence(entry["why"], _place(entry["from"], zone), _place(entry["to"], zone)),
        ))
    return rows


def _sentence(why: str, stood: str, stands: str) -> str:
    if why == "canceled":
        return _("It stood on %(place)s and is not planned any more.", place=stood)
    if why == "moved":
        return _("It stood on %(before)s and stands now on %(after)s.", before=stood, after=stands)
    if why == "begun":
        return _("On %(place)s, its work has begun.", place=stood)
    if why == "pinned":
        return _("On %(place)s, it was pinned.", place=stood)
    return _unfit(why, stands) or _(
        "It was to move from %(before)s to %(after)s, where there is no room any more.", before=stood, after=stands)


def _unfit(why: str, goes: str) -> str:
    """Say which rule of its order a new place breaks; empty when it is none of these."""
    if why == "material":
        return _("It was to move to %(place)s, but its material comes later now.", place=goes)
    if why in {"release", "precedence", "deadline", "mode", "secondary"}:
        return _("It was to move to %(place)s, but its order does not allow that any more.", place=goes)
    return ""


def _place(place: tuple[str, int] | None, zone: ZoneInfo) -> str:
    if place is None:
        return ""
    return _("%(unit)s, %(moment)s", unit=place[0], moment=formatting.moment_briefly(moment_at(place[1]), zone))
