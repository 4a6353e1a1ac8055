"""The pages on which a quote is asked for, read, accepted, declined, and given a new date."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from catalog import service as catalog
from catalog.product import ProductDefinition
from catalog.text import Text
from ordering import service as ordering
from ordering.earlier import EarlierOffer
from ordering.errors import (
    ConfigurationNotSaleable,
    IdempotencyMismatch,
    NoCapacity,
    QuoteAlreadyAccepted,
    QuoteExpired,
    QuoteSuperseded,
    TransitionRefused,
)
from ordering.quote import Alternative, DeclineReason, Quote, QuoteState
from web import documents, formatting
from web.database import writes
from web.forms.buying import AcceptForm, DeclineForm, RevisionForm
from web.forms.choosing import ChooseForm, EarlierForm
from web.forms.keys import make_key
from web.forms.quote_request import QuoteRequestForm
from web.pdf_response import send_pdf
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
from web.shop.forecast import Destination
from web.shop.lookup import FALLBACK_ZONE, chosen_destination, local_day
from web.shop.noticing import notice_quote
from web.shop.offer_page import build_offer
from web.shop.pieces import read_pieces
from web.shop.query import Query
from web.shop.quote_page import QuoteLinks, build_quote_page, build_request_page
from web.words import gettext as _


@blueprint.get("/quote/<path:product_code>")
@limited("configure")
def request_quote(product_code: str) -> ResponseReturnValue:
    """Show what would be quoted, and ask for whom."""
    around = look_around()
    version = serving_version(around, product_code)
    query = read_known_query(version.definition)
    notice_quote(version, query, on=local_day(around.now, around.destinations))
    form = _request_form(around, query)
    form.idempotency_key.data = make_key()
    return _show_request(around, query, version.definition, form)


@blueprint.post("/quote/<path:product_code>")
@limited("quote")
def make_quote(product_code: str) -> ResponseReturnValue:
    """Hold the capacity and make the quote, or show what the form still needs."""
    around = look_around()
    version = serving_version(around, product_code)
    query = read_known_query(version.definition)
    form = _request_form(around, query)
    if request.form.get("again"):
        return _show_request(around, query, version.definition, form)
    if not form.validate_on_submit():
        return _show_request(around, query, version.definition, form), 422
    line = ordering.LineRequest(version.content_hash, dict(query.choices), form.quantity.number or 1)
    wanted = ordering.QuoteRequest(
        (line,), str(form.destination.data), str(form.customer_name.data), str(form.customer_email.data),
        form.reference.data or "",
        Alternative(form.alternative.data) if form.alternative.data else Alternative.DEFAULT,
        "zh" if formatting.is_chinese() else "en")
    try:
        offered = ordering.offer(around.session, request=wanted, idempotency_key=str(form.idempotency_key.data),
                                 secret=settings().secret_key, now=around.now,
                                 cache_directory=settings().cache_directory,
                                 firm=ordering.FirmLimits(settings().firm_quote_milliseconds / 1000,
                                                          is_lock_released=True))
    except NoCapacity:
        form.form_errors.append(_("The plants have no free capacity for this. Fewer pieces may fit."))
        return _show_request(around, query, version.definition, form), 409
    except ConfigurationNotSaleable:
        return redirect(f"{url_for('shop.configure', product_code=product_code)}?{query.encode()}", code=303)
    return redirect(url_for("shop.show_quote", token=offered.token), code=303)


@blueprint.get("/quotes/<token>")
def show_quote(token: str) -> ResponseReturnValue:
    """Show a quote to whoever holds its link."""
    around = look_around()
    return render_quote(around, token)


@blueprint.post("/quotes/<token>/accept")
@limited("accept")
def accept_quote(token: str) -> ResponseReturnValue:
    """Turn the quote into an order, once; a quote whose time is over offers a new date instead."""
    around = look_around()
    form = AcceptForm()
    is_valid = form.validate_on_submit()
    if unseen := _unseen(around, ordering.get_quote(around.session, token=token), form):
        return _with_choice(around, token, unseen, form), 422
    if not is_valid:
        if ordering.get_quote(around.session, token=token).state is QuoteState.ACCEPTED:
            return redirect(url_for("shop.show_order", token=token), code=303)
        return render_quote(around, token, notice=_unfinished_words(form), accept_form=form), 422
    try:
        accepted = ordering.accept(
            around.session, token=token, revision=form.revision.number or 0,
            idempotency_key=str(form.idempotency_key.data), now=around.now,
            reference=form.reference.data or "", accepted_by=str(form.accepted_by.data))
    except (QuoteAlreadyAccepted, IdempotencyMismatch):
        around.session.rollback()
        if ordering.get_quote(around.session, token=token).state is not QuoteState.ACCEPTED:
            raise
        return redirect(url_for("shop.show_order", token=token), code=303)
    except (QuoteExpired, QuoteSuperseded, TransitionRefused):
        around.session.rollback()
        return render_quote(around, token, notice=_("Nothing was ordered. This is how the quote stands now.")), 409
    response = redirect(url_for("shop.show_order", token=token), code=303)
    if accepted.is_replayed:
        response.headers["Idempotent-Replayed"] = "true"
    return response


@blueprint.post("/quotes/<token>/decline")
@limited("accept")
def decline_quote(token: str) -> ResponseReturnValue:
    """Give the capacity back."""
    around = look_around()
    form = DeclineForm()
    if not form.validate_on_submit():
        return render_quote(around, token, notice=_unfinished_words(form), decline_form=form), 422
    try:
        ordering.decline(around.session, token=token, revision=form.revision.number or 0, now=around.now,
                         reason=DeclineReason(form.reason.data), words=form.words.data or "")
    except (QuoteSuperseded, TransitionRefused):
        around.session.rollback()
        return render_quote(around, token, notice=_("Nothing was changed. This is how the quote stands now.")), 409
    return redirect(url_for("shop.show_quote", token=token), code=303)


@blueprint.post("/quotes/<token>/new-date")
@limited("quote")
def renew_quote(token: str) -> ResponseReturnValue:
    """Find a new date for a quote whose time is over; the customer still decides."""
    around = look_around()
    form = RevisionForm()
    if not form.validate_on_submit():
        return render_quote(around, token, notice=_("Open the page again and repeat the step.")), 422
    try:
        ordering.requote(around.session, token=token, revision=form.revision.number or 0,
                         secret=settings().secret_key, now=around.now)
    except TransitionRefused:
        around.session.rollback()
        return render_quote(around, token, notice=_("Nothing was changed. This is how the quote stands now.")), 409
    except QuoteExpired:
        around.session.rollback()
        words = _("The price of this quote is too old for a new date. Ask the sales desk for a new one, or choose the "
                  "product again.")
        return render_quote(around, token, notice=words), 409
    except NoCapacity:
        around.session.rollback()
        words = _("The plants have no free capacity for this at the moment. Try again later, or choose otherwise.")
        return render_quote(around, token, notice=words), 409
    return redirect(url_for("shop.show_quote", token=token), code=303)


@blueprint.get("/quotes/<token>/quote.pdf")
@limited("document")
@writes
def quote_document(token: str) -> ResponseReturnValue:
    """Give the quotation as PDF; the same revision is the same file."""
    around = look_around()
    quote = ordering.get_quote(around.session, token=token)
    content = documents.quote_pdf(around.session, quote=quote, language=formatting.language(), base_url=base_url(),
                                  secret=settings().secret_key, now=around.now, is_lock_released=True)
    return send_pdf(content, name=f"Quotation_{quote.number}-r{quote.revision}.pdf")


def base_url() -> str:
    """Give the address of the site for links on paper."""
    return (settings().base_url or request.host_url).rstrip("/")


def definitions_of(around: Surroundings, quote: Quote) -> Mapping[str, ProductDefinition]:
    """Give the definition of each product version that a quote speaks of, by its hash."""
    return {content_hash: catalog.get_version(around.session, content_hash=content_hash).definition
            for content_hash in sorted(quote.content_hashes)}


def place_of(around: Surroundings, code: str) -> Destination:
    """Give the destination of a code; one that left the network keeps its code as its name."""
    found = next((place for place in around.destinations if place.code == code), None)
    return found or Destination(code, Text.of(code), FALLBACK_ZONE)


def _request_form(around: Surroundings, query: Query) -> QuoteRequestForm:
    form = QuoteRequestForm()
    language = formatting.language()
    form.destination.choices = [(place.code, place.title.in_language(language)) for place in around.destinations]
    form.alternative.choices = [("", ""), *((kind, kind) for kind in ("cheapest", "fastest", "greenest"))]
    if request.method == "GET":
        place = chosen_destination(around.destinations, query.view.destination)
        form.destination.data = place.code if place is not None else ""
        form.alternative.data = query.view.alternative
        form.quantity.data = read_pieces(query).typed
    return form


def _show_request(around: Surroundings, query: Query, definition: ProductDefinition, form: QuoteRequestForm) -> str:
    known = {place.code for place in around.destinations}
    view_query = query.looking(
        destination=form.destination.data if form.destination.data in known else query.view.destination,
        alternative=form.alternative.data if form.alternative.data in {"cheapest", "fastest", "greenest"}
        else query.view.alternative)
    pieces = read_pieces(query.looking(pieces=form.quantity.data or "0"))
    if pieces.mistake and not form.quantity.errors:
        form.quantity.errors = (pieces.mistake,)
    answer, forecast = answer_query(around, view_query, definition, needs_days=False, pieces=pieces.number)
    page = build_request_page(answer, query, forecast,
                              address=url_for("shop.configure", product_code=definition.code),
                              quote_address=url_for("shop.request_quote", product_code=definition.code))
    return render_template("shop/quote_request.html", page=page, form=form)


def _unfinished_words(form: AcceptForm | DeclineForm) -> str:
    """Say what a form still needs; one that no page sent has to be opened again."""
    if set(form.errors) & {"revision", "idempotency_key"}:
        return _("Open the page again and repeat the step.")
    return _("Nothing was sent yet. Some entries need a change.")


def _unseen(around: Surroundings, quote: Quote, form: AcceptForm) -> str:
    """Say what was ticked or chosen that the shown offer does not have; empty where nothing was, or it is decided."""
    if not quote.is_open_at(around.now) or form.revision.number != quote.revision:
        return ""
    included = {str(line.position) for line in quote.lines}
    included |= {str(item.position) for item in quote.items if item.is_counted}
    if set(form.positions.data or ()) - included:
        return _("You ticked lines that are not part of this offer: show the offer with them first. "
                 "Nothing was ordered.")
    if form.day.data:
        return _("You chose an earlier day that is not the day of this offer: show the offer for that day first. "
                 "Nothing was ordered.")
    return ""


def _with_choice(around: Surroundings, token: str, words: str, form: AcceptForm) -> str:
    """Draw the page with everything that was typed, ticked and chosen on it."""
    choice, days = ChooseForm(formdata=None, positions=form.positions.data), None
    if form.positions.data:
        choice.positions.errors = (words,)
    if form.day.data:
        days = ordering.list_earlier_days(around.session, token=token, now=around.now)
    return render_quote(around, token, notice=words, accept_form=form, choose_form=choice, earlier=days)


def render_quote(
    around: Surroundings, token: str, *, notice: str = "", accept_form: AcceptForm | None = None,
    decline_form: DeclineForm | None = None, choose_form: ChooseForm | None = None,
    earlier_form: EarlierForm | None = None, earlier: Sequence[EarlierOffer] | None = None
) -> str:
    """Draw the page of a quote as it stands now, with what was typed into its forms."""
    quote = ordering.get_quote(around.session, token=token)
    place = place_of(around, quote.destination)
    accept_form = accept_form or AcceptForm(formdata=None, reference=quote.reference)
    decline_form = decline_form or DeclineForm(formdata=None)
    choose_form, earlier_form = choose_form or ChooseForm(formdata=None), earlier_form or EarlierForm(formdata=None)
    requote_form = RevisionForm(formdata=None)
    for keyed in (accept_form, choose_form, earlier_form):
        if not keyed.idempotency_key.data or keyed.idempotency_key.errors:
            keyed.idempotency_key.data = make_key()
    for form in (accept_form, decline_form, requote_form, choose_form, earlier_form):
        form.revision.data = str(quote.revision)
    previous = (ordering.get_quote_by_number(around.session, number=quote.number, revision=quote.revision - 1)
                if quote.revision > 1 else None)
    definitions = definitions_of(around, quote)
    page = build_quote_page(
        quote, definitions=definitions, destination=place.title, zone=place.zone, now=around.now,
        links=_links(token, quote), previous=previous)
    if earlier is None and request.args.get("earlier") == "1" and page.is_open:
        earlier = ordering.list_earlier_days(around.session, token=token, now=around.now)
    siblings = ordering.list_siblings(around.session, quote=quote, secret=settings().secret_key)
    offer = build_offer(
        quote, lines=page.lines, definitions=definitions, earlier=earlier,
        siblings=[(other, url_for("shop.show_quote", token=link)) for other, link in siblings])
    return render_template("shop/quote.html", page=page, offer=offer, accept_form=accept_form,
                           decline_form=decline_form, requote_form=requote_form, choose_form=choose_form,
                           earlier_form=earlier_form, notice=notice)


def again_address(quote: Quote) -> str:
    """Give the configurator's address with the choices of a quote; empty for several lines."""
    if len(quote.lines) != 1:
        return ""
    line = quote.lines[0]
    shop = url_for("shop.configure", product_code=line.product_code)
    return f"{shop}?{Query({code: raw for code, raw in line.choices.items() if raw}).encode()}"


def _links(token: str, quote: Quote) -> QuoteLinks:
    return QuoteLinks(
        document=url_for("shop.quote_document", token=token), accept=url_for("shop.accept_quote", token=token),
        decline=url_for("shop.decline_quote", token=token), requote=url_for("shop.renew_quote", token=token),
        order=url_for("shop.show_order", token=token), again=again_address(quote))
