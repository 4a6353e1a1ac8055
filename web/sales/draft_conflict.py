"""What a second editor of a draft is told: what the first one changed stands in the fields, one's own beside it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from ordering.errors import DraftChanged
from web import formatting
from web.accounts import person_name
from web.customers.conflict import FieldChange
from web.sales.draft_sheet import Line, Sheet, lines_in, with_lines
from web.words import gettext as _

_LINE = re.compile(r"lines\[([0-9]{1,4})\](?:\.([a-z_]+))?")
_NAMES = {"unit_minor": ("unit",), "tax_percent": ("tax",), "unit_cost_minor": ("cost",), "content_hash": ("product",),
          "title": ("title_en", "title_zh"), "notes": ("notes_en", "notes_zh")}
_IDENTITY = frozenset({"", "kind", "title", "content_hash", "choices"})
"""Fields by which a line is known: where the first editor touched them, a place may hold another line now."""


@dataclass(frozen=True, slots=True)
class DraftConflict:
    """Who changed what first, the fields in which both differ, and the lines of one's own that are not kept."""

    words: tuple[str, ...]
    fields: tuple[FieldChange, ...]
    lines: tuple[str, ...]


def merge(mine: Sheet, theirs: Sheet, refusal: DraftChanged, *, zone: ZoneInfo,
          labels: Mapping[str, str]) -> tuple[Sheet, DraftConflict]:
    """Put what stands now into the fields that the first editor changed; the others keep what was typed.

    Where lines came, went or changed places, all lines are those that stand now, and one's own that differ are told.

    Parameters
    ----------
    mine
        As the second editor sent it.
    theirs
        What stands now, with its version.
    refusal
        What was changed meanwhile.
    zone
        Of the moments that are told.
    labels
        What the fields are called on the page.

    Returns
    -------
    tuple
        What the fields are to hold, and what is told.
    """
    changes: list[Mapping[str, Any]] = list(refusal.detail["changes"])  # type: ignore[call-overload]  # as it was raised
    touched = [str(name) for item in changes for name in item["fields"]]
    is_cut = any(item["more"] for item in changes)
    merged: Sheet = mine.copy()
    merged["version"] = theirs["version"]
    different: list[FieldChange] = []
    for name in touched:
        if not _LINE.fullmatch(name):
            _take(merged, theirs, _NAMES.get(name, (name,)), different, labels)
    own, now = lines_in(mine), lines_in(theirs)
    if is_cut or len(own) != len(now) or any(_is_identity(name) for name in touched):
        merged = with_lines(merged, now)
        lost = tuple(_line_words(line) for line in own if not any(_equal(line, other) for other in now))
    else:
        lost = ()
        merged = with_lines(merged, _merged_lines(own, now, touched, different, labels))
    return merged, DraftConflict(_told(changes, zone), tuple(different), lost)


def _take(merged: Sheet, theirs: Sheet, names: Sequence[str], different: list[FieldChange],
          labels: Mapping[str, str]) -> None:
    for name in names:
        mine, now = merged.get(name, ""), theirs.get(name, "")
        if mine != now:
            different.append(FieldChange(labels.get(name, name), now or "–", mine or "–"))
        merged[name] = now


def _is_identity(name: str) -> bool:
    found = _LINE.fullmatch(name)
    return found is not None and (found[2] or "") in _IDENTITY


def _merged_lines(own: Sequence[Line], now: Sequence[Line], touched: Sequence[str], different: list[FieldChange],
                  labels: Mapping[str, str]) -> list[Line]:
    merged = [dict(line) for line in own]
    for name in touched:
        found = _LINE.fullmatch(name)
        if found is None:
            continue
        place = int(found[1])
        for key in _NAMES.get(found[2] or "", (found[2] or "",)):
            mine, theirs = merged[place].get(key, ""), now[place].get(key, "")
            if mine != theirs:
                label = _("%(field)s, entry %(place)s", field=labels.get(key, key), place=place + 1)
                different.append(FieldChange(label, theirs or "–", mine or "–"))
            merged[place][key] = theirs
    return merged


def _equal(line: Line, other: Line) -> bool:
    names = (set(line) | set(other)) - {"ask"}
    return all(line.get(name, "") == other.get(name, "") for name in names)


def _line_words(line: Line) -> str:
    parts = [line.get("title_en") or line.get("title_zh") or line.get("choices", "").replace("&", ", ")]
    if line.get("quantity"):
        parts.append(_("quantity %(quantity)s", quantity=line["quantity"]))
    if line.get("discount", "0") not in {"", "0"}:
        parts.append(_("discount %(discount)s %%", discount=line["discount"]))
    if line.get("unit"):
        parts.append(line["unit"])
    return " · ".join(part[:300] for part in parts if part)


def _told(changes: Sequence[Mapping[str, Any]], zone: ZoneInfo) -> tuple[str, ...]:
    return tuple(
        _("Changed by %(who)s, %(when)s.", who=person_name(item["by"]),
          when=formatting.moment_briefly(datetime.fromisoformat(item["at"]), zone))
        for item in changes)
