"""What other configurations of a product would mean for day and footprint; equal work is planned once."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction
from functools import lru_cache
from typing import TypeVar

from sqlalchemy.orm import Session

from catalog.plant import Network
from catalog.product import ProductDefinition, ProductVersion
from configurator.configuration import Selection
from configurator.explosion import Explosion, explode_work
from configurator.recent import Recent
from ordering.configured import ConfiguredProduct
from ordering.offering import Preview, Surroundings, load_surroundings, plan_line, valid_until
from ordering.order_change import Replaced
from ordering.promise_date import promised_day
from ordering.quote import Alternative
from ordering.translation import attributes_of, make_job
from scheduling import service as scheduling
from scheduling.calendar import first_minute_from, minute_at
from scheduling.problem import Mode
from scheduling.promise import Plan, promise
from scheduling.rebooking import without_bookings
from scheduling.schedule import WorkUnitEntry
from scheduling.snapshot import Snapshot
from scheduling.sourcing import find_modes

MOST_KEPT = 256
MOST_OUTCOMES = 4096
Key = TypeVar("Key", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Outcome:
    """The day on which a configuration arrives, and what making and moving it emits; its material is apart."""

    promised_on: date
    made_co2_grams: int


def preview_configured(
    session: Session, *, configured: ConfiguredProduct, quantity: int, destination: str, now: datetime,
    replaced: Replaced | None = None,
) -> Preview:
    """Show date, price and footprint of the ways to make a configured product; writes nothing.

    Takes and raises what :func:`ordering.service.preview` does, for a product that is worked out already; ``replaced``
    is the work that it would stand in for, None for a new order.
    """
    return plan_line(session, configured=configured, code="preview", quantity=quantity, destination=destination,
                     surroundings=load_surroundings(session), now=now,
                     starts_at=replaced.starts_at if replaced is not None else None,
                     without_holds=replaced.hold_ids if replaced is not None else ())


def compare(  # noqa: PLR0913  # a comparison has that many givens
    session: Session,
    *,
    version: ProductVersion,
    present: Selection,
    others: Mapping[Key, Selection],
    quantity: int,
    destination: str,
    alternative: Alternative,
    now: datetime,
    replaced: Replaced | None = None,
) -> tuple[Outcome | None, Mapping[Key, Outcome]]:
    """Find day and footprint of many configurations of one product version beside the present one; writes nothing.

    Parameters
    ----------
    session
        Only read.
    version
        The product version of all of them.
    present
        The whole valid selection to compare with.
    others
        Whole valid selections by any key.
    quantity
        Pieces.
    destination
        A destination of the network.
    alternative
        The way to make each.
    now
        Aware UTC.
    replaced
        The work that each would stand in for; None for a new order.

    Returns
    -------
    Outcome or None, mapping of the same keys to Outcome
        For the present one and the others; without those for which there is no capacity.

    Raises
    ------
    RequestInvalid
        Quantity or destination is out of bounds.
    UnknownCapability
        No plant offers what an operation needs.
    """
    find = outcome_finder(session, version=version, quantity=quantity, destination=destination,
                          alternative=alternative, now=now, replaced=replaced)
    base = find(present)
    answers = {key: find(whole) for key, whole in others.items()}
    return base, {key: answer for key, answer in answers.items() if answer is not None}


def outcome_finder(session: Session, *, version: ProductVersion, quantity: int, destination: str,
                   alternative: Alternative, now: datetime,
                   replaced: Replaced | None = None) -> Callable[[Selection], Outcome | None]:
    """Give what finds day and footprint of whole configurations of one product, all on one snapshot of the plants.

    Takes and raises what :func:`compare` does; what is found is None without capacity.
    """
    planner = _planner(session, alternative=alternative, quantity=quantity, destination=destination, now=now,
                       replaced=replaced)
    definition = version.definition
    named = _work_attributes(_Version(version.content_hash, definition))

    def find(whole: Selection) -> Outcome | None:
        decisive = (version.content_hash, *[whole.get(code) for code in named])
        return planner.outcome(session, decisive, lambda: _exploded(definition, whole, decisive))

    return find


_explosions: Recent[tuple[object, ...], Explosion] = Recent(4096)


def _exploded(definition: ProductDefinition, whole: Selection, decisive: tuple[object, ...]) -> Explosion:
    """Work out operations and weight once per process for everything that they depend on."""
    found = _explosions.find(decisive)
    if found is None:
        found = explode_work(definition, whole)
        _explosions.keep(decisive, found)
    return found


_planners: Recent[tuple[object, ...], _Planner] = Recent(12)


def _planner(session: Session, *, alternative: Alternative, quantity: int, destination: str,
             now: datetime, replaced: Replaced | None) -> _Planner:
    """Give what plans on the plants as they are booked now; clicks within one minute share what is planned.

    The snapshot of the plants is another one as soon as anything is booked, freed or published. A transaction that has
    changed something sees a snapshot of its own.
    """
    snapshot = scheduling.load_snapshot(session, now=now)
    release_minute = minute_at(valid_until(now) if replaced is None else replaced.starts_at)
    without = () if replaced is None else replaced.hold_ids
    key = (snapshot, alternative, quantity, destination, release_minute, first_minute_from(now), without)
    found = _planners.find(key)
    if found is None:
        freed = [booking for hold_id in without for booking in scheduling.get_hold(session, hold_id=hold_id).bookings]
        found = _Planner(load_surroundings(session), without_bookings(snapshot, freed), alternative=alternative,
                         quantity=quantity, destination=destination, release_minute=release_minute, now=now,
                         without_holds=without)
        _planners.keep(key, found)
    return found


def forget_outcomes() -> None:
    """Forget what this process has planned for comparisons; tests compare with it."""
    _explosions.forget_all()
    _planners.forget_all()


class _Planner:
    """Plans many jobs on one snapshot; equal work is planned once. Shared by threads."""

    def __init__(self, surroundings: Surroundings, snapshot: Snapshot, *, alternative: Alternative, quantity: int,
                 destination: str, release_minute: int, now: datetime, without_holds: tuple[int, ...]) -> None:
        self._now, self._alternative, self._without_holds = now, alternative, without_holds
        self._quantity, self._destination = quantity, destination
        self._network, self._units = surroundings.network, tuple(surroundings.units.values())
        self._place = self._network.site(destination)
        self._release_minute, self._snapshot = release_minute, snapshot
        self._find = _remembering()
        self._known: dict[tuple[object, ...], Outcome | None] = {}
        self._outcomes: dict[object, Outcome | None] = {}

    def outcome(self, session: Session, decisive: tuple[object, ...],
                explode: Callable[[], Explosion]) -> Outcome | None:
        """Give day and emissions of the work that follows from some values; None when there is no capacity."""
        if decisive in self._known:
            return self._known[decisive]
        if len(self._known) >= MOST_OUTCOMES:
            self._known, self._outcomes = {}, {}
        explosion = explode()
        work = (explosion.operations, explosion.weight_grams)
        if work in self._outcomes:
            found = self._outcomes[work]
        else:
            plan = self._plan(session, explosion)
            found = self._outcomes[work] = None if plan is None else Outcome(
                promised_day(plan.arrival_minute, destination=self._place, now=self._now), plan.co2_grams)
        self._known[decisive] = found
        return found

    def _plan(self, session: Session, explosion: Explosion) -> Plan | None:
        job = make_job(explosion, code="preview", quantity=self._quantity, destination=self._destination,
                       release_minute=self._release_minute, network=self._network, units=self._units, find=self._find)
        if not job.operations:
            return Plan((), self._release_minute, self._release_minute, 0, 0, ())
        found = promise(self._snapshot, job)
        if found.default is None:  # the service looks further ahead
            found = scheduling.promise_job(session, job=job, now=self._now, without_holds=self._without_holds)
        return {Alternative.DEFAULT: found.default, Alternative.FASTEST: found.fastest,
                Alternative.CHEAPEST: found.cheapest, Alternative.GREENEST: found.greenest}[self._alternative]


def _remembering() -> Callable[..., tuple[Mode, ...]]:
    known: dict[tuple[str, Fraction, int, int, str], tuple[Mode, ...]] = {}

    def find(network: Network, units: Sequence[WorkUnitEntry], *, capability: str, minutes: Fraction,
             quantity: int, batch: int, needs: str) -> tuple[Mode, ...]:
        key = (capability, minutes, quantity, batch, needs)
        if key not in known:
            known[key] = find_modes(network, units, capability=capability, minutes=minutes, quantity=quantity,
                                    batch=batch, needs=needs)
        return known[key]

    return find


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
def _work_attributes(version: _Version) -> tuple[str, ...]:
    """Name the attributes on which a product's operations, their times and its weight depend."""
    definition = version.definition
    expressions = [definition.weight_kg]
    for item in definition.routing:
        expressions += [item.minutes, item.when, item.setup_family]
    for line in definition.bom:
        if definition.parts[line.part].is_waited_for:
            expressions += [line.quantity, line.when]
    return tuple(sorted(attributes_of(expressions, definition)))
