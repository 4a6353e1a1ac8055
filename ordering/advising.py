"""Deciding the rest for a customer with real dates: the fastest product, and the best one that arrives in time.

The configurator proves what is best by price, material and work content. The day and the emissions of making come
from the plants as they are booked now; here the two are brought together, by asking the plants about few products.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path

from sqlalchemy.orm import Session

from catalog.money import Money
from catalog.product import AttributeKind
from configurator import best as configurator
from configurator.configuration import Selection
from configurator.cost_model import Figure
from configurator.limits import RELIEF_NODES, Adviser, Miss, Relief, Wish
from configurator.optimization import Best
from configurator.reasoning import without_texts
from configurator.view import ConfigurationView
from ordering.comparison import Outcome, outcome_finder
from ordering.errors import ObjectiveUnknown
from ordering.popular import list_ordered_choices
from ordering.quote import Alternative

OBJECTIVES = {"cheapest": Figure.PRICE, "fastest": Figure.WORK, "greenest": Figure.CO2, "popular": Figure.RANK}
_ATTEMPTS = 3
_HALVINGS = 5

Find = Callable[[Selection], Outcome | None]


@dataclass(frozen=True, slots=True)
class Request:
    """Who asks, and where to: what every question here needs.

    Attributes
    ----------
    view
        Its standing choices stay as they are.
    destination
        A destination of the network.
    on
        Plant-local day whose rules count.
    now
        Aware UTC.
    cache_directory
        Where compiled models are kept between processes.
    """

    view: ConfigurationView
    destination: str
    on: date
    now: datetime
    cache_directory: Path | None


@dataclass(frozen=True, slots=True)
class Bounds:
    """What one piece may be at most; None is no limit. The price is net of tax."""

    price_minor: int | None = None
    co2_grams: int | None = None
    """Of material, making and moving."""
    latest_on: date | None = None


@dataclass(frozen=True, slots=True)
class Proposal:
    """A whole product as it would be promised now, one piece by the plan offered first.

    ``promised_on`` is None without capacity; then ``co2_grams`` is of the material alone.
    """

    whole: Selection
    price: Money
    promised_on: date | None
    co2_grams: int
    is_proven: bool
    """Whether nothing better is left by the configurator's figures; days were asked of some products only."""


@dataclass(frozen=True, slots=True)
class Release:
    """Choices which, given up, make all limits reachable, and the product that is then proposed."""

    given_up: tuple[str, ...]
    proposal: Proposal


@dataclass(frozen=True, slots=True)
class Shortfall:
    """No product with the choices was found within the limits: the nearest one, and what stands in the way."""

    nearest: Proposal
    releases: tuple[Release, ...]
    is_proven: bool
    """Whether it is proven that price and material cannot be met; a day alone is never proven out of reach."""
    usual: Selection
    """The open numbers that kept their defaults, or what is nearest to them; this is so with these values only."""
    resized: Proposal | None
    """A product within the limits with other values of these; None when none was found, which proves nothing."""


def find_objective(word: str) -> Figure:
    """Give what a word makes least.

    Raises
    ------
    ObjectiveUnknown
        The word is none of :data:`OBJECTIVES`.
    """
    if word not in OBJECTIVES:
        raise ObjectiveUnknown(f"The rest can be decided to be {', '.join(OBJECTIVES)}, and in no other way.")
    return OBJECTIVES[word]


