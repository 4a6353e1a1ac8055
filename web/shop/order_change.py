"""The pages on which a customer changes an order: choose again, see what it means, confirm once."""

from __future__ import annotations

from dataclasses import replace

from flask import make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import MultiDict

from catalog import service as catalog
from catalog.product import ProductVersion
from ordering import service as ordering
from ordering.errors import (
    ChangeOutdated,
    ConfigurationNotSaleable,
    IdempotencyMismatch,
    NoCapacity,
    QuoteSuperseded,
    RequestInvalid,
    TransitionRefused,
)
from ordering.quote import Alternative
from ordering.service import Changeable, ChangePreview, ChangeRequest
from web import formatting
from web.forms.buying import fresh_message_form
from web.forms.keys import make_key
from web.forms.order_change import OrderChangeForm
from web.security import limited
from web.shop.blueprint import blueprint
from web.shop.configuring import (
    Surroundings,
    answer_query,
    look_around,
    read_known_query,
    serving_version,
    settings,
)
from web.shop.forecast import Ordered
from web.shop.lookup import chosen_destination
from web.shop.order_change_page import ChangeAddresses, build_change_page, build_unchangeable_page
from web.shop.page import build_page
from web.shop.parts import ChangeBar
from web.shop.pieces import read_pieces
from web.shop.query import Query, View
from web.shop.quoting import again_address, place_of
from web.words import gettext as _


@blueprint.get("/orders/<token>/change")
def ask_change(token: str) -> ResponseReturnValue:
    """Lead to the configurator with what is ordered, or say why the order cannot be changed here."""
    around = look_around()
    found = ordering.get_changeable(around.session, token=token, now=around.now)
    if found.obstacle is not None:
        return _show_obstacle(around, token, found)
    return redirect(_with_query("shop.choose_change", token, _ordered_query(around, found)), code=303)


@blueprint.get("/orders/<token>/change/choices")
@limited("configure")
def choose_change(token: str) -> ResponseReturnValue:
    """Show the configurator; what is chosen there changes nothing yet."""
    around = look_around()
    found = ordering.get_changeable(around.session, token=token, now=around.now)
    version = serving_version(around, found.quote.lines[0].product_code)
    query = read_known_query(version.definition)
    if found.obstacle is not None or not query.choices:
        return redirect(url_for("shop.ask_change", token=token), code=303)
    query = query.looking(pieces=query.view.pieces or str(found.quote.lines[0].quantity))
    pieces = read_pieces(query)
    answer, forecast = answer_query(around, query, version.definition, needs_days=True, pieces=pieces.number,
                                    ordered=_ordered(found))
    address = url_for("shop.choose_change", token=token)
    page = build_page(answer, query, forecast, address=address,
                      quote_address=url_for("shop.preview_change", token=token), pieces=pieces)
    shared = query.asking("").looking(find="", show="", page=1, pieces="").encode()
    shop_address = url_for("shop.configure", product_code=version.definition.code)
    page = replace(page, share_url=f"{shop_address}?{shared}", deciding=None, change=_bar(found, token))
    is_part = request.headers.get("HX-Request-Type") == "partial"
    response = make_response(render_template("shop/_part.html" if is_part else "shop/configure.html", page=page))
    if is_part:
        response.headers["HX-Push-Url"] = f"{address}?{query.encode()}"
    response.vary.add("HX-Request-Type")
    return response


@blueprint.get("/orders/<token>/change/confirm")
@limited("configure")
def preview_change(token: str) -> ResponseReturnValue:
    """Show what would change: choices, price, day, footprint."""
    around = look_around()
    found = ordering.get_changeable(around.session, token=token, now=around.now)
    version = serving_version(around, found.quote.lines[0].product_code)
    query = read_known_query(version.definition)
    if found.obstacle is not None or not query.choices:
        return redirect(url_for("shop.ask_change", token=token), code=303)
    place = chosen_destination(around.destinations, query.view.destination)
    form = _form(around, MultiDict({
        "quantity": query.view.pieces or str(found.quote.lines[0].quantity),
        "destination": place.code if place is not None else "", "accepted_by": found.order.accepted_by}))
    if not form.quantity.validate(form):
        return _show_change(around, token, found, version, query, form, None), 422
    return _answer_change(around, token, found, version, query, form)


