"""Changes of scenarios in words: what each says, and what must be done before its plan can be put in force."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from catalog.money import Money
from ordering.board import BoardJob
from scheduling.calendar import moment_at
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
from web import formatting
from web.words import gettext as _

Jobs = Mapping[str, BoardJob]


def change_words(change: Change, jobs: Jobs, zone: ZoneInfo) -> str:
    """Say what a change is.

    Parameters
    ----------
    change
        Of a scenario.
    jobs
        What the jobs that it names stand for; an unknown one is called by its code.
    zone
        In which moments are written.
    """
    return _WORDS[type(change)](change, jobs, zone)


def remedy_words(change: Change, jobs: Jobs, zone: ZoneInfo) -> str:
    """Say what must be done in the live plan before a scenario with this change can become a proposal."""
    what = change_words(change, jobs, zone)
    if isinstance(change, UnitDown):
        return _("%(change)s. Report the downtime first.", change=what)
    if isinstance(change, PartnerWithdraws):
        return _("%(change)s. Report that the partner withdraws first.", change=what)
    if isinstance(change, ExtraShift | NewMachine | NewPartner):
        return _("%(change)s. Change the network's master data and publish it first.", change=what)
    if isinstance(change, OrderDropped):
        return _("%(change)s. Cancel the order first.", change=what)
    return _("%(change)s. Quote and accept the order first.", change=what)


def _span(from_minute: int, until_minute: int, zone: ZoneInfo) -> str:
    return _("%(start)s to %(end)s", start=formatting.moment_briefly(moment_at(from_minute), zone),
             end=formatting.moment_briefly(moment_at(until_minute), zone))


def _name(code: str, jobs: Jobs) -> str:
    job = jobs.get(code)
    return (job.order or job.quote) if job else code


def _down(change: UnitDown, _jobs: Jobs, zone: ZoneInfo) -> str:
    return _("%(unit)s is down, %(span)s", unit=change.unit, span=_span(change.from_minute, change.until_minute, zone))


def _withdraw(change: PartnerWithdraws, _jobs: Jobs, zone: ZoneInfo) -> str:
    return _("%(company)s offers nothing, %(span)s", company=change.company,
             span=_span(change.from_minute, change.until_minute, zone))


def _extra(change: ExtraShift, _jobs: Jobs, _zone: ZoneInfo) -> str:
    return _("%(center)s also works from %(start)s to %(end)s, %(first)s to %(last)s", center=change.work_center,
             start=_clock(change.start_minute_of_day), end=_clock(change.end_minute_of_day),
             first=formatting.day(change.from_on), last=formatting.day(change.until_on - timedelta(days=1)))


def _clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"


def _machine(change: NewMachine, _jobs: Jobs, zone: ZoneInfo) -> str:
    return _("%(center)s has more units from %(moment)s on: %(units)s", center=change.work_center,
             moment=formatting.moment_briefly(moment_at(change.from_minute), zone),
             units=formatting.enumerated(change.units))


def _partner(change: NewPartner, _jobs: Jobs, _zone: ZoneInfo) -> str:
    return _("New units for %(capability)s at %(site)s: %(count)s, shift %(shift)s, %(rate)s an hour, "
             "speed %(speed)s %%",
             count=change.unit_count, capability=change.capability, site=change.site, shift=change.shift,
             rate=formatting.money(Money(change.rate_minor_per_hour)), speed=change.speed_percent)


def _rush(change: RushOrder, jobs: Jobs, zone: ZoneInfo) -> str:
    return _("One more order like %(order)s, due %(moment)s, weight %(weight)s", order=_name(change.like_job, jobs),
             moment=formatting.moment_briefly(moment_at(change.due_minute), zone), weight=change.weight)


def _dropped(change: OrderDropped, jobs: Jobs, _zone: ZoneInfo) -> str:
    return _("%(order)s is not made", order=_name(change.job, jobs))


_WORDS: Mapping[type, Callable[[Any, Jobs, ZoneInfo], str]] = {  # Any: each takes its own kind
    UnitDown: _down, PartnerWithdraws: _withdraw, ExtraShift: _extra, NewMachine: _machine, NewPartner: _partner,
    RushOrder: _rush, OrderDropped: _dropped,
}


def jobs_named(changes: tuple[Change, ...]) -> list[str]:
    """List the codes of the jobs that changes name."""
    named = [change.like_job for change in changes if isinstance(change, RushOrder)]
    return named + [change.job for change in changes if isinstance(change, OrderDropped)]
