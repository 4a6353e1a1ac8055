"""kill -9 of web and worker processes at random moments: nothing acknowledged is lost, nothing happens twice."""

from __future__ import annotations

import http.client
import importlib
import os
import random
import signal
import subprocess
import sys
import threading
import time
import uuid
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlencode

import pytest
from alembic import command
from sqlalchemy import select

import migrations
from catalog import service as catalog
from ordering import service
from ordering.tables import DocumentRow, OrderRow, QuoteRow
from scheduling import service as scheduling
from scheduling import what_if
from tests.conftest import SECRET
from tests.service.selling import Shop
from tests.service.test_web_killed import ROOT, WebProcess, hidden
from tests.web.shopping import DEMO, WINDOW
from web.cli.checking import CHECKS
from web.clock import utc_now
from web.database import Database
from web.jobs import enqueue
from web.publishing import publish
from web.tables import JobRow

KILLS = {"sqlite": 8, "postgresql": 3}
WORKER_KILLS = {"sqlite": 3, "postgresql": 2}
CUSTOMERS = 3
LONGEST_PAUSE_SECONDS = 0.5
PATIENCE_SECONDS = 120.0
WORK_SECONDS = 240.0
"""For all work of a killed and restarted worker; the planning loops may have to be compiled first."""


@dataclass
class Story:
    """What one customer was told, for every key the same whatever happened in between."""

    quotes: dict[str, str] = field(default_factory=dict)
    """Key to the address of the quote it made."""
    orders: dict[str, str] = field(default_factory=dict)
    """Address of a quote to that of its order."""


class Customer(threading.Thread):
    """Asks for quotes and accepts them until told to stop; a request without an answer is sent again as it was."""

    def __init__(self, web: WebProcess, number: int, is_over: threading.Event) -> None:
        super().__init__(name=f"customer-{number}", daemon=True)
        self.web = web
        self.number = number
        self.is_over = is_over
        self.story = Story()
        self.faults: list[str] = []

    def insist(self, method: str, address: str, form: dict[str, str] | None = None) -> tuple[int, str, str]:
        """Send a request until it is answered."""
        limit = time.monotonic() + PATIENCE_SECONDS
        while True:
            try:
                answer = self.web.ask(method, address, form)
            except (OSError, http.client.HTTPException):
                assert time.monotonic() < limit, "the site does not come back"
                time.sleep(0.05)
                continue
            if answer[0] != 503:
                return answer

    def run(self) -> None:
        count = 0
        while not self.is_over.is_set():
            count += 1
            try:
                self.buy(f"customer-{self.number}-{count:08d}")
            except AssertionError as error:
                self.faults.append(str(error))
                return

    def buy(self, key: str) -> None:
        """Make one quote and one order of it; each answer is asked for twice."""
        address = "/quote/window?" + urlencode(WINDOW)
        form = hidden(self.insist("GET", address)[2]) | {
            "idempotency_key": key, "customer_name": "Family Lu", "customer_email": f"c{self.number}@example.com",
            "quantity": "1", "destination": "SZ", "alternative": "", "reference": key}
        status, where, page = self.insist("POST", address, form)
        assert status == 303, (status, page[-500:])
        self.story.quotes[key] = where
        page = self.insist("GET", where)[2]
        start = page.index(f'action="{where}/accept"')
        entries = hidden(page[start:page.index("</form>", start)]) | {"accepted_by": "Lu Min", "agreed": "y"}
        for _ in range(2):
            status, order, page = self.insist("POST", f"{where}/accept", entries)
            assert (status, order) == (303, where.replace("/quotes/", "/orders/")), (status, page[-500:])
        self.story.orders[where] = order


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[str, Database]]:
    """The address of a database with the demo world in it."""
    url = request.getfixturevalue(f"{request.param}_url")
    command.stamp(migrations.make_config(url), "head")
    database = Database(url)
    with database.transaction() as session:
        publish(session, path=DEMO, now=utc_now(), cache_directory=None)
    yield url, database
    database.dispose()


def breaches(database: Database) -> list[str]:
    with database.reading() as session:
        return [str(item) for name in CHECKS for item in importlib.import_module(name).check(session, now=utc_now())]


@pytest.mark.slow
def test_web_process_killed_at_any_moment_keeps_its_answers(place: tuple[str, Database], tmp_path: Path) -> None:
    url, database = place
    dice = random.Random(20261123)
    web = WebProcess(url, tmp_path)
    web.start()
    web.ask("GET", "/quote/window")  # all customers share the cookie of one browser
    is_over = threading.Event()
    customers = [Customer(web, number, is_over) for number in range(CUSTOMERS)]
    for customer in customers:
        customer.start()
    try:
        for _ in range(KILLS[database.engine.dialect.name]):
            time.sleep(0.2 + dice.random() * LONGEST_PAUSE_SECONDS)
            web.kill()
            web.start()
        time.sleep(1)
    finally:
        is_over.set()
        for customer in customers:
            customer.join(PATIENCE_SECONDS)
    try:
        assert [customer.faults for customer in customers] == [[]] * CUSTOMERS
        told = {key: where for customer in customers for key, where in customer.story.quotes.items()}
        ordered = {where: order for customer in customers for where, order in customer.story.orders.items()}
        assert len(ordered) >= CUSTOMERS
        assert len(set(told.values())) == len(told)
        for order in ordered.values():
            assert web.ask("GET", order)[0] == 200
    finally:
        web.kill()
    with database.reading() as session:
        made = Counter(session.scalars(select(QuoteRow.reference)))
        orders = Counter(session.scalars(select(OrderRow.quote_number)))
        bought = Counter(session.scalars(select(OrderRow.reference)))
    assert set(told) <= set(made)
    assert set(made.values()) == {1}
    assert set(orders.values()) == {1}
    assert len(orders) >= len(ordered)
    assert set(bought.values()) == {1}
    assert breaches(database) == []


