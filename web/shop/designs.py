"""The pages of kept designs: give a choice a name, list, rename, duplicate, delete."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from catalog.errors import OnelotError
from ordering import service as ordering
from ordering.errors import DesignRefused
from ordering.saved import MOST_DESIGNS, SavedDesign, is_browser
from web import formatting
from web.forms.designs import ButtonForm, KeepForm, OnceForm, RenameForm
from web.forms.keys import make_key
from web.paging import page_number
from web.security import limited
from web.settings import Settings
from web.shop.blueprint import blueprint
from web.shop.configuring import Surroundings, look_around, read_known_query, serving_version, settings
from web.shop.design_page import (
    DesignCard,
    LinkRow,
    build_design_card,
    build_link_row,
    build_lost_card,
    choice_rows,
    figure_rows,
)
from web.shop.item import Item, ItemAddress, bare, choice_of, configurator_url, query_of
from web.shop.lookup import FALLBACK_ZONE
from web.shop.owner import find_owner, want_owner
from web.shop.page import draw, product_title
from web.shop.working_out import work_out_item
from web.words import gettext as _

PAGE_SIZE = 12


@blueprint.get("/designs")
@limited("configure")
def designs() -> ResponseReturnValue:
    """List the designs that this person or browser keeps."""
    return _show_designs(look_around())


@blueprint.get("/designs/keep/<path:product_code>")
@limited("configure")
def ask_name(product_code: str) -> ResponseReturnValue:
    """Show what would be kept, and ask for a name."""
    around = look_around()
    item = _asked_item(around, product_code)
    form = KeepForm(formdata=None)
    form.idempotency_key.data = make_key()
    return _show_keep(around, item, form)


@blueprint.post("/designs/keep/<path:product_code>")
@limited("configure")
def keep_design(product_code: str) -> ResponseReturnValue:
    """Keep a choice under a name."""
    around = look_around()
    item, form = _asked_item(around, product_code), KeepForm()
    if not form.validate_on_submit():
        return _show_keep(around, item, form), 422
    try:
        kept = ordering.keep_design(
            around.session, owner=want_owner(), name=str(form.name.data),
            choice=choice_of(item.version, item.address.query), key=str(form.idempotency_key.data), now=around.now,
            replaces=bool(form.replaces.data))
    except DesignRefused as error:
        form.name.errors = [*form.name.errors, refusal_words(error)]
        return _show_keep(around, item, form, may_replace=error.detail.get("why") == "name_taken"), 422
    flash(_("“%(name)s” is kept.", name=kept.name))
    return redirect(url_for("shop.designs"), code=303)


@blueprint.post("/designs/<int:design_id>/rename")
@limited("configure")
def rename_design(design_id: int) -> ResponseReturnValue:
    """Give a design another name."""
    around, form = look_around(), RenameForm()
    ordering.get_design(around.session, owner=find_owner(), design_id=design_id)
    if not form.validate_on_submit():
        return _show_designs(around, renaming=(design_id, form)), 422
    try:
        ordering.rename_design(around.session, owner=find_owner(), design_id=design_id, name=str(form.name.data))
    except DesignRefused as error:
        words = (_("You keep a design of this name already. Choose another name.")
                 if error.detail.get("why") == "name_taken" else refusal_words(error))
        form.name.errors = [*form.name.errors, words]
        return _show_designs(around, renaming=(design_id, form)), 422
    return redirect(url_for("shop.designs", _anchor=f"design-{design_id}"), code=303)


@blueprint.post("/designs/<int:design_id>/duplicate")
@limited("configure")
def duplicate_design(design_id: int) -> ResponseReturnValue:
    """Keep a copy of a design."""
    around, form = look_around(), OnceForm()
    ordering.get_design(around.session, owner=find_owner(), design_id=design_id)
    if not form.validate_on_submit():
        flash(_("Open the page again and repeat the step."), "late")
        return _show_designs(around), 422
    try:
        made = ordering.duplicate_design(around.session, owner=find_owner(), design_id=design_id,
                                         key=str(form.idempotency_key.data), now=around.now)
    except DesignRefused as error:
        flash(refusal_words(error), "late")
        return _show_designs(around), 422
    flash(_("“%(name)s” is kept.", name=made.name))
    return redirect(url_for("shop.designs"), code=303)


@blueprint.get("/designs/<int:design_id>/delete")
def ask_delete_design(design_id: int) -> ResponseReturnValue:
    """Ask whether a design shall go."""
    around = look_around()
    design = ordering.get_design(around.session, owner=find_owner(), design_id=design_id)
    return render_template("shop/design_delete.html", design=design, form=ButtonForm(formdata=None))


@blueprint.post("/designs/<int:design_id>/delete")
@limited("configure")
def delete_design(design_id: int) -> ResponseReturnValue:
    """Take a design away."""
    around, form = look_around(), ButtonForm()
    design = ordering.get_design(around.session, owner=find_owner(), design_id=design_id)
    if not form.validate_on_submit():
        return render_template("shop/design_delete.html", design=design, form=form), 422
    ordering.delete_design(around.session, owner=find_owner(), design_id=design_id)
    flash(_("“%(name)s” is deleted.", name=design.name))
    return redirect(url_for("shop.designs"), code=303)


def refusal_words(error: DesignRefused) -> str:
    """Say why a design or a link is not kept, and what helps."""
    return {
        "name_taken": _("You keep a design of this name already. Choose another name, or replace it."),
        "name_length": _("Enter %(least)s to %(most)s characters.", least=1, most=80),
        "too_many": _("You keep %(most)s designs already. Delete one first.", most=MOST_DESIGNS),
        "too_many_links": _("You have many open links already. Take one back first."),
        "too_long": _("This holds more choices than can be kept. Its address can still be shared."),
    }.get(str(error.detail.get("why", "")), error.message)


def zone_of(around: Surroundings) -> ZoneInfo:
    """Give the zone in which the shop tells moments: the first destination's."""
    return around.destinations[0].zone if around.destinations else FALLBACK_ZONE


