"""Scenarios as plain view values: rows of the list, one scenario, several side by side, choices of the form."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from catalog.money import Money
from catalog.plant import Network
from ordering.board import BoardJob
from scheduling.plan_comparison import Fate, OrderEffect, PlanComparison
from scheduling.problem import Job
from scheduling.scene import Change
from scheduling.schedule import WorkUnitEntry
from scheduling.what_if import Scenario
from web import formatting
from web.forms.scenario import ScenarioForm, listed
from web.planning.kpi_words import KpiPair, kpi_pairs, kpi_view
from web.planning.order_effects import earlier_or_later, order_name
from web.planning.proposal_view import Figure, TermRow, bound_words, term_rows
from web.planning.scenario_words import change_words
from web.words import gettext as _

Jobs = Mapping[str, BoardJob]


@dataclass(frozen=True, slots=True)
class ScenarioRow:
    """A scenario of the list; ``kind`` is that of its state's tag."""

    scenario_id: int
    title: str
    changes: tuple[str, ...]
    made: str
    by: str
    state: str
    kind: str
    on_time: str
    objective: str
    can_compare: bool


@dataclass(frozen=True, slots=True)
class ScenarioView:
    """One scenario: its changes, figures, key figures and terms; the last three empty until it is planned."""

    changes: tuple[str, ...]
    state: str
    kind: str
    planned: str
    bound: str
    figures: tuple[Figure, ...]
    kpis: tuple[KpiPair, ...]
    terms: tuple[TermRow, ...]
    unplaced: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ComparedRow:
    """A row of the comparison: what it is, the live plan's value, each scenario's."""

    title: str
    live: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ComparedColumn:
    """A scenario as a column."""

    scenario_id: int
    title: str
    changes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SideBySide:
    """Scenarios side by side: columns, rows of figures, rows of orders."""

    columns: tuple[ComparedColumn, ...]
    rows: tuple[ComparedRow, ...]
    orders: tuple[ComparedRow, ...]


def change_sentences(changes: Iterable[Change], jobs: Jobs, zone: ZoneInfo) -> tuple[str, ...]:
    """Say what each change is; one sentence that nothing changes when there is none."""
    return tuple(change_words(change, jobs, zone) for change in changes) or (_("Nothing changes but the plan itself"),)


def list_rows(scenarios: Iterable[Scenario], jobs: Jobs, zone: ZoneInfo) -> list[ScenarioRow]:
    """Give scenarios as rows."""
    rows = []
    for item in scenarios:
        words, kind = _state(item)
        kpis = {kpi.code: kpi for kpi in item.outcome.comparison.kpis_after} if item.outcome else {}
        rows.append(ScenarioRow(
            item.id, item.title, change_sentences(item.changes, jobs, zone),
            formatting.moment_briefly(item.made_at, zone), item.made_by, words, kind,
            kpi_view(kpis["on_time_delivery"]).value if kpis else "–",
            formatting.money(Money(item.outcome.comparison.terms_after.total_minor)) if item.outcome else "–",
            item.outcome is not None,
        ))
    return rows


def _state(item: Scenario) -> tuple[str, str]:
    if item.state == "published":
        return _("became a proposal"), "on"
    if item.state == "dropped":
        return _("dropped"), "off"
    return (_("planned"), "info") if item.outcome else (_("not planned yet"), "warn")


def scenario_view(item: Scenario, jobs: Jobs, zone: ZoneInfo) -> ScenarioView:
    """Give one scenario."""
    words, kind = _state(item)
    changes = change_sentences(item.changes, jobs, zone)
    if item.outcome is None:
        return ScenarioView(changes, words, kind, "", "", (), (), (), ())
    comparison = item.outcome.comparison
    planned = formatting.moment_briefly(item.planned_at, zone) if item.planned_at else ""
    return ScenarioView(
        changes, words, kind, planned,
        bound_words(item.outcome.objective_minor, item.outcome.lower_bound_minor),
        tuple(_figures(comparison)),
        tuple(kpi_pairs(comparison.kpis_before, comparison.kpis_after)),
        tuple(term_rows(item.weights, comparison.terms_before, comparison.terms_after)),
        item.outcome.unplaced,
    )


def _figures(comparison: PlanComparison) -> list[Figure]:
    before, after = comparison.terms_before.total_minor, comparison.terms_after.total_minor
    counts = _counts(comparison)
    return [
        Figure(_("Objective"), formatting.money(Money(after)), was=formatting.money(Money(before)),
               difference=formatting.money_difference(Money(after - before)),
               kind="good-text" if after < before else ""),
        Figure(_("Orders that gain"), formatting.count(counts[0])),
        Figure(_("Orders that lose"), formatting.count(counts[1])),
        Figure(_("Orders late"), formatting.count(counts[2]), kind="late-text" if counts[2] else ""),
        Figure(_("Orders that fit nowhere"), formatting.count(counts[3])),
        Figure(_("Moved operations"), formatting.count(sum(effect.moved for effect in comparison.orders))),
    ]