class Workers:
    """One worker process at a time, on a queue of the test's own."""

    def __init__(self, url: str, folder: Path) -> None:
        broker = os.environ.get("ONELOT_TEST_RABBITMQ_URL") if url.startswith("postgresql") else None
        self._environment = {name: value for name, value in os.environ.items() if not name.startswith("ONELOT_")} | {
            "ONELOT_DATABASE_URL": url, "ONELOT_VAR_DIRECTORY": str(folder), "ONELOT_SECRET_KEY": SECRET,
            "ONELOT_JOB_LEASE_SECONDS": "2", "ONELOT_BROKER_URL": broker or "memory://", "PYTHONPATH": str(ROOT),
        }
        self._queue = f"test-{uuid.uuid4().hex}"
        self._log = folder / "worker.log"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start a worker; it is at work after a second or two."""
        with self._log.open("ab") as log:
            self.process = subprocess.Popen([sys.executable, "-m", "tests.service.job_worker", self._queue], cwd=ROOT,
                                            env=self._environment, stderr=log, stdout=log, start_new_session=True)

    def kill(self) -> None:
        """End the worker as a power loss would; the process that draws for it is left to notice by itself."""
        assert self.process is not None
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def wait_for_no_child(self) -> None:
        """Want that nothing that the killed workers started is left."""
        limit = time.monotonic() + PATIENCE_SECONDS
        while any(self._var_directory_of(entry) for entry in Path("/proc").glob("[0-9]*/environ")):
            assert time.monotonic() < limit, "a process that draws documents outlived its worker"
            time.sleep(0.05)

    def _var_directory_of(self, entry: Path) -> bool:
        try:
            return f"ONELOT_VAR_DIRECTORY={self._environment['ONELOT_VAR_DIRECTORY']}".encode() in entry.read_bytes()
        except OSError:
            return False


def put_work(database: Database, folder: Path) -> list[int]:
    """Sell two windows and queue every kind of work that an order makes; give the numbers of the jobs."""
    shop = Shop(database, folder / "cache")
    with database.reading() as session:
        shop.hashes = {item.product_code: item.content_hash for item in catalog.list_product_summaries(session)}
    now = utc_now()
    jobs = []
    for number in range(2):
        offered = shop.offer(key=f"offer-{number}", now=now)
        order = shop.accept(offered, key=f"accept-{number}", now=now).order_number
        with database.transaction() as session:
            payloads = [("documents.quote", {"number": offered.quote.number, "revision": 1, "language": language})
                        for language in ("en", "zh")] + [("documents.work_orders", {"order": order})]
            jobs += [enqueue(session, kind=kind, payload=payload, key=f"{number}-{place}", now=now).id
                     for place, (kind, payload) in enumerate(payloads)]
    with database.transaction() as session:
        payload = {"seconds": 2, "by": "planner"}
        jobs.append(enqueue(session, kind="planning.replan", payload=payload, key="1", now=now).id)
        scenario = what_if.make_scenario(session, title="as it is", changes=[], by="planner", now=now)
        payload = {"scenario": scenario.id, "seconds": 2, "by": "planner"}
        jobs.append(enqueue(session, kind="planning.scenario", payload=payload, key="1", now=now).id)
    return jobs


def states_of(database: Database, jobs: list[int]) -> Counter[str]:
    with database.reading() as session:
        return Counter(session.scalars(select(JobRow.state).where(JobRow.id.in_(jobs))))


def attempts_of(database: Database, jobs: list[int]) -> int:
    with database.reading() as session:
        return sum(session.scalars(select(JobRow.attempts).where(JobRow.id.in_(jobs))))


@pytest.mark.slow
def test_worker_killed_at_any_moment_finishes_all_work_once(place: tuple[str, Database], tmp_path: Path) -> None:
    url, database = place
    jobs = put_work(database, tmp_path)
    dice = random.Random(20261124)
    workers = Workers(url, tmp_path)
    limit = time.monotonic() + WORK_SECONDS
    begun = 0
    for _ in range(WORKER_KILLS[database.engine.dialect.name]):
        workers.start()
        while attempts_of(database, jobs) <= begun:
            assert time.monotonic() < limit, "the worker does not begin"
            time.sleep(0.02)
        time.sleep(dice.random() * LONGEST_PAUSE_SECONDS)
        workers.kill()
        begun = attempts_of(database, jobs)
    workers.start()
    while states_of(database, jobs) != {"done": len(jobs)}:
        assert time.monotonic() < limit, states_of(database, jobs)
        time.sleep(0.05)
    workers.kill()
    workers.wait_for_no_child()
    with database.reading() as session:
        drawn = Counter((row.kind, row.subject, row.language) for row in session.scalars(select(DocumentRow)))
        assert len(service.list_orders(session, offset=0, limit=10).orders) == 2
        assert len(scheduling.list_proposals(session)) == 1
        assert [item.outcome is not None for item in what_if.list_scenarios(session)] == [True]
        assert any(attempts > 1 for attempts in session.scalars(select(JobRow.attempts).where(JobRow.id.in_(jobs))))
    assert set(drawn.values()) == {1}
    assert len(drawn) == 6
    assert breaches(database) == []
