"""Routes of the lists of quotes and orders: filtered by their address, kept as views, taken along as files."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from urllib.parse import parse_qsl, urlencode
from zoneinfo import ZoneInfo

from flask import Response, abort, flash, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from ordering import service as ordering
from ordering.order import OrderState
from ordering.quote import QuoteState
from ordering.sales_filter import MOST_EXPORTED, SalesColumn, SalesRecord
from web import formatting
from web.accounts import require_role
from web.clock import now
from web.database import get_database, get_session
from web.forms.keys import make_key
from web.forms.sales_lists import (
    FORMS,
    ChangeViewForm,
    OrderListForm,
    QuoteListForm,
    SalesListForm,
    SaveViewForm,
    read_query,
)
from web.paging import page_number
from web.sales import export, rows, saved_views
from web.sales.list_parts import (
    Heading,
    ListPage,
    counted_words,
    make_heading,
    make_tabs,
    page_url,
    state_words,
)
from web.sales.views import blueprint, plant_zone
from web.shop.lookup import find_network, list_destinations
from web.shop.states import order_state_tag
from web.words import gettext as _

PAGE_SIZE = 50
QUOTES, ORDERS = "sales.quotes", "sales.orders"
ENDPOINTS = {"quotes": QUOTES, "orders": ORDERS}
Arguments = MultiDict[str, str]


@blueprint.get("/quotes")
@require_role("sales", "owner")
def quotes() -> ResponseReturnValue:
    """List quotes as the address asks, the newest first when it asks for nothing."""
    return _default_view("quotes") or _quotes_page(request.args, SaveViewForm())


@blueprint.get("/orders")
@require_role("sales", "planner", "owner")
def orders() -> ResponseReturnValue:
    """List orders as the address asks, the newest first when it asks for nothing."""
    return _default_view("orders") or _orders_page(request.args, SaveViewForm())


def _default_view(list_name: str) -> ResponseReturnValue | None:
    """Lead a bare address to the person's default view."""
    if request.args:
        return None
    views = saved_views.list_views(get_session(), user_id=current_user.id, list_name=list_name)
    query = next((view.query for view in views if view.is_default), "")
    return redirect(f"{url_for(ENDPOINTS[list_name])}?{query}") if query else None


def _quotes_page(arguments: Arguments, save_form: SaveViewForm) -> ResponseReturnValue:
    form, page, zone, moment = QuoteListForm(arguments), page_number(), plant_zone(), now()
    if not form.validate():
        return _render("quotes", form, _parts("quotes", form, 1, "0", has_more=False), (), save_form), 422
    found = ordering.list_quotes(
        get_session(), now=moment, wanted=form.wanted(zone), sorting=form.sorting, offset=(page - 1) * PAGE_SIZE,
        limit=PAGE_SIZE)
    parts = _parts("quotes", form, page, counted_words(found.total, is_cut=found.is_total_cut),
                   has_more=found.has_more)
    taken = ordering.list_taken_ways(get_session(), trios={quote.trio for quote in found.quotes if quote.trio})
    shown = tuple(rows.quote_row(quote, zone, moment, taken.get(quote.trio or 0, "")) for quote in found.quotes)
    return _render("quotes", form, parts, shown, save_form), 422 if save_form.errors else 200


def _orders_page(arguments: Arguments, save_form: SaveViewForm) -> ResponseReturnValue:
    form, page, zone = OrderListForm(arguments), page_number(), plant_zone()
    if not form.validate():
        return _render("orders", form, _parts("orders", form, 1, "0", has_more=False), (), save_form), 422
    found = ordering.list_orders(get_session(), wanted=form.wanted(zone), sorting=form.sorting,
                                 offset=(page - 1) * PAGE_SIZE, limit=PAGE_SIZE)
    parts = _parts("orders", form, page, counted_words(found.total, is_cut=found.is_total_cut),
                   has_more=found.has_more)
    unread = ordering.count_unread(get_session(), order_ids=[order.id for order in found.orders])
    shown = tuple(rows.order_row(order, zone, unread.get(order.id, 0)) for order in found.orders)
    return _render("orders", form, parts, shown, save_form), 422 if save_form.errors else 200


