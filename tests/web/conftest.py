"""A shop that stays open for a whole file of tests, and an eye on whether anything is stored in it."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

import migrations
from configurator import service as configurator
from configurator import serving
from tests.conftest import SECRET, StandingClock
from tests.web.catalog_desk import Desk
from tests.web.shopping import DEMO, OPENED_AT, open_shop
from tests.web.signing_in import add_user, sign_in, token_of
from web.factory import create_app
from web.publishing import publish
from web.settings import Settings, load_settings


@dataclass(slots=True)
class OpenShop:
    """A served demo world, its database file, its clock, a guest and the owner signed in."""

    app: Flask
    path: Path
    clock: StandingClock
    guest: FlaskClient
    owner: FlaskClient
    guest_token: str
    owner_token: str

    def rows(self) -> dict[str, int]:
        """Count the rows of every table."""
        with sqlite3.connect(self.path) as connection:
            counts = {
                name: connection.execute(f'SELECT COUNT(*) FROM "{name}"').fetchone()[0]
                for name in migrations.load_metadata().tables
            }
        connection.close()
        return counts

    @contextmanager
    def untouched(self) -> Iterator[None]:
        """Want that nothing at all is committed to the database in the block, not even a changed column."""
        watcher = sqlite3.connect(self.path)
        try:
            before = watcher.execute("PRAGMA data_version").fetchone()
            rows = self.rows()
            yield
            assert self.rows() == rows
            assert watcher.execute("PRAGMA data_version").fetchone() == before, "something was committed"
        finally:
            watcher.close()


@pytest.fixture(scope="package")
def published_shop(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> Path:
    """The demo world published once, to be copied."""
    return open_shop(tmp_path_factory.mktemp("published") / "shop.sqlite3", sqlite_template)


@pytest.fixture(scope="module")
def open_shop_site(tmp_path_factory: pytest.TempPathFactory, published_shop: Path) -> Iterator[OpenShop]:
    """The demo world for one file of tests; what a test stores stays for the next."""
    path = tmp_path_factory.mktemp("open") / "shop.sqlite3"
    shutil.copy(published_shop, path)
    clock = StandingClock(OPENED_AT)
    settings = load_settings(
        {},
        var_directory=published_shop.parent,
        database_url=f"sqlite:///{path}",
        secret_key=SECRET,
        is_rate_limited=False,
        is_worker_embedded=False,
        base_url="http://localhost",
    )
    app = create_app(settings, clock=clock)
    add_user(app, "owner", "owner")
    guest, owner = app.test_client(), app.test_client()
    assert sign_in(owner, "owner") == 303
    yield OpenShop(app, path, clock, guest, owner, token_of(guest), token_of(owner, "/planning/"))
    app.extensions["onelot_database"].dispose()


@pytest.fixture
def desk(make_settings: Callable[..., Settings], quick_passwords: None, model_folder: Path) -> Iterator[Desk]:
    """The demo world with the catalog engineer signed in."""
    clock = StandingClock(OPENED_AT)
    settings = make_settings(var_directory=model_folder)
    app = create_app(settings, clock=clock)
    with app.extensions["onelot_database"].transaction() as session:
        publish(session, path=DEMO, now=clock(), cache_directory=settings.cache_directory)
    configurator.forget_loaded()
    yield Desk(app, clock)
    serving.wait_for_readers()
    configurator.forget_loaded()
    app.extensions["onelot_database"].dispose()


@pytest.fixture(scope="module")
def model_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which compiled products are kept for one file of tests."""
    return tmp_path_factory.mktemp("models")
