"""Who may give which discount: the rule for a second person. Imports no database."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from ordering.draft import Standing
from ordering.draft_pricing import DraftTotals, PricedLine


@dataclass(frozen=True, slots=True)
class DiscountLimits:
    """Limits in percent: what a seller gives alone, what a second person may agree to, the least margin."""

    own_percent: int = 10
    most_percent: int = 15
    margin_floor_percent: int = 20


class Need(StrEnum):
    """What a draft needs before it may be sent."""

    NOTHING = "nothing"
    SECOND_PERSON = "second_person"
    REFUSED = "refused"


class Concern(StrEnum):
    """Why a draft needs more than its seller."""

    ABOVE_OWN = "above_own"
    ABOVE_MOST = "above_most"
    BELOW_FLOOR = "below_floor"


@dataclass(frozen=True, slots=True)
class Verdict:
    """The answer of the rule, with the figures it was made from."""

    need: Need
    concerns: tuple[Concern, ...]
    discount_percent: Fraction
    margin_percent: Fraction | None
    allowed_percent: Fraction
    """The largest discount that a second person could agree to, rounded down to a hundredth of a percent."""


class ApprovalStep(StrEnum):
    """What was done about an approval."""

    ASKED = "asked"
    APPROVED = "approved"
    REFUSED = "refused"


def judge(totals: DraftTotals, *, limits: DiscountLimits) -> Verdict:
    """Tell what a draft needs before it may be sent.

    A discount above the own limit needs a second person; above the most that may be given, or with a margin below the
    floor, it is refused. A margin below the floor without any discount comes from prices alone and needs a second
    person. What may be added or taken instead is judged line by line, each by its own margin and discount: no choice of
    the customer's leads to a line that nobody judged. What no cost is known of counts as free: the true margin is never
    above the one that is judged.

    Parameters
    ----------
    totals
        The priced draft. Its largest discount of any line counts.
    limits
        From the settings.

    Returns
    -------
    Verdict
        With what would be allowed.
    """
    discount, margin = totals.discount_percent, totals.margin_percent
    concerns = []
    if discount > limits.most_percent:
        concerns.append(Concern.ABOVE_MOST)
    elif discount > limits.own_percent:
        concerns.append(Concern.ABOVE_OWN)
    is_below, beside = _is_below_floor(totals, limits), below_floor_beside(totals, limits.margin_floor_percent)
    if is_below or beside:
        concerns.append(Concern.BELOW_FLOOR)
    is_given_away = (is_below and discount > 0) or any(line.discount_percent > 0 for line in beside)
    is_refused = Concern.ABOVE_MOST in concerns or is_given_away
    need = Need.REFUSED if is_refused else Need.SECOND_PERSON if concerns else Need.NOTHING
    return Verdict(need, tuple(concerns), discount, margin, _allowed(totals, limits))


def below_floor_beside(totals: DraftTotals, floor_percent: int) -> tuple[PricedLine, ...]:
    """Give the optional and alternative lines whose own margin, as far as their cost is known, is below the floor."""
    return tuple(
        line for line in totals.lines if line.figures.standing is not Standing.INCLUDED and line.figures.cost_minor
        and line.net_minor * (100 - floor_percent) < line.figures.cost_minor * 100)


def is_same_person(login: str, other: str) -> bool:
    """Whether two logins name one person: letter case and outer spaces do not make a second one."""
    return login.strip().casefold() == other.strip().casefold()


def _is_below_floor(totals: DraftTotals, limits: DiscountLimits) -> bool:
    if not totals.cost_minor:
        return False
    return totals.net_minor * (100 - limits.margin_floor_percent) < totals.cost_minor * 100


def _allowed(totals: DraftTotals, limits: DiscountLimits) -> Fraction:
    """Give the largest discount within the most that may be given that keeps the floor."""
    allowed = Fraction(limits.most_percent)
    if totals.cost_minor and totals.list_minor:
        least_net = Fraction(totals.cost_minor * 100, 100 - limits.margin_floor_percent)
        allowed = min(allowed, 100 * (1 - least_net / totals.list_minor))
    return Fraction(int(max(Fraction(0), allowed) * 100), 100)