def _render(
    list_name: str, form: SalesListForm, parts: ListPage, shown: tuple[object, ...], save_form: SaveViewForm
) -> str:
    if not save_form.errors:
        save_form.key.data, save_form.query.data = make_key(), parts.query
    return render_template(
        f"sales/{list_name}.html", rows=shown, form=form, list=parts, save_form=save_form, list_name=list_name,
        can_export=current_user.role in {"sales", "owner"}, new_key=make_key())


def _parts(list_name: str, form: SalesListForm, page: int, counted: str, *, has_more: bool) -> ListPage:
    endpoint = ENDPOINTS[list_name]
    states = _quote_states() if list_name == "quotes" else _order_states()
    headings = _quote_headings(form) if list_name == "quotes" else _order_headings(form)
    hidden = {name: text for name, text in form.query().items() if name in {"state", "sort"}}
    return ListPage(
        tabs=make_tabs(endpoint, form, state_words(states)), headings=headings, counted=counted, page=page,
        previous_url=page_url(endpoint, form, page - 1) if page > 1 else "",
        next_url=page_url(endpoint, form, page + 1) if has_more else "", hidden=hidden,
        all_url=url_for(endpoint, state=""),
        csv_url=_export_url(list_name, "csv", form), xlsx_url=_export_url(list_name, "xlsx", form),
        query=urlencode(form.query()),
        views=saved_views.list_views(get_session(), user_id=current_user.id, list_name=list_name),
        places=_places(str(form.destination.data or "")),
    )


def _places(asked: str) -> tuple[tuple[str, str], ...]:
    known = {place.code: place.title.in_language(formatting.language())
             for place in list_destinations(find_network(get_session()))}
    return tuple((known | ({asked: asked} if asked and asked not in known else {})).items())


def _export_url(list_name: str, kind: str, form: SalesListForm) -> str:
    return f"{url_for('sales.export_list', list_name=list_name, kind=kind)}?{urlencode(form.query())}"


def _quote_states() -> list[tuple[str, str]]:
    return [(state.value, _("Replaced or ended") if state is QuoteState.SUPERSEDED
             else rows.state_tag(state).words.capitalize()) for state in QuoteState]


def _order_states() -> list[tuple[str, str]]:
    return [(state.value, order_state_tag(state).words.capitalize()) for state in OrderState]


def _quote_headings(form: SalesListForm) -> tuple[Heading, ...]:
    return (
        make_heading(QUOTES, form, _("Number"), SalesColumn.NUMBER),
        make_heading(QUOTES, form, _("Customer"), SalesColumn.CUSTOMER), make_heading(QUOTES, form, _("Products")),
        make_heading(QUOTES, form, _("Net"), SalesColumn.NET, is_figure=True),
        make_heading(QUOTES, form, _("Promise"), SalesColumn.PROMISED),
        make_heading(QUOTES, form, _("Offered"), SalesColumn.MADE),
        make_heading(QUOTES, form, _("Held for"), SalesColumn.VALID), make_heading(QUOTES, form, _("State")),
    )


def _order_headings(form: SalesListForm) -> tuple[Heading, ...]:
    return (
        make_heading(ORDERS, form, _("Number"), SalesColumn.NUMBER), make_heading(ORDERS, form, _("Quote")),
        make_heading(ORDERS, form, _("Customer"), SalesColumn.CUSTOMER), make_heading(ORDERS, form, _("Products")),
        make_heading(ORDERS, form, _("Net"), SalesColumn.NET, is_figure=True),
        make_heading(ORDERS, form, _("Promised"), SalesColumn.PROMISED),
        make_heading(ORDERS, form, _("Accepted"), SalesColumn.MADE), make_heading(ORDERS, form, _("State")),
    )


