"""Routes of contacts. Each parses, makes one service call, and renders or redirects."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from ordering import service as ordering
from ordering.customer import Company, Contact
from ordering.errors import CustomerChanged, CustomerEntryTaken, CustomerNotFound
from web.accounts import require_role
from web.clock import now
from web.customers import rows
from web.customers.conflict import Conflict, resolve
from web.database import get_session
from web.forms.customers import ContactForm
from web.forms.keys import make_key
from web.forms.sales_lists import ListForm
from web.paging import page_number
from web.sales.list_parts import plain_page
from web.sales.views import plant_zone
from web.words import gettext as _

blueprint = Blueprint("customers", __name__, url_prefix="/sales/customers")
PAGE_SIZE = 50
MOST_COMPANIES_CHOSEN_FROM = 200


@blueprint.get("")
@require_role("sales", "owner")
def contacts() -> ResponseReturnValue:
    """List contacts by name."""
    form, page = ListForm(request.args), page_number()
    if not form.validate():
        return _list_page(form, (), 0, 1), 422
    found = ordering.list_contacts(get_session(), search=form.search.data or "", offset=(page - 1) * PAGE_SIZE,
                                   limit=PAGE_SIZE)
    return _list_page(form, found.contacts, found.total, page)


def _list_page(form: ListForm, contacts: Sequence[Contact], total: int, page: int) -> str:
    headings = (_("Name"), _("E-mail"), _("Telephone"), _("Company"), _("Language"))
    parts = plain_page("customers.contacts", form, headings, tabs=rows.customer_tabs("customers.contacts"),
                       total=total, page=page, size=PAGE_SIZE)
    return render_template("customers/contacts.html", rows=[rows.contact_row(item) for item in contacts], form=form,
                           list=parts, total=total)


@blueprint.get("/<int:contact_id>")
@require_role("sales", "owner")
def contact(contact_id: int) -> ResponseReturnValue:
    """Show a contact with its quotes and orders; one that was merged leads to the one kept."""
    session = get_session()
    found = ordering.get_contact_file(session, contact_id=contact_id)
    if found.contact.merged_into_id is not None:
        return redirect(url_for("customers.contact", contact_id=found.contact.merged_into_id))
    place = plant_zone()
    return render_template(
        "customers/contact.html", key=make_key(), contact=found.contact, row=rows.contact_row(found.contact),
        quotes=[rows.quote_row(item, place) for item in found.quotes],
        orders=[rows.order_row(item, place) for item in found.orders],
        duplicates=[rows.contact_row(item)
                    for item in ordering.find_duplicates(session, contact=found.contact)],
        history_entries=[rows.action_entry(item, place)
                         for item in ordering.list_contact_changes(session, contact_id=contact_id)])


def _companies(chosen: str) -> list[Company]:
    """List companies to choose from, and the chosen one even where the list is too long for it."""
    session = get_session()
    found = list(ordering.list_companies(session, limit=MOST_COMPANIES_CHOSEN_FROM).companies)
    if chosen.isascii() and chosen.isdecimal() and len(chosen) < 19 and chosen not in {str(item.id) for item in found}:
        try:
            found.append(ordering.get_company(session, company_id=int(chosen)))
        except CustomerNotFound:
            return found
    return found


@blueprint.get("/new")
@require_role("sales", "owner")
def new_contact() -> ResponseReturnValue:
    """Show the form of a new contact, of a company when the address names one."""
    form = ContactForm()
    form.key.data = make_key()
    form.company_id.data = request.args.get("company", "")
    return _form_page(form)


@blueprint.post("/new")
@require_role("sales", "owner")
def add_contact() -> ResponseReturnValue:
    """Add a contact."""
    form = ContactForm()
    form.offer_companies(_companies(str(form.company_id.data)))
    if not form.validate_on_submit():
        return _form_page(form), 422
    try:
        made = ordering.add_contact(get_session(), entry=form.entry(), key=str(form.key.data), now=now(),
                                    actor=current_user.login)
    except CustomerEntryTaken as refusal:
        return _taken(form, refusal)
    return redirect(url_for("customers.contact", contact_id=made.id), code=303)


@blueprint.get("/<int:contact_id>/edit")
@require_role("sales", "owner")
def edit_contact(contact_id: int) -> ResponseReturnValue:
    """Show a contact's form."""
    form = ContactForm()
    form.show(ordering.get_contact(get_session(), contact_id=contact_id))
    form.key.data = make_key()
    return _form_page(form, contact_id)


@blueprint.post("/<int:contact_id>/edit")
@require_role("sales", "owner")
def change_contact(contact_id: int) -> ResponseReturnValue:
    """Change a contact; when somebody was first, show what they changed beside what was typed."""
    session, form = get_session(), ContactForm()
    ordering.get_contact(session, contact_id=contact_id)  # a missing one is told before its entries are
    form.offer_companies(_companies(str(form.company_id.data)))
    if not form.validate_on_submit():
        return _form_page(form, contact_id), 422
    try:
        ordering.change_contact(session, contact_id=contact_id, entry=form.entry(),
                                expected_version=form.version.number or 0, now=now(), actor=current_user.login)
    except CustomerChanged as refusal:
        conflict = resolve(form, refusal, zone=plant_zone(), show=lambda: form.show(
            ordering.get_contact(session, contact_id=contact_id)))
        return _form_page(form, contact_id, conflict), 409
    except CustomerEntryTaken as refusal:
        return _taken(form, refusal, contact_id)
    return redirect(url_for("customers.contact", contact_id=contact_id), code=303)


def _taken(form: ContactForm, refusal: CustomerEntryTaken, contact_id: int | None = None) -> ResponseReturnValue:
    form.email.errors = [_("Another contact has this e-mail address.")]
    return _form_page(form, contact_id, other_id=refusal.detail["contact"]), 422


def _form_page(form: ContactForm, contact_id: int | None = None, conflict: Conflict | None = None,
               other_id: object = None) -> str:
    form.offer_companies(_companies(str(form.company_id.data or "")))
    return render_template("customers/contact_form.html", form=form, contact_id=contact_id, conflict=conflict,
                           other_id=other_id)
