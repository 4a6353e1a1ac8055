"""Routes of price groups. Each parses, makes one service call, and renders or redirects."""

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
from web.customers.conflict import Conflict, resolve
from web.customers.views import blueprint, zone
from web.database import get_session
from web.forms.customers import PriceGroupForm
from web.forms.keys import make_key
from web.words import gettext as _


@blueprint.get("/price-groups")
@require_role("sales", "owner")
def price_groups() -> ResponseReturnValue:
    """List the price groups."""
    found = ordering.list_price_groups(get_session())
    return render_template("customers/price_groups.html", rows=[(item, group_words(item)) for item in found])


@blueprint.get("/price-groups/new")
@require_role("sales", "owner")
def new_price_group() -> ResponseReturnValue:
    """Show the form of a new price group."""
    form = PriceGroupForm()
    form.key.data = make_key()
    return _form_page(form)


@blueprint.post("/price-groups/new")
@require_role("sales", "owner")
def add_price_group() -> ResponseReturnValue:
    """Add a price group; its code keeps a second click from adding another."""
    form = PriceGroupForm()
    if not form.validate_on_submit():
        return _form_page(form), 422
    try:
        ordering.add_price_group(get_session(), code=str(form.code.data), title=form.title_words(),
                                 discount_percent=form.percent(), now=now(), actor=current_user.login)
    except CustomerEntryTaken:
        form.code.errors = [_("Another price group has this code.")]
        return _form_page(form), 422
    return redirect(url_for("customers.price_groups"), code=303)


@blueprint.get("/price-groups/<int:price_group_id>")
@require_role("sales", "owner")
def price_group(price_group_id: int) -> ResponseReturnValue:
    """Show a price group's form."""
    found = ordering.get_price_group(get_session(), price_group_id=price_group_id)
    form = PriceGroupForm()
    form.show(found)
    form.key.data = make_key()
    return _form_page(form, found)


@blueprint.post("/price-groups/<int:price_group_id>")
@require_role("sales", "owner")
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
        conflict = resolve(form, refusal, zone=zone(), show=lambda: form.show(
            ordering.get_price_group(session, price_group_id=price_group_id)))
        return _form_page(form, found, conflict), 409
    return redirect(url_for("customers.price_groups"), code=303)


def _form_page(form: PriceGroupForm, group: PriceGroup | None = None, conflict: Conflict | None = None) -> str:
    return render_template("customers/price_group_form.html", form=form, group=group, conflict=conflict)
