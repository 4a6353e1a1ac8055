"""The blueprint of the catalog engineer's pages, and what each of them needs besides its own service call."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from flask import Blueprint, current_app

from web.database import get_session
from web.settings import Settings
from web.shop.lookup import FALLBACK_ZONE, find_network

blueprint = Blueprint("catalog", __name__, url_prefix="/catalog")
SEEN_BY = ("catalog", "owner")


def local_zone() -> ZoneInfo:
    """Give the time zone in which moments are told: that of the first site."""
    network = find_network(get_session())
    return ZoneInfo(network.sites[0].time_zone) if network is not None else FALLBACK_ZONE


def settings() -> Settings:
    """Give the settings of the running application."""
    found: Settings = current_app.extensions["onelot_settings"]
    return found
