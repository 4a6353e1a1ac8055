"""Routes around drafts of quotes: list, start, duplicate, revise, drop, and lose a quote."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from flask import flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from sqlalchemy.orm import Session

from catalog import service as catalog
from ordering import service as ordering
from ordering.draft import DraftHeader, DraftState, QuoteDraft
from ordering.drafting import KeptDraft
from ordering.errors import (
    CustomerNotFound,
    DraftChanged,
    NoCapacity,
    QuoteExpired,
    QuoteSuperseded,
    RequestInvalid,
    TransitionRefused,
)
from ordering.quote import DeclineReason
from web import formatting
from web.accounts import person_name, require_role
from web.clock import now
from web.database import get_session
from web.forms.buying import DeclineForm
from web.forms.drafts import DropForm, EarlierForm, KeyForm, NewDraftForm, ReviseForm
from web.forms.keys import make_key
from web.refusal_words import page_words
from web.sales import draft_desk
from web.sales.draft_acts import configured_line, customer_fields
from web.sales.draft_editing import language_of_page, read_page
from web.sales.draft_sheet import added, lines_in, sheet_of, with_lines
from web.sales.draft_words import draft_name, draft_tag
from web.sales.views import blueprint, plant_zone, quote
from web.shop.lookup import find_network, list_destinations
from web.shop.states import StateTag
from web.words import gettext as _

PAGE_SIZE = 25
_TABS = {
    "open": (DraftState.OPEN, DraftState.WAITING, DraftState.APPROVED), "waiting": (DraftState.WAITING,),
    "approved": (DraftState.APPROVED,), "sent": (DraftState.SENT,), "dropped": (DraftState.DROPPED,),
    "all": tuple(DraftState),
}


@dataclass(frozen=True, slots=True)
class DraftRow:
    """A draft in the list."""

    id: int
    name: str
    customer: str
    lines: str
    total: str
    age: str
    changed: str
    state: StateTag


@blueprint.get("/drafts")
@require_role("sales", "owner")
def drafts() -> ResponseReturnValue:
    """List drafts, the newest first: one's own or everybody's, by state."""
    session = get_session()
    tab = request.args.get("state", "open")
    tab = tab if tab in _TABS else "open"
    is_all = request.args.get("whose", "") == "all"
    before = request.args.get("before", "")
    before_id = int(before) if before.isascii() and before.isdecimal() and len(before) <= 18 else None
    found = ordering.list_drafts(session, states=_TABS[tab], owner="" if is_all else current_user.login,
                                 before_id=before_id, limit=PAGE_SIZE + 1)
    return render_template(
        "sales/drafts.html", rows=draft_rows(session, found[:PAGE_SIZE], plant_zone()), tab=tab, is_all=is_all,
        tabs=_tab_words(), key=make_key(), before=before_id,
        older=found[PAGE_SIZE - 1].id if len(found) > PAGE_SIZE else None)


def _tab_words() -> tuple[tuple[str, str], ...]:
    return (("open", _("In progress")), ("waiting", _("Waiting for approval")), ("approved", _("Approved")),
            ("sent", _("Sent")), ("dropped", _("Dropped")), ("all", _("All")))


def draft_rows(session: Session, found: Sequence[KeptDraft], zone: ZoneInfo) -> list[DraftRow]:
    """Show drafts in a list."""
    moment = now()
    sums = ordering.sum_drafts(session, drafts=found, now=moment, cache_directory=draft_desk.cache_directory())
    return [DraftRow(
        id=item.id, name=draft_name(item), customer=item.content.header.customer_name,
        lines=formatting.count(len(item.content.lines)),
        total=formatting.money(sums[item.id]) if item.id in sums else "–",
        age=formatting.duration(moment - item.created_at),
        changed=_("%(who)s, %(when)s", who=person_name(item.changed_by), when=_when(item.changed_at, zone)),
        state=draft_tag(item.state)) for item in found]


def _when(moment: datetime, zone: ZoneInfo) -> str:
    return formatting.moment_briefly(moment, zone)


@blueprint.post("/drafts/new")
@require_role("sales", "owner")
def new_draft() -> ResponseReturnValue:
    """Start a quote: empty, for a contact, or with what was configured in the shop."""
    form = NewDraftForm()
    session = get_session()
    contact = _contact_fields(session, form)
    if not form.validate_on_submit() or contact is None:
        flash(_("Nothing was started. Open the page again and repeat the step."), "late")
        return make_response(drafts(), 422)
    sheet = sheet_of(QuoteDraft(_first_header(session)), version=1)
    for name, words in contact.items():
        sheet[name] = words
    if form.product.data:
        catalog.get_version(session, content_hash=str(form.product.data)[:64])  # an unknown one is told
        sheet = with_lines(sheet, added(lines_in(sheet), configured_line(
            str(form.product.data), str(form.choices.data or "")[:40_000])))
    checked = draft_desk.make_form(sheet)
    checked.validate()
    made = ordering.create_draft(session, content=checked.draft(), owner=current_user.login,
                                 idempotency_key=str(form.key.data), now=now())
    return redirect(url_for("sales.draft", draft_id=made.id), code=303)


def _first_header(session: Session) -> DraftHeader:
    places = list_destinations(find_network(session))
    versions = catalog.list_product_summaries(session)
    currency = "CNY"
    if versions:
        currency = catalog.get_version(session, content_hash=versions[0].content_hash).definition.currency
    return DraftHeader(currency=currency, destination=places[0].code if places else "", language=language_of_page())


def _contact_fields(session: Session, form: NewDraftForm) -> dict[str, str] | None:
    """Give what is known of the contact that is asked for, if one is; None for one that is not there."""
    if not form.contact.data:
        return {}
    try:
        fields = customer_fields(ordering.get_contact(session, contact_id=form.contact.number or 0))
    except CustomerNotFound:
        return None
    fields.pop("currency", None)  # another currency wants a rate, which only a person knows
    return fields


@blueprint.post("/quotes/<number>/duplicate")
@require_role("sales", "owner")
def duplicate(number: str) -> ResponseReturnValue:
    """Start a new quote from an existing one."""
    form = KeyForm()
    if not form.validate_on_submit():
        return _quote_again(number)
    made = ordering.duplicate_quote(get_session(), number=number, owner=current_user.login,
                                    language=language_of_page(), idempotency_key=str(form.key.data), now=now())
    return redirect(url_for("sales.draft", draft_id=made.id), code=303)


def _quote_again(number: str) -> ResponseReturnValue:
    """Show a quote's page again for a button that did not come from it as it was."""
    flash(_("Nothing was started. Open the page again and repeat the step."), "late")
    return make_response(quote(number), 422)