def decide_rest(session: Session, *, request: Request, objective: str) -> Proposal | None:
    """Decide what is open: one of :data:`OBJECTIVES`.

    The fastest is the one that the plants promise first among the product of least work and those that are best
    otherwise; of one day the cheapest. Footprints compare the material.

    Parameters
    ----------
    session
        Only read.
    request
        Who asks.
    objective
        Its word.

    Returns
    -------
    Proposal or None
        None when the product has no valid configuration.

    Raises
    ------
    ObjectiveUnknown
        No such objective.
    """
    figure = find_objective(objective)
    advice = _Advice(session, request)
    decided = advice.adviser.decide(request.view.standing, figure)
    if decided is None or figure is not Figure.WORK:
        return None if decided is None else advice.proposal(decided)
    others = (advice.adviser.decide(request.view.standing, other) for other in (Figure.RANK, Figure.PRICE, Figure.CO2))
    same_work = advice.best({Figure.WORK: decided.figures[Figure.WORK]}, Figure.PRICE)
    return min(map(advice.proposal, (best for best in (decided, same_work, *others) if best is not None)),
               key=lambda found: (found.promised_on or date.max, found.price.amount_minor))


def meet_bounds(session: Session, *, request: Request, bounds: Bounds) -> Proposal | Shortfall | None:
    """Find the most popular product within bounds, or the nearest miss and the choices that stand in the way.

    Parameters
    ----------
    session
        Only read.
    request
        Who asks.
    bounds
        Most price and footprint, and the latest day.

    Returns
    -------
    Proposal, Shortfall or None
        None when the product has no valid configuration.
    """
    advice = _Advice(session, request)
    first = advice.within(bounds)
    if first is not None:
        return first
    limits = advice.limits(bounds)
    answer = advice.adviser.configure_within(request.view.standing, Wish(limits))
    if answer is None:
        return None
    if isinstance(answer, Miss):
        usual = advice.usual_numbers(answer.nearest.whole)
        return Shortfall(advice.proposal(answer.nearest), advice.releases(answer.reliefs, bounds), answer.is_proven,
                         usual, advice.resized(usual, bounds))
    fastest = advice.best(limits, Figure.WORK) or answer
    nearest = min(map(advice.proposal, (answer, fastest)), key=lambda found: found.promised_on or date.max)
    usual = advice.usual_numbers(nearest.whole)
    return Shortfall(nearest, advice.releases_in_time(bounds), is_proven=False, usual=usual,
                     resized=advice.resized(usual, bounds))


