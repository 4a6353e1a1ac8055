"""Putting the application together: settings in, application out. Heavy libraries stay unimported here."""

from __future__ import annotations

import importlib
import logging

from flask import Flask, jsonify
from flask.typing import ResponseReturnValue
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from web import account_pages, paper_links, preferences
from web.accounts import register_accounts
from web.application import Application
from web.clock import Clock, utc_now
from web.compressing import register_compression
from web.database import Database, close_session, get_session
from web.errors import register_errors
from web.fragments import register_fragments
from web.frame import register_frame
from web.jobs.handlers import build_kinds
from web.security import protect
from web.settings import ROOT, Settings, load_settings
from web.static_files import register_static_files
from web.worker import BackgroundWork

BLUEPRINTS = ("web.shop", "web.sales", "web.mails", "web.customers", "web.planning", "web.catalog",
              "web.shopper_pages")
"""Packages that each offer ``blueprint``."""


def create_app(settings: Settings | None = None, *, clock: Clock = utc_now) -> Flask:
    """Make the web application.

    Parameters
    ----------
    settings
        Checked settings; None reads them from the environment.
    clock
        Gives the present moment as aware UTC; tests pass their own.

    Returns
    -------
    Flask
        Ready to serve; nothing is connected or started yet.
    """
    settings = settings or load_settings()
    logging.getLogger("web").setLevel(settings.log_level)
    app = Application("web", root_path=str(ROOT / "web"), template_folder=str(ROOT / "templates"),
                      static_folder=str(ROOT / "web" / "static"))
    app.extensions["onelot_settings"] = settings
    app.extensions["onelot_clock"] = clock
    database = Database(settings.database_url)
    app.extensions["onelot_database"] = database
    background = BackgroundWork(app, build_kinds(settings))
    app.extensions["onelot_background"] = background
    database.dispatch = background.dispatch
    app.teardown_appcontext(close_session)
    protect(app, settings)
    register_static_files(app)
    register_compression(app)
    register_fragments(app)
    register_errors(app)
    preferences.register_preferences(app)
    register_accounts(app)
    register_frame(app)
    app.register_blueprint(account_pages.blueprint)
    app.register_blueprint(preferences.blueprint)
    app.register_blueprint(paper_links.blueprint)
    _register_pages(app)
    app.add_url_rule("/healthz", "healthz", _healthz)
    return app


def _register_pages(app: Flask) -> None:
    for name in BLUEPRINTS:
        app.register_blueprint(importlib.import_module(name).blueprint)


def _healthz() -> ResponseReturnValue:
    """Say whether the database answers; for load balancers."""
    try:
        get_session().execute(text("SELECT 1"))
    except SQLAlchemyError:
        return jsonify(status="database does not answer"), 503
    return jsonify(status="ok")

