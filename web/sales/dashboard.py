"""The start of the sales desk: its figures as charts with their tables, and the holds that end soon."""

from __future__ import annotations

from datetime import date

from babel.dates import format_date
from flask import render_template
from flask.typing import ResponseReturnValue
from flask_login import current_user

from catalog.money import Money
from ordering import service as ordering
from ordering.draft import DraftState
from ordering.sales_figures import SOON_HOURS, AgeBand, HitRate, Loss, LossReason, SalesFigures, Stage, Tally
from ordering.sales_filter import QuoteFilter, SalesColumn, Sorting
from web import formatting
from web.accounts import require_role
from web.clock import now
from web.database import get_session
from web.forms.keys import make_key
from web.sales import rows
from web.sales.charts import Chart, Row, bar_chart
from web.sales.views import blueprint, plant_zone
from web.words import gettext as _

SOONEST = 10
_LIVE_ON = frozenset({Loss.SUPERSEDED, Loss.OTHER_WAY})
"""Ends of a quote in whose place another one stands."""


@blueprint.get("/")
@require_role("sales", "owner")
def dashboard() -> ResponseReturnValue:
    """Show how the sales desk stands."""
    session, moment, zone = get_session(), now(), plant_zone()
    figures = ordering.count_sales(session, now=moment, zone=zone)
    soon = ordering.list_quotes(
        session, now=moment, wanted=QuoteFilter(expiring_within_hours=SOON_HOURS),
        sorting=Sorting(SalesColumn.VALID, is_descending=False), limit=SOONEST)
    living = (DraftState.OPEN, DraftState.WAITING, DraftState.APPROVED)
    return render_template(
        "sales/dashboard.html", new_key=make_key(), all_drafts=ordering.count_drafts(session, states=living),
        own_drafts=ordering.count_drafts(session, states=living, owner=current_user.login),
        waiting=ordering.count_drafts(session, states=(DraftState.WAITING,)),
        soon=[rows.quote_row(quote, zone, moment) for quote in soon.quotes],
        soon_count=figures.expiring_count, soon_hours=SOON_HOURS,
        charts=(_ages(figures), _hits(figures.hit_rates), _losses(figures), _stages(figures)))


def _worth(tally: Tally) -> str:
    amounts = [Money(minor, currency) for currency, minor in sorted(tally.net_minor.items())]
    return formatting.enumerated(formatting.money(amount) for amount in amounts) or "–"


def _counted(label: str, tally: Tally, kind: str = "") -> Row:
    count = formatting.count(tally.count)
    return Row(label, tally.count, count, (count, _worth(tally)), kind)


def _ages(figures: SalesFigures) -> Chart:
    names = {AgeBand.DAY: _("less than a day"), AgeBand.THREE_DAYS: _("1 to 3 days"), AgeBand.WEEK: _("3 to 7 days"),
             AgeBand.MONTH: _("7 to 30 days"), AgeBand.OLDER: _("30 days or more")}
    found = [_counted(names[band], tally) for band, tally in figures.open_by_age.items()]
    total = sum(tally.count for tally in figures.open_by_age.values())
    return bar_chart("ages", _("Open quotes by age"), found, header=(_("Offered ago"), _("Quotes"), _("Net")),
                     summary=_("%(count)s quotes are open.", count=formatting.count(total)))


def _hits(rates: tuple[HitRate, ...]) -> Chart:
    found = []
    for item in _from_first_closed(rates):
        percent = formatting.figure(item.rate * 100, 0) + " %" if item.rate is not None else "–"
        words = _("%(rate)s · %(accepted)s of %(closed)s", rate=percent, accepted=formatting.count(item.accepted),
                  closed=formatting.count(item.closed)) if item.closed else _("none closed")
        share = round(item.rate * 1000) if item.rate is not None else 0
        found.append(Row(_month(item.month), share, words,
                         (formatting.count(item.accepted), formatting.count(item.closed), percent)))
    won, closed = sum(item.accepted for item in rates), sum(item.closed for item in rates)
    return bar_chart(
        "hits", _("Hit rate by month"), found, header=(_("Month"), _("Accepted"), _("Closed"), _("Hit rate")),
        most=1000, summary=_("In twelve months %(accepted)s of %(closed)s closed quotes were accepted.",
                             accepted=formatting.count(won), closed=formatting.count(closed)))


def _from_first_closed(rates: tuple[HitRate, ...]) -> tuple[HitRate, ...]:
    """Leave out the months before the first one in which anything was closed; the running one stays."""
    first = next((place for place, item in enumerate(rates) if item.closed), len(rates) - 1)
    return rates[first:]


def _month(word: str) -> str:
    pattern = "y年M月" if formatting.is_chinese() else "MMM y"
    return format_date(date.fromisoformat(f"{word}-01"), pattern, locale=formatting.language())


def _losses(figures: SalesFigures) -> Chart:
    found = [_counted(_loss_words(item), tally, "warn" if item.loss in _LIVE_ON else "")
             for item, tally in figures.losses.items()]
    lost = sum(tally.count for item, tally in figures.losses.items() if item.loss not in _LIVE_ON)
    return bar_chart("losses", _("Why quotes were lost"), found, header=(_("Reason"), _("Quotes"), _("Net")),
                     summary=_("%(count)s quotes were lost in twelve months. A replaced one lives on in a newer one, "
                               "an ended one in the way that was accepted.", count=formatting.count(lost)))


def _loss_words(item: LossReason) -> str:
    if item.loss is not Loss.DECLINED:
        return {Loss.EXPIRED: _("expired"), Loss.OTHER_WAY: _("ended: another way was accepted")}.get(
            item.loss, _("replaced"))
    reasons = {"price": _("declined: the price"), "date": _("declined: the date"),
               "other_supplier": _("declined: another supplier"), "not_needed": _("declined: no longer needed"),
               "other": _("declined: another reason"), "": _("declined, no reason given")}
    return reasons.get(item.reason, reasons["other"])


def _stages(figures: SalesFigures) -> Chart:
    names = {Stage.OPEN: _("open quotes"), Stage.CONFIRMED: _("confirmed"), Stage.IN_PRODUCTION: _("in production"),
             Stage.MADE: _("made")}
    currencies = sorted({currency for tally in figures.stages.values() for currency in tally.net_minor})
    found = []
    for stage, tally in figures.stages.items():
        for currency in currencies or [""]:
            minor = tally.net_minor.get(currency, 0)
            label = f"{names[stage]} {currency}" if len(currencies) > 1 else names[stage]
            words = formatting.money(Money(minor, currency)) if currency else "–"
            found.append(Row(label, max(minor, 0), words, (words,), "warn" if stage is Stage.OPEN else ""))
    return bar_chart("stages", _("Value by stage"), found, header=(_("Stage"), _("Net")),
                     summary=_("Net of open quotes, and of orders that are not delivered yet."))
