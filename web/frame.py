"""What every page's frame shows: navigation by role, language, theme, account."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Flask, current_app, request, url_for
from flask_babel import gettext as _
from flask_login import current_user

from web import preferences

SHOPPERS = frozenset({"", "consumer"})
"""Guests and shoppers: the roles that have pages of their own for designs and orders."""
DESIGN_PAGES = frozenset({
    "shop.designs", "shop.ask_name", "shop.keep_design", "shop.rename_design", "shop.duplicate_design",
    "shop.ask_delete_design", "shop.delete_design", "shop.ask_resume_link", "shop.make_resume_link",
    "shop.show_resume_link", "shop.compare"})
"""Pages of the shop that belong to the entry of kept designs."""
SALES_PAGES = (("sales.quotes", ("/sales/quotes", "/sales/drafts", "/sales/approvals")),
               ("sales.orders", ("/sales/orders",)))
"""Pages of the sales desk that belong to the entries of quotes and of orders, by how their addresses begin."""


@dataclass(frozen=True, slots=True)
class NavigationEntry:
    """One link of the main navigation."""

    title: str
    url: str
    is_current: bool


@dataclass(frozen=True, slots=True)
class Frame:
    """The values of the base template that do not belong to the page itself."""

    language_tag: str
    theme: str
    home_url: str
    navigation: tuple[NavigationEntry, ...]
    language_url: str
    other_language_tag: str
    other_language_name: str
    theme_url: str
    theme_title: str
    sign_in_url: str
    sign_out_url: str
    account: str
    account_url: str


def register_frame(app: Flask) -> None:
    """Give every template of an application its ``frame``."""
    app.context_processor(lambda: {"frame": build_frame()})


def build_frame() -> Frame:
    """Put together the frame of the page that is being drawn."""
    code = preferences.language()
    other = "zh" if code == "en" else "en"
    theme = preferences.theme()
    is_signed_in = bool(current_user and current_user.is_authenticated)
    return Frame(
        language_tag=preferences.LANGUAGES[code][0],
        theme=theme,
        home_url=url_for("shop.index") if "shop.index" in current_app.view_functions else "/",
        navigation=_navigation(current_user.role if is_signed_in else ""),
        language_url=preferences.language_url(other),
        other_language_tag=preferences.LANGUAGES[other][0],
        other_language_name=preferences.LANGUAGES[other][1],
        theme_url=preferences.theme_url("light" if theme == "dark" else "dark"),
        theme_title=_("Switch to light") if theme == "dark" else _("Switch to dark"),
        sign_in_url=url_for("account.sign_in"),
        sign_out_url=url_for("account.sign_out") if is_signed_in else "",
        account=current_user.name if is_signed_in else "",
        account_url=url_for("shoppers.account") if is_signed_in else "",
    )


def _navigation(role: str) -> tuple[NavigationEntry, ...]:
    entries = (
        (_("Products"), "shop.index", None),
        (_("My designs"), "shop.designs", SHOPPERS),
        (_("My orders"), "shoppers.orders", SHOPPERS),
        (_("Sales desk"), "sales.dashboard", {"sales", "owner"}),
        (_("Quotes"), "sales.quotes", {"sales", "owner"}),
        (_("Orders"), "sales.orders", {"sales", "planner", "owner"}),
        (_("Customers"), "customers.contacts", {"sales", "owner"}),
        (_("Mails"), "mails.index", {"sales", "owner"}),
        (_("Schedule"), "planning.board", {"planner", "partner", "owner"}),
        (_("Late"), "planning.late", {"planner", "owner"}),
        (_("Work orders"), "planning.work_orders", {"planner", "partner", "owner"}),
        (_("Catalog"), "catalog.products", {"catalog", "owner"}),
    )
    here = request.endpoint or ""
    section = here.split(".")[0]
    if section == "shop":
        here, section = ("shop.designs" if here in DESIGN_PAGES else "shop.index"), ""
    elif section == "shoppers":
        section = ""
    elif section == "sales":
        here = next((entry for entry, paths in SALES_PAGES if request.path.startswith(paths)), here)
    entered = [endpoint.split(".")[0] for _title, endpoint, _roles in entries]
    stands_alone = entered.count(section) == 1
    known = current_app.view_functions
    return tuple(
        NavigationEntry(title, url_for(endpoint), endpoint == here
                        or (stands_alone and endpoint.split(".")[0] == section))
        for title, endpoint, roles in entries
        if endpoint in known and (roles is None or role in roles)
    )
