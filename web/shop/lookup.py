"""What the pages look up besides the configuration: destinations, the ways to make it, days of other options."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from catalog.plant import Network, Site
from catalog.text import Text
from configurator.configuration import Selection
from ordering import service as ordering
from ordering.quote import Alternative
from ordering.service import ConfiguredProduct, Offer, Outcome, Preview
from scheduling import service as scheduling
from scheduling.errors import NetworkMissing
from web.shop.answer import Answer, Difference, Reason, Repair
from web.shop.forecast import Destination, Forecast, Ordered, Way
from web.shop.promise_line import Step
from web.words import gettext as _

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_WAYS = (Alternative.CHEAPEST, Alternative.FASTEST, Alternative.GREENEST)
_QUEUE_MINUTES = 60
"""From which wait behind other work on an operation counts as queued."""
FALLBACK_ZONE = ZoneInfo("Asia/Shanghai")


def find_network(session: Session) -> Network | None:
    """Give the network that is planned on; None when none is published."""
    try:
        return scheduling.get_planning_network(session)
    except NetworkMissing:
        return None


def list_destinations(network: Network | None) -> tuple[Destination, ...]:
    """Give the places that goods can be delivered to, in the network's order."""
    if network is None:
        return ()
    titles = network.destinations or {site.code: site.title for site in network.sites}
    sites = {site.code: site for site in network.sites}
    return tuple(_destination(code, title, sites[code]) for code, title in titles.items() if code in sites)


def local_day(now: datetime, destinations: tuple[Destination, ...]) -> date:
    """Give the day at the first destination, whose rules and price book count."""
    zone = destinations[0].zone if destinations else FALLBACK_ZONE
    return now.astimezone(zone).date()


def plant_day(session: Session, now: datetime) -> date:
    """Give the day at the first destination of the planned network, see :func:`local_day`."""
    return local_day(now, list_destinations(find_network(session)))


def chosen_destination(destinations: tuple[Destination, ...], code: str) -> Destination | None:
    """Give the destination of a code, else the first one; None when there is none at all."""
    return next((place for place in destinations if place.code == code), destinations[0] if destinations else None)


def forecast_for(session: Session, answer: Answer, *,  # noqa: PLR0913  # a forecast has that many givens
                 destinations: tuple[Destination, ...], network: Network | None, destination: str, alternative: str,
                 now: datetime, quantity: int = 1, ordered: Ordered | None = None) -> Forecast | None:
    """Find the ways to make what an answer stands for; None when there is nothing to make or nowhere to.

    Parameters
    ----------
    session
        Only read.
    answer
        Its whole configuration is made; one with contradicting choices is not.
    destinations, network
        From :func:`list_destinations` and :func:`find_network`.
    destination, alternative
        Codes of the query; unknown ones take the first destination and the plan offered first.
    now
        Aware UTC.
    quantity
        Pieces.
    ordered
        The order that is being changed: its own places are free, and unchanged it keeps its day.
    """
    place = chosen_destination(destinations, destination)
    if place is None or network is None or not answer.whole or answer.conflict is not None:
        return None
    configured = ordering.work_out(answer.version.definition, answer.version.content_hash, Selection.of(answer.whole))
    found = ordering.preview_configured(session, configured=configured, quantity=quantity, destination=place.code,
                                        now=now, replaced=ordered.replaced if ordered is not None else None)
    wanted = Alternative(alternative) if alternative else Alternative.DEFAULT
    offer = found.offer(wanted)
    if offer is None:
        words = _("The plants have no free capacity for this in the months ahead. Other choices may fit.")
        return Forecast(place, destinations, now, None, shortage=words)
    titles = {site.code: site.title for site in network.sites}
    ways = tuple(_way(way, kind.value, found, configured, titles) for kind in _WAYS
                 if (way := found.offer(kind)) is not None)
    present = _way(offer, alternative or Alternative.CHEAPEST.value, found, configured, titles)
    if ordered is not None:
        is_kept = ordered.is_kept(configured.selection, quantity=quantity, destination=place.code,
                                  alternative=alternative)
        present = replace(present, promised_on=ordered.promised_on) if is_kept else present
        return Forecast(place, destinations, now, present, tuple(
            present if way.alternative == present.alternative else way for way in ways), is_promised=is_kept)
    earlier = ordering.preview_earlier(session, preview=found, offer=offer, now=now)
    return Forecast(place, destinations, now, present, ways, earlier)


