"""The outbox as the sales desk reads it: every mail as it was sent, and those that failed sent again."""

from __future__ import annotations

from collections.abc import Sequence
from zoneinfo import ZoneInfo

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from ordering import service as ordering
from ordering.mail import Mail, MailKind, MailState
from web import formatting
from web.accounts import require_role
from web.clock import now
from web.database import get_session
from web.forms.mail import SendAgainForm
from web.forms.sales_lists import MailListForm
from web.mails.work import queue_mail
from web.paging import page_number
from web.sales.list_parts import make_tabs, plain_page, state_words
from web.sales.views import plant_zone
from web.shop.states import StateTag
from web.words import gettext as _

blueprint = Blueprint("mails", __name__, url_prefix="/sales/mails")
PAGE_SIZE = 50


@blueprint.get("")
@require_role("sales", "owner")
def index() -> ResponseReturnValue:
    """List the mails, newest first."""
    form, page = MailListForm(request.args), page_number()
    if not form.validate():
        return _list_page(form, (), 0, 1), 422
    found = ordering.list_mails(
        get_session(), state=MailState(form.state.data) if form.state.data else None, search=form.search.data or "",
        offset=(page - 1) * PAGE_SIZE, limit=PAGE_SIZE)
    return _list_page(form, found.mails, found.total, page)


def _list_page(form: MailListForm, mails: Sequence[Mail], total: int, page: int) -> str:
    zone = plant_zone()
    states = state_words([(item.value, _tag(item).words.capitalize()) for item in MailState])
    headings = (_("Mail"), _("Quote"), _("Customer"), _("To"), _("When"), _("State"))
    parts = plain_page("mails.index", form, headings, tabs=make_tabs("mails.index", form, states), total=total,
                       page=page, size=PAGE_SIZE)
    return render_template("sales/mails.html", rows=[_row(mail, zone) for mail in mails], form=form, list=parts,
                           total=total)


@blueprint.get("/<int:mail_id>")
@require_role("sales", "owner")
def show(mail_id: int) -> ResponseReturnValue:
    """Show a mail as it was sent: its text, the source of its page, its attachments."""
    return _mail_page(mail_id)


def _mail_page(mail_id: int) -> str:
    mail = ordering.get_mail(get_session(), mail_id=mail_id)
    zone = plant_zone()
    form = SendAgainForm(formdata=None)
    form.sending.data = str(mail.sendings)
    facts = [(_("To"), f"{mail.to_name} <{mail.to_address}>"), (_("Quote"), mail.facts.quote_number),
             (_("Due"), formatting.moment(mail.created_at, zone))]
    if mail.sent_at is not None:
        facts.append((_("Sent"), formatting.moment(mail.sent_at, zone)))
    if mail.tries:
        facts.append((_("Tries"), str(mail.tries)))
    if mail.last_error:
        facts.append((_("Last error"), mail.last_error))
    return render_template("sales/mail.html", mail=mail, row=_row(mail, zone), facts_rows=facts, form=form,
                           has_failed=mail.state is MailState.FAILED)


@blueprint.post("/<int:mail_id>/send-again")
@require_role("sales", "owner")
def send_again(mail_id: int) -> ResponseReturnValue:
    """Queue a failed mail once more."""
    form = SendAgainForm()
    if not form.validate_on_submit():
        flash(_("Open the page again and repeat the step."))
        return _mail_page(mail_id), 422
    mail = ordering.send_again(get_session(), mail_id=mail_id, sending=form.sending.number or 0)
    if mail.state is MailState.WAITING and mail.letter is not None:
        queue_mail(get_session(), mail, now=now())
    return redirect(url_for("mails.show", mail_id=mail_id), code=303)


def _tag(state: MailState) -> StateTag:
    return {
        MailState.WAITING: StateTag(_("waiting"), "info", "clock"),
        MailState.SENT: StateTag(_("sent"), "on", "tick"),
        MailState.FAILED: StateTag(_("failed"), "late", "warn"),
    }[state]


def _kind_words(kind: MailKind) -> str:
    return {
        MailKind.QUOTE_OFFERED: _("Quote offered"), MailKind.QUOTE_RENEWED: _("New date offered"),
        MailKind.QUOTE_EXPIRING: _("Quote about to expire"), MailKind.ORDER_CONFIRMED: _("Order confirmed"),
        MailKind.ORDER_CHANGED: _("Order changed"),
        MailKind.DATE_MOVED: _("Date moved"), MailKind.ORDER_DELIVERED: _("Order delivered"),
    }[kind]


def _row(mail: Mail, zone: ZoneInfo) -> dict[str, object]:
    return {"id": mail.id, "kind": _kind_words(mail.kind), "quote": mail.facts.quote_number, "to": mail.to_address,
            "name": mail.to_name, "when": formatting.moment_briefly(mail.sent_at or mail.created_at, zone),
            "state": _tag(mail.state)}
