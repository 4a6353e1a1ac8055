"""Routes of price groups and their price books. Each parses, makes one service call, and renders or redirects.

Sales people read them; only owners change them, since a group's price is no discount that the approval rule sees.
"""

from __future__ import annotations

from flask import redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from ordering import service as ordering
from ordering.customer import PriceGroup
from ordering.errors import CustomerChanged, CustomerEntryTaken
from web.accounts import require_role
from web.clock import now
from web.customer_words import group_words
from web.customers import book_rows, rows
from web.customers.conflict import Conflict, resolve
from web.customers.views import blueprint
from web.database import get_session
from web.forms.customers import PriceGroupForm
from web.forms.keys import make_key
from web.sales.views import plant_zone
from web.words import gettext as _


@blueprint.get("/price-groups")
@require_role("sales", "owner")
def price_groups() -> ResponseReturnValue:
    """List the price groups."""
    found = ordering.list_price_groups(get_session())
    return render_template("customers/price_groups.html", rows=[(item, group_words(item)) for item in found],
                           tabs=rows.customer_tabs("customers.price_groups"), may_change=current_user.role == "owner")


@blueprint.get("/price-groups/new")
@require_role("owner")
def new_price_group() -> ResponseReturnValue:
    """Show the form of a new price group."""
    form = PriceGroupForm()
    form.key.data = make_key()
    return _form_page(form)


@blueprint.post("/price-groups/new")
@require_role("owner")
def add_price_group() -> ResponseReturnValue:
    """Add a price group; its code keeps a second click from adding another."""
    form = PriceGroupForm()
    if not form.validate_on_submit():
        return _form_page(form), 422
    try:
        made = ordering.add_price_group(get_session(), code=str(form.code.data), title=form.title_words(),
                                        discount_percent=form.percent(), now=now(), actor=current_user.login)
    except CustomerEntryTaken:
        form.code.errors = [_("Another price group has this code.")]
        return _form_page(form), 422
    return redirect(url_for("customers.price_group", price_group_id=made.id), code=303)


@blueprint.get("/price-groups/<int:price_group_id>")
@require_role("sales", "owner")
def price_group(price_group_id: int) -> ResponseReturnValue:
    """Show a price group: its terms, its price book, who buys on it."""
    found = ordering.get_price_group(get_session(), price_group_id=price_group_id)
    form = PriceGroupForm()
    form.show(found)
    form.key.data = make_key()
    return _form_page(form, found)


@blueprint.post("/price-groups/<int:price_group_id>")
@require_role("owner")
def change_price_group(price_group_id: int) -> ResponseReturnValue:
    """Change a price group; when somebody was first, show what they changed beside what was typed."""
    session, form = get_session(), PriceGroupForm()
    found = ordering.get_price_group(session, price_group_id=price_group_id)
    form.code.data = found.code
    if not form.validate_on_submit():
        return _form_page(form, found), 422
    try:
        ordering.change_price_group(
            session, price_group_id=price_group_id, title=form.title_words(), discount_percent=form.percent(),
            expected_version=form.version.number or 0, now=now(), actor=current_user.login)
    except CustomerChanged as refusal:
        conflict = resolve(form, refusal, zone=plant_zone(), show=lambda: form.show(
            ordering.get_price_group(session, price_group_id=price_group_id)))
        return _form_page(form, found, conflict), 409
    return redirect(url_for("customers.price_group", price_group_id=price_group_id), code=303)


def _form_page(form: PriceGroupForm, group: PriceGroup | None = None, conflict: Conflict | None = None) -> str:
    if group is None:
        return render_template("customers/price_group_new.html", form=form)
    session, moment, zone = get_session(), now(), plant_zone()
    products = book_rows.product_titles(session)
    book = ordering.list_group_discounts(session, price_group_id=group.id)
    companies = ordering.list_companies(session, price_group_id=group.id, limit=book_rows.MOST_COMPANIES)
    return render_template(
        "customers/price_group.html", form=form, group=group, words=group_words(group), conflict=conflict,
        may_change=current_user.role == "owner", companies=companies.companies, company_count=companies.total,
        rows=[book_rows.book_row(item, products, moment.astimezone(zone).date()) for item in book],
        history_entries=[book_rows.action_entry(item, products, zone)
                         for item in ordering.list_price_group_changes(session, price_group_id=group.id)])
