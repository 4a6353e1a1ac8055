"""The page that puts two to four configurations side by side, and on which they are ticked."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue

from catalog.errors import OnelotError
from ordering import service as ordering
from ordering.saved import MOST_DESIGNS
from web import formatting
from web.security import limited
from web.shop.blueprint import blueprint
from web.shop.compare_page import LEAST, MOST, build_comparison
from web.shop.configuring import Surroundings, look_around
from web.shop.designs import moment_words
from web.shop.item import Item, ItemAddress, query_of, read_item
from web.shop.owner import find_owner
from web.shop.page import product_title
from web.shop.query import Query
from web.shop.summary import way_title
from web.shop.wording import live_day
from web.shop.working_out import work_out_item
from web.words import gettext as _

MOST_READ = 20
"""How many ticks are read; more are told like five."""


@dataclass(frozen=True, slots=True)
class Tick:
    """Something that can be ticked for the comparison."""

    title: str
    words: str
    value: str
    is_ticked: bool


@dataclass(frozen=True, slots=True)
class TickGroup:
    """Ticks of one kind under a title."""

    title: str
    ticks: tuple[Tick, ...]


@blueprint.get("/compare")
@limited("configure")
def compare() -> ResponseReturnValue:
    """Show what is ticked side by side; with fewer than two or more than four ask for other ticks."""
    around = look_around()
    raws = list(dict.fromkeys(request.args.getlist("item")))[:MOST_READ]
    asked = [address for raw in raws if (address := read_item(raw)) is not None]
    base = read_item(request.args.get("choice", ""))
    wants_change = bool(request.args.get("choose"))
    items = _worked_out(around, asked[:MOST]) if LEAST <= len(asked) <= MOST and not wants_change else []
    values = [address.encode() for address in asked]
    choice = base.encode() if base is not None else None
    if len(items) < LEAST:
        return render_template(
            "shop/compare_choose.html", groups=_groups(around, base or next(iter(asked), None), frozenset(values)),
            words=_advice(len(asked), is_lost=bool(items) or len(asked) < len(raws)), base=choice or "",
            back_url=base.url if base is not None else url_for("shop.designs"))
    shows_all = bool(request.args.get("all"))
    page = build_comparison(items, keep_urls=[_keep_url(item.address) for item in items], shows_all=shows_all)
    return render_template(
        "shop/compare.html", page=page, moment=moment_words(around),
        toggle_url=url_for("shop.compare", choice=choice, item=values, all=None if shows_all else "1"),
        choose_url=url_for("shop.compare", choice=choice, item=values, choose="1"),
        back_url=base.url if base is not None else url_for("shop.designs"))


def _worked_out(around: Surroundings, asked: list[ItemAddress]) -> list[Item]:
    """Work out what is ticked; what is no longer published is left out."""
    found = []
    for address in asked:
        item = _find_item(around, address)
        if item is not None:
            found.append(item)
    return found


def _find_item(around: Surroundings, address: ItemAddress) -> Item | None:
    try:
        return work_out_item(around, address)
    except OnelotError as error:
        if error.code != "product_version_not_found":
            raise
        return None


def _advice(count: int, *, is_lost: bool) -> str:
    """Say what to do when there is nothing to compare yet."""
    if is_lost:
        return _("One of these products is no longer offered. Tick others.")
    if count > MOST:
        return _("You ticked %(count)s. Take some ticks away until 2 to 4 are left, so that they fit side by side.",
                 count=count)
    if count == 1:
        return _("One alone has nothing to be compared with. Tick one more, or up to three.")
    return _("Tick 2 to 4 of them.")


def _groups(around: Surroundings, base: ItemAddress | None, ticked: frozenset[str]) -> tuple[TickGroup, ...]:
    groups = []
    item = _find_item(around, base) if base is not None else None
    if item is not None:
        name = product_title(item.version.definition)
        groups.append(TickGroup(_("%(product)s as you chose it", product=name), tuple(_ways(item, ticked))))
        groups.append(TickGroup(_("Starting points"), tuple(_presets(item, ticked))))
    owner = find_owner()
    kept = ordering.list_designs(around.session, owner=owner, limit=MOST_DESIGNS) if owner else ()
    groups.append(TickGroup(_("My designs"), tuple(
        _tick(ItemAddress(design.choice.product_code, query_of(design.choice), design.name), ticked)
        for design in kept)))
    return tuple(group for group in groups if group.ticks)


def _ways(item: Item, ticked: frozenset[str]) -> Iterable[Tick]:
    """Give the ways to make what was chosen; its own way is ticked as long as nothing else is."""
    code, query = item.address.product_code, item.address.query
    ways = item.forecast.ways if item.forecast is not None and not item.forecast.is_one_way else ()
    if not ways:
        yield _tick(ItemAddress(code, query, _("This choice")), ticked, is_own=True)
    present = item.forecast.present if item.forecast is not None else None
    for way in ways:
        day = live_day(way.promised_on, may_be_earlier=item.forecast is not None and item.forecast.may_be_earlier)
        words = f"{day} · {formatting.money(way.net)}"
        yield _tick(ItemAddress(code, query.looking(alternative=way.alternative), way_title(way.alternative)), ticked,
                    words, is_own=present is not None and way.alternative == present.alternative)


def _presets(item: Item, ticked: frozenset[str]) -> Iterable[Tick]:
    for preset in item.version.definition.presets:
        title = preset.title.in_language(formatting.language()).replace("：", ": ").partition(": ")[0]
        choices = {code: value if isinstance(value, str) else formatting.plain_number(value)
                   for code, value in preset.selection.items()}
        yield _tick(ItemAddress(item.address.product_code, Query(choices, item.address.query.view), title), ticked)


def _tick(address: ItemAddress, ticked: frozenset[str], words: str = "", *, is_own: bool = False) -> Tick:
    value = address.encode()
    return Tick(address.name, words, value, value in ticked or (is_own and not ticked))


def _keep_url(address: ItemAddress) -> str:
    encoded = address.query.encode()
    keep_url = url_for("shop.ask_name", product_code=address.product_code)
    return f"{keep_url}?{encoded}" if encoded else keep_url