@blueprint.get("/export/<list_name>.<kind>")
@require_role("sales", "owner")
def export_list(list_name: str, kind: str) -> ResponseReturnValue:
    """Give the list as the address filters and sorts it, as a file."""
    if list_name not in FORMS or kind not in {"csv", "xlsx"}:
        abort(404)
    form = FORMS[list_name](request.args)
    if not form.validate():
        abort(422)
    zone = plant_zone()
    layout, read = _layout(list_name, zone), _reader(form, zone)
    name = f"{list_name}-{now().astimezone(zone):%Y-%m-%d}.{kind}"
    if kind == "csv":
        return Response(_streamed(read, layout), content_type=export.CSV,
                        headers={"Content-Disposition": f'attachment; filename="{name}"'})
    return send_file(export.write_xlsx(read(get_session()), layout), mimetype=export.XLSX, as_attachment=True,
                     download_name=name)


def _reader(form: QuoteListForm | OrderListForm, zone: ZoneInfo) -> Callable[[Session], Iterator[SalesRecord]]:
    if isinstance(form, QuoteListForm):
        wanted, moment, sorting = form.wanted(zone), now(), form.sorting
        return lambda session: ordering.export_quotes(session, now=moment, wanted=wanted, sorting=sorting)
    asked, order = form.wanted(zone), form.sorting
    return lambda session: ordering.export_orders(session, wanted=asked, sorting=order)


def _streamed(read: Callable[[Session], Iterator[SalesRecord]], layout: export.Layout) -> Iterator[bytes]:
    """Write a file while it is sent, with a session of its own: the request's is closed by then."""
    database = get_database()

    def stream() -> Iterator[bytes]:
        with database.reading() as session:
            yield from export.write_csv(read(session), layout)

    return stream()


def _layout(list_name: str, zone: ZoneInfo) -> export.Layout:
    is_order = list_name == "orders"
    shared = (_("State"), _("Customer"), _("E-mail"), _("Reference"), _("Destination"), _("Currency"), _("Net"),
              _("Tax"), _("Total"), _("Promised"))
    header = ((_("Number"), _("Quote"), *shared, _("Accepted")) if is_order
              else (_("Number"), _("Revision"), *shared, _("Offered"), _("Valid until")))
    return export.Layout(
        sheet=_("Orders") if is_order else _("Quotes"), header=header,
        states=dict(_order_states() if is_order else _quote_states()),
        cut=_("Cut after %(count)s rows. Narrow the filter to get the rest.", count=MOST_EXPORTED),
        zone=zone, has_quote=is_order)


@blueprint.post("/views/<list_name>")
@require_role("sales", "planner", "owner")
def save_view(list_name: str) -> ResponseReturnValue:
    """Keep the list as it is filtered now under a name."""
    if list_name not in FORMS:
        abort(404)
    if list_name == "quotes" and current_user.role == "planner":
        abort(403)
    form = SaveViewForm()
    query = read_query(list_name, str(form.query.data or ""))
    if query is None:
        abort(422)
    if not form.validate_on_submit():
        arguments: Arguments = MultiDict(parse_qsl(query))
        return _quotes_page(arguments, form) if list_name == "quotes" else _orders_page(arguments, form)
    view = saved_views.save_view(get_session(), user_id=current_user.id, list_name=list_name, query=query,
                                 title=str(form.title.data), key=str(form.key.data), now=now())
    flash(_("View %(title)s is saved.", title=view.title))
    return _to_view(view)


@blueprint.post("/views/<int:view_id>/<change>")
@require_role("sales", "planner", "owner")
def change_view(view_id: int, change: str) -> ResponseReturnValue:
    """Rename a view, let its list open with it or no longer, or take it away."""
    if change not in {"rename", "default", "usual", "delete"}:
        abort(404)
    session, mine = get_session(), current_user.id
    if change == "rename":
        form = ChangeViewForm()
        if not form.validate_on_submit():
            raise saved_views.SavedViewInvalid("A name has 1 to 60 characters.", field="title")
        return _to_view(saved_views.rename_view(session, user_id=mine, view_id=view_id, title=str(form.title.data)))
    if change == "delete":
        gone = saved_views.delete_view(session, user_id=mine, view_id=view_id)
        return redirect(url_for(ENDPOINTS[gone.list_name], state=""), code=303)
    return _to_view(saved_views.set_default(session, user_id=mine, view_id=view_id, is_default=change == "default"))


def _to_view(view: saved_views.SavedView) -> ResponseReturnValue:
    return redirect(f"{url_for(ENDPOINTS[view.list_name])}?{view.query or 'state='}", code=303)
