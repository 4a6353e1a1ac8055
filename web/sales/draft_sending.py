"""Routes of sending a draft: what will happen is shown first, what stands against it beside what it concerns."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from catalog.errors import OnelotError
from ordering import service as ordering
from ordering.approval import Need
from ordering.draft import ConfiguredLine, DraftState, Standing
from ordering.drafting import KeptDraft
from ordering.errors import (
    ConfigurationNotSaleable,
    DraftChanged,
    DraftInvalid,
    DraftNotSendable,
    IdempotencyMismatch,
    NoCapacity,
    QuoteSuperseded,
    TransitionRefused,
)
from web import formatting
from web.accounts import require_role
from web.clock import now
from web.database import get_session
from web.forms.customers import LANGUAGE_NAMES
from web.forms.drafts import SendForm
from web.forms.keys import make_key
from web.refusal_words import page_words
from web.sales import draft_desk
from web.sales.draft_desk import line_number
from web.sales.draft_editing import read_page
from web.sales.draft_figures import DraftFigures
from web.sales.draft_words import draft_name, draft_tag, way_words
from web.sales.views import blueprint, plant_zone
from web.words import gettext as _
from web.words import ngettext

_EXPECTED = (DraftNotSendable, NoCapacity, ConfigurationNotSaleable, DraftInvalid, QuoteSuperseded, DraftChanged,
             IdempotencyMismatch)


@dataclass(frozen=True, slots=True)
class Obstacle:
    """Something that stands against sending, and where it is put right."""

    words: str
    url: str
    link_words: str


@blueprint.get("/drafts/<int:draft_id>/send")
@require_role("sales", "owner")
def review_draft(draft_id: int) -> ResponseReturnValue:
    """Show what sending a draft will do, and what stands against it."""
    kept = ordering.get_draft(get_session(), draft_id=draft_id)
    if draft_desk.is_closed(kept):
        return read_page(kept)
    form = SendForm(formdata=None)
    form.version.data, form.key.data = str(kept.version), make_key()
    return _review_page(kept, form)


@blueprint.post("/drafts/<int:draft_id>/send")
@require_role("sales", "owner")
def send(draft_id: int) -> ResponseReturnValue:
    """Send a draft: the capacity is held, the date is promised, the customer gets the mail. Once."""
    session, form, settings = get_session(), SendForm(), draft_desk.settings()
    kept = ordering.get_draft(session, draft_id=draft_id)
    if not form.validate_on_submit():
        return _review_page(kept, form), 422
    try:
        sent = ordering.send_draft(
            session, draft_id=draft_id, version=form.version.number or 0, by=current_user.login,
            idempotency_key=str(form.key.data), secret=settings.secret_key, now=now(),
            limits=settings.discount_limits, trio=form.ways.data == "trio", cache_directory=settings.cache_directory,
            firm=ordering.FirmLimits(settings.firm_quote_milliseconds / 1000, is_lock_released=True))
    except TransitionRefused as refusal:
        session.rollback()
        newest = ordering.get_draft(session, draft_id=draft_id)
        if draft_desk.is_closed(newest):
            return read_page(newest), 409
        return _review_page(newest, form, (_obstacle(newest, refusal),)), 409
    except _EXPECTED as refusal:
        session.rollback()
        newest = ordering.get_draft(session, draft_id=draft_id)
        if draft_desk.is_closed(newest):
            return read_page(newest), 409
        form.version.data, form.key.data = str(newest.version), make_key()
        return _review_page(newest, form, (_obstacle(newest, refusal),)), 409
    flash(ngettext("Quote %(numbers)s is sent; its capacity is held.", "Quotes %(numbers)s are sent; each is held.",
                   len(sent.quote_numbers), numbers=formatting.enumerated(sent.quote_numbers)))
    return redirect(url_for("sales.quote", number=sent.quote_numbers[0]), code=303)


def _review_page(kept: KeptDraft, form: SendForm, refusals: tuple[Obstacle, ...] = ()) -> str:
    figures, faults = draft_desk.read_figures(kept)
    header = kept.content.header
    standing = (*_obstacles(kept, figures), *(_at(kept, words, "lines") for words in faults))
    asking = url_for("sales.ask_about_draft", draft_id=kept.id)
    obstacles = tuple(dict.fromkeys((*refusals, *standing)))
    held_until = now().replace(second=0, microsecond=0) + timedelta(days=header.validity_days)
    return render_template(
        "sales/draft_send.html", kept=kept, form=form, name=draft_name(kept), tag=draft_tag(kept.state),
        figures=figures, cards=draft_desk.read_cards(kept, figures), obstacles=obstacles,
        is_refused=bool(refusals), is_blocked=bool(standing),
        ask_url=asking if any(item.url == asking for item in obstacles) else "",
        held=formatting.moment(held_until, plant_zone()), language=LANGUAGE_NAMES.get(header.language, ""),
        validity=ngettext("%(num)s day", "%(num)s days", header.validity_days),
        way=way_words(header.alternative),
        base=kept.based_on)


def _obstacles(kept: KeptDraft, figures: DraftFigures | None) -> tuple[Obstacle, ...]:
    """Say what is plain to see before anything is tried."""
    header, lines, found = kept.content.header, kept.content.lines, []
    if not header.customer_name:
        found.append(_at(kept, _("The customer's name is missing."), "customer_name"))
    if not header.customer_email:
        found.append(_at(kept, _("The e-mail address of the customer is missing."), "customer_email"))
    elif ordering.is_for_another_customer(get_session(), draft=kept):
        found.append(_at(kept, draft_desk.link_words(), "customer_email"))
    if not any(isinstance(line, ConfiguredLine) and line.standing is Standing.INCLUDED for line in lines):
        found.append(_at(kept, _("Include at least one configured product; the day is promised for it."), "lines"))
    found += [_at(kept, _("Line %(number)s has no words.", number=line_number(lines, place)), f"line-{place + 1}")
              for place, line in enumerate(lines) if not isinstance(line, ConfiguredLine) and not line.title]
    if kept.state is DraftState.WAITING:
        found.append(Obstacle(_("A second person has not decided yet."),
                              url_for("sales.approval", draft_id=kept.id), _("See what waits")))
    elif figures is not None and figures.need == Need.REFUSED.value:
        found.append(_at(kept, " ".join(figures.sentences), "discounts"))
    elif figures is not None and figures.need == Need.SECOND_PERSON.value and kept.state is not DraftState.APPROVED:
        found.append(Obstacle(" ".join(figures.sentences), url_for("sales.ask_about_draft", draft_id=kept.id),
                              _("Ask a second person")))
    if figures is not None and not figures.day:
        found.append(_at(kept, figures.no_day_words, "lines"))
    return tuple(found)


def _obstacle(kept: KeptDraft, refusal: OnelotError) -> Obstacle:
    """Say why the draft was not sent, and lead to what it concerns."""
    place = refusal.detail.get("line")
    if isinstance(place, int):
        words = _("Line %(number)s: %(words)s", number=line_number(kept.content.lines, place),
                  words=page_words(refusal.code, refusal.message))
        return _at(kept, words, f"line-{place + 1}")
    if isinstance(refusal, DraftChanged):
        return _at(kept, _("Somebody changed this draft in the meantime; this is how it stands now. Look before you "
                           "send it."), "lines")
    if refusal.detail.get("why") == "needs_approval":
        return Obstacle(page_words(refusal.code, refusal.message), url_for("sales.ask_about_draft", draft_id=kept.id),
                        _("Ask a second person"))
    if refusal.detail.get("why") == "customer":
        return _at(kept, draft_desk.link_words(), "customer_email")
    return _at(kept, page_words(refusal.code, refusal.message), str(refusal.detail.get("field", "lines")))


def _at(kept: KeptDraft, words: str, field: str) -> Obstacle:
    anchor = field if field.replace("_", "").replace("-", "").isalnum() else "lines"
    return Obstacle(words, url_for("sales.draft", draft_id=kept.id, _anchor=anchor), _("Put it right"))
