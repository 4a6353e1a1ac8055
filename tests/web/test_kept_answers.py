"""What a process keeps between clicks changes no answer, and is given up when something is booked or published."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from sqlalchemy import event, update

from catalog import service as catalog
from configurator import service as configurator
from ordering import comparison
from scheduling import service as scheduling
from scheduling.calendar import minute_at
from scheduling.tables import WorkUnitRow
from tests.web.conftest import OpenShop
from tests.web.shopping import WINDOW, address, ask_for_quote, without_keys
from web import fragments
from web.database import Database

MOST_STATEMENTS = 4
PAGES = (
    address("window", WINDOW), address("window", {"width": "900"}), address("bicycle", {"size": "L"}),
    address("bicycle", {"motor": "250W-mid"}), address("pump", {"q_m3h": "12", "head_m": "40"}),
    address("window", WINDOW, why="glass:4/16/4", plan="fastest"), address("window", WINDOW, to="CD"),
)


def forget_all() -> None:
    """Forget everything that only speed is kept for."""
    configurator.forget_loaded()
    comparison.forget_outcomes()
    fragments.forget_fragments()


def seen(shop: OpenShop, where: str) -> str:
    """Give a page as a guest sees it, without the keys of its forms."""
    return without_keys(shop.guest.get(where).text)


def database_of(shop: OpenShop) -> Database:
    database: Database = shop.app.extensions["onelot_database"]
    return database


@contextmanager
def counted(shop: OpenShop) -> Iterator[list[str]]:
    """Collect the statements that the block sends to the database."""
    sent: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        sent.append(statement)

    engine = database_of(shop).engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(engine, "before_cursor_execute", note)


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("where", PAGES)
def test_a_page_is_the_same_from_what_is_kept_and_from_nothing(
    open_shop_site: OpenShop, where: str, language: str
) -> None:
    asked = f"{where}&lang={language}"
    warm = [seen(open_shop_site, asked) for _ in range(2)]
    forget_all()
    assert [seen(open_shop_site, asked), *warm] == [warm[0]] * 3
    other = seen(open_shop_site, f"{where}&lang={'zh' if language == 'en' else 'en'}")
    assert other != warm[0], "a piece of the page was kept for both languages"


def test_a_click_reads_the_database_a_few_times_only(open_shop_site: OpenShop) -> None:
    for where in (address("window", WINDOW), address("bicycle"), address("pump")):
        open_shop_site.guest.get(where)
        with counted(open_shop_site) as sent:
            assert open_shop_site.guest.get(f"{where}&warranty=5y").status_code == 200
        assert len(sent) <= MOST_STATEMENTS, sent


def test_what_is_booked_and_freed_is_seen_by_the_next_click(open_shop_site: OpenShop) -> None:
    shop, where = open_shop_site, address("window", WINDOW)
    before = seen(shop, where)
    ask_for_quote(shop.app.test_client(), quantity="400")
    booked = seen(shop, where)
    assert booked != before, "400 windows were booked and the promise did not move"
    forget_all()
    assert seen(shop, where) == booked
    with database_of(shop).transaction() as session:
        held = scheduling.list_holds(session)
        scheduling.release_hold(session, hold_id=max(held), now=shop.clock())
    assert seen(shop, where) == before


def test_a_downtime_and_another_network_are_seen_by_the_next_click(open_shop_site: OpenShop) -> None:
    shop, where = open_shop_site, address("window", WINDOW)
    before = seen(shop, where)
    now = shop.clock()
    with database_of(shop).transaction() as session:
        for unit in scheduling.list_work_units(session):
            scheduling.report_downtime(session, unit_id=unit.id, from_minute=minute_at(now),
                                       until_minute=minute_at(now + timedelta(days=20)), reason="flood", now=now)
    down = seen(shop, where)
    assert down != before
    forget_all()
    assert seen(shop, where) == down


def test_units_follow_the_network_that_is_published(open_shop_site: OpenShop) -> None:
    database = database_of(open_shop_site)
    with database.reading() as session:
        known = scheduling.list_work_units(session)
        assert scheduling.list_work_units(session) is known
    with database.transaction() as session:
        network = catalog.get_network(session)
        session.execute(update(WorkUnitRow).values(setup_minutes=WorkUnitRow.setup_minutes + 1))
        scheduling.publish_network(session, network=network, now=open_shop_site.clock() + timedelta(seconds=1))
        written = scheduling.list_work_units(session)
        assert written is not known, "a writer saw what others had read"
        session.rollback()
    with database.reading() as session:
        assert scheduling.list_work_units(session) is known, "what was rolled back was kept"
    with database.transaction() as session:
        scheduling.publish_network(session, network=network, now=open_shop_site.clock() + timedelta(seconds=2))
    with database.reading() as session:
        assert scheduling.list_work_units(session) is not known


def test_a_version_is_read_once_by_a_reader_and_anew_by_a_writer(open_shop_site: OpenShop) -> None:
    with database_of(open_shop_site).reading() as session:
        newest = catalog.get_newest_hash(session, product_code="window")
        with counted(open_shop_site) as sent:
            versions = [catalog.get_version(session, content_hash=newest) for _ in range(3)]
        assert (len(sent), versions) == (1, versions[:1] * 3)
    with database_of(open_shop_site).transaction() as session, counted(open_shop_site) as sent:
        again = [catalog.get_version(session, content_hash=newest) for _ in range(3)]
    assert (len([text for text in sent if "product_version" in text]), again) == (3, versions)
