"""Going on with a configuration: where somebody stopped, and on another device by a link with a QR code."""

from __future__ import annotations

from urllib.parse import parse_qsl

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from ordering import service as ordering
from ordering.errors import DesignRefused
from web import documents, formatting
from web.forms.designs import ButtonForm, OnceForm, RememberForm
from web.forms.keys import make_key
from web.security import limited
from web.shop.blueprint import blueprint
from web.shop.configuring import Surroundings, look_around, read_known_query, serving_version, settings
from web.shop.designs import refusal_words, zone_of
from web.shop.gather import keep_known
from web.shop.item import MOST_PAIRS, bare, choice_of, configurator_url, query_of
from web.shop.owner import find_owner, want_owner
from web.shop.page import product_title
from web.shop.query import Query, read_query
from web.words import gettext as _

QR_PIXELS = 220


@blueprint.post("/designs/last/<path:product_code>")
@limited("configure")
def remember(product_code: str) -> ResponseReturnValue:
    """Keep where this person is with a product.

    A script sends it with ``quiet`` and wants no page back; without a script it is a button of the page.
    """
    around, form = look_around(), RememberForm()
    version = serving_version(around, product_code)
    is_quiet = bool(request.args.get("quiet"))
    query = Query({})
    if form.validate_on_submit():
        query = keep_known(version.definition, _read(form.choices.data or ""))
        ordering.note_last_choice(around.session, owner=want_owner(), choice=choice_of(version, query),
                                  now=around.now)
        if not is_quiet:
            flash(_("Kept. You find it here again when you come back."))
    return ("", 204) if is_quiet else redirect(configurator_url(product_code, query), code=303)


@blueprint.post("/designs/last/<path:product_code>/forget")
@limited("configure")
def forget_last(product_code: str) -> ResponseReturnValue:
    """Forget where this person stopped with a product."""
    around, form = look_around(), ButtonForm()
    serving_version(around, product_code)
    owner = find_owner()
    if form.validate_on_submit() and owner:
        ordering.forget_last_choice(around.session, owner=owner, product_code=product_code)
    return redirect(url_for("shop.index"), code=303)


@blueprint.get("/designs/go-on/<path:product_code>")
@limited("configure")
def ask_resume_link(product_code: str) -> ResponseReturnValue:
    """Say what a link to go on elsewhere is, and offer to make one."""
    around = look_around()
    form = OnceForm(formdata=None)
    form.idempotency_key.data = make_key()
    return _show_ask(around, product_code, form)


@blueprint.post("/designs/go-on/<path:product_code>")
@limited("quote")
def make_resume_link(product_code: str) -> ResponseReturnValue:
    """Make a link to go on elsewhere."""
    around, form = look_around(), OnceForm()
    version = serving_version(around, product_code)
    if not form.validate_on_submit():
        form.idempotency_key.data = make_key()
        return _show_ask(around, product_code, form), 422
    try:
        made = ordering.make_resume_link(
            around.session, owner=want_owner(), choice=choice_of(version, bare(read_known_query(version.definition))),
            key=str(form.idempotency_key.data), secret=settings().secret_key, now=around.now)
    except DesignRefused as error:
        return _show_ask(around, product_code, form, refusal=refusal_words(error)), 422
    return redirect(url_for("shop.show_resume_link", link_id=made.id), code=303)


@blueprint.get("/designs/links/<int:link_id>")
def show_resume_link(link_id: int) -> ResponseReturnValue:
    """Show a link to go on elsewhere to whoever made it, with its QR code."""
    around = look_around()
    link = ordering.get_resume_link(around.session, owner=find_owner(), link_id=link_id, secret=settings().secret_key)
    is_open = link.is_open(now=around.now) and bool(link.token)
    address = f"{settings().base_url}{url_for('shop.resume', token=link.token)}" if is_open else ""
    title = _("Code that leads to these choices")
    drawn = Markup(documents.draw_code(address, pixels=QR_PIXELS, title=title)) if is_open else Markup()  # noqa: S704  # our own SVG
    return render_template(
        "shop/resume_link.html", link_id=link_id, address=address, drawn=drawn, form=ButtonForm(formdata=None),
        until=formatting.moment(link.expires_at, zone_of(around)), is_open=is_open,
        back_url=configurator_url(link.choice.product_code, query_of(link.choice)))


@blueprint.post("/designs/links/<int:link_id>/revoke")
@limited("configure")
def revoke_resume_link(link_id: int) -> ResponseReturnValue:
    """Take a link back."""
    around, form = look_around(), ButtonForm()
    if form.validate_on_submit():
        ordering.revoke_resume_link(around.session, owner=find_owner(), link_id=link_id, now=around.now)
        flash(_("The link leads nowhere any more."))
    return redirect(url_for("shop.designs"), code=303)


@blueprint.get("/go-on/<token>")
@limited("configure")
def resume(token: str) -> ResponseReturnValue:
    """Open the configuration of a link, on whatever device."""
    around = look_around()
    choice = ordering.open_resume_link(around.session, token=token, now=around.now)
    return redirect(configurator_url(choice.product_code, query_of(choice)), code=303)


def _read(encoded: str) -> Query:
    try:
        return bare(read_query(parse_qsl(encoded, keep_blank_values=True, max_num_fields=MOST_PAIRS)))
    except ValueError:
        return Query({})


def _show_ask(around: Surroundings, product_code: str, form: OnceForm, *, refusal: str = "") -> str:
    definition = serving_version(around, product_code).definition
    query = bare(read_known_query(definition))
    action = url_for("shop.make_resume_link", product_code=product_code)
    return render_template(
        "shop/resume_ask.html", title=product_title(definition), form=form, refusal=refusal,
        action=f"{action}?{query.encode()}" if query.encode() else action,
        back_url=configurator_url(product_code, query))