@blueprint.post("/quotes/<number>/revise")
@require_role("sales", "owner")
def revise(number: str) -> ResponseReturnValue:
    """Start the next revision of a quote, or go on with the one that somebody started."""
    form = ReviseForm()
    if not form.validate_on_submit():
        return _quote_again(number)
    made = ordering.revise_quote(
        get_session(), number=number, revision=form.revision.number or 0, owner=current_user.login,
        language=language_of_page(), idempotency_key=str(form.key.data), now=now())
    if made.owner != current_user.login:
        flash(_("%(who)s has started this revision already; you both work on one draft.", who=person_name(made.owner)))
    return redirect(url_for("sales.draft", draft_id=made.id), code=303)


@blueprint.get("/drafts/<int:draft_id>/drop")
@require_role("sales", "owner")
def ask_drop(draft_id: int) -> ResponseReturnValue:
    """Ask whether a draft is put away for good."""
    kept = ordering.get_draft(get_session(), draft_id=draft_id)
    if draft_desk.is_closed(kept):
        return read_page(kept)
    form = DropForm(formdata=None)
    form.version.data = str(kept.version)
    return render_template("sales/draft_drop.html", form=form, kept=kept, name=draft_name(kept))


@blueprint.post("/drafts/<int:draft_id>/drop")
@require_role("sales", "owner")
def drop(draft_id: int) -> ResponseReturnValue:
    """Put a draft away for good."""
    session, form = get_session(), DropForm()
    kept = ordering.get_draft(session, draft_id=draft_id)
    if not form.validate_on_submit():
        return render_template("sales/draft_drop.html", form=form, kept=kept, name=draft_name(kept)), 422
    try:
        ordering.drop_draft(session, draft_id=draft_id, version=form.version.number or 0, by=current_user.login,
                            now=now())
    except DraftChanged:
        session.rollback()
        newest = ordering.get_draft(session, draft_id=draft_id)
        form.version.data = str(newest.version)
        form.form_errors.append(_("Somebody changed this draft in the meantime. Drop it all the same?"))
        return render_template("sales/draft_drop.html", form=form, kept=newest, name=draft_name(newest)), 409
    except TransitionRefused:
        session.rollback()
        return read_page(ordering.get_draft(session, draft_id=draft_id)), 409
    flash(_("The draft is dropped."))
    return redirect(url_for("sales.drafts"), code=303)


