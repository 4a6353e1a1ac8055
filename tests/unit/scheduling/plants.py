"""Small plants, calendars and jobs that the scheduling tests share."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime
from fractions import Fraction

from catalog.plant import Company, Network, Site, Transport, WorkCenter
from catalog.text import Text
from scheduling.network import LegTable
from scheduling.problem import Job, Mode, Operation, WorkUnit

NOW = datetime(2026, 3, 2, 0, 0, tzinfo=UTC)
"""A Monday, 08:00 in Suzhou."""

TRANSPORT = Transport(
    km_per_day=600,
    handling_minutes=1440,
    rate_minor_per_tonne_km=90,
    minimum_charge_minor=6000,
    co2_kg_per_tonne_km_rigid=Fraction("0.30139"),
    co2_kg_per_tonne_km_articulated=Fraction("0.107"),
    articulated_from_km=150,
)
SHIFTS = {
    "1x8": ((480, 720), (780, 1020)),
    "2x8": ((360, 840), (840, 1320)),
    "3x8": ((0, 1440),),
}


def a_site(code: str, **changes: object) -> Site:
    values: dict[str, object] = {
        "code": code,
        "title": Text.of(code),
        "company": f"{code}-CO",
        "time_zone": "Asia/Shanghai",
        "latitude": Fraction(31),
        "longitude": Fraction(120),
        "grid_kgco2_per_kwh": Fraction("0.55"),
        "shifts": SHIFTS,
        "closed_weekdays": frozenset({6}),
        "holidays": frozenset({date(2026, 5, 1)}),
        **changes,
    }
    return Site(**values)  # type: ignore[arg-type]


def a_center(code: str, site: str, capability: str, **changes: object) -> WorkCenter:
    values: dict[str, object] = {
        "code": code,
        "site": site,
        "title": Text.of(code),
        "capability": capability,
        "unit_count": 1,
        "shift": "2x8",
        "rate_minor_per_hour": 9000,
        "power_kw": Fraction(6),
        "speed": Fraction(1),
        "setup_minutes": 0,
        "pool_share_percent": 40,
        **changes,
    }
    return WorkCenter(**values)  # type: ignore[arg-type]


def a_network(centers: Sequence[WorkCenter] | None = None, **changes: object) -> Network:
    values: dict[str, object] = {
        "code": "TEST",
        "currency": "CNY",
        "companies": (Company("SZ-CO", Text.of("Suzhou")), Company("NB-CO", Text.of("Ningbo"))),
        "sites": (a_site("SZ"), a_site("NB")),
        "work_centers": tuple(
            centers
            or (
                a_center("SZ-SAW", "SZ", "saw", unit_count=2, setup_minutes=4),
                a_center("SZ-WELD", "SZ", "weld", setup_minutes=6),
                a_center("SZ-IGU", "SZ", "igu", pool_share_percent=30, rate_minor_per_hour=26000),
                a_center("SZ-GLZ", "SZ", "glaze", unit_count=2, pool_share_percent=50),
                a_center("NB-SAW", "NB", "saw", shift="1x8", rate_minor_per_hour=8000, setup_minutes=5),
                a_center("NB-GLZ", "NB", "glaze", shift="1x8", rate_minor_per_hour=6000, pool_share_percent=80),
            )
        ),
        "distance_km": {("SZ", "NB"): 228},
        "transport": TRANSPORT,
        **changes,
    }
    return Network(**values)  # type: ignore[arg-type]


def a_unit(unit_id: int, windows: Sequence[tuple[int, int]], *, site: str = "SZ", setup_minutes: int = 0) -> WorkUnit:
    return WorkUnit(
        id=unit_id,
        code=f"U{unit_id}",
        work_center=f"C{unit_id}",
        site=site,
        company=f"{site}-CO",
        setup_minutes=setup_minutes,
        windows=tuple(windows),
    )


def some_legs(distance_km: dict[tuple[str, str], int] | None = None) -> LegTable:
    return LegTable(TRANSPORT, distance_km or {("SZ", "NB"): 228, ("SZ", "TJ"): 1155, ("NB", "TJ"): 1380})


def an_operation(
    code: str,
    modes: Sequence[tuple[int, int] | tuple[int, int, int, int]],
    *,
    after: Sequence[int] = (),
    family: str = "",
    is_resumable: bool = True,
) -> Operation:
    return Operation(
        code=code,
        modes=tuple(Mode(*(mode if len(mode) == 4 else (*mode, 100, 10))) for mode in modes),
        predecessors=tuple(after),
        setup_family=family,
        is_resumable=is_resumable,
    )


def a_job(operations: Sequence[Operation], *, release: int = 0, code: str = "J1", **changes: object) -> Job:
    values: dict[str, object] = {"destination": "SZ", "load_grams": 70_000, **changes}
    return Job(code=code, operations=tuple(operations), release_minute=release, **values)  # type: ignore[arg-type]
