"""Routes of merging companies. Each parses, makes one service call, and renders or redirects."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from ordering import service as ordering
from web import formatting
from web.accounts import require_role
from web.clock import now
from web.customers import rows
from web.customers.merging import MOST_FOUND
from web.customers.views import blueprint
from web.database import get_session
from web.forms.customers import MergeForm
from web.words import gettext as _


@blueprint.get("/companies/<int:company_id>/merge")
@require_role("sales", "owner")
def preview_company_merge(company_id: int) -> ResponseReturnValue:
    """Show what merging another company into this one moves; choose the other first where none is named."""
    session = get_session()
    other = request.args.get("other", "")
    if other.isascii() and other.isdecimal() and len(other) < 19:
        plan = ordering.preview_company_merge(session, kept_id=company_id, merged_id=int(other))
        names = rows.field_names()
        return render_template(
            "customers/merge_companies.html", plan=plan, kept=rows.company_row(plan.kept),
            merged=rows.company_row(plan.merged), filled=formatting.enumerated(names[name] for name in plan.filled))
    company = ordering.get_company(session, company_id=company_id)
    words = request.args.get("search", "").strip()[:100]
    found = ordering.list_companies(session, search=words, limit=MOST_FOUND).companies if words else ()
    return render_template("customers/merge_company_choice.html", company=company, search=words,
                           found=[rows.company_row(item) for item in found if item.id != company_id])


@blueprint.post("/companies/<int:company_id>/merge")
@require_role("sales", "owner")
def merge_company(company_id: int) -> ResponseReturnValue:
    """Merge another company into this one."""
    form = MergeForm()
    if not form.validate_on_submit():
        ordering.get_company(get_session(), company_id=company_id)
        flash(_("Choose the other company once more."), "late")
        return redirect(url_for("customers.preview_company_merge", company_id=company_id), code=303)
    kept = ordering.merge_companies(get_session(), kept_id=company_id, merged_id=form.other.number or 0, now=now(),
                                    actor=current_user.login)
    flash(_("Both are one company now. Its contacts are here."))
    return redirect(url_for("customers.company", company_id=kept.id), code=303)
