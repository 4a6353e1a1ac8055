"""Routes of the entries of a price book. Each parses, makes one service call, and renders or redirects."""

from __future__ import annotations

from collections.abc import Callable

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from ordering import service as ordering
from ordering.customer import discount_text
from ordering.errors import CustomerChanged, CustomerNotFound, RequestInvalid
from ordering.price_group import GroupDiscount, GroupDiscountEntry
from web.accounts import require_role
from web.clock import now
from web.customers.book_rows import product_titles
from web.customers.conflict import Conflict, resolve
from web.customers.views import blueprint
from web.database import get_session
from web.forms.customers import GroupDiscountForm, RemoveForm
from web.forms.keys import make_key
from web.sales.views import plant_zone
from web.words import gettext as _


@blueprint.get("/price-groups/<int:price_group_id>/discounts/new")
@require_role("owner")
def new_group_discount(price_group_id: int) -> ResponseReturnValue:
    """Show the form of a new entry."""
    return _fresh_page(price_group_id, None)


@blueprint.post("/price-groups/<int:price_group_id>/discounts/new")
@require_role("owner")
def add_group_discount(price_group_id: int) -> ResponseReturnValue:
    """Add an entry."""
    session = get_session()
    return _store(price_group_id, None, lambda entry, version: ordering.add_group_discount(
        session, price_group_id=price_group_id, entry=entry, expected_version=version, now=now(),
        actor=current_user.login))


@blueprint.get("/price-groups/<int:price_group_id>/discounts/<int:discount_id>")
@require_role("owner")
def group_discount(price_group_id: int, discount_id: int) -> ResponseReturnValue:
    """Show an entry's form."""
    return _fresh_page(price_group_id, _find(price_group_id, discount_id))


@blueprint.post("/price-groups/<int:price_group_id>/discounts/<int:discount_id>")
@require_role("owner")
def change_group_discount(price_group_id: int, discount_id: int) -> ResponseReturnValue:
    """Change an entry; when somebody was first, show what they changed beside what was typed."""
    session = get_session()
    return _store(price_group_id, discount_id, lambda entry, version: ordering.change_group_discount(
        session, price_group_id=price_group_id, discount_id=discount_id, entry=entry, expected_version=version,
        now=now(), actor=current_user.login))


@blueprint.post("/price-groups/<int:price_group_id>/discounts/<int:discount_id>/remove")
@require_role("owner")
def remove_group_discount(price_group_id: int, discount_id: int) -> ResponseReturnValue:
    """Take an entry out; quotes keep the prices that they were made with."""
    form, back = RemoveForm(), redirect(url_for("customers.price_group", price_group_id=price_group_id), code=303)
    _find(price_group_id, discount_id)
    if not form.validate_on_submit():
        flash(_("Open the page again and repeat the step."), "late")
        return back
    try:
        ordering.remove_group_discount(
            get_session(), price_group_id=price_group_id, discount_id=discount_id,
            expected_version=form.version.number or 0, now=now(), actor=current_user.login)
    except CustomerChanged:
        flash(_("Somebody changed this price book in the meantime. Look at it once more."), "late")
        return back
    flash(_("The entry is taken out. Quotes keep their prices."))
    return back


def _find(price_group_id: int, discount_id: int) -> GroupDiscount:
    book = ordering.list_group_discounts(get_session(), price_group_id=price_group_id)
    found = next((item for item in book if item.id == discount_id), None)
    if found is None:
        raise CustomerNotFound("There is no such entry in the price book.")
    return found


def _fresh_page(price_group_id: int, item: GroupDiscount | None) -> str:
    group = ordering.get_price_group(get_session(), price_group_id=price_group_id)
    form = GroupDiscountForm(formdata=None)
    if item is not None:
        form.show(item.entry)
    form.key.data, form.version.data = make_key(), str(group.version)
    return _form_page(form, price_group_id, None if item is None else item.id)


def _store(
    price_group_id: int, discount_id: int | None, store: Callable[[GroupDiscountEntry, int], object]
) -> ResponseReturnValue:
    session, form = get_session(), GroupDiscountForm()
    standing = None if discount_id is None else _find(price_group_id, discount_id)
    ordering.get_price_group(session, price_group_id=price_group_id)  # a missing one is told before its entries are
    form.offer_products(product_titles(session).items(), standing.entry.product_code if standing else "")
    if not form.validate_on_submit():
        return _form_page(form, price_group_id, discount_id), 422
    try:
        store(form.entry(), form.version.number or 0)
    except RequestInvalid as refusal:
        form.tell(str(refusal.detail["field"]), _words(str(refusal.detail["field"])))
        return _form_page(form, price_group_id, discount_id), 422
    except CustomerChanged as refusal:
        conflict = resolve(form, refusal, zone=plant_zone(),
                           show=lambda: _show_standing(form, price_group_id, standing))
        return _form_page(form, price_group_id, discount_id, conflict), 409
    return redirect(url_for("customers.price_group", price_group_id=price_group_id), code=303)


def _show_standing(form: GroupDiscountForm, price_group_id: int, standing: GroupDiscount | None) -> None:
    if standing is not None:
        form.show(standing.entry)
    form.version.data = str(ordering.get_price_group(get_session(), price_group_id=price_group_id).version)


def _words(field: str) -> str:
    return {
        "last_day": _("The last day is before the first."),
        "valid_from": _("Another entry counts for this product in that time."),
        "product_code": _("Choose another product; this one is not for sale, or the price book is full."),
    }.get(field, _("Enter a percentage from 0 to 100 with at most two decimals."))


def _form_page(
    form: GroupDiscountForm, price_group_id: int, discount_id: int | None, conflict: Conflict | None = None
) -> str:
    session = get_session()
    form.offer_products(product_titles(session).items(), str(form.product_code.data or ""))
    group = ordering.get_price_group(session, price_group_id=price_group_id)
    return render_template("customers/group_discount_form.html", form=form, discount_id=discount_id, conflict=conflict,
                           group=group, group_percent=discount_text(group.discount_percent))
