"""What the pages of the sales desk's lists show around their rows: tabs, columns, pages, filters, views."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from flask import url_for

from ordering.sales_filter import MOST_COUNTED, SalesColumn
from web import formatting
from web.forms.sales_lists import NEWEST, ListForm, SalesListForm
from web.sales.saved_views import SavedView
from web.words import gettext as _


@dataclass(frozen=True, slots=True)
class Tab:
    """A state to choose."""

    words: str
    url: str
    is_current: bool


@dataclass(frozen=True, slots=True)
class Heading:
    """A column of the table; ``url`` sorts by it, empty when nothing does. ``sorted`` is a value of aria-sort."""

    words: str
    url: str = ""
    sorted: str = ""
    is_figure: bool = False


@dataclass(frozen=True, slots=True)
class ListPage:
    """The parts of a list's page."""

    tabs: tuple[Tab, ...]
    headings: tuple[Heading, ...]
    counted: str
    page: int
    previous_url: str
    next_url: str
    hidden: dict[str, str]
    """What the filter form sends along: the state and the sorting."""
    all_url: str
    csv_url: str = ""
    xlsx_url: str = ""
    query: str = ""
    """What a saved view keeps of this page."""
    views: tuple[SavedView, ...] = ()
    places: tuple[tuple[str, str], ...] = ()
    """Where goods can be delivered to, by code; the asked one is there too when it left the network."""


def plain_page(
    endpoint: str, form: ListForm, headings: Sequence[str], *, tabs: Sequence[Tab], total: int, page: int, size: int
) -> ListPage:
    """Make the parts of a list that has one order, no views and no files.

    Parameters
    ----------
    endpoint
        Of the list.
    form
        What it was searched for.
    headings
        Words of the columns.
    tabs
        What can be shown instead.
    total, page, size
        How many entries there are, which page is shown, and how many stand on one.
    """
    hidden = {name: text for name, text in form.query().items() if name == "state"}
    return ListPage(
        tuple(tabs), tuple(Heading(words) for words in headings), formatting.count(total), page,
        page_url(endpoint, form, page - 1) if page > 1 else "",
        page_url(endpoint, form, page + 1) if page * size < total else "", hidden, url_for(endpoint))


def make_tabs(endpoint: str, form: ListForm, states: Sequence[tuple[str, str]]) -> tuple[Tab, ...]:
    """Link each state, keeping what else was asked. ``states`` are pairs of value and words, the empty one first."""
    current = str(form["state"].data or "")
    return tuple(
        Tab(words, _address(endpoint, form, form.query(state=value)), value == current)
        for value, words in states
    )


def make_heading(
    endpoint: str, form: SalesListForm, words: str, column: SalesColumn | None = None, *, is_figure: bool = False
) -> Heading:
    """Make the head of a column; a click sorts by it, a second one the other way round."""
    if column is None:
        return Heading(words, is_figure=is_figure)
    sorting = form.sorting
    is_current = sorting.column is column
    is_down = not sorting.is_descending if is_current else column not in {SalesColumn.CUSTOMER, SalesColumn.PROMISED,
                                                                          SalesColumn.VALID}
    word = f"{'-' if is_down else ''}{column.value}"
    direction = ("descending" if sorting.is_descending else "ascending") if is_current else ""
    url = _address(endpoint, form, form.query(sort="" if word == NEWEST else word))
    return Heading(words, url, direction, is_figure)


def counted_words(total: int, *, is_cut: bool) -> str:
    """Say how many entries a list has: ``12``, ``1,000+``."""
    return f"{formatting.count(MOST_COUNTED)}+" if is_cut else formatting.count(total)


def page_url(endpoint: str, form: ListForm, page: int) -> str:
    """Give the address of another page of the same list."""
    return _address(endpoint, form, form.query(page=str(page) if page > 1 else ""))


def state_words(pairs: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    """Put the choice of every state before the states."""
    return [("", _("All")), *pairs]


def _address(endpoint: str, form: ListForm, query: dict[str, str]) -> str:
    """Give a list's address; where there are views, one without arguments would open the person's default instead."""
    asked = query or ({"state": ""} if isinstance(form, SalesListForm) else {})
    return f"{url_for(endpoint)}?{urlencode(asked)}" if asked else url_for(endpoint)
