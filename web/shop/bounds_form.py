"""Budget, latest day and footprint as a customer types them: read strictly, refused beside their field."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from catalog.money import MINOR_UNITS_PER_MAJOR
from configurator.footprint import GRAMS_PER_KG
from ordering.service import Bounds
from web.words import gettext as _

BUDGET, LATEST, FOOTPRINT = ".budget", ".latest", ".co2"
_AMOUNT = re.compile(r"[0-9]{1,9}(?:\.[0-9]{1,2})?", re.ASCII)
_MASS = re.compile(r"[0-9]{1,7}(?:\.[0-9]{1,3})?", re.ASCII)
_LONGEST_SHOWN = 40


@dataclass(frozen=True, slots=True)
class BoundField:
    """One field of the form: what was typed, and what is wrong with it; empty when nothing is."""

    name: str
    label: str
    kind: str
    """Type of the input."""
    value: str
    unit: str = ""
    mistake: str = ""


@dataclass(frozen=True, slots=True)
class BoundsForm:
    """The form as it came: its fields, and the bounds when all of them could be read."""

    fields: tuple[BoundField, ...]
    bounds: Bounds | None
    """None when a field has a mistake, or none is filled."""


def read_bounds(raw: Mapping[str, str], *, currency: str, symbol: str) -> BoundsForm:
    """Read the bounds of an address.

    Parameters
    ----------
    raw
        Texts by name; missing and blank ones are no bound.
    currency, symbol
        Of the budget.
    """
    texts = {name: raw.get(name, "").strip()[:_LONGEST_SHOWN] for name in (BUDGET, LATEST, FOOTPRINT)}
    budget = _scaled(_AMOUNT, texts[BUDGET], MINOR_UNITS_PER_MAJOR[currency])
    grams = _scaled(_MASS, texts[FOOTPRINT], GRAMS_PER_KG)
    latest = _day(texts[LATEST])
    found = {BUDGET: budget, LATEST: latest, FOOTPRINT: grams}
    wrong = {name for name, text in texts.items() if text and found[name] is None}
    fields = (
        BoundField(BUDGET, _("Budget without VAT"), "text", texts[BUDGET], symbol,
                   _("Write an amount like 1250 or 1250.50.") if BUDGET in wrong else ""),
        BoundField(LATEST, _("There by"), "date", texts[LATEST], "",
                   _("Write a day like 2026-12-24.") if LATEST in wrong else ""),
        BoundField(FOOTPRINT, _("Footprint at most"), "text", texts[FOOTPRINT], "kg CO₂e",
                   _("Write kilograms like 80 or 80.5.") if FOOTPRINT in wrong else ""))
    is_asked = any(texts.values()) and not wrong
    return BoundsForm(fields, Bounds(budget, grams, latest) if is_asked else None)


def _scaled(pattern: re.Pattern[str], text: str, scale: int) -> int | None:
    return int(Fraction(text) * scale) if pattern.fullmatch(text) else None


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
