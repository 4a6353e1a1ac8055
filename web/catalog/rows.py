"""Versions as the catalog pages show them: plain values in the page's language."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from zoneinfo import ZoneInfo

from catalog import service as catalog
from catalog.readiness import CompileFacts, VersionRecord, VersionState
from configurator.audit.changes import ItemChange
from web import formatting
from web.shop.states import StateTag
from web.tables import JobRow
from web.words import gettext as _

HASH_DIGITS = 12
LONGEST_CELL = 240


@dataclass(frozen=True, slots=True)
class VersionRow:
    """A version in a list; ``is_serving`` for the one that answers customers."""

    number: int
    content_hash: str
    short_hash: str
    published: str
    published_by: str
    state: StateTag
    since: str
    failure: str
    is_serving: bool
    is_waiting: bool
    method: str
    options: str
    edges: str
    variants: str
    seconds: str


@dataclass(frozen=True, slots=True)
class ProductRow:
    """A product in the list: what serves, and what waits or failed after it."""

    code: str
    title: str
    family: str
    serving: VersionRow | None
    later: tuple[VersionRow, ...]


@dataclass(frozen=True, slots=True)
class ChangeRow:
    """Something that is not what it was; ``before`` or ``after`` is empty where it was not or is not."""

    part: str
    code: str
    change: str
    before: str
    after: str


def product_rows(records: Sequence[VersionRecord], zone: ZoneInfo) -> tuple[ProductRow, ...]:
    """Show every product with the version that serves and those after it; records are by product, newest first."""
    rows = []
    for code, group in groupby(records, key=lambda record: record.product_code):
        versions = version_rows(tuple(group), zone)
        serving = next((version for version in versions if version.is_serving), None)
        later = tuple(version for version in versions if serving is None or version.number > serving.number)
        first = next(record for record in records if record.product_code == code)
        title = first.title.in_language(formatting.language()) or code
        rows.append(ProductRow(code, title, first.family, serving, later))
    return tuple(rows)


def version_rows(records: Sequence[VersionRecord], zone: ZoneInfo) -> tuple[VersionRow, ...]:
    """Show the versions of one product, the newest first."""
    serving = catalog.find_serving(records)
    return tuple(version_row(record, zone, is_serving=record is serving) for record in records)


def version_row(record: VersionRecord, zone: ZoneInfo, *, is_serving: bool) -> VersionRow:
    """Show one version."""
    facts = record.facts
    return VersionRow(
        number=record.number, content_hash=record.content_hash, short_hash=record.content_hash[:HASH_DIGITS],
        published=formatting.moment_briefly(record.published_at, zone), published_by=record.published_by,
        state=state_tag(record.state, is_serving=is_serving),
        since=formatting.moment_briefly(record.changed_at, zone) if record.state is not VersionState.WAITING else "",
        failure=failure_words(record.failure), is_serving=is_serving,
        is_waiting=record.state is VersionState.WAITING,
        method=method_words(facts), options=formatting.count(facts.options) if facts else "",
        edges=formatting.count(facts.edges) if facts and facts.edges else "",
        variants=variant_words(facts.variants) if facts else "",
        seconds=seconds_words(facts.milliseconds) if facts else "",
    )


def state_tag(state: VersionState, *, is_serving: bool) -> StateTag:
    """Say where a version stands."""
    if state is VersionState.READY:
        return StateTag(_("serving"), "on", "tick") if is_serving else StateTag(_("replaced"), "off")
    if state is VersionState.FAILED:
        return StateTag(_("failed"), "late", "slash")
    return StateTag(_("waiting"), "info", "clock")


def failure_words(failure: str) -> str:
    """Say why a version cannot serve, in the page's language where the sentence is one of ours."""
    known = {
        "The compilation was stopped.": _("The compilation was stopped."),
        "This product has no valid configuration: its rules contradict each other.":
            _("This product has no valid configuration: its rules contradict each other."),
    }
    return known.get(failure, failure)


def method_words(facts: CompileFacts | None) -> str:
    """Say how a version answers."""
    if facts is None:
        return _("not recorded")
    return _("compiled graph") if facts.method == "graph" else _("exact search")


def variant_words(digits: str | None) -> str:
    """Write the number of variants, which may have thousands of digits; None or nothing when it was not counted."""
    if not digits:
        return _("not counted")
    return formatting.count(int(digits)) if len(digits) <= 15 else _("about %(power)s", power=_power(len(digits) - 1))


def _power(exponent: int) -> str:
    return "10" + str(exponent).translate(str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹"))


def seconds_words(milliseconds: int) -> str:
    """Write a time of compilation."""
    if milliseconds < 10_000:
        return _("%(seconds)s s", seconds=f"{milliseconds // 1000}.{milliseconds % 1000 // 10:02d}")
    return _("%(seconds)s s", seconds=formatting.count(round(milliseconds / 1000)))


def change_rows(changes: Iterable[ItemChange]) -> tuple[ChangeRow, ...]:
    """Show what stands differently, part by part."""
    return tuple(ChangeRow(part_words(item.part), item.code, change_words(item.change), shortened(item.old),
                           shortened(item.new)) for item in changes)


def shortened(words: str) -> str:
    """Cut what is too long for a cell."""
    return words if len(words) <= LONGEST_CELL else words[:LONGEST_CELL - 1] + "…"


def change_words(change: str) -> str:
    """Say what became of something."""
    return {"added": _("added"), "removed": _("taken away"), "renamed": _("renamed"),
            "changed": _("changed")}.get(change, change)


def part_words(part: str) -> str:
    """Name a part of a definition."""
    return {
        "attribute": _("Attribute"), "option": _("Option"), "property": _("Property"), "rule": _("Rule"),
        "table": _("Rule table"), "tree": _("Feature tree"), "constraint": _("Constraint"),
        "derived": _("Derived value"), "parameter": _("Parameter"), "lookup_table": _("Table of figures"),
        "price": _("Price item"), "part": _("Part"), "bom": _("BOM line"), "operation": _("Operation"),
        "preset": _("Starting point"), "need": _("Answer about needs"), "case": _("Test configuration"),
        "product": _("Product"), "default": _("Default"), "text": _("Text"),
    }.get(part, part)


def phase_words(job: JobRow) -> str:
    """Say what a compilation is doing."""
    phase = (job.progress or {}).get("phase", "")
    return {
        "numbers": _("Solving the coupled numbers ahead"), "rules": _("Turning the rules into clauses"),
        "simplify": _("Simplifying the clauses"), "graph": _("Compiling the decision graph"),
        "store": _("Storing the compiled model"),
    }.get(phase, _("Reading the product"))