@blueprint.post("/orders/<token>/change/confirm")
@limited("accept")
def confirm_change(token: str) -> ResponseReturnValue:
    """Change the order once, exactly as it was shown; else show what it would be now."""
    around = look_around()
    found = ordering.get_changeable(around.session, token=token, now=around.now)
    version = serving_version(around, found.quote.lines[0].product_code)
    query = read_known_query(version.definition)
    form = _form(around, request.form)
    is_valid = form.validate()
    if "again" in request.form and not {"quantity", "destination", "csrf_token"} & set(form.errors):
        return redirect(_with_query("shop.preview_change", token, _as_typed(query, form)), code=303)
    if not is_valid:
        if form.quantity.errors or form.destination.errors:
            return _show_change(around, token, found, version, query, form, None), 422
        is_foreign = {"revision", "seal", "idempotency_key", "csrf_token"} & set(form.errors)
        notice = (_("Open the page again and repeat the step.") if is_foreign
                  else _("Nothing was changed yet. Some entries need a change."))
        return _answer_change(around, token, found, version, query, form, notice=notice, status=422)
    try:
        ordering.change_order(
            around.session, token=token, revision=form.revision.number or 0,
            request=_request_of(version, query, form), shown=str(form.seal.data),
            accepted_by=str(form.accepted_by.data), idempotency_key=str(form.idempotency_key.data), now=around.now,
            cache_directory=settings().cache_directory, firm=_firm())
    except (QuoteSuperseded, IdempotencyMismatch, TransitionRefused):
        around.session.rollback()
        return _already(around, token, form)
    except (ChangeOutdated, RequestInvalid, ConfigurationNotSaleable, NoCapacity):
        around.session.rollback()
        notice = _("Nothing was changed. Date or price is another than the page showed; this is how it stands now.")
        return _answer_change(around, token, found, version, _as_typed(query, form), form, notice=notice, status=409)
    return redirect(url_for("shop.show_order", token=token), code=303)


def _already(around: Surroundings, token: str, form: OrderChangeForm) -> ResponseReturnValue:
    """Lead to the order when it was changed since the page was shown; else say why it cannot be changed."""
    found = ordering.get_changeable(around.session, token=token, now=around.now)
    if found.obstacle is not None:
        return _show_obstacle(around, token, found), 409
    if found.order.quote_revision > (form.revision.number or 0):
        return redirect(url_for("shop.show_order", token=token), code=303)
    return redirect(url_for("shop.ask_change", token=token), code=303)


def _answer_change(  # one page, many ways to it
    around: Surroundings, token: str, found: Changeable, version: ProductVersion, query: Query,
    form: OrderChangeForm, *, notice: str = "", status: int = 200,
) -> ResponseReturnValue:
    """Work the change out and show it; choices that cannot be made lead back to the configurator."""
    if found.obstacle is not None:
        return redirect(url_for("shop.ask_change", token=token), code=303)
    wanted = _request_of(version, query, form)
    try:
        preview = ordering.preview_change(around.session, token=token, request=wanted, now=around.now,
                                          cache_directory=settings().cache_directory, firm=_firm())
    except ConfigurationNotSaleable:
        return redirect(_with_query("shop.choose_change", token, query), code=303)
    except NoCapacity:
        words = _("The plants have no free capacity for this. Fewer pieces may fit.")
        return _show_change(around, token, found, version, query, form, None, notice=notice, blocked=words), 409
    return _show_change(around, token, found, version, query, form, preview, notice=notice), status


