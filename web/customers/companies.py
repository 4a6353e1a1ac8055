"""Routes of companies. Each parses, makes one service call, and renders or redirects."""

from __future__ import annotations

from collections.abc import Sequence

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from ordering import service as ordering
from ordering.customer import Company
from ordering.errors import CustomerChanged
from web import formatting
from web.accounts import require_role
from web.clock import now
from web.customers import rows
from web.customers.conflict import Conflict, resolve
from web.customers.views import PAGE_SIZE, blueprint
from web.database import get_session
from web.forms.customers import CompanyForm
from web.forms.keys import make_key
from web.forms.sales_lists import ListForm
from web.paging import page_number
from web.sales.list_parts import plain_page
from web.sales.views import plant_zone
from web.words import gettext as _


@blueprint.get("/companies")
@require_role("sales", "owner")
def companies() -> ResponseReturnValue:
    """List companies by name."""
    form, page = ListForm(request.args), page_number()
    if not form.validate():
        return _list_page(form, (), 0, 1), 422
    found = ordering.list_companies(get_session(), search=form.search.data or "", offset=(page - 1) * PAGE_SIZE,
                                    limit=PAGE_SIZE)
    return _list_page(form, found.companies, found.total, page)


def _list_page(form: ListForm, companies: Sequence[Company], total: int, page: int) -> str:
    headings = (_("Name"), _("Tax id"), _("Language"), _("Currency"), _("Price group"))
    parts = plain_page("customers.companies", form, headings, tabs=rows.customer_tabs("customers.companies"),
                       total=total, page=page, size=PAGE_SIZE)
    return render_template("customers/companies.html", rows=[rows.company_row(item) for item in companies], form=form,
                           list=parts, total=total)


@blueprint.get("/companies/<int:company_id>")
@require_role("sales", "owner")
def company(company_id: int) -> ResponseReturnValue:
    """Show a company with its contacts; one that was merged leads to the one kept."""
    session = get_session()
    found = ordering.get_company(session, company_id=company_id)
    if found.merged_into_id is not None:
        return redirect(url_for("customers.company", company_id=found.merged_into_id))
    place = plant_zone()
    people = ordering.list_contacts(session, company_id=company_id, limit=PAGE_SIZE)
    return render_template(
        "customers/company.html", company=found, row=rows.company_row(found), total=people.total,
        contacts=[rows.contact_row(item) for item in people.contacts],
        history_entries=[rows.action_entry(item, place)
                         for item in ordering.list_company_changes(session, company_id=company_id)])


@blueprint.get("/companies/new")
@require_role("sales", "owner")
def new_company() -> ResponseReturnValue:
    """Show the form of a new company."""
    form = CompanyForm()
    form.key.data = make_key()
    return _form_page(form)


@blueprint.post("/companies/new")
@require_role("sales", "owner")
def add_company() -> ResponseReturnValue:
    """Add a company."""
    session, form = get_session(), CompanyForm()
    form.offer_price_groups(ordering.list_price_groups(session), formatting.language())
    if not form.validate_on_submit():
        return _form_page(form), 422
    made = ordering.add_company(session, entry=form.entry(), key=str(form.key.data), now=now(),
                                actor=current_user.login)
    return redirect(url_for("customers.company", company_id=made.id), code=303)


@blueprint.get("/companies/<int:company_id>/edit")
@require_role("sales", "owner")
def edit_company(company_id: int) -> ResponseReturnValue:
    """Show a company's form."""
    form = CompanyForm()
    form.show(ordering.get_company(get_session(), company_id=company_id))
    form.key.data = make_key()
    return _form_page(form, company_id)


@blueprint.post("/companies/<int:company_id>/edit")
@require_role("sales", "owner")
def change_company(company_id: int) -> ResponseReturnValue:
    """Change a company; when somebody was first, show what they changed beside what was typed."""
    session, form = get_session(), CompanyForm()
    ordering.get_company(session, company_id=company_id)  # a missing one is told before its entries are
    form.offer_price_groups(ordering.list_price_groups(session), formatting.language())
    if not form.validate_on_submit():
        return _form_page(form, company_id), 422
    try:
        ordering.change_company(session, company_id=company_id, entry=form.entry(),
                                expected_version=form.version.number or 0, now=now(), actor=current_user.login)
    except CustomerChanged as refusal:
        conflict = resolve(form, refusal, zone=plant_zone(), show=lambda: form.show(
            ordering.get_company(session, company_id=company_id)))
        return _form_page(form, company_id, conflict), 409
    return redirect(url_for("customers.company", company_id=company_id), code=303)


def _form_page(form: CompanyForm, company_id: int | None = None, conflict: Conflict | None = None) -> str:
    form.offer_price_groups(ordering.list_price_groups(get_session()), formatting.language())
    return render_template("customers/company_form.html", form=form, company_id=company_id, conflict=conflict)
