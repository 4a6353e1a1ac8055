"""What a second editor is told when somebody changed the same customer first."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from wtforms import Field, Form, SelectField

from ordering.errors import CustomerChanged
from web import formatting
from web.accounts import person_name
from web.words import gettext as _


@dataclass(frozen=True, slots=True)
class FieldChange:
    """A field that somebody changed first: what stands in it now, and what the second editor had in it."""

    label: str
    now: str
    mine: str


@dataclass(frozen=True, slots=True)
class Conflict:
    """Who changed something first, and the fields of it."""

    words: tuple[str, ...]
    fields: tuple[FieldChange, ...]


def resolve(form: Form, refusal: CustomerChanged, *, show: Callable[[], None], zone: ZoneInfo) -> Conflict:
    """Put what stands now into the fields that the first editor changed; the others keep what was typed.

    Parameters
    ----------
    form
        As the second editor sent it.
    refusal
        What was changed meanwhile.
    show
        Fills the form with what stands now.
    zone
        Of the moments that are told.

    Returns
    -------
    Conflict
        Its fields are those in which both differ.
    """
    changes: list[Mapping[str, Any]] = list(refusal.detail["changes"])  # type: ignore[call-overload]  # as it was raised
    touched = {name for item in changes for name in item["fields"]}
    mine = {field.name: field.data for field in form}
    shown = {field.name: _words(field) for field in form}
    show()
    different = []
    for field in form:
        if field.name in {"version", "csrf_token", "key"}:
            continue
        if _stem(field.name) not in touched:
            field.data = mine[field.name]
        elif field.data != mine[field.name]:
            different.append(FieldChange(field.label.text, _words(field), shown[field.name]))
    words = tuple(
        _("Changed by %(who)s, %(when)s.", who=person_name(item["by"]),
          when=formatting.moment_briefly(datetime.fromisoformat(item["at"]), zone))
        for item in changes)
    return Conflict(words, tuple(different))


def _stem(name: str) -> str:
    """Give the name under which the audit log knows a field of a form."""
    return {"title_en": "title", "title_zh": "title", "discount": "discount_percent",
            **dict.fromkeys(("product_code", "percent", "valid_from", "last_day"), "price_book")}.get(name, name)


def _words(field: Field) -> str:
    """Give what a field holds as it is read: the words of a choice, the text of any other."""
    if isinstance(field, SelectField):
        return next((str(label) for value, label, *_rest in field.iter_choices() if value == field.data), "–")
    return str(field.data or "–")
