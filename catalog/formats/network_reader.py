"""The network folder: companies, sites, calendars, work centers, distances and transport."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

from catalog.errors import Problem
from catalog.formats.capacity_reader import (
    MOST_UNITS,
    Member,
    read_capabilities,
    read_closures,
    read_overtime,
    read_pool_offers,
    read_secondary_resources,
    read_unit_terms,
    refer,
)
from catalog.formats.fields import Fields, read_text
from catalog.formats.sections import Folder
from catalog.formats.setup_reader import SetupSource, read_setup_matrix
from catalog.formats.shift_reader import CALENDAR_KEYS, DAY_MINUTES, Calendar
from catalog.formats.source_files import SourceFiles
from catalog.money import MINOR_UNITS_PER_MAJOR, round_half_up
from catalog.plant import Company, Network, Site, Transport, WorkCenter
from catalog.rules.scope import did_you_mean
from catalog.text import Text

MAIN_FILE = "network.yaml"
_KEYS = (
    "code", "currency", "availability_percent", "subcontract_margin_percent", "platform_fee_percent", "calendars",
    "companies", "sites", "work_centers", "transport", "destinations", "distances",
    "units", "secondary_resources", "overtime", "closures", "pool_offers",
)
_SITE_KEYS = ("code", "title", "company", "calendar", "latitude", "longitude", "grid_kgco2_per_kwh")
_CENTER_KEYS = ("code", "site", "title", "capability", "units", "shift", "rate_per_hour", "power_kw", "speed",
                "setup_minutes", "setup_matrix", "pool_share_percent")
_TRANSPORT_KEYS = ("km_per_day", "handling_minutes", "rate_per_tonne_km", "minimum_charge", "full_truck_fixed",
                   "full_truck_per_km", "co2_kg_per_tonne_km_rigid", "co2_kg_per_tonne_km_articulated",
                   "articulated_from_km")


def read_network(
    files: SourceFiles, folder_path: str, problems: list[Problem], matrices: list[SetupSource] | None = None
) -> Network | None:
    """Read the network folder.

    Parameters
    ----------
    files
        The whole catalog's files.
    folder_path
        Path of the network's folder.
    problems
        Receives every fault found.
    matrices
        Receives where each setup matrix stands, for :func:`catalog.formats.setup_reader.check_setup_families`.

    Returns
    -------
    Network | None
        The network as far as it could be read; None without a main file.
    """
    folder = Folder(files, folder_path, problems)
    root = folder.document(MAIN_FILE)
    if root is None:
        return None
    main = Fields(root, folder.report(MAIN_FILE), _KEYS)
    currency = main.word("currency", MINOR_UNITS_PER_MAJOR, "CNY")
    calendars = {name.text: Calendar(Fields(node, main.report, CALENDAR_KEYS))
                 for name, node in main.pairs("calendars")}
    companies = _companies(folder, main)
    sites = _sites(folder, main, companies, calendars)
    centers = _work_centers(folder, main, sites, MINOR_UNITS_PER_MAJOR[currency], [] if matrices is None else matrices)
    secondary = read_secondary_resources(folder, main, sites, centers)
    members: dict[str, Member] = {**secondary, **centers}
    network = Network(
        code=main.code("code"),
        currency=currency,
        companies=tuple(companies.values()),
        sites=tuple(sites.values()),
        work_centers=tuple(centers.values()),
        distance_km=_distances(folder, main, sites),
        transport=_transport(main, MINOR_UNITS_PER_MAJOR[currency]),
        subcontract_margin_percent=main.number("subcontract_margin_percent", 8),
        platform_fee_percent=main.number("platform_fee_percent", 2),
        availability_percent=main.integer("availability_percent", 1, 100, 85),
        destinations=_destinations(main, sites),
        secondary_resources=tuple(secondary.values()),
        overtime=read_overtime(folder, main, members, sites),
        closures=read_closures(folder, main, companies, sites, members),
        pool_offers=read_pool_offers(folder, main, companies, sites, centers, MINOR_UNITS_PER_MAJOR[currency]),
    )
    folder.check_all_read()
    return network


def _companies(folder: Folder, main: Fields) -> dict[str, Company]:
    nodes, report = folder.section(main, "companies")
    companies: dict[str, Company] = {}
    for node in nodes:
        fields = Fields(node, report, ("code", "title", "address", "tax_id", "email", "telephone"))
        code = fields.code("code")
        if code in companies:
            report.at(node, f"company {code!r} stands twice")
        companies[code] = Company(
            code, fields.text("title", is_required=True), tuple(line.text for line in fields.words("address")),
            fields.string("tax_id", ""), fields.string("email", ""), fields.string("telephone", ""))
    return companies


def _sites(folder: Folder, main: Fields, companies: dict[str, Company],
           calendars: dict[str, Calendar]) -> dict[str, Site]:
    nodes, report = folder.section(main, "sites")
    sites: dict[str, Site] = {}
    for node in nodes:
        fields = Fields(node, report, _SITE_KEYS)
        code = fields.code("code")
        refer(fields, "company", companies)
        refer(fields, "calendar", calendars)
        if code in sites:
            report.at(node, f"site {code!r} stands twice")
        calendar = calendars.get(fields.string("calendar"))
        if calendar is None:
            continue
        sites[code] = Site(
            code, fields.text("title", is_required=True), fields.string("company"), calendar.time_zone,
            _bounded(fields, "latitude", 90), _bounded(fields, "longitude", 180),
            fields.amount("grid_kgco2_per_kwh"), calendar.shifts, calendar.closed, calendar.holidays,
        )
    return sites


def _work_centers(folder: Folder, main: Fields, sites: dict[str, Site], scale: int,
                  matrices: list[SetupSource]) -> dict[str, WorkCenter]:
    nodes, report = folder.section(main, "work_centers")
    centers: dict[str, WorkCenter] = {}
    for node in nodes:
        center = _work_center(folder, Fields(node, report, _CENTER_KEYS), sites, scale, matrices)
        if center.code in centers:
            report.at(node, f"work center {center.code!r} stands twice")
        centers[center.code] = center
    differing = read_unit_terms(folder, main, centers, sites, scale)
    return {code: replace(center, units=differing.get(code, ())) for code, center in centers.items()}


def _work_center(folder: Folder, fields: Fields, sites: dict[str, Site], scale: int,
                 matrices: list[SetupSource]) -> WorkCenter:
    code, site_code = fields.code("code"), refer(fields, "site", sites)
    if site_code in sites:
        refer(fields, "shift", sites[site_code].shifts)
    fields.required("capability")
    capabilities = read_capabilities(fields) or ("",)
    setup_minutes = fields.integer("setup_minutes", 0, DAY_MINUTES, 0)
    changes, rows = read_setup_matrix(folder, fields, setup_minutes)
    if rows:
        matrices.append(SetupSource(code, capabilities, rows))
    return WorkCenter(
        code, site_code, fields.text("title", is_required=True), capabilities[0],
        fields.integer("units", 1, MOST_UNITS), fields.string("shift"),
        round_half_up(fields.positive("rate_per_hour") * scale),
        fields.amount("power_kw"), fields.positive("speed", 1), setup_minutes,
        fields.integer("pool_share_percent", 0, 100, 100), capabilities[1:],
        tuple((before, after, minutes) for (before, after), minutes in sorted(changes.items())),
    )


def _distances(folder: Folder, main: Fields, sites: dict[str, Site]) -> dict[tuple[str, str], int]:
    node = main.required("distances")
    found = folder.table_named(node, main.report) if node is not None else None
    distances: dict[tuple[str, str], int] = {}
    if found is None:
        return distances
    header, rows, report = found
    for row in rows:
        fields = Fields(row, report, header)
        start = fields.string(header[0])
        for end in header[1:]:
            if start in sites and end in sites and end in fields:
                distances[start, end] = fields.integer(end, 0, 25_000)
            elif end in fields:
                unknown = end if end not in sites else start
                report.at(row, f"unknown site {unknown!r}{did_you_mean(unknown, sites)}")
    missing = [f"{start} to {end}" for start in sites for end in sites if (start, end) not in distances]
    if missing:
        main.report.at(node or main.node, f"distances are missing: {', '.join(missing[:10])}")
    for (start, end), length in distances.items():
        if start == end and length:
            main.report.at(node or main.node, f"found {length} km from {start} to itself; expected 0")
    return distances


def _transport(main: Fields, scale: int) -> Transport:
    node = main.required("transport") or main.node
    fields = Fields(node, main.report, _TRANSPORT_KEYS)

    def money(key: str) -> int:
        return round_half_up(fields.amount(key, 0) * scale)

    return Transport(
        fields.integer("km_per_day", 1, 10_000), fields.integer("handling_minutes", 0, 10 * DAY_MINUTES),
        money("rate_per_tonne_km"), money("minimum_charge"), fields.amount("co2_kg_per_tonne_km_rigid"),
        fields.amount("co2_kg_per_tonne_km_articulated"), fields.integer("articulated_from_km", 0, 25_000),
        money("full_truck_fixed"), money("full_truck_per_km"),
    )


def _destinations(main: Fields, sites: dict[str, Site]) -> dict[str, Text]:
    destinations: dict[str, Text] = {}
    for name, node in main.pairs("destinations"):
        if name.text not in sites:
            main.report.at(name, f"unknown site {name.text!r}{did_you_mean(name.text, sites)}")
        destinations[name.text] = read_text(node, main.report)
    return destinations


def _bounded(fields: Fields, key: str, limit: int) -> Fraction:
    value = fields.number(key)
    if abs(value) > limit:
        fields.report.at(fields.find(key) or fields.node, f"found {value}; expected -{limit} to {limit} degrees")
    return value