@blueprint.post("/quotes/<number>/earlier")
@require_role("sales", "owner")
def sell_earlier(number: str) -> ResponseReturnValue:
    """Sell an earlier day: the next revision is planned for it and says what it costs."""
    session, form = get_session(), EarlierForm()
    asked = url_for("sales.quote", number=number, earlier=1)
    if not form.validate_on_submit() or form.day.day is None:
        return _quote_again(number)
    token = ordering.get_link_token(session, number=number, secret=draft_desk.settings().secret_key)
    try:
        ordering.take_earlier_day(session, token=token, revision=form.revision.number or 0, day=form.day.day,
                                  idempotency_key=str(form.key.data), now=now(), actor=current_user.login)
    except (NoCapacity, RequestInvalid, QuoteSuperseded, QuoteExpired, TransitionRefused) as refusal:
        session.rollback()
        flash(_("The day was not sold: %(words)s", words=page_words(refusal.code, refusal.message)), "late")
        return redirect(asked, code=303)
    flash(_("Everything arrives by %(day)s; this revision says what it costs.", day=formatting.day(form.day.day)))
    return redirect(url_for("sales.quote", number=number), code=303)


@blueprint.get("/quotes/<number>/lose")
@require_role("sales", "owner")
def ask_lose(number: str) -> ResponseReturnValue:
    """Ask why a quote was lost, before its capacity is given back."""
    found = ordering.get_quote_by_number(get_session(), number=number)
    form = DeclineForm(formdata=None)
    form.revision.data = str(found.revision)
    return render_template("sales/quote_lose.html", quote=found, form=form)


@blueprint.post("/quotes/<number>/lose")
@require_role("sales", "owner")
def lose(number: str) -> ResponseReturnValue:
    """Note that a quote is lost, with the reason; its capacity is free again."""
    session, form = get_session(), DeclineForm()
    found = ordering.get_quote_by_number(session, number=number)
    if not form.validate_on_submit():
        return render_template("sales/quote_lose.html", quote=found, form=form), 422
    token = ordering.get_link_token(session, number=number, secret=draft_desk.settings().secret_key)
    try:
        ordering.decline(session, token=token, revision=form.revision.number or 0, now=now(),
                         reason=DeclineReason(form.reason.data), words=str(form.words.data or ""),
                         actor=current_user.login)
    except (QuoteSuperseded, TransitionRefused):
        session.rollback()
        flash(_("Nothing was changed. This is how the quote stands now."), "late")
        return redirect(url_for("sales.quote", number=number), code=303)
    flash(_("Quote %(number)s is lost. Its capacity is back in the pool.", number=number))
    return redirect(url_for("sales.quote", number=number), code=303)


