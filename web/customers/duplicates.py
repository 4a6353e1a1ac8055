"""Routes of duplicates in the whole list. Each parses, makes one service call, and renders or redirects."""

from __future__ import annotations

from flask import abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from ordering import service as ordering
from ordering.service import CustomerKind
from web.accounts import require_role
from web.clock import now
from web.customers import rows
from web.customers.views import PAGE_SIZE, blueprint
from web.database import get_session
from web.forms.customers import DifferenceForm
from web.forms.sales_lists import ListForm
from web.paging import page_number
from web.sales.list_parts import plain_page
from web.words import gettext as _

ENDPOINTS = {CustomerKind.CONTACT: "customers.duplicates", CustomerKind.COMPANY: "customers.company_duplicates"}


@blueprint.get("/duplicates")
@require_role("sales", "owner")
def duplicates() -> ResponseReturnValue:
    """List contacts that are likely the same person."""
    return _list_page(CustomerKind.CONTACT)


@blueprint.get("/companies/duplicates")
@require_role("sales", "owner")
def company_duplicates() -> ResponseReturnValue:
    """List companies that are likely the same."""
    return _list_page(CustomerKind.COMPANY)


@blueprint.post("/duplicates/<kind>/different")
@require_role("sales", "owner")
def note_difference(kind: str) -> ResponseReturnValue:
    """Put two entries aside as different."""
    known = next((item for item in CustomerKind if item.value == kind), None)
    if known is None:
        abort(404)
    form, back = DifferenceForm(), redirect(url_for(ENDPOINTS[known]), code=303)
    if not form.validate_on_submit():
        flash(_("Open the page again and repeat the step."), "late")
        return back
    ordering.note_difference(get_session(), kind=known, one_id=form.one.number or 0, other_id=form.other.number or 0,
                             now=now(), actor=current_user.login)
    flash(_("Both stay apart and are listed here no more."))
    return back


def _list_page(kind: CustomerKind) -> str:
    page, endpoint = page_number(), ENDPOINTS[kind]
    found = ordering.list_duplicates(get_session(), kind=kind, offset=(page - 1) * PAGE_SIZE, limit=PAGE_SIZE)
    parts = plain_page(endpoint, ListForm(), (), tabs=rows.customer_tabs("customers.duplicates"), total=found.total,
                       page=page, size=PAGE_SIZE)
    return render_template("customers/duplicates.html", rows=[rows.duplicate_row(item) for item in found.pairs],
                           list=parts, total=found.total, kind=kind.value)
