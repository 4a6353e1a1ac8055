"""The page of a draft: its form, its figures, what waits and what went wrong, put together once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from pathlib import Path

from flask import current_app, render_template, request
from flask_login import current_user
from sqlalchemy.orm import Session

from catalog import service as catalog
from catalog.errors import ProductVersionNotFound
from ordering import service as ordering
from ordering.approval import DiscountLimits, is_same_person
from ordering.draft import DraftLine, DraftState, QuoteDraft, SectionLine
from ordering.drafting import KeptDraft
from ordering.errors import ConfigurationNotSaleable, DraftInvalid
from web import formatting
from web.accounts import person_name
from web.clock import now
from web.database import get_session
from web.forms.drafts import DraftForm
from web.refusal_words import page_words
from web.sales.draft_conflict import DraftConflict
from web.sales.draft_figures import DraftFigures, build_figures
from web.sales.draft_lines import LineCard, build_cards
from web.sales.draft_panels import Panel, open_panels
from web.sales.draft_sheet import Sheet
from web.sales.draft_words import add_fault, approval_entries, draft_name, draft_tag
from web.sales.rows import HistoryEntry
from web.sales.views import plant_zone
from web.settings import Settings
from web.shop.lookup import find_network, list_destinations
from web.shop.states import StateTag
from web.words import gettext as _

MOST_FOUND = 8


@dataclass(frozen=True, slots=True)
class FoundCustomer:
    """A contact that a search found."""

    id: int
    name: str
    words: str


@dataclass(frozen=True, slots=True)
class DraftPage:
    """What stands on a draft's page besides its form."""

    id: int
    version: int
    name: str
    tag: StateTag
    state: str
    customer: str
    based_on: tuple[str, int] | None
    cards: tuple[LineCard, ...]
    figures: DraftFigures | None
    customers: tuple[FoundCustomer, ...]
    search: str
    history: list[HistoryEntry]
    changed_words: str
    panel: str
    is_kept: bool
    """Whether what is shown is what is stored."""
    is_mine: bool
    """Whether the reader may not decide about it: he typed or asked."""
    currency: str
    section_count: int = 0
    notes: tuple[str, ...] = field(default_factory=tuple)


def settings() -> Settings:
    """Give the settings of the running application."""
    found: Settings = current_app.extensions["onelot_settings"]
    return found


def make_form(sheet: Sheet) -> DraftForm:
    """Give the form of a sheet, with the places and products to choose from."""
    session, language = get_session(), formatting.language()
    form = DraftForm(sheet)
    places = [(place.code, place.title.in_language(language)) for place in list_destinations(find_network(session))]
    form.offer(
        destinations=[("", _("not chosen yet")), *places],
        products=[(item.product_code, item.title.in_language(language) or item.product_code)
                  for item in catalog.list_product_summaries(session)])
    return form


def show_editor(
    kept: KeptDraft, sheet: Sheet, *, form: DraftForm | None = None, is_kept: bool = False,
    conflict: DraftConflict | None = None, notice: str = "", panel: Panel | None = None
) -> str:
    """Draw the editor with what a sheet says; its faults stand beside their fields, nothing typed is lost.

    Parameters
    ----------
    kept
        The draft as it is stored.
    sheet
        What the fields hold.
    form
        The sheet's form after it was checked; checked here where none is given.
    is_kept
        Whether the sheet is what is stored.
    conflict
        What another person changed first.
    notice
        A sentence above the form.
    panel
        What is asked about a line.
    """
    if form is None:
        form = make_form(sheet)
        form.validate()
        if "csrf_token" in form:
            form.csrf_token.errors = []
    has_faults = any(field.errors for field in form if field.name != "csrf_token")
    content = None if has_faults else form.draft()
    if content is not None and ordering.is_for_another_customer(get_session(), draft=replace(kept, content=content)):
        add_fault(form, "customer_email", link_words())
    figures = None if content is None else _figures(get_session(), content, form)
    page = _page(kept, form, content, figures, panel=panel, is_kept=is_kept)
    is_part = request.headers.get("HX-Request-Type") == "partial"
    return render_template("sales/_draft_editor.html" if is_part else "sales/draft.html", form=form, page=page,
                           conflict=conflict, notice=notice, limits=settings().discount_limits)


def _figures(session: Session, content: QuoteDraft, form: DraftForm) -> DraftFigures | None:
    limits = settings().discount_limits
    try:
        preview = ordering.preview_draft(session, draft=content, limits=limits, now=now(),
                                         cache_directory=settings().cache_directory)
    except DraftInvalid as error:
        path = str(error.detail.get("field", ""))
        words = _fault_words(path, page_words(error.code, error.message))
        add_fault(form, path, words)
        return None
    except ConfigurationNotSaleable as error:
        add_fault(form, f"lines[{error.detail.get('line')}].choices",
                  _("These choices cannot be made as they stand. Configure this line."))
        return None
    return build_figures(content, preview, limits)


