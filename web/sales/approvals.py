"""Routes of approvals: the seller asks with a reason, a second person looks at the whole draft and decides."""

from __future__ import annotations

from fractions import Fraction

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from ordering import service as ordering
from ordering.draft import DraftState
from ordering.drafting import KeptDraft
from ordering.errors import ApprovalRefused, ConfigurationNotSaleable, DraftChanged, DraftInvalid, TransitionRefused
from web.accounts import require_role
from web.clock import now
from web.database import get_session
from web.forms.drafts import DecideForm, ReasonForm, plain_exact
from web.refusal_words import page_words
from web.sales import draft_desk
from web.sales.draft_editing import read_page
from web.sales.draft_words import draft_name, draft_tag
from web.sales.drafts import draft_rows
from web.sales.views import blueprint, plant_zone
from web.words import gettext as _

MOST_LISTED = 100


@blueprint.get("/approvals")
@require_role("sales", "owner")
def approvals() -> ResponseReturnValue:
    """List the drafts that wait for a second person, the newest first."""
    session = get_session()
    found = ordering.list_drafts(session, states=(DraftState.WAITING,), limit=MOST_LISTED)
    whole = [ordering.get_draft(session, draft_id=item.id) for item in found]
    rows = draft_rows(session, found, plant_zone())
    return render_template("sales/approvals.html", rows=[
        (row, item.approvals[-1] if item.approvals else None, draft_desk.decides_about_own(item))
        for row, item in zip(rows, whole, strict=True)])


@blueprint.get("/approvals/<int:draft_id>")
@require_role("sales", "owner")
def approval(draft_id: int) -> ResponseReturnValue:
    """Show a draft to whoever decides about it."""
    kept = ordering.get_draft(get_session(), draft_id=draft_id)
    if kept.state is not DraftState.WAITING:
        return redirect(url_for("sales.draft", draft_id=draft_id))
    form = DecideForm(formdata=None)
    form.version.data = str(kept.version)
    return _decision_page(kept, form)


@blueprint.post("/approvals/<int:draft_id>")
@require_role("sales", "owner")
def decide(draft_id: int) -> ResponseReturnValue:
    """Agree to a draft or refuse it, with a reason."""
    session, form = get_session(), DecideForm()
    kept = ordering.get_draft(session, draft_id=draft_id)
    if not form.validate_on_submit():
        return _decision_page(kept, form), 422
    is_approved = form.decision.data == "approve"
    try:
        ordering.decide_approval(session, draft_id=draft_id, version=form.version.number or 0, by=current_user.login,
                                 is_approved=is_approved, reason=str(form.reason.data), now=now())
    except ApprovalRefused:
        session.rollback()
        form.form_errors.append(_("Another person than the one who asked or typed has to decide."))
        return _decision_page(kept, form), 409
    except DraftChanged:
        session.rollback()
        kept = ordering.get_draft(session, draft_id=draft_id)
        form.version.data = str(kept.version)
        form.form_errors.append(_("The draft was changed in the meantime; this is how it stands now."))
        return _decision_page(kept, form), 409
    except TransitionRefused:
        session.rollback()
        flash(_("This draft does not wait for a decision any more."), "late")
        return redirect(url_for("sales.draft", draft_id=draft_id), code=303)
    flash(_("The draft is approved.") if is_approved else _("The draft is refused; its seller sees why."))
    return redirect(url_for("sales.approvals"), code=303)


def _decision_page(kept: KeptDraft, form: DecideForm) -> str:
    figures, faults = draft_desk.read_figures(kept)
    return render_template(
        "sales/approval.html", kept=kept, form=form, name=draft_name(kept), tag=draft_tag(kept.state),
        figures=figures, faults=faults, cards=draft_desk.read_cards(kept, figures),
        history=draft_desk.history_of(kept, figures), is_mine=draft_desk.decides_about_own(kept))


@blueprint.get("/drafts/<int:draft_id>/ask")
@require_role("sales", "owner")
def ask_about_draft(draft_id: int) -> ResponseReturnValue:
    """Show what a second person would be asked to agree to."""
    kept = ordering.get_draft(get_session(), draft_id=draft_id)
    if draft_desk.is_closed(kept):
        return read_page(kept)
    form = ReasonForm(formdata=None)
    form.version.data = str(kept.version)
    return _ask_page(kept, form)


@blueprint.post("/drafts/<int:draft_id>/ask")
@require_role("sales", "owner")
def ask(draft_id: int) -> ResponseReturnValue:
    """Ask a second person to agree to a draft."""
    session, form = get_session(), ReasonForm()
    kept = ordering.get_draft(session, draft_id=draft_id)
    if draft_desk.is_closed(kept):
        return read_page(kept), 409
    if not form.validate_on_submit():
        return _ask_page(kept, form), 422
    words, status = _try_to_ask(kept, form)
    if words:
        session.rollback()
        kept = ordering.get_draft(session, draft_id=draft_id)
        form.version.data = str(kept.version)
        form.form_errors.append(words)
        return _ask_page(kept, form), status
    flash(_("A second person is asked. You see the answer on the draft."))
    return redirect(url_for("sales.draft", draft_id=draft_id), code=303)


def _try_to_ask(kept: KeptDraft, form: ReasonForm) -> tuple[str, int]:
    """Ask; or say why nobody was asked, and the status of that answer."""
    try:
        ordering.ask_approval(
            get_session(), draft_id=kept.id, version=form.version.number or 0, by=current_user.login,
            reason=str(form.reason.data), limits=draft_desk.settings().discount_limits, now=now(),
            cache_directory=draft_desk.cache_directory())
    except ApprovalRefused as refusal:
        if refusal.detail.get("why") != "too_much":
            return _("This draft needs no second person; you may send it."), 409
        allowed = plain_exact(Fraction(str(refusal.detail.get("allowed_percent", "0"))))
        return _("Nobody may agree to so much; the largest discount allowed here is %(allowed)s %%.",
                 allowed=allowed), 409
    except DraftChanged:
        return _("The draft was changed in the meantime; this is how it stands now."), 409
    except TransitionRefused:
        return _("A second person is asked already."), 409
    except (DraftInvalid, ConfigurationNotSaleable) as error:
        return page_words(error.code, error.message), 422
    return "", 200


def _ask_page(kept: KeptDraft, form: ReasonForm) -> str:
    figures, faults = draft_desk.read_figures(kept)
    return render_template("sales/draft_ask.html", kept=kept, form=form, name=draft_name(kept), figures=figures,
                           faults=faults, history=draft_desk.history_of(kept, figures))