def _show_change(  # noqa: PLR0913  # as above
    around: Surroundings, token: str, found: Changeable, version: ProductVersion, query: Query,
    form: OrderChangeForm, preview: ChangePreview | None, *, notice: str = "", blocked: str = "",
) -> str:
    old = catalog.get_version(around.session, content_hash=found.quote.lines[0].content_hash)
    definitions = {old.content_hash: old.definition, version.content_hash: version.definition}
    version_words = "" if old.content_hash == version.content_hash else _(
        "The product has changed since you ordered it, from version %(old)s to version %(new)s. A change follows the "
        "new version and its prices.", old=old.number, new=version.number)
    page = build_change_page(
        found, preview, _request_of(version, query, form), definitions=definitions,
        places={place.code: place.title for place in around.destinations},
        zone=place_of(around, found.order.destination).zone,
        links=_links(token, found, _as_typed(query, form)))
    page = replace(page, version_words=version_words, blocked_words=blocked)
    form.revision.data, form.seal.data = str(found.order.quote_revision), preview.seal if preview else ""
    if not form.idempotency_key.data or form.idempotency_key.errors:
        form.idempotency_key.data = make_key()
    return render_template("shop/order_change.html", page=page, form=form, notice=notice)


def _show_obstacle(around: Surroundings, token: str, found: Changeable) -> str:
    page = build_unchangeable_page(found, zone=place_of(around, found.order.destination).zone,
                                   links=_links(token, found, Query({})))
    question = fresh_message_form(_("Please change this order if that is still possible. I would like: "))
    return render_template("shop/order_change_not.html", page=page, message_form=question)


def _links(token: str, found: Changeable, query: Query) -> ChangeAddresses:
    return ChangeAddresses(
        back=url_for("shop.show_order", token=token), choose=_with_query("shop.choose_change", token, query),
        action=_with_query("shop.confirm_change", token, query), message=url_for("shop.write_message", token=token),
        again=again_address(found.quote))


def _firm() -> ordering.FirmLimits:
    return ordering.FirmLimits(settings().firm_quote_milliseconds / 1000, is_lock_released=True)


def _ordered(found: Changeable) -> Ordered:
    line, quote = found.quote.lines[0], found.quote
    return Ordered(line.choices, line.quantity, quote.destination, quote.alternative.value, found.order.promised_on,
                   found.replaced)


def _bar(found: Changeable, token: str) -> ChangeBar:
    words = _("Ordered now: %(price)s without VAT, %(day)s.", price=formatting.money(found.order.net),
              day=formatting.day(found.order.promised_on))
    return ChangeBar(found.order.number, url_for("shop.show_order", token=token), words)


def _ordered_query(around: Surroundings, found: Changeable) -> Query:
    """Give what is ordered as choices of the newest version; what that does not know any more is left open."""
    line = found.quote.lines[0]
    definition = serving_version(around, line.product_code).definition
    known = {attribute.code for attribute in definition.attributes}
    quote = found.quote
    alternative = "" if quote.alternative is Alternative.DEFAULT else quote.alternative.value
    return Query({code: raw for code, raw in line.choices.items() if code in known and raw},
                 View(destination=quote.destination, alternative=alternative, pieces=str(line.quantity)))


def _form(around: Surroundings, entries: MultiDict[str, str]) -> OrderChangeForm:
    form = OrderChangeForm(formdata=entries)
    language = formatting.language()
    form.destination.choices = [(place.code, place.title.in_language(language)) for place in around.destinations]
    return form


def _as_typed(query: Query, form: OrderChangeForm) -> Query:
    return query.looking(destination=form.destination.data or "", pieces=form.quantity.data or "")


def _request_of(version: ProductVersion, query: Query, form: OrderChangeForm) -> ChangeRequest:
    return ChangeRequest(
        version.content_hash, dict(query.choices), form.quantity.number or 1, form.destination.data or "",
        Alternative(query.view.alternative) if query.view.alternative else Alternative.DEFAULT)


def _with_query(endpoint: str, token: str, query: Query) -> str:
    encoded = query.encode()
    return f"{url_for(endpoint, token=token)}?{encoded}" if encoded else url_for(endpoint, token=token)