def card_of(around: Surroundings, design: SavedDesign) -> DesignCard:
    """Work out a design and build its card; one whose product is gone says so."""
    try:
        item = work_out_item(around, ItemAddress(design.choice.product_code, query_of(design.choice), design.name))
    except OnelotError as error:
        if error.code != "product_version_not_found":
            raise
        return build_lost_card(design, zone_of(around))
    return build_design_card(design, item, zone_of(around))


def _asked_item(around: Surroundings, product_code: str) -> Item:
    query = bare(read_known_query(serving_version(around, product_code).definition))
    return work_out_item(around, ItemAddress(product_code, query))


def _show_keep(around: Surroundings, item: Item, form: KeepForm, *, may_replace: bool = False) -> str:
    if form.idempotency_key.errors:
        form.idempotency_key.data = make_key()
    owner = find_owner()
    definition, query = item.version.definition, item.address.query
    action = url_for("shop.keep_design", product_code=definition.code)
    return render_template(
        "shop/design_keep.html", form=form, title=product_title(definition), rows=figure_rows(item),
        choices=choice_rows(item),
        drawing=draw(definition, item.answer.pictured, item.answer.derived), may_replace=may_replace,
        action=f"{action}?{query.encode()}" if query.encode() else action,
        back_url=configurator_url(definition.code, query), stays_here=not owner or is_browser(owner))


def _show_designs(around: Surroundings, renaming: tuple[int, RenameForm] | None = None) -> str:
    owner, page = find_owner(), page_number()
    found = ordering.list_designs(around.session, owner=owner, offset=(page - 1) * PAGE_SIZE,
                                  limit=PAGE_SIZE + 1) if owner else ()
    copy_form = OnceForm(formdata=None)
    copy_form.idempotency_key.data = make_key()
    return render_template(
        "shop/designs.html", cards=tuple(card_of(around, design) for design in found[:PAGE_SIZE]), page=page,
        has_more=len(found) > PAGE_SIZE, total=ordering.count_designs(around.session, owner=owner) if owner else 0,
        links=_links(around, owner, settings()), copy_form=copy_form, renaming=renaming,
        rename_form=RenameForm(formdata=None), stays_here=not owner or is_browser(owner),
        keys=[make_key() for _design in found], back_url=request.path)


def _links(around: Surroundings, owner: str, known: Settings) -> tuple[LinkRow, ...]:
    if not owner:
        return ()
    found = ordering.list_resume_links(around.session, owner=owner, secret=known.secret_key, now=around.now)
    return tuple(build_link_row(link, _product_words(around, link.choice.product_code), zone_of(around))
                 for link in found)


def _product_words(around: Surroundings, product_code: str) -> str:
    try:
        return product_title(serving_version(around, product_code).definition)
    except OnelotError:
        return product_code


def moment_words(around: Surroundings) -> str:
    """Say as of when the figures of a page are."""
    return _("As of %(moment)s", moment=formatting.moment(around.now, zone_of(around)))