def with_days(session: Session, answer: Answer, forecast: Forecast, *, alternative: str, now: datetime,
              ordered: Ordered | None = None) -> Answer:
    """Add to an answer what each option and repair would change in day and footprint.

    Parameters
    ----------
    session
        Only read.
    answer
        Its differences so far hold price and material.
    forecast
        The ways to make what is chosen now; without capacity the answer stays as it is.
    alternative
        The way of the query; empty for the one offered first.
    now
        Aware UTC, the forecast's.
    ordered
        As for :func:`forecast_for`.
    """
    if forecast.present is None:
        return answer
    repairs = answer.why.repairs if answer.why is not None else ()
    wholes: dict[object, Selection] = {key: whole for key, whole in answer.others.items()}  # noqa: C416  # wider keys
    wholes |= {place: repair.whole for place, repair in enumerate(repairs)}
    base, found = ordering.compare(
        session, version=answer.version, present=Selection.of(answer.whole), others=wholes, quantity=answer.pieces,
        destination=forecast.destination.code, now=now,
        alternative=Alternative(alternative) if alternative else Alternative.DEFAULT,
        replaced=ordered.replaced if ordered is not None else None)
    shown_on = forecast.present.promised_on

    def days_to(key: object, outcome: Outcome) -> int:
        is_kept = ordered is not None and ordered.is_kept(
            wholes[key], quantity=answer.pieces, destination=forecast.destination.code, alternative=alternative)
        return ((ordered.promised_on if ordered is not None and is_kept else outcome.promised_on) - shown_on).days

    def told(key: object, known: Difference) -> Difference:
        outcome = found.get(key)
        if outcome is None or base is None:
            return known
        material = known.co2_grams
        return Difference(known.price, days_to(key, outcome),
                          None if material is None else material + outcome.made_co2_grams - base.made_co2_grams)

    dated = [replace(repair, difference=told(place, repair.difference)) for place, repair in enumerate(repairs)]
    return replace(answer, differences={key: told(key, known) for key, known in answer.differences.items()},
                   why=None if answer.why is None else _ranked(answer.why, dated))


def with_conflict_days(session: Session, answer: Answer, destination: Destination | None, *, alternative: str,
                       now: datetime) -> Answer:
    """Add to contradicting choices the day on which each repair arrives; without a destination nothing is added."""
    if answer.conflict is None or not answer.conflict.repairs or destination is None:
        return answer
    repairs = answer.conflict.repairs
    first, others = ordering.compare(
        session, version=answer.version, present=repairs[0].whole,
        others={place: repair.whole for place, repair in enumerate(repairs) if place},
        quantity=answer.pieces,
        destination=destination.code, now=now,
        alternative=Alternative(alternative) if alternative else Alternative.DEFAULT)
    outcomes = others if first is None else {0: first, **others}
    dated = [_dated(repair, outcomes.get(place)) for place, repair in enumerate(repairs)]
    return replace(answer, conflict=_ranked(answer.conflict, dated))


def _dated(repair: Repair, outcome: Outcome | None) -> Repair:
    return repair if outcome is None else replace(
        repair, promised_on=outcome.promised_on, co2_grams=repair.co2_grams + outcome.made_co2_grams)


def _ranked(reason: Reason, repairs: Iterable[Repair]) -> Reason:
    return replace(reason, repairs=tuple(sorted(repairs, key=lambda repair: repair.rank)))


def _way(offer: Offer, alternative: str, found: Preview, configured: ConfiguredProduct,
         titles: Mapping[str, Text]) -> Way:
    return Way(alternative=alternative, promised_on=offer.promised_on, arrival_at=_moment(offer.arrival_minute),
               net=offer.totals.net, surcharge=offer.totals.surcharge, co2_grams=offer.co2_grams,
               steps=tuple(_steps(offer, found, configured)),
               sites=tuple(titles.get(code, Text.of(code)) for code in offer.sites), reasons=offer.reasons,
               delivery_minutes=offer.delivery_minutes)


def _steps(offer: Offer, found: Preview, configured: ConfiguredProduct) -> Iterable[Step]:
    names = {operation.code: operation.title for operation in configured.explosion.operations}
    waits = {wait.operation: wait for wait in offer.plan.waits}
    delay = found.delay
    for placement in sorted(offer.plan.placements, key=lambda placed: placed.start_minute):
        code = found.job.operations[placement.operation].code
        wait = waits.get(placement.operation)
        yield Step(
            title=names.get(code, Text.of(code)),
            ready_at=_moment(wait.ready_minute if wait is not None else placement.start_minute),
            start_at=_moment(placement.start_minute), end_at=_moment(placement.end_minute),
            is_queued=wait is not None and wait.minutes - wait.closed_minutes >= _QUEUE_MINUTES,
            attributes=delay.attributes if delay is not None and delay.operation == code else ())


def _moment(minute: int) -> datetime:
    return _EPOCH + timedelta(minutes=minute)


def _destination(code: str, title: Text, site: Site) -> Destination:
    return Destination(code, title, ZoneInfo(site.time_zone), site.closed_weekdays, site.holidays)
