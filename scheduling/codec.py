"""Jobs, networks and changes as JSON-ready mappings and back, so that stored work can be planned again.

Imports neither SQLAlchemy nor OR-Tools.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import date, datetime
from fractions import Fraction
from typing import Any

from catalog.plant import (
    Closure,
    Company,
    Network,
    Overtime,
    PoolOffer,
    SecondaryResource,
    Site,
    Transport,
    UnitTerms,
    WorkCenter,
)
from catalog.text import Text
from scheduling.improve import JobChange
from scheduling.problem import Job, Mode, Operation, Placement

Json = Any
"""Parsed JSON: its shape is what the function that wrote it put there."""


def job_as_json(job: Job) -> dict[str, Json]:
    """Give a job as mappings, lists, strings, integers and nulls."""
    return {
        "code": job.code,
        "release_minute": job.release_minute,
        "destination": job.destination,
        "load_grams": job.load_grams,
        "due_minute": job.due_minute,
        "deadline_minute": job.deadline_minute,
        "weight": job.weight,
        "operations": [
            {
                "code": operation.code,
                "predecessors": list(operation.predecessors),
                "setup_family": operation.setup_family,
                "is_resumable": operation.is_resumable,
                "earliest_minute": operation.earliest_minute,
                "modes": modes_as_json(operation.modes),
            }
            for operation in job.operations
        ],
    }


def modes_as_json(modes: Sequence[Mode]) -> list[Json]:
    """Give modes as lists of numbers."""
    return [_mode_as_json(mode) for mode in modes]


def modes_from_json(values: list[Json]) -> tuple[Mode, ...]:
    """Rebuild the modes that :func:`modes_as_json` wrote."""
    return tuple(map(_mode_from_json, values))


def _mode_as_json(mode: Mode) -> list[Json]:
    plain: list[Json] = [mode.unit_id, mode.work_minutes, mode.cost_minor, mode.co2_grams]
    return [*plain, list(mode.secondary_unit_ids)] if mode.secondary_unit_ids else plain


def _mode_from_json(values: list[Json]) -> Mode:
    unit_id, work_minutes, cost_minor, co2_grams, *secondary = values
    return Mode(unit_id, work_minutes, cost_minor, co2_grams, tuple(secondary[0]) if secondary else ())


def job_from_json(document: Mapping[str, Json]) -> Job:
    """Rebuild the job that :func:`job_as_json` wrote; what earlier versions did not write takes its default."""
    return Job(
        code=document["code"],
        operations=tuple(
            Operation(
                code=operation["code"],
                modes=modes_from_json(operation["modes"]),
                predecessors=tuple(operation["predecessors"]),
                setup_family=operation["setup_family"],
                is_resumable=operation["is_resumable"],
                earliest_minute=operation.get("earliest_minute"),
            )
            for operation in document["operations"]
        ),
        release_minute=document["release_minute"],
        destination=document["destination"],
        load_grams=document["load_grams"],
        due_minute=document["due_minute"],
        deadline_minute=document["deadline_minute"],
        weight=document["weight"],
    )


def _company_as_json(company: Company) -> dict[str, Json]:
    """Give a company; what is not said of it is left out, so that the hash of older networks stays."""
    said = {"address": list(company.address), "tax_id": company.tax_id, "email": company.email,
            "telephone": company.telephone}
    return {"code": company.code, "title": dict(company.title.entries),
            **{name: value for name, value in said.items() if value}}


def network_as_json(network: Network) -> dict[str, Json]:
    """Give a network as mappings, lists, strings, integers and booleans; fractions become ``"n/d"``."""
    transport = network.transport
    return {
        "code": network.code,
        "currency": network.currency,
        "companies": [_company_as_json(company) for company in network.companies],
        "sites": [_site_as_json(site) for site in network.sites],
        "work_centers": [_work_center_as_json(center) for center in network.work_centers],
        "distance_km": [[origin, end, km] for (origin, end), km in sorted(network.distance_km.items())],
        "transport": {
            "km_per_day": transport.km_per_day,
            "handling_minutes": transport.handling_minutes,
            "rate_minor_per_tonne_km": transport.rate_minor_per_tonne_km,
            "minimum_charge_minor": transport.minimum_charge_minor,
            "co2_kg_per_tonne_km_rigid": str(transport.co2_kg_per_tonne_km_rigid),
            "co2_kg_per_tonne_km_articulated": str(transport.co2_kg_per_tonne_km_articulated),
            "articulated_from_km": transport.articulated_from_km,
            "full_truck_fixed_minor": transport.full_truck_fixed_minor,
            "full_truck_rate_minor_per_km": transport.full_truck_rate_minor_per_km,
        },
        "subcontract_margin_percent": str(network.subcontract_margin_percent),
        "platform_fee_percent": str(network.platform_fee_percent),
        "availability_percent": network.availability_percent,
        "destinations": {code: dict(title.entries) for code, title in network.destinations.items()},
        "secondary_resources": [
            {**asdict(item), "title": dict(item.title.entries)} for item in network.secondary_resources
        ],
        "overtime": [
            [item.work_center, item.unit_number, item.day.isoformat(), [list(window) for window in item.windows]]
            for item in network.overtime
        ],
        "closures": [_closure_as_json(item) for item in network.closures],
        "pool_offers": [_offer_as_json(item) for item in network.pool_offers],
    }


def _closure_as_json(closure: Closure) -> dict[str, Json]:
    return {
        "from_at": closure.from_at.isoformat(),
        "until_at": closure.until_at.isoformat(),
        "company": closure.company,
        "site": closure.site,
        "work_center": closure.work_center,
        "unit_number": closure.unit_number,
        "reason": dict(closure.reason.entries),
    }


def _closure_from_json(closure: Mapping[str, Json]) -> Closure:
    return Closure(
        **{
            **closure,
            "from_at": datetime.fromisoformat(closure["from_at"]),
            "until_at": datetime.fromisoformat(closure["until_at"]),
            "reason": Text.of(closure["reason"]),
        }
    )


def _offer_as_json(offer: PoolOffer) -> dict[str, Json]:
    return {
        "company": offer.company,
        "share_percent": offer.share_percent,
        "work_centers": list(offer.work_centers),
        "windows": [list(window) for window in offer.windows],
        "minimum_rate_minor_per_hour": offer.minimum_rate_minor_per_hour,
        "valid_from": None if offer.valid_from is None else offer.valid_from.isoformat(),
        "valid_until": None if offer.valid_until is None else offer.valid_until.isoformat(),
    }


def _offer_from_json(offer: Mapping[str, Json]) -> PoolOffer:
    days = {
        key: None if offer[key] is None else date.fromisoformat(offer[key]) for key in ("valid_from", "valid_until")
    }
    return PoolOffer(
        **{**offer, **days, "work_centers": tuple(offer["work_centers"]), "windows": _windows(offer["windows"])}
    )


def _windows(pairs: Json) -> tuple[tuple[int, int], ...]:
    return tuple((start, end) for start, end in pairs)


def _site_as_json(site: Site) -> dict[str, Json]:
    return {
        "code": site.code,
        "title": dict(site.title.entries),
        "company": site.company,
        "time_zone": site.time_zone,
        "latitude": str(site.latitude),
        "longitude": str(site.longitude),
        "grid_kgco2_per_kwh": str(site.grid_kgco2_per_kwh),
        "shifts": {name: [list(window) for window in windows] for name, windows in site.shifts.items()},
        "closed_weekdays": sorted(site.closed_weekdays),
        "holidays": [day.isoformat() for day in sorted(site.holidays)],
    }


def _work_center_as_json(center: WorkCenter) -> dict[str, Json]:
    return {
        "code": center.code,
        "site": center.site,
        "title": dict(center.title.entries),
        "capability": center.capability,
        "unit_count": center.unit_count,
        "shift": center.shift,
        "rate_minor_per_hour": center.rate_minor_per_hour,
        "power_kw": str(center.power_kw),
        "speed": str(center.speed),
        "setup_minutes": center.setup_minutes,
        "pool_share_percent": center.pool_share_percent,
        "further_capabilities": list(center.further_capabilities),
        "setup_matrix": [list(entry) for entry in center.setup_matrix],
        "units": [
            {
                "number": unit.number,
                "shift": unit.shift,
                "rate_minor_per_hour": unit.rate_minor_per_hour,
                "power_kw": str(unit.power_kw),
                "speed": str(unit.speed),
                "further_capabilities": list(unit.further_capabilities),
            }
            for unit in center.units
        ],
    }


def network_hash(network: Network) -> str:
    """Give the SHA-256 of a network's terms; equal for equal networks."""
    canonical = json.dumps(network_as_json(network), sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(canonical.encode()).hexdigest()


def network_from_json(document: Mapping[str, Json]) -> Network:
    """Rebuild the network that :func:`network_as_json` wrote; what earlier versions did not write is empty."""
    transport = document["transport"]
    return Network(
        code=document["code"],
        currency=document["currency"],
        companies=tuple(
            Company(company["code"], Text.of(company["title"]), tuple(company.get("address", ())),
                    company.get("tax_id", ""), company.get("email", ""), company.get("telephone", ""))
            for company in document["companies"]
        ),
        sites=tuple(_site_from_json(site) for site in document["sites"]),
        work_centers=tuple(_work_center_from_json(center) for center in document["work_centers"]),
        distance_km={(origin, end): km for origin, end, km in document["distance_km"]},
        transport=Transport(
            **{
                **transport,
                "co2_kg_per_tonne_km_rigid": Fraction(transport["co2_kg_per_tonne_km_rigid"]),
                "co2_kg_per_tonne_km_articulated": Fraction(transport["co2_kg_per_tonne_km_articulated"]),
            }
        ),
        subcontract_margin_percent=Fraction(document["subcontract_margin_percent"]),
        platform_fee_percent=Fraction(document["platform_fee_percent"]),
        availability_percent=document["availability_percent"],
        destinations={code: Text.of(title) for code, title in document["destinations"].items()},
        secondary_resources=tuple(
            SecondaryResource(**{**item, "title": Text.of(item["title"])})
            for item in document.get("secondary_resources", ())
        ),
        overtime=tuple(
            Overtime(code, number, date.fromisoformat(day), _windows(windows))
            for code, number, day, windows in document.get("overtime", ())
        ),
        closures=tuple(map(_closure_from_json, document.get("closures", ()))),
        pool_offers=tuple(map(_offer_from_json, document.get("pool_offers", ()))),
    )


def _site_from_json(site: Mapping[str, Json]) -> Site:
    return Site(
        code=site["code"],
        title=Text.of(site["title"]),
        company=site["company"],
        time_zone=site["time_zone"],
        latitude=Fraction(site["latitude"]),
        longitude=Fraction(site["longitude"]),
        grid_kgco2_per_kwh=Fraction(site["grid_kgco2_per_kwh"]),
        shifts={name: _windows(windows) for name, windows in site["shifts"].items()},
        closed_weekdays=frozenset(site["closed_weekdays"]),
        holidays=frozenset(date.fromisoformat(day) for day in site["holidays"]),
    )


def _work_center_from_json(center: Mapping[str, Json]) -> WorkCenter:
    return WorkCenter(
        **{
            **center,
            "title": Text.of(center["title"]),
            "power_kw": Fraction(center["power_kw"]),
            "speed": Fraction(center["speed"]),
            "further_capabilities": tuple(center.get("further_capabilities", ())),
            "setup_matrix": tuple((old, new, minutes) for old, new, minutes in center.get("setup_matrix", ())),
            "units": tuple(map(_unit_terms_from_json, center.get("units", ()))),
        }
    )


def _unit_terms_from_json(unit: Mapping[str, Json]) -> UnitTerms:
    return UnitTerms(
        **{
            **unit,
            "power_kw": Fraction(unit["power_kw"]),
            "speed": Fraction(unit["speed"]),
            "further_capabilities": tuple(unit["further_capabilities"]),
        }
    )


def change_as_json(change: JobChange) -> dict[str, Json]:
    """Give a job's change as mappings, lists, strings, integers and booleans."""
    return {
        "hold_id": change.hold_id,
        "job_code": change.job_code,
        "before": [_placement_as_json(placement) for placement in change.before],
        "after": [_placement_as_json(placement) for placement in change.after],
        "moved": list(change.moved),
        "arrival_before_minute": change.arrival_before_minute,
        "arrival_after_minute": change.arrival_after_minute,
        "cost_before_minor": change.cost_before_minor,
        "cost_after_minor": change.cost_after_minor,
        "tardiness_before_minor": change.tardiness_before_minor,
        "tardiness_after_minor": change.tardiness_after_minor,
        "is_lost": change.is_lost,
    }


def change_from_json(document: Mapping[str, Json]) -> JobChange:
    """Rebuild the change that :func:`change_as_json` wrote."""
    values = dict(document)
    values["before"] = tuple(Placement(*item) for item in document["before"])
    values["after"] = tuple(Placement(*item) for item in document["after"])
    values["moved"] = tuple(document["moved"])
    return JobChange(**values)


def _placement_as_json(placement: Placement) -> list[Json]:
    return [
        placement.operation,
        placement.unit_id,
        placement.setup_start_minute,
        placement.start_minute,
        placement.end_minute,
        placement.work_minutes,
        placement.setup_family,
        placement.secondary_unit_id,
    ]