class _Advice:
    """The adviser of a product, and the plants to ask about days."""

    def __init__(self, session: Session, request: Request) -> None:
        version = request.view.version
        self._request = request
        self._currency = version.definition.currency
        self.adviser: Adviser = configurator.find_adviser(
            session, view=request.view, on=request.on, cache_directory=request.cache_directory,
            ordered=list_ordered_choices(session, product_code=version.product_code))
        self._find: Find = outcome_finder(
            session, version=version, quantity=1, destination=request.destination, alternative=Alternative.DEFAULT,
            now=request.now)
        self._made_grams = 0

    def proposal(self, best: Best) -> Proposal:
        """Promise a product."""
        outcome = self._find(best.whole)
        return Proposal(
            best.whole, Money(best.figures[Figure.PRICE], self._currency),
            outcome.promised_on if outcome else None,
            best.figures[Figure.CO2] + (outcome.made_co2_grams if outcome else 0), best.is_proven)

    def limits(self, bounds: Bounds) -> dict[Figure, int]:
        """Say what the configurator can prove of the bounds: price, and what making leaves for the material."""
        grams = None if bounds.co2_grams is None else max(0, bounds.co2_grams - self._made_grams)
        found = {Figure.PRICE: bounds.price_minor, Figure.CO2: grams}
        return {figure: most for figure, most in found.items() if most is not None}

    def best(self, limits: dict[Figure, int], objective: Figure) -> Best | None:
        """Find the best product within the configurator's limits."""
        return self.adviser.best_within(self._request.view.standing, Wish(limits, objective))

    def within(self, bounds: Bounds) -> Proposal | None:
        """Find the most popular product that meets the bounds as it would be promised; None when none was found."""
        for _ in range(_ATTEMPTS):
            best = self.best(self.limits(bounds), Figure.RANK)
            if best is None:
                return None
            found = self.proposal(best)
            if bounds.co2_grams is None or found.co2_grams <= bounds.co2_grams:
                found = replace(found, is_proven=found.is_proven and not self._made_grams)
                return found if _is_in_time(found, bounds) else self._hurried(bounds, best)
            self._made_grams = found.co2_grams - best.figures[Figure.CO2]
        return None

    def _hurried(self, bounds: Bounds, late: Best) -> Proposal | None:
        """Search by halves how much work still arrives in time; less work is not always earlier, but mostly."""
        fastest = self.best(self.limits(bounds), Figure.WORK)
        if fastest is None or not _meets(self.proposal(fastest), bounds):
            return None
        low, high = fastest.figures[Figure.WORK], late.figures[Figure.WORK]
        found = replace(self.proposal(fastest), is_proven=False)
        for _ in range(_HALVINGS):
            middle = (low + high) // 2
            best = self.best({**self.limits(bounds), Figure.WORK: middle}, Figure.RANK)
            candidate = None if best is None else self.proposal(best)
            if best is None or candidate is None or not _meets(candidate, bounds):
                high = middle
            else:
                found, low = replace(candidate, is_proven=False), middle
            if high - low <= 1:
                break
        return found

    def usual_numbers(self, whole: Selection) -> Selection:
        """Give the numbers that the customer left open and that kept their defaults, as they stand in a product."""
        return Selection.of({
            item.code: whole[item.code] for item in self._request.view.version.definition.attributes
            if item.kind is AttributeKind.NUMBER and item.default is not None
            and item.code not in self._request.view.standing})

    def resized(self, usual: Selection, bounds: Bounds) -> Proposal | None:
        """Find a product within the bounds whose open numbers differ from the usual ones, as little as was found."""
        if not usual:
            return None
        standing = Selection.of({**self._request.view.standing, **usual})
        for _ in range(_ATTEMPTS):
            relief = self.adviser.relieve(standing, Wish(self.limits(bounds)), tuple(usual))
            if relief is None:
                return None
            found = self.proposal(relief.best)
            if _meets(found, bounds):
                return found
            if not _is_in_time(found, bounds):
                return self._resized_in_time(frozenset(usual), bounds)
            self._made_grams = found.co2_grams - relief.best.figures[Figure.CO2]
        return None

    def _resized_in_time(self, names: frozenset[str], bounds: Bounds) -> Proposal | None:
        """Try the product with the least work of any size."""
        best = self.adviser.best_within(self._request.view.standing, Wish(self.limits(bounds), Figure.WORK, names),
                                        node_limit=RELIEF_NODES)
        found = None if best is None else replace(self.proposal(best), is_proven=False)
        return found if found is not None and _meets(found, bounds) else None

    def releases(self, reliefs: Iterable[Relief], bounds: Bounds) -> tuple[Release, ...]:
        """Promise what giving up choices leads to; those that then arrive too late or emit too much are left out."""
        found = (Release(relief.given_up, self.proposal(relief.best)) for relief in reliefs)
        return tuple(release for release in found if _meets(release.proposal, bounds))

    def releases_in_time(self, bounds: Bounds) -> tuple[Release, ...]:
        """Try to give up single choices, so that the product with the least work arrives in time."""
        view = self._request.view
        found = []
        for name in without_texts(view.version.definition, view.standing):
            rest = view.standing.retract(name)
            best = self.adviser.best_within(rest, Wish(self.limits(bounds), Figure.WORK, frozenset((name,))))
            if best is not None and _meets(self.proposal(best), bounds):
                found.append(Release((name,), replace(self.proposal(best), is_proven=False)))
        return tuple(found)


def _is_in_time(found: Proposal, bounds: Bounds) -> bool:
    return bounds.latest_on is None or (found.promised_on is not None and found.promised_on <= bounds.latest_on)


def _meets(found: Proposal, bounds: Bounds) -> bool:
    return _is_in_time(found, bounds) and (
        bounds.price_minor is None or found.price.amount_minor <= bounds.price_minor) and (
        bounds.co2_grams is None or found.co2_grams <= bounds.co2_grams)
