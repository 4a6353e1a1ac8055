"""Moves between sites: what a leg takes in time, money and emissions.

Imports neither SQLAlchemy nor OR-Tools; of the catalog only the plant values and rounding.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from catalog.money import round_half_up
from catalog.plant import Transport
from scheduling.problem import Leg

_HERE = Leg(0, 0, 0)


class LegTable:
    """Terms of every move between two places, by load.

    Parameters
    ----------
    transport
        Time, charge and emission terms.
    distance_km
        Road kilometers by (from, to); either direction serves both.
    """

    __slots__ = ("_distance_km", "_legs", "_transport")

    def __init__(self, transport: Transport, distance_km: Mapping[tuple[str, str], int]) -> None:
        self._transport = transport
        self._distance_km = dict(distance_km)
        self._legs: dict[tuple[str, str, int], Leg] = {}

    def knows(self, origin: str, destination: str) -> bool:
        """Tell whether a load can move from one place to the other."""
        return (
            origin == destination
            or (origin, destination) in self._distance_km
            or (destination, origin) in self._distance_km
        )

    def leg(self, origin: str, destination: str, load_grams: int) -> Leg:
        """Give the terms of one move.

        Parameters
        ----------
        origin, destination
            Site codes; the same place costs nothing and takes no time.
        load_grams
            Weight that moves, ≥ 0.

        Returns
        -------
        Leg
            Wall-clock minutes (rounded up), cost in minor units and grams of CO2 (rounded half up).

        Raises
        ------
        KeyError
            The distance is not known.
        """
        if origin == destination:
            return _HERE
        key = (origin, destination, load_grams)
        found = self._legs.get(key)
        if found is None:
            found = self._legs[key] = self._compute(origin, destination, load_grams)
        return found

    def _compute(self, origin: str, destination: str, load_grams: int) -> Leg:
        km = self._distance_km.get((origin, destination))
        if km is None:
            km = self._distance_km[destination, origin]
        terms = self._transport
        tonne_km = Fraction(load_grams * km, 1_000_000)
        factor = (
            terms.co2_kg_per_tonne_km_articulated
            if km >= terms.articulated_from_km
            else terms.co2_kg_per_tonne_km_rigid
        )
        return Leg(
            minutes=terms.handling_minutes + -(-km * 1440 // terms.km_per_day),
            cost_minor=max(terms.minimum_charge_minor, round_half_up(tonne_km * terms.rate_minor_per_tonne_km)),
            co2_grams=round_half_up(tonne_km * factor * 1000),
        )
