"""What a draft costs and earns, exactly: discounts, tax, margin. Imports no database.

Every line: list = unit × quantity + surcharge, the unit at the price of the customer's group; its own discount is
rounded once, halves away from zero. The total discount is a share of the sum of the included lines, rounded once, and
spread over them by largest remainder: each line bears its exact share rounded down, and the minor units that are left
go to the largest remainders; of equal ones to the larger line, then to the lower tax rate, then to the earlier. So the
lines add up to the total, and the order of lines changes no sum. Tax is rounded once per line. Optional and alternative
lines bear the total discount by themselves and count in no sum.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from catalog.money import round_half_up
from ordering.draft import Standing
from ordering.price_group import NO_TERMS, GroupTerms


@dataclass(frozen=True, slots=True)
class LineFigures:
    """What is known of a priced line; money in minor units of the quote's currency."""

    position: int
    """Place in the draft, from 0."""
    standing: Standing
    unit_minor: int
    quantity: int
    discount: Fraction
    tax_percent: Fraction
    surcharge_minor: int = 0
    """For the chosen way of making all pieces."""
    cost_minor: int | None = None
    """Of all pieces, as far as it is known; None where nothing is."""
    is_cost_whole: bool = True
    """Whether the cost leaves nothing out."""
    group: GroupTerms = NO_TERMS
    """Of the customer's price group; ``unit_minor`` is its price already."""
    catalog_unit_minor: int | None = None
    """The price of one piece before the group's discount; None where that is ``unit_minor``."""

    @property
    def group_minor(self) -> int:
        """What the group's discount took off all pieces, before any discount of the seller."""
        return 0 if self.catalog_unit_minor is None else (self.catalog_unit_minor - self.unit_minor) * self.quantity


@dataclass(frozen=True, slots=True)
class PricedLine:
    """A line with its money: net = list − line discount − total discount, gross = net + tax."""

    figures: LineFigures
    list_minor: int
    line_discount_minor: int
    total_discount_minor: int
    """Its share of the total discount."""
    tax_minor: int
    discount_percent: Fraction
    """Both discounts together, exact, before any rounding."""

    @property
    def net_minor(self) -> int:
        """What is paid before tax."""
        return self.list_minor - self.line_discount_minor - self.total_discount_minor

    @property
    def gross_minor(self) -> int:
        """What is paid."""
        return self.net_minor + self.tax_minor

    @property
    def margin_minor(self) -> int | None:
        """What is left after cost; None where no cost is known."""
        return None if self.figures.cost_minor is None else self.net_minor - self.figures.cost_minor

    @property
    def margin_percent(self) -> Fraction | None:
        """The margin as a share of net; None where it is unknown or net is nothing."""
        return margin_share(self.net_minor, self.figures.cost_minor)


@dataclass(frozen=True, slots=True)
class TaxShare:
    """All tax of one rate."""

    percent: Fraction
    net_minor: int
    tax_minor: int


@dataclass(frozen=True, slots=True)
class DraftTotals:
    """The sums of the included lines, and every priced line in the order it was given."""

    lines: tuple[PricedLine, ...]
    list_minor: int
    line_discount_minor: int
    total_discount_minor: int
    net_minor: int
    taxes: tuple[TaxShare, ...]
    """By rate, lowest first."""
    tax_minor: int
    cost_minor: int | None
    """The known cost; None where none is known."""
    is_cost_complete: bool
    """Whether the cost of every included line is known."""

    @property
    def gross_minor(self) -> int:
        """What is paid."""
        return self.net_minor + self.tax_minor

    @property
    def margin_minor(self) -> int | None:
        """What is left after known cost."""
        return None if self.cost_minor is None else self.net_minor - self.cost_minor

    @property
    def margin_percent(self) -> Fraction | None:
        """The margin as a share of net; None where it is unknown or net is nothing."""
        return margin_share(self.net_minor, self.cost_minor)

    @property
    def discount_percent(self) -> Fraction:
        """The largest discount that any line bears, optional and alternative ones too."""
        return max((line.discount_percent for line in self.lines), default=Fraction(0))


