"""What a button of the editor asks for, and what it does to the fields before they are checked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy.orm import Session

from catalog import service as catalog
from ordering import service as ordering
from ordering.customer import Contact
from ordering.errors import CustomerNotFound
from ordering.quote import Alternative
from web.sales.draft_sheet import Line, Sheet, added, lines_in, moved, removed, with_lines

_PLACED = frozenset({"up", "down", "remove", "configure", "options", "earlier", "choose"})
_PLAIN = frozenset({"save", "figures", "find", "send", "ask", "add-free", "add-section", "add-product"})
_FREE: Line = {"kind": "free", "title_en": "", "title_zh": "", "quantity": "1", "unit": "0.00", "tax": "13",
               "cost": "", "standing": "included", "discount": "0", "breaks": ""}
_SECTION: Line = {"kind": "section", "title_en": "", "title_zh": ""}


@dataclass(frozen=True, slots=True)
class Act:
    """A button: its kind, the line it belongs to, and what else it says."""

    kind: str
    place: int = 0
    """From 0."""
    rest: str = ""


def read_act(text: str) -> Act:
    """Read what a button sent; anything unknown saves."""
    kind, _colon, rest = text.partition(":")
    if kind in _PLACED:
        place, _colon, more = rest.partition(":")
        if place.isascii() and place.isdecimal() and len(place) <= 3:
            return Act(kind, int(place), more)
        return Act("save")
    if kind in {"customer", "way"}:
        return Act(kind, rest=rest)
    return Act(kind) if kind in _PLAIN else Act("save")


def apply_act(session: Session, sheet: Sheet, act: Act) -> tuple[Sheet, int]:
    """Do to the fields what a button asks for; a button that asks for nothing of them changes nothing.

    Returns
    -------
    tuple
        The fields, and the place of the line that is looked at next.
    """
    lines = lines_in(sheet)
    simple: dict[str, Callable[[], tuple[list[Line], int]]] = {
        "up": lambda: (moved(lines, act.place, by=-1), max(act.place - 1, 0)),
        "down": lambda: (moved(lines, act.place, by=1), min(act.place + 1, max(len(lines) - 1, 0))),
        "remove": lambda: (removed(lines, act.place), max(act.place - 1, 0)),
        "add-free": lambda: (added(lines, dict(_FREE)), len(lines)),
        "add-section": lambda: (added(lines, dict(_SECTION)), len(lines)),
        "add-product": lambda: (_with_product(session, lines, sheet.get("product", "")), len(lines)),
    }
    if act.kind in simple:
        changed, place = simple[act.kind]()
        return with_lines(sheet, changed), place
    if act.kind == "customer":
        return _with_customer(session, sheet, act.rest), 0
    if act.kind == "way" and act.rest in {item.value for item in Alternative}:
        changed_sheet: Sheet = sheet.copy()
        changed_sheet["alternative"] = act.rest
        return changed_sheet, 0
    return sheet, act.place


def configured_line(content_hash: str, choices: str = "") -> Line:
    """Give the fields of a new configured line."""
    return {"kind": "configured", "product": content_hash, "choices": choices, "quantity": "1",
            "standing": "included", "discount": "0", "breaks": ""}


def _with_product(session: Session, lines: list[Line], product_code: str) -> list[Line]:
    found = next((item for item in catalog.list_product_summaries(session) if item.product_code == product_code), None)
    return lines if found is None else added(lines, configured_line(found.content_hash))


def _with_customer(session: Session, sheet: Sheet, text: str) -> Sheet:
    """Take a contact's name, address, language and currency over."""
    if not text.isascii() or not text.isdecimal() or len(text) > 18:
        return sheet
    try:
        contact = ordering.get_contact(session, contact_id=int(text))
    except CustomerNotFound:
        return sheet
    changed: Sheet = sheet.copy()
    changed["find"] = ""
    for name, words in customer_fields(contact).items():
        changed[name] = words
    return changed


def customer_fields(contact: Contact) -> dict[str, str]:
    """Give the fields of a header that a contact fills; what is not known of it stays as it is."""
    company = contact.company.entry if contact.company is not None else None
    known = {
        "customer_name": f"{contact.entry.name}, {company.name}"[:200] if company else contact.entry.name,
        "customer_email": contact.entry.email,
        "language": contact.entry.language or (company.language if company else ""),
        "currency": company.currency if company else "",
    }
    return {name: words for name, words in known.items() if words}
