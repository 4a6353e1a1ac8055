"""What shapes the capacity of a network: units that differ, secondary resources, overtime, closures, pool offers."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta

from catalog.formats.fields import CODE, Fields, read_text
from catalog.formats.sections import Folder
from catalog.formats.shift_reader import DAY_MINUTES, at_clock, read_days, read_windows
from catalog.formats.yaml_source import Scalar
from catalog.money import round_half_up
from catalog.plant import (
    Closure,
    DayWindow,
    Overtime,
    PoolOffer,
    SecondaryResource,
    Site,
    UnitTerms,
    WorkCenter,
    split_unit_code,
)
from catalog.rules.scope import did_you_mean
from catalog.text import Text

MOST_UNITS = 1000
_UNIT_KEYS = ("unit", "shift", "rate_per_hour", "power_kw", "speed", "capability")
_SECONDARY_KEYS = ("code", "site", "title", "capability", "units", "shift")
_OVERTIME_KEYS = ("work_center", "unit", "on", "windows")
_CLOSURE_KEYS = ("company", "site", "work_center", "unit", "from", "until", "reason")
_OFFER_KEYS = ("company", "work_centers", "share_percent", "windows", "minimum_rate_per_hour", "valid_from",
               "valid_until")
Member = WorkCenter | SecondaryResource


def refer(fields: Fields, key: str, known: Collection[str], *, is_required: bool = True) -> str:
    """Give a word that must be known; what is not is noted, with a near one."""
    node = fields.required(key) if is_required else fields.find(key)
    names = tuple(known)
    if isinstance(node, Scalar) and node.text not in names:
        fields.report.at(node, f"unknown {key} {node.text!r}{did_you_mean(node.text, names)}")
    return fields.string(key, "")


def read_capabilities(fields: Fields) -> tuple[str, ...]:
    """Give the capabilities of a work center or unit: a list, or words with | between, each a code."""
    found: list[str] = []
    for word in _listed(fields, "capability"):
        if not CODE.fullmatch(word.text):
            fields.report.at(word, "expected a code of 1 to 60 characters without quotes and backslashes")
        elif word.text in found:
            fields.report.at(word, f"capability {word.text!r} stands twice")
        else:
            found.append(word.text)
    return tuple(found)


def _listed(fields: Fields, key: str) -> tuple[Scalar, ...]:
    """Give the words of a list; in one value, as in a CSV file, | stands between them."""
    return tuple(replace(word, text=text.strip()) for word in fields.words(key) for text in word.text.split("|"))


def read_unit_terms(folder: Folder, main: Fields, centers: Mapping[str, WorkCenter], sites: Mapping[str, Site],
                    scale: int) -> dict[str, tuple[UnitTerms, ...]]:
    """Read the units that differ from their work center, by work center; what is left out is as there."""
    nodes, report = folder.section(main, "units")
    found: dict[str, dict[int, UnitTerms]] = {}
    for node in nodes:
        fields = Fields(node, report, _UNIT_KEYS)
        center_code, number = split_unit_code(fields.string("unit"))
        center = centers.get(center_code)
        if center is None or not 1 <= number <= center.unit_count:
            report.at(fields.find("unit") or node, f"unknown unit {fields.string('unit', '')!r}; expected a work "
                      "center's code and a number, such as SAW-2")
            continue
        if number in found.setdefault(center_code, {}):
            report.at(node, f"unit {fields.string('unit')!r} stands twice")
        if center.site in sites:
            refer(fields, "shift", sites[center.site].shifts, is_required=False)
        rate = fields.positive("rate_per_hour", 1) * scale
        found[center_code][number] = UnitTerms(
            number, fields.string("shift", center.shift),
            center.rate_minor_per_hour if fields.find("rate_per_hour") is None else round_half_up(rate),
            center.power_kw if fields.find("power_kw") is None else fields.amount("power_kw"),
            center.speed if fields.find("speed") is None else fields.positive("speed"),
            tuple(code for code in read_capabilities(fields) if code not in center.capabilities),
        )
    return {code: tuple(units[number] for number in sorted(units)) for code, units in found.items()}


def read_secondary_resources(folder: Folder, main: Fields, sites: Mapping[str, Site],
                             taken: Collection[str]) -> dict[str, SecondaryResource]:
    """Read tools and skills; their codes are not those of work centers."""
    nodes, report = folder.section(main, "secondary_resources")
    found: dict[str, SecondaryResource] = {}
    for node in nodes:
        fields = Fields(node, report, _SECONDARY_KEYS)
        code, site = fields.code("code"), refer(fields, "site", sites)
        if code in taken or code in found:
            report.at(node, f"secondary resource {code!r} has a code that is taken")
        if site in sites:
            refer(fields, "shift", sites[site].shifts)
        found[code] = SecondaryResource(code, site, fields.text("title", is_required=True), fields.code("capability"),
                                        fields.integer("units", 1, MOST_UNITS), fields.string("shift", ""))
    return found


def read_overtime(folder: Folder, main: Fields, members: Mapping[str, Member],
                  sites: Mapping[str, Site]) -> tuple[Overtime, ...]:
    """Read extra working times; none overlaps a shift or other overtime of the same unit."""
    nodes, report = folder.section(main, "overtime")
    found: list[Overtime] = []
    for node in nodes:
        fields = Fields(node, report, _OVERTIME_KEYS)
        member, windows = members.get(refer(fields, "work_center", members)), fields.required("windows")
        if member is None or windows is None:
            continue
        read = read_windows(windows, report, "overtime")
        number = _unit_number(fields, member)
        for word in _listed(fields, "on"):
            for day in read_days(word, report):
                item = Overtime(member.code, number, day, read)
                clash = _overtime_clash(item, member, sites, found)
                if clash is not None:
                    report.at(node, f"overtime of {member.code} on {day} overlaps {clash[1]} at {at_clock(clash[0])}")
                found.append(item)
        if not fields.words("on"):
            report.at(node, "the key 'on' is missing")
    return tuple(found)


def _overtime_clash(item: Overtime, member: Member, sites: Mapping[str, Site],
                    others: list[Overtime]) -> tuple[int, str] | None:
    """Give the minute of the day at which overtime meets other work, and what it is."""
    site = sites.get(member.site)
    if site is None:
        return None
    shifts = {member.shift}
    if isinstance(member, WorkCenter):
        numbers = range(1, member.unit_count + 1) if item.unit_number == 0 else (item.unit_number,)
        shifts = {member.unit_terms(number).shift for number in numbers}
    for away in (-1, 0, 1):
        day = item.day + timedelta(days=away)
        works = day.weekday() not in site.closed_weekdays and day not in site.holidays
        standing = [(site.shifts.get(shift, ()), f"shift {shift!r}") for shift in sorted(shifts) if works]
        standing += [(other.windows, "other overtime") for other in others
                     if other.work_center == item.work_center and other.day == day
                     and 0 in (item.unit_number, other.unit_number, item.unit_number - other.unit_number)]
        for windows, name in standing:
            for start, end in item.windows:
                minute = _meeting((start, end), [(a + away * DAY_MINUTES, _end(a, b) + away * DAY_MINUTES)
                                                 for a, b in windows])
                if minute is not None:
                    return minute % DAY_MINUTES, name
    return None


def _end(start: int, end: int) -> int:
    return end if end > start else end + DAY_MINUTES


def _meeting(window: DayWindow, spans: list[tuple[int, int]]) -> int | None:
    start, end = window[0], _end(*window)
    return next((max(start, a) for a, b in spans if a < end and b > start), None)


def read_closures(folder: Folder, main: Fields, companies: Collection[str], sites: Mapping[str, Site],
                  members: Mapping[str, Member]) -> tuple[Closure, ...]:
    """Read times without work: maintenance, or capacity that a company does not give."""
    nodes, report = folder.section(main, "closures")
    found = []
    for node in nodes:
        fields = Fields(node, report, _CLOSURE_KEYS)
        company = refer(fields, "company", companies, is_required=False)
        site = refer(fields, "site", sites, is_required=False)
        code = refer(fields, "work_center", members, is_required=False)
        if not (company or site or code):
            report.at(node, "expected a company, a site or a work_center that is closed")
        start, end = _moment(fields, "from"), _moment(fields, "until")
        if start is None or end is None:
            continue
        if end <= start:
            report.at(fields.find("until") or node, f"closed from {start} until {end}; expected an end after the start")
        reason = fields.find("reason")
        found.append(Closure(start, end, company, site, code, _unit_number(fields, members.get(code)),
                             Text() if reason is None else read_text(reason, report)))
    return tuple(found)


def read_pool_offers(folder: Folder, main: Fields, companies: Collection[str], sites: Mapping[str, Site],
                     centers: Mapping[str, WorkCenter], scale: int) -> tuple[PoolOffer, ...]:
    """Read what companies offer to the pool; two offers never speak of one work center at the same time."""
    nodes, report = folder.section(main, "pool_offers")
    found: list[PoolOffer] = []
    for node in nodes:
        fields = Fields(node, report, _OFFER_KEYS)
        offer = _offer(fields, refer(fields, "company", companies), scale)
        own = {code for code, item in centers.items()
               if item.site in sites and sites[item.site].company == offer.company}
        for word in _listed(fields, "work_centers"):
            if word.text not in own:
                report.at(word, f"unknown work center {word.text!r} of {offer.company}"
                          f"{did_you_mean(word.text, sorted(own))}")
        if offer.valid_from is not None and offer.valid_until is not None and offer.valid_until <= offer.valid_from:
            report.at(fields.find("valid_until") or node,
                      f"valid from {offer.valid_from} until {offer.valid_until}; expected a later end")
        for other in found:
            both = set(offer.work_centers or own) & set(other.work_centers or own)
            if offer.company == other.company and both and _meet(offer, other):
                report.at(node, f"two offers of {offer.company} speak of {sorted(both)[0]} at the same time")
                break
        found.append(offer)
    return tuple(found)


def _offer(fields: Fields, company: str, scale: int) -> PoolOffer:
    windows = fields.find("windows")
    return PoolOffer(
        company, fields.integer("share_percent", 0, 100), tuple(word.text for word in _listed(fields, "work_centers")),
        () if windows is None else read_windows(windows, fields.report, "the offer"),
        round_half_up(fields.amount("minimum_rate_per_hour", 0) * scale),
        fields.day("valid_from"), fields.day("valid_until"),
    )


def _meet(one: PoolOffer, other: PoolOffer) -> bool:
    start = max(one.valid_from or date.min, other.valid_from or date.min)
    if start >= min(one.valid_until or date.max, other.valid_until or date.max):
        return False
    whole: tuple[DayWindow, ...] = ((0, DAY_MINUTES),)
    spans = [(a + away, _end(a, b) + away) for a, b in other.windows or whole
             for away in (-DAY_MINUTES, 0, DAY_MINUTES)]
    return any(_meeting(window, spans) is not None for window in one.windows or whole)


def _unit_number(fields: Fields, member: Member | None) -> int:
    """Give the number of one unit; 0, for all, when it is left out."""
    if fields.find("unit") is None:
        return 0
    if member is None:
        fields.report.at(fields.find("unit") or fields.node, "a unit without its work_center")
        return 0
    return fields.integer("unit", 1, member.unit_count)


def _moment(fields: Fields, key: str) -> datetime | None:
    node = fields.required(key)
    if node is None:
        return None
    try:
        moment = datetime.fromisoformat(node.text if isinstance(node, Scalar) else "")
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is not None or moment.second or moment.microsecond:
        fields.report.at(node, "expected a plant's date and time such as 2027-01-31 08:00")
        return None
    return moment
