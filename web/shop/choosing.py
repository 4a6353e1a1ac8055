"""What a customer asks of an offer on its page: lines that stand beside it, an earlier day."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from flask import redirect, url_for
from flask.typing import ResponseReturnValue

from ordering import service as ordering
from ordering.errors import (
    IdempotencyMismatch,
    NoCapacity,
    QuoteExpired,
    QuoteSuperseded,
    RequestInvalid,
    TransitionRefused,
)
from ordering.quote import Quote
from web import formatting
from web.forms.choosing import ChooseForm, EarlierForm
from web.security import limited
from web.shop.blueprint import blueprint
from web.shop.configuring import look_around
from web.shop.quoting import render_quote
from web.words import gettext as _


@blueprint.post("/quotes/<token>/choose")
@limited("quote")
def choose_lines(token: str) -> ResponseReturnValue:
    """Show the offer with lines that stood beside it; the customer still decides."""
    around = look_around()
    form = ChooseForm()
    if not form.validate_on_submit():
        return render_quote(around, token, notice=_unfinished_words(form), choose_form=form), 422
    return _answer(token, lambda: ordering.choose_lines(
        around.session, token=token, revision=form.revision.number or 0, now=around.now,
        positions=[int(position) for position in form.positions.data or ()],
        idempotency_key=str(form.idempotency_key.data)))


@blueprint.post("/quotes/<token>/earlier")
@limited("quote")
def take_earlier(token: str) -> ResponseReturnValue:
    """Show the offer for an earlier day, at its price; the customer still decides."""
    around = look_around()
    form = EarlierForm()
    if not form.validate_on_submit():
        days = ordering.list_earlier_days(around.session, token=token, now=around.now)
        return render_quote(around, token, notice=_unfinished_words(form), earlier_form=form, earlier=days), 422
    return _answer(token, lambda: ordering.take_earlier_day(
        around.session, token=token, revision=form.revision.number or 0, now=around.now,
        day=date.fromisoformat(str(form.day.data)), idempotency_key=str(form.idempotency_key.data)))


def _unfinished_words(form: ChooseForm | EarlierForm) -> str:
    if set(form.errors) & {"revision", "idempotency_key"}:
        return _("Open the page again and repeat the step.")
    return _("Nothing was changed yet. Something still has to be chosen.")


def _no_capacity_words(quote: Quote) -> str:
    """Say what stands against it: the earlier day that was asked for before, where there is one."""
    if quote.wanted_on is not None:
        return _("This does not fit by %(day)s, the earlier day that you took; nothing was changed. The sales desk can "
                 "offer it with a later day.", day=formatting.day(quote.wanted_on))
    return _("The plants have no free capacity for this at the moment. Try again later, or choose otherwise.")


def _answer(token: str, ask: Callable[[], object]) -> ResponseReturnValue:
    """Ask, and lead to the offer as it stands then; what cannot be had leaves everything as it was."""
    around = look_around()
    try:
        ask()
    except NoCapacity:
        around.session.rollback()
        words = _no_capacity_words(ordering.get_quote(around.session, token=token))
        return render_quote(around, token, notice=words), 409
    except (QuoteSuperseded, QuoteExpired, TransitionRefused, IdempotencyMismatch):
        around.session.rollback()
        return render_quote(around, token, notice=_("Nothing was changed. This is how the quote stands now.")), 409
    except RequestInvalid as refused:
        around.session.rollback()
        words = {"day": _("Choose a day before the promised one.")}.get(
            str(refused.detail.get("field")), _("These lines cannot be taken together; choose again."))
        return render_quote(around, token, notice=words), 422
    return redirect(url_for("shop.show_quote", token=token), code=303)
