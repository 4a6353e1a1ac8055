"""Ways to do an operation: units with terms of their own, batches, minimum prices, tools and skills."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.plant import Network, PoolOffer, UnitTerms
from scheduling.problem import Mode
from scheduling.schedule import WorkUnitEntry
from scheduling.sourcing import find_modes
from tests.unit.scheduling.plants import a_center, a_network

FAST = UnitTerms(2, "2x8", 12_000, Fraction(10), Fraction(2), ("plane",))
SAW = a_center("SAW", "SZ", "saw", unit_count=2, rate_minor_per_hour=6000, units=(FAST,), further_capabilities=("rip",))
FAR = a_center("FAR", "NB", "saw", rate_minor_per_hour=3000)


def entry(unit_id: int, code: str, center: str, site: str, capability: str, *, is_secondary: bool = False,
          further: tuple[str, ...] = (), is_active: bool = True) -> WorkUnitEntry:
    return WorkUnitEntry(unit_id, code, center, site, f"{site}-CO", capability, 0, is_active=is_active,
                         further_capabilities=further, is_secondary=is_secondary)


UNITS = [
    entry(1, "SAW-1", "SAW", "SZ", "saw", further=("rip",)),
    entry(2, "SAW-2", "SAW", "SZ", "saw", further=("rip", "plane")),
    entry(3, "FAR-1", "FAR", "NB", "saw"),
    entry(4, "JIG-1", "JIG", "SZ", "jig", is_secondary=True),
    entry(5, "JIG-2", "JIG", "SZ", "jig", is_secondary=True),
    entry(6, "JIG-3", "JIG", "SZ", "jig", is_secondary=True, is_active=False),
    entry(7, "MAN-1", "MAN", "NB", "skill", is_secondary=True),
]


def modes(network: Network | None = None, **wanted: object) -> tuple[Mode, ...]:
    terms: dict[str, object] = {"capability": "saw", "minutes": Fraction(30), **wanted}
    return find_modes(network or a_network([SAW, FAR]), UNITS, **terms)  # type: ignore[arg-type]


def test_a_unit_with_terms_of_its_own_is_timed_and_priced_by_them() -> None:
    slow, fast, far = modes()
    assert (slow.work_minutes, slow.cost_minor, slow.co2_grams) == (30, 3000, 1650)
    assert (fast.work_minutes, fast.cost_minor, fast.co2_grams) == (15, 3000, 1375)
    assert (far.work_minutes, far.cost_minor) == (30, 1500)


@pytest.mark.parametrize(("capability", "unit_ids"), [("saw", [1, 2, 3]), ("rip", [1, 2]), ("plane", [2]),
                                                      ("jig", []), ("none", [])])
def test_only_units_that_can_do_it_are_listed(capability: str, unit_ids: list[int]) -> None:
    assert [mode.unit_id for mode in modes(capability=capability)] == unit_ids


def test_work_that_needs_a_tool_stays_where_the_tool_is() -> None:
    assert [(mode.unit_id, mode.secondary_unit_ids) for mode in modes(needs="jig")] == [(1, (4, 5)), (2, (4, 5))]
    assert [(mode.unit_id, mode.secondary_unit_ids) for mode in modes(needs="skill")] == [(3, (7,))]
    assert modes(needs="nobody") == ()
    assert modes(needs="saw") == ()
    assert all(mode.secondary_unit_ids == () for mode in modes())


def test_no_hour_costs_less_than_the_least_price_that_its_company_offers() -> None:
    offers = (PoolOffer("NB-CO", 50, (), (), 4000), PoolOffer("NB-CO", 50, ("OTHER",), (), 9000),
              PoolOffer("SZ-CO", 50, (), (), 8000))
    slow, fast, far = modes(a_network([SAW, FAR], pool_offers=offers))
    assert (slow.cost_minor, fast.cost_minor, far.cost_minor) == (4000, 3000, 2000)


@pytest.mark.parametrize(("quantity", "batch", "minutes"), [(1, 1, 30), (4, 1, 120), (1, 4, 30), (4, 4, 30), (5, 4, 60),
                                                            (9, 4, 90), (3, 100, 30)])
def test_a_batch_takes_the_minutes_together(quantity: int, batch: int, minutes: int) -> None:
    assert modes(quantity=quantity, batch=batch)[0].work_minutes == minutes


@given(st.integers(1, 1000), st.integers(1, 50), st.fractions(Fraction(1, 10), Fraction(500)))
def test_batches_never_take_longer_than_pieces(quantity: int, batch: int, minutes: Fraction) -> None:
    alone = modes(quantity=quantity, minutes=minutes)
    together = modes(quantity=quantity, minutes=minutes, batch=batch)
    for one, other in zip(alone, together, strict=True):
        assert 1 <= other.work_minutes <= one.work_minutes
        assert 0 <= other.cost_minor <= one.cost_minor
