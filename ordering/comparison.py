"""What other configurations of a product would mean for day and footprint; equal work is planned once."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import TypeVar

from sqlalchemy.orm import Session

from catalog.product import ProductDefinition
from configurator.configuration import Selection
from configurator.explosion import Explosion, explode
from configurator.footprint import material_co2_grams
from ordering.configured import ConfiguredProduct
from ordering.offering import Preview, load_surroundings, plan_line, valid_until
from ordering.promise_date import promised_day
from ordering.quote import Alternative
from ordering.translation import make_job
from scheduling import service as scheduling
from scheduling.calendar import minute_at
from scheduling.promise import Plan, Promise

MOST_KEPT = 4096
Key = TypeVar("Key", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Outcome:
    """The day and the whole footprint of a configuration made in one way."""

    promised_on: date
    co2_grams: int


def preview_configured(
    session: Session, *, configured: ConfiguredProduct, quantity: int, destination: str, now: datetime
) -> Preview:
    """Show date, price and footprint of the ways to make a configured product; writes nothing.

    Takes and raises what :func:`ordering.service.preview` does, for a product that is worked out already.
    """
    return plan_line(session, configured=configured, code="preview", quantity=quantity, destination=destination,
                     surroundings=load_surroundings(session), now=now)


def compare(
    session: Session,
    *,
    definition: ProductDefinition,
    content_hash: str,
    wholes: Mapping[Key, Selection],
    quantity: int,
    destination: str,
    alternative: Alternative,
    now: datetime,
) -> Mapping[Key, Outcome]:
    """Find day and footprint of many configurations of one product version; writes nothing.

    Parameters
    ----------
    session
        Only read.
    definition, content_hash
        The product version.
    wholes
        Whole valid selections by any key.
    quantity
        Pieces.
    destination
        A destination of the network.
    alternative
        The way to make each.
    now
        Aware UTC.

    Returns
    -------
    mapping of the same keys to Outcome
        Without those for which there is no capacity.

    Raises
    ------
    RequestInvalid
        Quantity or destination is out of bounds.
    UnknownCapability
        No plant offers what an operation needs.
    """
    surroundings = load_surroundings(session)
    place = surroundings.network.site(destination)
    release_minute = minute_at(valid_until(now))
    planned: dict[object, Plan | None] = {}
    found = {}
    for key, whole in wholes.items():
        explosion, material = _worked_out(_Version(content_hash, definition), whole)
        work = (explosion.operations, explosion.weight_grams)
        if work not in planned:
            job = make_job(explosion, code="preview", quantity=quantity, destination=destination,
                           release_minute=release_minute, network=surroundings.network,
                           units=tuple(surroundings.units.values()))
            planned[work] = (_plan(scheduling.promise_job(session, job=job, now=now), alternative)
                             if job.operations else Plan((), release_minute, release_minute, 0, 0, ()))
        plan = planned[work]
        if plan is not None:
            found[key] = Outcome(promised_day(plan.arrival_minute, destination=place, now=now),
                                 material * quantity + plan.co2_grams)
    return found


@dataclass(frozen=True, slots=True, eq=False)
class _Version:
    """A definition that is known by its hash, so that what follows from it can be kept."""

    content_hash: str
    definition: ProductDefinition

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Version) and self.content_hash == other.content_hash

    def __hash__(self) -> int:
        return hash(self.content_hash)


@lru_cache(maxsize=MOST_KEPT)
def _worked_out(version: _Version, whole: Selection) -> tuple[Explosion, int]:
    explosion = explode(version.definition, whole)
    return explosion, material_co2_grams(explosion.bom)


def _plan(promise: Promise, alternative: Alternative) -> Plan | None:
    return {Alternative.DEFAULT: promise.default, Alternative.FASTEST: promise.fastest,
            Alternative.CHEAPEST: promise.cheapest, Alternative.GREENEST: promise.greenest}[alternative]
