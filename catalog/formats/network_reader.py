"""The network folder: companies, sites, calendars, work centers, distances and transport."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable
from datetime import date, timedelta
from fractions import Fraction
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from catalog.errors import Problem
from catalog.formats.fields import Fields, Report, read_text
from catalog.formats.sections import Folder
from catalog.formats.source_files import SourceFiles
from catalog.formats.yaml_source import Node, Scalar, Sequence
from catalog.money import MINOR_UNITS_PER_MAJOR, round_half_up
from catalog.plant import Company, Network, Site, Transport, WorkCenter
from catalog.rules.scope import did_you_mean
from catalog.text import Text

MAIN_FILE = "network.yaml"
DAY_MINUTES = 1440
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_WINDOW = re.compile(r"([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-4]):([0-5]\d)")
_KEYS = (
    "code", "currency", "availability_percent", "subcontract_margin_percent", "platform_fee_percent", "calendars",
    "companies", "sites", "work_centers", "transport", "destinations", "distances",
)
_SITE_KEYS = ("code", "title", "company", "calendar", "latitude", "longitude", "grid_kgco2_per_kwh")
_CENTER_KEYS = ("code", "site", "title", "capability", "units", "shift", "rate_per_hour", "power_kw", "speed",
                "setup_minutes", "pool_share_percent")
_TRANSPORT_KEYS = ("km_per_day", "handling_minutes", "rate_per_tonne_km", "minimum_charge", "full_truck_fixed",
                   "full_truck_per_km", "co2_kg_per_tonne_km_rigid", "co2_kg_per_tonne_km_articulated",
                   "articulated_from_km")
_CALENDAR_KEYS = ("time_zone", "closed", "holidays", "shifts")


class _Calendar:
    """What the sites of one calendar share."""

    def __init__(self, fields: Fields) -> None:
        self.time_zone = _time_zone(fields)
        self.closed = frozenset(_weekday(word, fields.report) for word in fields.words("closed"))
        self.holidays = frozenset(day for word in fields.words("holidays") for day in _days(word, fields.report))
        self.shifts = {
            name.text: _windows(Fields(fields.node, fields.report, _CALENDAR_KEYS), name, node)
            for name, node in fields.pairs("shifts")
        }


def read_network(files: SourceFiles, folder_path: str, problems: list[Problem]) -> Network | None:
    """Read the network folder.

    Parameters
    ----------
    files
        The whole catalog's files.
    folder_path
        Path of the network's folder.
    problems
        Receives every fault found.

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
    calendars = {name.text: _Calendar(Fields(node, main.report, _CALENDAR_KEYS))
                 for name, node in main.pairs("calendars")}
    companies = _companies(folder, main)
    sites = _sites(folder, main, companies, calendars)
    network = Network(
        code=main.code("code"),
        currency=currency,
        companies=tuple(companies.values()),
        sites=tuple(sites.values()),
        work_centers=_work_centers(folder, main, sites, MINOR_UNITS_PER_MAJOR[currency]),
        distance_km=_distances(folder, main, sites),
        transport=_transport(main, MINOR_UNITS_PER_MAJOR[currency]),
        subcontract_margin_percent=main.number("subcontract_margin_percent", 8),
        platform_fee_percent=main.number("platform_fee_percent", 2),
        availability_percent=main.integer("availability_percent", 1, 100, 85),
        destinations=_destinations(main, sites),
    )
    folder.check_all_read()
    return network


def _companies(folder: Folder, main: Fields) -> dict[str, Company]:
    nodes, report = folder.section(main, "companies")
    companies: dict[str, Company] = {}
    for node in nodes:
        fields = Fields(node, report, ("code", "title"))
        code = fields.code("code")
        if code in companies:
            report.at(node, f"company {code!r} stands twice")
        companies[code] = Company(code, fields.text("title", is_required=True))
    return companies


def _sites(folder: Folder, main: Fields, companies: dict[str, Company],
           calendars: dict[str, _Calendar]) -> dict[str, Site]:
    nodes, report = folder.section(main, "sites")
    sites: dict[str, Site] = {}
    for node in nodes:
        fields = Fields(node, report, _SITE_KEYS)
        code = fields.code("code")
        _refer(fields, "company", companies)
        _refer(fields, "calendar", calendars)
        if code in sites:
            report.at(node, f"site {code!r} stands twice")
        calendar = calendars.get(fields.string("calendar"))
        if calendar is None:
            continue
        sites[code] = Site(
            code, fields.text("title", is_required=True), fields.string("company"), calendar.time_zone,
            _bounded(fields, "latitude", 90), _bounded(fields, "longitude", 180),
            fields.number("grid_kgco2_per_kwh"), calendar.shifts, calendar.closed, calendar.holidays,
        )
    return sites