def link_words() -> str:
    """Say why a revision cannot be for somebody else."""
    return _("A quote's link belongs to its customer; duplicate the quote for somebody else.")


def _fault_words(path: str, words: str) -> str:
    if path == "destination":
        return _("Choose where it is delivered; then prices and days follow.")
    if path == "rate":
        return _("Products are priced in the catalog's currency. Enter its rate; for the same currency it is 1.")
    return words


def read_figures(kept: KeptDraft) -> tuple[DraftFigures | None, tuple[str, ...]]:
    """Give the figures of a stored draft that is only read, and what stands against them."""
    limits: DiscountLimits = settings().discount_limits
    try:
        preview = ordering.preview_draft(get_session(), draft=kept.content, limits=limits, now=now(),
                                         cache_directory=settings().cache_directory)
    except DraftInvalid as error:
        path = str(error.detail.get("field", ""))
        return None, (_fault_words(path, page_words(error.code, error.message)),)
    except ConfigurationNotSaleable as error:
        place = error.detail.get("line")
        number = line_number(kept.content.lines, place) if isinstance(place, int) else ""
        return None, (_("Line %(number)s: its choices cannot be made as they stand. Configure it.", number=number),)
    except ProductVersionNotFound as error:
        return None, (page_words(error.code, error.message),)
    return build_figures(kept.content, preview, limits), ()


def line_number(lines: Sequence[DraftLine], place: int) -> str:
    """Give the number that a line has on pages; sections are not counted."""
    return str(sum(not isinstance(line, SectionLine) for line in lines[:place + 1]))


def read_cards(kept: KeptDraft, figures: DraftFigures | None) -> tuple[LineCard, ...]:
    """Give the lines of a stored draft that is only read."""
    lines = kept.content.lines
    return build_cards(get_session(), lines=lines, forms=[None] * len(lines), figures=figures, on=today(),
                       currency=kept.content.header.currency, cache_directory=settings().cache_directory, panels={})


def today() -> date:
    """Give the day at the first plant."""
    return now().astimezone(plant_zone()).date()


def _page(
    kept: KeptDraft, form: DraftForm, content: QuoteDraft | None, figures: DraftFigures | None, *,
    panel: Panel | None, is_kept: bool
) -> DraftPage:
    session, zone = get_session(), plant_zone()
    lines = _lines(form, content)
    opened = {} if content is None or figures is None else open_panels(
        session, panel, draft=content, limits=settings().discount_limits, now=now(),
        cache_directory=settings().cache_directory)
    currency = content.header.currency if content is not None else kept.content.header.currency
    cards = build_cards(
        session, lines=lines, forms=[entry.form for entry in form.lines.entries], figures=figures, on=today(),
        currency=currency, cache_directory=settings().cache_directory, panels=opened)
    search = str(form.find.data or "").strip()
    return DraftPage(
        id=kept.id, version=kept.version, name=draft_name(kept), tag=draft_tag(kept.state), state=kept.state.value,
        customer=str(form.customer_name.data or ""), based_on=kept.based_on, cards=cards, figures=figures,
        customers=_found(session, search) if search and not form.find.errors else (), search=search,
        history=history_of(kept, figures if is_kept else None),
        changed_words=_("Saved by %(who)s, %(when)s", who=person_name(kept.changed_by),
                        when=formatting.moment_briefly(_aware(kept.changed_at), zone)),
        panel=panel.text() if panel is not None and opened else "", is_kept=is_kept,
        is_mine=decides_about_own(kept), currency=currency)


def _lines(form: DraftForm, content: QuoteDraft | None) -> Sequence[DraftLine | None]:
    if content is not None:
        return content.lines
    return [None if entry.form.errors else entry.form.line() for entry in form.lines.entries]


def history_of(kept: KeptDraft, figures: DraftFigures | None) -> list[HistoryEntry]:
    """Show who asked and who decided; ``figures`` are those of the draft as it stands, None where it has none."""
    is_known = figures is not None and figures.is_cost_known
    return approval_entries(kept.approvals, plant_zone(), whole_version=kept.version if is_known else 0)


def decides_about_own(kept: KeptDraft) -> bool:
    """Whether the reader asked about a draft or typed it last, and so may not decide about it."""
    return any(is_same_person(current_user.login, login)
               for login in (kept.changed_by, *(step.by for step in kept.approvals[-1:])))


def _aware(moment: datetime) -> datetime:
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)


def _found(session: Session, search: str) -> tuple[FoundCustomer, ...]:
    found = ordering.list_contacts(session, search=search, limit=MOST_FOUND).contacts
    return tuple(FoundCustomer(item.id, item.entry.name, " · ".join(part for part in (
        item.entry.email, item.company.entry.name if item.company else "",
        item.company.entry.currency if item.company else "") if part)) for item in found)


def is_closed(kept: KeptDraft) -> bool:
    """Whether a draft can only be read any more."""
    return kept.state in {DraftState.SENT, DraftState.DROPPED}


def cache_directory() -> Path:
    """Where compiled products are kept."""
    return settings().cache_directory
