"""Routes of a contact's whole story: merged with another, exported, erased."""

from __future__ import annotations

import json

from flask import Response, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from ordering import service as ordering
from ordering.errors import CustomerBusy
from web import formatting
from web.accounts import require_role
from web.clock import now
from web.customers import rows
from web.customers.forgetting import forget_person
from web.customers.views import blueprint
from web.database import get_session
from web.forms.customers import EraseForm, MergeForm
from web.words import gettext as _

MOST_FOUND = 20


@blueprint.get("/<int:contact_id>/merge")
@require_role("sales", "owner")
def preview_merge(contact_id: int) -> ResponseReturnValue:
    """Show what merging another contact into this one moves; choose the other first where none is named."""
    session = get_session()
    other = request.args.get("other", "")
    if other.isascii() and other.isdecimal() and len(other) < 19:
        plan = ordering.preview_merge(session, kept_id=contact_id, merged_id=int(other))
        names = rows.field_names()
        return render_template(
            "customers/merge.html", contact=plan.kept, kept=rows.contact_row(plan.kept),
            merged=rows.contact_row(plan.merged), plan=plan,
            filled=formatting.enumerated(names[name] for name in plan.filled))
    contact = ordering.get_contact(session, contact_id=contact_id)
    words = request.args.get("search", "").strip()[:100]
    found = ordering.list_contacts(session, search=words, limit=MOST_FOUND).contacts if words else ()
    likely = ordering.find_duplicates(session, contact=contact)
    return render_template(
        "customers/merge_choice.html", contact=contact, search=words,
        likely=[rows.contact_row(item) for item in likely],
        found=[rows.contact_row(item) for item in found if item.id != contact_id])


@blueprint.post("/<int:contact_id>/merge")
@require_role("sales", "owner")
def merge(contact_id: int) -> ResponseReturnValue:
    """Merge another contact into this one."""
    form = MergeForm()
    if not form.validate_on_submit():
        ordering.get_contact(get_session(), contact_id=contact_id)
        flash(_("Choose the other contact once more."), "late")
        return redirect(url_for("customers.preview_merge", contact_id=contact_id), code=303)
    kept = ordering.merge_contacts(get_session(), kept_id=contact_id, merged_id=form.other.number or 0, now=now(),
                                   actor=current_user.login)
    flash(_("Both are one contact now. Its quotes and orders are here."))
    return redirect(url_for("customers.contact", contact_id=kept.id), code=303)


@blueprint.post("/<int:contact_id>/export")
@require_role("sales", "owner")
def export(contact_id: int) -> ResponseReturnValue:
    """Give everything stored about a contact as a file."""
    content = ordering.export_contact(get_session(), contact_id=contact_id, now=now(), actor=current_user.login)
    answer = Response(json.dumps(content, ensure_ascii=False, indent=2, default=str), mimetype="application/json")
    answer.headers["Content-Disposition"] = f'attachment; filename="contact-{contact_id}.json"'
    answer.headers["Cache-Control"] = "no-store"
    return answer


@blueprint.get("/<int:contact_id>/erase")
@require_role("sales", "owner")
def preview_erasure(contact_id: int) -> ResponseReturnValue:
    """Show what erasing a contact overwrites, or what stands against it."""
    return _erasure_page(contact_id, EraseForm())


@blueprint.post("/<int:contact_id>/erase")
@require_role("sales", "owner")
def erase(contact_id: int) -> ResponseReturnValue:
    """Erase a contact."""
    form = EraseForm()
    if not form.validate_on_submit():
        return _erasure_page(contact_id, form), 422
    try:
        forget_person(get_session(), contact_id=contact_id, with_company=bool(form.with_company.data),
                      settings=current_app.extensions["onelot_settings"], now=now(), actor=current_user.login)
    except CustomerBusy:
        return _erasure_page(contact_id, form), 409
    flash(_("The contact is erased."))
    return redirect(url_for("customers.contacts"), code=303)


def _erasure_page(contact_id: int, form: EraseForm) -> str:
    plan = ordering.preview_erasure(get_session(), contact_id=contact_id, now=now())
    return render_template("customers/erase.html", plan=plan, row=rows.contact_row(plan.contact), form=form,
                           contact=plan.contact)
