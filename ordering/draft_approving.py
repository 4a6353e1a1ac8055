"""Use cases of approvals: ask a second person about a draft, and decide. Every step is kept."""

from __future__ import annotations

from datetime import datetime
from fractions import Fraction
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from ordering import store
from ordering.approval import ApprovalStep, DiscountLimits, Need, Verdict, is_same_person
from ordering.draft import DraftEvent, DraftState, next_draft_state
from ordering.draft_codec import draft_from_json
from ordering.draft_preview import preview_draft
from ordering.draft_tables import ApprovalRow, QuoteDraftRow
from ordering.drafting import KeptDraft, lock_draft, present_draft, require_version
from ordering.errors import ApprovalRefused, RequestInvalid

LONGEST_REASON = 500


def ask_approval(
    session: Session, *, draft_id: int, version: int, by: str, reason: str, limits: DiscountLimits, now: datetime,
    cache_directory: Path | None = None
) -> KeptDraft:
    """Ask a second person to agree to a draft's discount or margin.

    Parameters
    ----------
    session
        Inside a writing transaction.
    draft_id, version
        The draft as the seller sees it.
    by
        Login of the seller.
    reason
        Why, 1 to 500 characters.
    limits
        Of discount and margin.
    now
        Aware UTC.
    cache_directory
        Where compiled models are kept between processes.

    Returns
    -------
    KeptDraft
        Waiting.

    Raises
    ------
    ApprovalRefused
        Nothing needs a second person (``why`` is ``not_needed``), or nobody may agree to so much (``too_much``);
        ``detail["allowed_percent"]`` is what would be allowed.
    RequestInvalid
        The reason is empty or too long.
    DraftChanged
        It was changed since.
    TransitionRefused
        It is not open.
    """
    _require_reason(reason)
    row = lock_draft(session, draft_id)
    state = next_draft_state(DraftState(row.state), DraftEvent.ASK)
    require_version(session, row, version)
    verdict = preview_draft(session, draft=draft_from_json(row.content), limits=limits, now=now,
                            cache_directory=cache_directory).verdict
    _require_second_person(verdict)
    row.state = state.value
    _note(session, row, ApprovalStep.ASKED, by=by, reason=reason, now=now,
          figures=(verdict.discount_percent, verdict.margin_percent))
    return present_draft(session, row)


def decide_approval(
    session: Session, *, draft_id: int, version: int, by: str, is_approved: bool, reason: str, now: datetime
) -> KeptDraft:
    """Agree to a draft or refuse, as another person than the one who asked.

    Parameters
    ----------
    session
        Inside a writing transaction.
    draft_id, version
        The draft as the second person sees it.
    by
        Login of the second person.
    is_approved
        True agrees, False refuses and opens the draft again.
    reason
        Why, 1 to 500 characters.
    now
        Aware UTC.

    Returns
    -------
    KeptDraft
        Approved, or open again.

    Raises
    ------
    ApprovalRefused
        The same person asked, or changed the draft last (``why`` is ``same_person``).
    RequestInvalid
        The reason is empty or too long.
    DraftChanged
        It was changed since.
    TransitionRefused
        It is not waiting.
    """
    _require_reason(reason)
    row = lock_draft(session, draft_id)
    state = next_draft_state(DraftState(row.state), DraftEvent.APPROVE if is_approved else DraftEvent.REFUSE)
    require_version(session, row, version)
    asked = session.scalars(
        select(ApprovalRow).where(ApprovalRow.draft_id == row.id, ApprovalRow.step == ApprovalStep.ASKED.value)
        .order_by(ApprovalRow.id.desc()).limit(1)
    ).one()
    if is_same_person(by, asked.by) or is_same_person(by, row.changed_by):
        raise ApprovalRefused("Another person than the one who asked or typed has to decide.", why="same_person")
    row.state = state.value
    margin = None if asked.margin_percent is None else Fraction(asked.margin_percent)
    _note(session, row, ApprovalStep.APPROVED if is_approved else ApprovalStep.REFUSED, by=by, reason=reason, now=now,
          figures=(Fraction(asked.discount_percent), margin))
    return present_draft(session, row)


def _require_reason(reason: str) -> None:
    if not 1 <= len(reason.strip()) <= LONGEST_REASON or "\0" in reason:
        raise RequestInvalid(f"A reason has 1 to {LONGEST_REASON} characters.", field="reason")


def _require_second_person(verdict: Verdict) -> None:
    facts = {"allowed_percent": str(verdict.allowed_percent), "concerns": [item.value for item in verdict.concerns]}
    if verdict.need is Need.NOTHING:
        raise ApprovalRefused("This draft needs no second person.", why="not_needed", **facts)
    if verdict.need is Need.REFUSED:
        raise ApprovalRefused(
            f"Nobody may agree to so much; a discount of {float(verdict.allowed_percent):g} % would be allowed.",
            why="too_much", **facts)


def _note(
    session: Session, row: QuoteDraftRow, step: ApprovalStep, *, by: str, reason: str, now: datetime,
    figures: tuple[Fraction, Fraction | None]
) -> None:
    discount, margin = figures
    session.add(ApprovalRow(
        draft_id=row.id, draft_version=row.version, step=step.value, by=by, at=now, reason=reason.strip(),
        discount_percent=str(discount), margin_percent=None if margin is None else str(margin),
    ))
    store.append_audit(session, at=now, actor=by, action=f"draft.{step.value}", subject=f"draft-{row.id}",
                       facts={"version": row.version, "reason": reason.strip(), "discount_percent": str(discount)})