def margin_share(net_minor: int, cost_minor: int | None) -> Fraction | None:
    """Give what is left of a net amount after cost, in percent of it; None where it cannot be said."""
    if cost_minor is None or net_minor <= 0:
        return None
    return Fraction(net_minor - cost_minor, net_minor) * 100


def convert(amount_minor: int, *, rate: Fraction) -> int:
    """Turn an amount of the catalog's currency into the quote's, rounded once, halves away from zero."""
    return round_half_up(amount_minor * rate)


def price_draft(figures: Sequence[LineFigures], *, total_discount: Fraction) -> DraftTotals:
    """Work out every line and the sums of a draft.

    Parameters
    ----------
    figures
        The priced lines in their order.
    total_discount
        Percent off the sum of the included lines.

    Returns
    -------
    DraftTotals
        Its included lines add up to its sums, to the minor unit.
    """
    after_own = {line.position: _list_minor(line) - _own_discount(line) for line in figures}
    included = [line for line in figures if line.standing is Standing.INCLUDED]
    shares = _spread(included, after_own, total_discount)
    lines = tuple(_priced(line, shares.get(line.position), total_discount) for line in figures)
    counted = [line for line in lines if line.figures.standing is Standing.INCLUDED]
    costs = [line.figures.cost_minor for line in counted]
    known = [cost for cost in costs if cost is not None]
    return DraftTotals(
        lines=lines, list_minor=sum(line.list_minor for line in counted),
        line_discount_minor=sum(line.line_discount_minor for line in counted),
        total_discount_minor=sum(line.total_discount_minor for line in counted),
        net_minor=sum(line.net_minor for line in counted), taxes=_taxes(counted),
        tax_minor=sum(line.tax_minor for line in counted), cost_minor=sum(known) if known else None,
        is_cost_complete=len(known) == len(costs) and all(line.figures.is_cost_whole for line in counted),
    )


def _list_minor(line: LineFigures) -> int:
    return line.unit_minor * line.quantity + line.surcharge_minor


def _own_discount(line: LineFigures) -> int:
    return round_half_up(_list_minor(line) * line.discount / 100)


def _spread(
    included: Sequence[LineFigures], after_own: Mapping[int, int], total_discount: Fraction
) -> dict[int, int]:
    """Spread the total discount by largest remainder; see the head of this module."""
    base = sum(after_own[line.position] for line in included)
    discount = round_half_up(base * total_discount / 100)
    if base == 0:
        return {line.position: 0 for line in included}
    exact = {line.position: Fraction(after_own[line.position] * discount, base) for line in included}
    shares = {position: int(share) for position, share in exact.items()}
    first = sorted(included, key=lambda line: (
        shares[line.position] - exact[line.position], -after_own[line.position], line.tax_percent, line.position))
    for line in first[:discount - sum(shares.values())]:
        shares[line.position] += 1
    return shares


def _priced(line: LineFigures, share_minor: int | None, total_discount: Fraction) -> PricedLine:
    """Price a line; without a share of the total it bears the discount by itself."""
    listed, own = _list_minor(line), _own_discount(line)
    share = round_half_up((listed - own) * total_discount / 100) if share_minor is None else share_minor
    return PricedLine(
        figures=line, list_minor=listed, line_discount_minor=own, total_discount_minor=share,
        tax_minor=round_half_up((listed - own - share) * line.tax_percent / 100),
        discount_percent=100 - (100 - line.discount) * (100 - total_discount) / 100,
    )


def _taxes(lines: Sequence[PricedLine]) -> tuple[TaxShare, ...]:
    return tuple(
        TaxShare(percent, sum(line.net_minor for line in same), sum(line.tax_minor for line in same))
        for percent in sorted({line.figures.tax_percent for line in lines})
        if (same := [line for line in lines if line.figures.tax_percent == percent])
    )