def _counts(comparison: PlanComparison) -> tuple[int, int, int, int]:
    """Count the orders that gain, lose, are late and fit nowhere, among those that differ."""
    pairs = [(effect.before, effect.after) for effect in comparison.orders]
    gained = sum(b is not None and a is not None and a.arrival_minute < b.arrival_minute for b, a in pairs)
    lost = sum(b is not None and a is not None and a.arrival_minute > b.arrival_minute for b, a in pairs)
    late = sum(a is not None and a.tardiness_minutes > 0 for _b, a in pairs)
    nowhere = sum(effect.fate is Fate.LOST for effect in comparison.orders)
    return gained, lost, late, nowhere


def side_by_side(scenarios: Sequence[Scenario], jobs: Jobs, zone: ZoneInfo) -> SideBySide:
    """Put planned scenarios side by side; each was measured beside the live plan of the moment it was planned at.

    The live column is that of the scenario planned last.
    """
    planned = [(item, item.outcome.comparison) for item in scenarios if item.outcome is not None]
    columns = tuple(ComparedColumn(item.id, item.title, change_sentences(item.changes, jobs, zone))
                    for item, _comparison in planned)
    if not planned:
        return SideBySide((), (), ())
    newest = max(planned, key=lambda pair: pair[0].planned_at or pair[0].made_at)[1]
    rows = [ComparedRow(kpi_view(live).title, kpi_view(live).value,
                        tuple(kpi_view(comparison.kpis_after[place]).value for _item, comparison in planned))
            for place, live in enumerate(newest.kpis_before)
            if live.value is not None or any(comparison.kpis_after[place].value is not None
                                             for _item, comparison in planned)]
    rows.append(ComparedRow(
        _("Objective"), formatting.money(Money(newest.terms_before.total_minor)),
        tuple(formatting.money(Money(comparison.terms_after.total_minor)) for _item, comparison in planned)))
    counts = [_counts(comparison) for _item, comparison in planned]
    for place, title in enumerate((_("Orders that gain"), _("Orders that lose"), _("Orders late"),
                                   _("Orders that fit nowhere"))):
        rows.append(ComparedRow(title, "–", tuple(formatting.count(count[place]) for count in counts)))
    rows.append(ComparedRow(
        _("Moved operations"), "–",
        tuple(formatting.count(sum(effect.moved for effect in comparison.orders)) for _item, comparison in planned)))
    return SideBySide(columns, tuple(rows), tuple(_order_rows([pair[1] for pair in planned], jobs)))


def _order_rows(comparisons: Sequence[PlanComparison], jobs: Jobs) -> list[ComparedRow]:
    by_scenario = [{effect.job_code: effect for effect in comparison.orders} for comparison in comparisons]
    codes = sorted({code for effects in by_scenario for code in effects})
    return [
        ComparedRow(order_name(code, jobs), "",
                    tuple(_effect(effects.get(code)) for effects in by_scenario))
        for code in codes
    ]


def _effect(effect: OrderEffect | None) -> str:
    if effect is None:
        return "±0"
    fates = {Fate.LOST: _("fits nowhere"), Fate.NEW: _("new"), Fate.DROPPED: _("dropped")}
    if effect.fate in fates or effect.before is None or effect.after is None:
        return fates.get(effect.fate, "")
    return earlier_or_later(effect.after.arrival_minute - effect.before.arrival_minute)


def fill_choices(
    form: ScenarioForm, *, network: Network, units: Sequence[WorkUnitEntry], live: Sequence[Job], jobs: Jobs
) -> None:
    """Give the form's lists their entries: plants from the network, orders from the live plan."""
    language = formatting.language()
    centers = [(center.code, f"{center.code} {center.title.in_language(language)}") for center in network.work_centers]
    sites = [(site.code, f"{site.code} {site.title.in_language(language)}") for site in network.sites]
    companies = [(company.code, company.title.in_language(language)) for company in network.companies]
    capabilities = sorted({unit.capability for unit in units if not unit.is_secondary})
    orders = [(job.code, _order_title(job, jobs.get(job.code), language)) for job in live]
    form.unit.choices = listed((unit.code, unit.code) for unit in units)
    form.company.choices = listed(companies)
    form.extra_center.choices = form.machine_center.choices = listed(centers)
    form.partner_site.choices = listed(sites)
    form.partner_capability.choices = listed((code, code) for code in capabilities)
    form.like_job.choices = form.dropped_job.choices = listed(orders)


def _order_title(job: Job, entry: BoardJob | None, language: str) -> str:
    if entry is None:
        return job.code
    return f"{entry.order or entry.quote} · {entry.quantity} × {entry.title.in_language(language)} · {entry.customer}"
