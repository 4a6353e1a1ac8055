"""Jobs, networks and changes as JSON-ready mappings and back, so that stored work can be planned again.

Imports neither SQLAlchemy nor OR-Tools.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import date
from fractions import Fraction
from typing import Any

from catalog.plant import Company, Network, Site, Transport, WorkCenter
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
                "modes": [
                    [mode.unit_id, mode.work_minutes, mode.cost_minor, mode.co2_grams]
                    for mode in operation.modes
                ],
            }
            for operation in job.operations
        ],
    }


def job_from_json(document: Mapping[str, Json]) -> Job:
    """Rebuild the job that :func:`job_as_json` wrote."""
    return Job(
        code=document["code"],
        operations=tuple(
            Operation(
                code=operation["code"],
                modes=tuple(Mode(*mode) for mode in operation["modes"]),
                predecessors=tuple(operation["predecessors"]),
                setup_family=operation["setup_family"],
                is_resumable=operation["is_resumable"],
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


def network_as_json(network: Network) -> dict[str, Json]:
    """Give a network as mappings, lists, strings, integers and booleans; fractions become ``"n/d"``."""
    transport = network.transport
    return {
        "code": network.code,
        "currency": network.currency,
        "companies": [{"code": company.code, "title": dict(company.title.entries)} for company in network.companies],
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
        },
        "subcontract_margin_percent": str(network.subcontract_margin_percent),
        "platform_fee_percent": str(network.platform_fee_percent),
        "availability_percent": network.availability_percent,
        "destinations": {code: dict(title.entries) for code, title in network.destinations.items()},
    }


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
    }


def network_hash(network: Network) -> str:
    """Give the SHA-256 of a network's terms; equal for equal networks."""
    canonical = json.dumps(network_as_json(network), sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(canonical.encode()).hexdigest()


def network_from_json(document: Mapping[str, Json]) -> Network:
    """Rebuild the network that :func:`network_as_json` wrote."""
    transport = document["transport"]
    return Network(
        code=document["code"],
        currency=document["currency"],
        companies=tuple(
            Company(company["code"], Text.of(company["title"])) for company in document["companies"]
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
        shifts={
            name: tuple((start, end) for start, end in windows) for name, windows in site["shifts"].items()
        },
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
    ]
