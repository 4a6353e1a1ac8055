"""A draft as a form writes it: flat texts by name, before anything is checked. Moving lines never needs them right."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from urllib.parse import quote, urlencode

from werkzeug.datastructures import MultiDict

from ordering.draft import ConfiguredLine, DraftLine, QuoteDraft, SectionLine
from ordering.draft_codec import MOST_LINES
from web.forms.drafts import plain_exact

Sheet = MultiDict[str, str]
Line = dict[str, str]
_LINE = re.compile(r"lines-([0-9]{1,4})-([a-z_]+)", re.ASCII)


def sheet_of(draft: QuoteDraft, *, version: int) -> Sheet:
    """Write a draft into the fields of its form."""
    header = draft.header
    notes = dict(header.notes.entries)
    sheet: Sheet = MultiDict({
        "version": str(version), "customer_name": header.customer_name, "customer_email": header.customer_email,
        "reference": header.reference, "destination": header.destination, "language": header.language,
        "alternative": header.alternative.value, "currency": header.currency, "rate": plain_exact(header.rate),
        "payment_terms": header.payment_terms, "delivery_terms": header.delivery_terms,
        "validity_days": str(header.validity_days), "notes_en": notes.get("en", ""), "notes_zh": notes.get("zh", ""),
        "total_discount": plain_exact(header.total_discount),
    })
    return with_lines(sheet, [line_fields(line) for line in draft.lines])


def line_fields(line: DraftLine) -> Line:
    """Write a line into the fields of its form."""
    if isinstance(line, SectionLine):
        return {"kind": "section", **_titles(line.title.entries)}
    priced = {"quantity": str(line.quantity), "standing": line.standing.value, "discount": plain_exact(line.discount),
              "breaks": ", ".join(map(str, line.breaks))}
    if isinstance(line, ConfiguredLine):
        return {"kind": "configured", "product": line.content_hash, "choices": encode_choices(dict(line.choices)),
                **priced}
    cost = "" if line.unit_cost_minor is None else amount(line.unit_cost_minor)
    return {"kind": "free", **_titles(line.title.entries), "unit": amount(line.unit_minor),
            "tax": plain_exact(line.tax_percent), "cost": cost, **priced}


def encode_choices(choices: Mapping[str, str]) -> str:
    """Write choices as the configurator's address says them."""
    return urlencode(sorted(choices.items()), quote_via=quote, safe=":/.,")


def amount(minor: int) -> str:
    """Write an amount as it is typed."""
    return f"{minor // 100}.{minor % 100:02d}"


def _titles(entries: Iterable[tuple[str, str]]) -> Line:
    words = dict(entries)
    return {"title_en": words.get("en", ""), "title_zh": words.get("zh", "")}


def lines_in(sheet: Sheet) -> list[Line]:
    """Give the lines of a sheet in their order, each as its fields."""
    found: dict[int, Line] = {}
    for name, text in sheet.items():
        parts = _LINE.fullmatch(name)
        if parts is not None:
            found.setdefault(int(parts[1]), {})[parts[2]] = text
    return [found[place] for place in sorted(found)]


def with_lines(sheet: Sheet, lines: Sequence[Line]) -> Sheet:
    """Give a sheet with other lines, numbered anew; the rest stays."""
    kept: Sheet = MultiDict((name, text) for name, text in sheet.items() if not _LINE.fullmatch(name))
    for place, line in enumerate(lines):
        for name, text in line.items():
            kept[f"lines-{place}-{name}"] = text
    return kept


def moved(lines: Sequence[Line], place: int, *, by: int) -> list[Line]:
    """Give lines with one moved up (-1) or down (1); one that cannot move stays."""
    there = place + by
    found = list(lines)
    if 0 <= place < len(found) and 0 <= there < len(found):
        found[place], found[there] = found[there], found[place]
    return found


def removed(lines: Sequence[Line], place: int) -> list[Line]:
    """Give lines without one."""
    return [line for number, line in enumerate(lines) if number != place]


def added(lines: Sequence[Line], line: Line) -> list[Line]:
    """Give lines with one more, unless there are too many."""
    return [*lines, line] if len(lines) < MOST_LINES else list(lines)
