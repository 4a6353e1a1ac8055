"""Drafts, verdicts and approvals in words."""

from __future__ import annotations

import re
from fractions import Fraction
from zoneinfo import ZoneInfo

from wtforms import Field

from ordering.approval import ApprovalStep, Concern, DiscountLimits, Need, Verdict
from ordering.draft import DraftState, Standing
from ordering.drafting import Approval, KeptDraft
from ordering.quote import Alternative
from web import formatting
from web.accounts import person_name
from web.forms.drafts import DraftForm
from web.sales.rows import HistoryEntry
from web.shop.states import StateTag
from web.words import gettext as _

_PATH = re.compile(r"lines\[([0-9]{1,4})\](?:\.([a-z_]+))?")
_FIELDS = {"unit_minor": "unit", "tax_percent": "tax", "unit_cost_minor": "cost", "content_hash": "choices",
           "title": "title_en", "notes": "notes_en"}


def draft_tag(state: DraftState) -> StateTag:
    """Say where a draft stands."""
    return {
        DraftState.OPEN: StateTag(_("draft"), "warn", "open"),
        DraftState.WAITING: StateTag(_("waits for approval"), "info", "clock"),
        DraftState.APPROVED: StateTag(_("approved"), "on", "tick"),
        DraftState.SENT: StateTag(_("sent"), "", "tick"),
        DraftState.DROPPED: StateTag(_("dropped"), "off", "slash"),
    }[state]


def draft_name(draft: KeptDraft) -> str:
    """Name a draft: the revision it will become, or its own number."""
    if draft.based_on is not None:
        return _("%(number)s, revision %(revision)s", number=draft.based_on[0], revision=draft.based_on[1] + 1)
    return _("Draft %(number)s", number=draft.id)


def standing_words(standing: Standing) -> str:
    """Say whether a line counts; empty when it does."""
    return {Standing.INCLUDED: "", Standing.OPTIONAL: _("optional, not in the total"),
            Standing.ALTERNATIVE: _("alternative, not in the total")}[standing]


def way_words(way: Alternative) -> str:
    """Name a way of making, as a heading."""
    return {Alternative.DEFAULT: _("Offered first"), Alternative.CHEAPEST: _("Cheapest"),
            Alternative.FASTEST: _("Fastest"), Alternative.GREENEST: _("Greenest")}[way]


def percent_words(value: Fraction) -> str:
    """Write a percentage: ``30.2 %``; whole ones without decimals."""
    digits = 0 if value.denominator == 1 else 1 if (value * 10).denominator == 1 else 2
    return formatting.figure(value, digits) + " %"


def margin_words(margin: Fraction | None, *, is_whole: bool) -> str:
    """Write a margin honestly: what leaves a cost out is at most so much."""
    if margin is None:
        return _("unknown")
    words = formatting.figure(margin, 1) + " %"
    return words if is_whole else _("at most %(margin)s", margin=words)


def verdict_sentences(verdict: Verdict, limits: DiscountLimits) -> tuple[str, ...]:
    """Say what a draft needs before it may be sent, and why."""
    if verdict.need is Need.NOTHING:
        return (_("You may send this yourself: up to %(own)s %% of discount is yours.", own=limits.own_percent),)
    reasons = {
        Concern.ABOVE_OWN: _("The discount is above the %(own)s %% that one person gives alone.",
                             own=limits.own_percent),
        Concern.ABOVE_MOST: _("The discount is above the %(most)s %% that anybody may give.", most=limits.most_percent),
        Concern.BELOW_FLOOR: _("The margin is below its floor of %(floor)s %%.", floor=limits.margin_floor_percent),
    }
    said = [reasons[item] for item in verdict.concerns
            if not (item is Concern.ABOVE_OWN and Concern.ABOVE_MOST in verdict.concerns)]
    if verdict.need is Need.REFUSED:
        said.append(_("It cannot be sent like this. The largest discount allowed here is %(allowed)s.",
                      allowed=percent_words(verdict.allowed_percent)))
    else:
        said.append(_("A second person has to agree before it is sent."))
    return tuple(said)


def approval_entries(
    approvals: tuple[Approval, ...], zone: ZoneInfo, *, whole_version: int = 0
) -> list[HistoryEntry]:
    """Show the history of asking, the newest first; every cost is known of the draft's ``whole_version``."""
    found = []
    for step in reversed(approvals):
        titles = {ApprovalStep.ASKED: _("Asked by %(who)s", who=person_name(step.by)),
                  ApprovalStep.APPROVED: _("Approved by %(who)s", who=person_name(step.by)),
                  ApprovalStep.REFUSED: _("Refused by %(who)s", who=person_name(step.by))}
        figures = _("discount %(discount)s", discount=percent_words(step.discount_percent))
        if step.margin_percent is not None:
            margin = percent_words(Fraction(round(step.margin_percent * 10), 10))
            figures = (
                _("%(figures)s, margin %(margin)s", figures=figures, margin=margin)
                if step.version == whole_version
                else _("%(figures)s, margin at most %(margin)s", figures=figures, margin=margin))
        found.append(HistoryEntry(titles[step.step], f"{step.reason} ({figures})",
                                  formatting.moment_briefly(step.at, zone)))
    return found


def field_at(form: DraftForm, path: str) -> Field | None:
    """Give the field of a form that a path such as ``lines[2].quantity`` names; None for none."""
    found = _PATH.fullmatch(path)
    if found is None:
        return next((field for field in form if field.name == _FIELDS.get(path, path)), None)
    entries = form.lines.entries
    place, name = int(found[1]), _FIELDS.get(found[2] or "kind", found[2] or "kind")
    if place >= len(entries):
        return None
    return next((field for field in entries[place].form if field.short_name == name), None)


def add_fault(form: DraftForm, path: str, words: str) -> None:
    """Write a fault beside the field that a path names, or above the form."""
    field = field_at(form, path)
    if field is None or not hasattr(field, "errors") or path == "lines":
        form.form_errors.append(words)
    else:
        field.errors = [*field.errors, words]
