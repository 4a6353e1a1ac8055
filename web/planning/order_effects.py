"""What a plan does to each order, as sortable rows: used by proposals and scenarios alike."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from zoneinfo import ZoneInfo

from catalog.money import Money
from ordering.board import BoardJob
from scheduling.calendar import moment_at
from scheduling.plan_comparison import Fate, OrderEffect
from web import formatting
from web.words import gettext as _

SORTS = ("order", "effect", "arrival", "tardiness", "cost", "co2", "moved")


@dataclass(frozen=True, slots=True)
class EffectRow:
    """What a plan does to one order; ``kind`` of the effect is good-text, late-text or empty."""

    order: str
    is_live: bool
    customer: str
    product: str
    effect: str
    kind: str
    arrival: str
    was: str
    difference: str
    tardiness: str
    cost: str
    co2: str
    moved: int


@dataclass(frozen=True, slots=True)
class SortChoice:
    """The head of a sortable column: where it leads, and how the table is sorted by it now."""

    title: str
    url: str
    direction: str
    """``ascending``, ``descending`` or empty: the value of ``aria-sort``."""
    is_number: bool


def sort_choices(path: str, sort: str, *, is_descending: bool) -> list[SortChoice]:
    """Give the heads of the table's columns, each a link that sorts by it, or turns the order round."""
    titles = {
        "order": _("Order"), "effect": _("Effect"), "arrival": _("Arrives"), "tardiness": _("Tardiness"),
        "cost": _("Cost"), "co2": _("CO2"), "moved": _("Moved"),
    }
    choices = []
    for name in SORTS:
        is_present = name == sort
        direction = ("descending" if is_descending else "ascending") if is_present else ""
        turn = "" if is_present and is_descending else "&turn=1" if is_present else ""
        choices.append(SortChoice(titles[name], f"{path}?sort={name}{turn}#orders", direction,
                                  name in {"tardiness", "cost", "co2", "moved"}))
    return choices


def sorted_effects(effects: Iterable[OrderEffect], sort: str, *, is_descending: bool) -> list[OrderEffect]:
    """Sort effects by a column; the worst come first unless turned round, orders by their code."""
    key = _KEYS.get(sort, _KEYS["effect"])
    return sorted(effects, key=lambda effect: (key(effect), effect.job_code), reverse=is_descending)


def _minutes(effect: OrderEffect) -> int:
    if effect.before is None or effect.after is None:
        return 0
    return effect.after.arrival_minute - effect.before.arrival_minute


def _late_minutes(effect: OrderEffect) -> int:
    before = effect.before.tardiness_minutes if effect.before else 0
    return (effect.after.tardiness_minutes if effect.after else 0) - before


def _cost(effect: OrderEffect) -> int:
    return (effect.after.cost_minor if effect.after else 0) - (effect.before.cost_minor if effect.before else 0)


def _grams(effect: OrderEffect) -> int:
    return (effect.after.co2_grams if effect.after else 0) - (effect.before.co2_grams if effect.before else 0)


_FATES = (Fate.LOST, Fate.STAYS, Fate.NEW, Fate.DROPPED)
_KEYS: Mapping[str, Callable[[OrderEffect], tuple[int, ...]]] = {
    "order": lambda _effect: (),
    "effect": lambda effect: (_FATES.index(effect.fate), -_late_minutes(effect), -_minutes(effect)),
    "arrival": lambda effect: (-_minutes(effect),),
    "tardiness": lambda effect: (-_late_minutes(effect),),
    "cost": lambda effect: (-_cost(effect),),
    "co2": lambda effect: (-_grams(effect),),
    "moved": lambda effect: (-effect.moved,),
}


def effect_rows(effects: Sequence[OrderEffect], jobs: Mapping[str, BoardJob], zone: ZoneInfo) -> list[EffectRow]:
    """Give effects as rows, in their order."""
    return [_row(effect, jobs, zone) for effect in effects]


def order_name(code: str, jobs: Mapping[str, BoardJob]) -> str:
    """Name the order of a job; a rush order of a scenario by the order that it is like, an unknown one by its code."""
    if code in jobs:
        return jobs[code].order or jobs[code].quote
    like, plus, number = code.rpartition("+")
    if plus and like in jobs:
        return _("Rush order %(number)s, like %(order)s", number=number, order=order_name(like, jobs))
    return code


def codes_to_name(codes: Iterable[str]) -> set[str]:
    """List the codes of jobs by which orders are named: a rush order is named by the one it is like."""
    return {part for code in codes for part in (code, code.rpartition("+")[0]) if part}


def _row(effect: OrderEffect, jobs: Mapping[str, BoardJob], zone: ZoneInfo) -> EffectRow:
    job = jobs.get(effect.job_code)
    title = job.title.in_language(formatting.language()) if job else ""
    words, kind = effect_words(effect)
    return EffectRow(
        order=order_name(effect.job_code, jobs),
        is_live=effect.job_code in jobs,
        customer=job.customer if job else "",
        product=f"{job.quantity} × {title}" if job and job.quantity > 1 else title,
        effect=words,
        kind=kind,
        arrival=_when(effect.after.arrival_minute, zone) if effect.after else "–",
        was=_when(effect.before.arrival_minute, zone) if effect.before else "",
        difference=earlier_or_later(_minutes(effect)) if effect.before and effect.after else "",
        tardiness=_signed(_late_minutes(effect)),
        cost=formatting.money_difference(Money(_cost(effect))),
        co2=formatting.mass_difference(_grams(effect)),
        moved=effect.moved,
    )


def effect_words(effect: OrderEffect) -> tuple[str, str]:
    """Say what becomes of an order: late, gained, lost; with the kind of its text."""
    if effect.fate is Fate.LOST:
        return _("fits nowhere"), "late-text"
    if effect.fate is Fate.NEW:
        late = effect.after is not None and effect.after.tardiness_minutes > 0
        return (_("new, late"), "late-text") if late else (_("new"), "")
    if effect.fate is Fate.DROPPED:
        return _("dropped"), ""
    if effect.after is not None and effect.after.tardiness_minutes > 0:
        return (_("late, less so"), "") if _late_minutes(effect) < 0 else (_("late"), "late-text")
    if _late_minutes(effect) < 0 or _minutes(effect) < 0:
        return _("gains"), "good-text"
    return (_("loses"), "") if _minutes(effect) > 0 else (_("same day and time"), "")


def earlier_or_later(minutes: int) -> str:
    """Write a difference in arrival in words."""
    if minutes == 0:
        return "±0"
    words = formatting.duration(timedelta(minutes=abs(minutes)))
    return _("%(time)s earlier", time=words) if minutes < 0 else _("%(time)s later", time=words)


def _signed(minutes: int) -> str:
    if minutes == 0:
        return "±0"
    return ("+" if minutes > 0 else formatting.MINUS) + formatting.duration(timedelta(minutes=abs(minutes)))


def _when(minute: int, zone: ZoneInfo) -> str:
    return formatting.moment_briefly(moment_at(minute), zone)
