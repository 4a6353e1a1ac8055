"""A product with very many attributes, page by page: search, parts by state, small yes/no controls."""

from __future__ import annotations

from collections.abc import Iterable

from catalog.product import Attribute, AttributeKind
from configurator.configuration import OptionState
from web import formatting
from web.shop.answer import Answer
from web.shop.parts import Listing, ListRow, OptionRow, Pager, RowState, Tab
from web.shop.query import View
from web.shop.sections import Place, is_settled, mistakes, option_row, section_id
from web.shop.wording import attribute_title, element_id, is_yes_no
from web.words import gettext as _
from web.words import ngettext

LONG_PRODUCT = 60
"""From how many attributes on a product is listed page by page."""
PAGE_SIZE = 40


def is_long(answer: Answer) -> bool:
    """Whether a product has too many attributes for one page."""
    return len(answer.version.definition.attributes) > LONG_PRODUCT


def listed_attributes(answer: Answer, view: View) -> tuple[Attribute, ...]:
    """Give the attributes that match the search and the part of the list, in the product's order."""
    wanted = view.find.casefold()
    return tuple(
        attribute for attribute in answer.version.definition.attributes
        if (not wanted or wanted in attribute.code.casefold() or wanted in attribute_title(attribute).casefold())
        and _belongs(answer, attribute, view.show)
    )


def shown_attributes(answer: Answer, view: View) -> tuple[Attribute, ...]:
    """Give the attributes of the page that is looked at; a page past the end is the last one."""
    found = listed_attributes(answer, view)
    start = (_page(len(found), view.page) - 1) * PAGE_SIZE
    return found[start:start + PAGE_SIZE]


def build_listing(place: Place) -> Listing:
    """Build the page of the list that is looked at."""
    view = place.query.view
    found = listed_attributes(place.answer, view)
    page = _page(len(found), view.page)
    start = (page - 1) * PAGE_SIZE
    shown = found[start:start + PAGE_SIZE]
    words = (_("%(first)s to %(last)s of %(all)s", first=formatting.count(start + 1),
               last=formatting.count(start + len(shown)), all=formatting.count(len(found)))
             if found else _("Nothing matches."))
    return Listing(
        find=view.find,
        words=ngettext("%(words)s feature", "%(words)s features", len(found), words=formatting.count(len(found))),
        rows=tuple(_row(place, attribute) for attribute in shown),
        tabs=tuple(_tabs(place)),
        pager=Pager(words, place.url(place.query.looking(page=page - 1)) if page > 1 else "",
                    place.url(place.query.looking(page=page + 1)) if start + PAGE_SIZE < len(found) else ""),
        mistakes=mistakes(place, place.answer.version.definition.attributes),
    )


def _tabs(place: Place) -> Iterable[Tab]:
    for show, title in (("", _("All")), ("open", _("Open")), ("chosen", _("Chosen")), ("set", _("Set by rules"))):
        yield Tab(title, place.url(place.query.looking(show=show, page=1)), place.query.view.show == show)


def _belongs(answer: Answer, attribute: Attribute, show: str) -> bool:
    if not show:
        return True
    is_chosen = attribute.code in answer.selection
    if show == "chosen":
        return is_chosen
    return not is_chosen and is_settled(answer, attribute) == (show == "set")


def _page(found: int, wanted: int) -> int:
    return min(wanted, max(1, -(-found // PAGE_SIZE)))


def _row(place: Place, attribute: Attribute) -> ListRow:
    answer = place.answer
    options = tuple(_option(place, attribute, row) for row in
                    (option_row(place, attribute, option) for option in attribute.options))
    state = _state(answer, attribute)
    return ListRow(
        id=section_id(attribute),
        attribute=attribute.code,
        title=attribute_title(attribute),
        words=_("Set by rules") if state == "implied" else "",
        state=state,
        options=options,
        is_open=attribute.code not in answer.selection,
        why=next((row.why for row in options if row.why is not None), None),
    )


def _option(place: Place, attribute: Attribute, row: OptionRow) -> OptionRow:
    if not is_yes_no(attribute):
        return row
    title = _("Yes") if row.code == "true" else _("No")
    return OptionRow(element_id(attribute.code, row.code), row.attribute, row.code, title, "", row.state,
                     row.is_proposed, row.picture, "", row.deltas, "", row.why_url, row.why)


def _state(answer: Answer, attribute: Attribute) -> RowState:
    if attribute.code in answer.selection:
        return "chosen"
    states = answer.options.get(attribute.code, {})
    is_forced = attribute.kind is AttributeKind.CHOICE and OptionState.FORCED in states.values()
    return "implied" if is_forced else "available"


