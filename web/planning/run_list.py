"""Planning runs and proposals as rows of lists."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from catalog.money import Money
from scheduling.publishing import Proposal
from web import formatting
from web.planning.proposal_view import share_less
from web.tables import JobRow
from web.words import gettext as _


@dataclass(frozen=True, slots=True)
class RunRow:
    """A planning run as a row."""

    job_id: int
    made: str
    by: str
    seconds: str
    state: str
    kind: str


@dataclass(frozen=True, slots=True)
class ProposalRow:
    """A proposal as a row."""

    proposal_id: int
    made: str
    source: str
    objective: str
    difference: str
    orders: int
    state: str
    kind: str


def run_rows(jobs: Iterable[JobRow], zone: ZoneInfo) -> list[RunRow]:
    """Give runs as rows."""
    states = {"queued": (_("waits"), ""), "running": (_("running"), "info"), "done": (_("done"), "on"),
              "failed": (_("did not end well"), "late")}
    return [
        RunRow(job.id, formatting.moment_briefly(job.created_at, zone), str(job.payload.get("by", "")),
               _("%(seconds)s s", seconds=job.payload.get("seconds", "–")), *states[job.state])
        for job in jobs
    ]


def proposal_rows(proposals: Iterable[Proposal], zone: ZoneInfo) -> list[ProposalRow]:
    """Give proposals as rows."""
    states = {"open": (_("not yet in force"), "info"), "published": (_("in force"), "on"),
              "withdrawn": (_("put away"), "off")}
    sources = {"improve": _("planning run"), "repair": _("repair"), "scenario": _("scenario"), "firm": _("firm quote")}
    return [
        ProposalRow(
            item.id, formatting.moment_briefly(item.proposed_at, zone), sources.get(item.kind, item.kind),
            formatting.money(Money(item.objective_after_minor)),
            share_less(item.objective_before_minor, item.objective_after_minor), len(item.changes),
            *states[item.state],
        )
        for item in proposals
    ]