def _work_centers(folder: Folder, main: Fields, sites: dict[str, Site], scale: int) -> tuple[WorkCenter, ...]:
    nodes, report = folder.section(main, "work_centers")
    centers: dict[str, WorkCenter] = {}
    for node in nodes:
        fields = Fields(node, report, _CENTER_KEYS)
        code, site_code, shift = fields.code("code"), fields.string("site"), fields.string("shift")
        _refer(fields, "site", sites)
        if code in centers:
            report.at(node, f"work center {code!r} stands twice")
        if site_code in sites:
            _refer(fields, "shift", sites[site_code].shifts)
        centers[code] = WorkCenter(
            code, site_code, fields.text("title", is_required=True), fields.code("capability"),
            fields.integer("units", 1, 1000), shift, round_half_up(fields.positive("rate_per_hour") * scale),
            fields.number("power_kw"), fields.positive("speed", 1), fields.integer("setup_minutes", 0, DAY_MINUTES, 0),
            fields.integer("pool_share_percent", 0, 100, 100),
        )
    return tuple(centers.values())


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
        return round_half_up(fields.number(key, 0) * scale)

    return Transport(
        fields.integer("km_per_day", 1, 10_000), fields.integer("handling_minutes", 0, 10 * DAY_MINUTES),
        money("rate_per_tonne_km"), money("minimum_charge"), fields.number("co2_kg_per_tonne_km_rigid"),
        fields.number("co2_kg_per_tonne_km_articulated"), fields.integer("articulated_from_km", 0, 25_000),
        money("full_truck_fixed"), money("full_truck_per_km"),
    )


def _destinations(main: Fields, sites: dict[str, Site]) -> dict[str, Text]:
    destinations: dict[str, Text] = {}
    for name, node in main.pairs("destinations"):
        if name.text not in sites:
            main.report.at(name, f"unknown site {name.text!r}{did_you_mean(name.text, sites)}")
        destinations[name.text] = read_text(node, main.report)
    return destinations


def _refer(fields: Fields, key: str, known: Iterable[str]) -> None:
    node, names = fields.required(key), tuple(known)
    if isinstance(node, Scalar) and node.text not in names:
        fields.report.at(node, f"unknown {key} {node.text!r}{did_you_mean(node.text, names)}")


def _bounded(fields: Fields, key: str, limit: int) -> Fraction:
    value = fields.number(key)
    if abs(value) > limit:
        fields.report.at(fields.find(key) or fields.node, f"found {value}; expected -{limit} to {limit} degrees")
    return value


def _time_zone(fields: Fields) -> str:
    name = fields.string("time_zone")
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        fields.report.at(fields.find("time_zone") or fields.node,
                         f"unknown time zone {name!r}; expected a name such as Asia/Shanghai")
        return "UTC"
    return name


def _weekday(word: Scalar, report: Report) -> int:
    if word.text.lower() in WEEKDAYS:
        return WEEKDAYS.index(word.text.lower())
    report.at(word, f"unknown weekday {word.text!r}{did_you_mean(word.text.lower(), WEEKDAYS)}")
    return 6


def _days(word: Scalar, report: Report) -> list[date]:
    first, _, last = word.text.partition("..")
    try:
        start = date.fromisoformat(first)
        end = date.fromisoformat(last) if last else start
    except ValueError:
        report.at(word, f"found {word.text!r}; expected a date 2027-01-31 or dates 2027-02-05..2027-02-11")
        return []
    if not 0 <= (end - start).days <= 366:
        report.at(word, f"found {word.text!r}; expected at most 366 days in ascending order")
        return []
    return [start + timedelta(days=count) for count in range((end - start).days + 1)]


def _windows(fields: Fields, name: Scalar, node: Node) -> tuple[tuple[int, int], ...]:
    report = fields.report
    texts = node.items if isinstance(node, Sequence) else (node,)
    windows: list[tuple[int, int]] = []
    for item in texts:
        windows.extend(_window(item, report))
    windows.sort()
    for (_, end), (start, _) in itertools.pairwise(windows):
        if start < end:
            report.at(node, f"the windows of shift {name.text!r} overlap at {start // 60:02}:{start % 60:02}")
    if not windows:
        report.at(node, f"shift {name.text!r} has no working minute; expected windows such as 08:00-12:00")
    return tuple(windows)


def _window(item: Node, report: Report) -> list[tuple[int, int]]:
    match = _WINDOW.fullmatch(item.text) if isinstance(item, Scalar) else None
    start, end = (int(match[1]) * 60 + int(match[2]), int(match[3]) * 60 + int(match[4])) if match else (0, 0)
    if match is None or end > DAY_MINUTES:
        found = repr(item.text) if isinstance(item, Scalar) else "a list"
        report.at(item, f"found {found}; expected a window such as 08:00-12:00, up to 24:00")
        return []
    if start == end:
        report.at(item, "a window of zero minutes; expected an end after the start")
        return []
    if start < end:
        return [(start, end)]
    return [(start, DAY_MINUTES), *([(0, end)] if end else [])]
