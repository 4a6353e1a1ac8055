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
_GROUPED = re.compile(r"[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]*)?", re.ASCII)
"""How the site writes figures in both of its languages: ``1,250.50``."""
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


def read_bounds(raw: Mapping[str, str], *, currency: str, symbol: str, today: date) -> BoundsForm:
    """Read the bounds of an address.

    Parameters
    ----------
    raw
        Texts by name; missing and blank ones are no bound.
    currency, symbol
        Of the budget; the symbol may stand before it.
    today
        Where the product is delivered; nothing can arrive before it.
    """
    texts = {name: raw.get(name, "").strip()[:_LONGEST_SHOWN] for name in (BUDGET, LATEST, FOOTPRINT)}
    budget = _scaled(_AMOUNT, texts[BUDGET].removeprefix(symbol).lstrip(), MINOR_UNITS_PER_MAJOR[currency])
    grams = _scaled(_MASS, texts[FOOTPRINT], GRAMS_PER_KG)
    day = _day(texts[LATEST])
    latest = day if day is not None and day >= today else None
    found = {BUDGET: budget, LATEST: latest, FOOTPRINT: grams}
    wrong = {name for name, text in texts.items() if text and found[name] is None}
    fields = (
        BoundField(BUDGET, _("Budget without VAT"), "text", texts[BUDGET], symbol,
                   _("Write an amount like 1250 or 1250.50.") if BUDGET in wrong else ""),
        BoundField(LATEST, _("There by"), "date", texts[LATEST], "",
                   _day_mistake(day) if LATEST in wrong else ""),
        BoundField(FOOTPRINT, _("Footprint at most"), "text", texts[FOOTPRINT], "kg CO₂e",
                   _("Write kilograms like 80 or 80.5.") if FOOTPRINT in wrong else ""))
    is_asked = any(texts.values()) and not wrong
    return BoundsForm(fields, Bounds(budget, grams, latest) if is_asked else None)


def _scaled(pattern: re.Pattern[str], text: str, scale: int) -> int | None:
    """Read a figure with group separators, or a plain one with a point or a comma as number fields take it."""
    plain = text.replace(",", "") if _GROUPED.fullmatch(text) else text.replace(",", ".")
    return int(Fraction(plain) * scale) if pattern.fullmatch(plain) else None


def _day_mistake(day: date | None) -> str:
    return _("Write a day like 2026-12-24.") if day is None else _("This day is past. Choose today or a later day.")


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
