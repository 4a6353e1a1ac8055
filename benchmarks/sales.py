"""The sales desk's list of quotes with 50 000 quotes in it: plain, filtered, searched, sorted and far back.

What is measured is CPU time of this process for whole pages. Where ``ONELOT_TEST_DATABASE_URL`` names a server the same
pages run on PostgreSQL too; its own CPU time is not in the figure, so that the time that passes is told beside it.
"""

from __future__ import annotations

import os
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from flask.testing import FlaskClient
from sqlalchemy import text

from benchmarks.many_quotes import add_many
from benchmarks.web import fresh_database, make_settings, prepare
from ordering import service as ordering
from ordering.service import LineRequest, QuoteRequest
from web import accounts
from web.clock import utc_now
from web.database import Database
from web.factory import create_app
from web.settings import Settings

QUOTES = 50_000
ROUNDS = 5
LIMIT_MS = 200
PASSWORD = "a password of the benchmark"  # of a database that is thrown away
WINDOW = {"width": "1230", "height": "1480", "profile": "PVC82", "glass": "3-4/14/4/14/4", "spacer": "warm",
          "opening": "tilt_turn"}
PAGES = {
    "newest": "state=", "filtered by state": "state=declined", "filtered by value and day":
    "value_from=50000&promised_from=2026-05-01&promised_to=2026-05-31", "holds that end": "within=48&sort=valid",
    "searched, many": "search=firm3", "searched, none": "search=nobody+at+all",
    "searched by number": "search=Q-2025-04321",
    "sorted by net": "sort=-net", "sorted by customer": "sort=customer", "far back": "state=&page=700",
}


def run(files: Sequence[Path]) -> list[dict[str, Any]]:
    """Measure the list's pages.

    Parameters
    ----------
    files
        Not used: the quotes are made up.

    Returns
    -------
    list of dict
        Per database and page the milliseconds of CPU; ``ratio`` is the share of the limit of 200 ms.
    """
    del files
    rows = _measure("SQLite", "")
    server = os.environ.get("ONELOT_TEST_DATABASE_URL", "")
    if server:
        return [*rows, *_measure("PostgreSQL", fresh_database(server))]
    print("PostgreSQL is not measured: ONELOT_TEST_DATABASE_URL names no server", file=sys.stderr)
    return rows


def _measure(name: str, database_url: str) -> list[dict[str, Any]]:
    with tempfile.TemporaryDirectory() as folder:
        settings = make_settings(Path(folder), database_url)
        prepare(settings)
        _fill(settings, utc_now())
        app = create_app(settings)
        client = app.test_client()
        _sign_in(client)
        rows = [{"work": f"{words} on {name}", **_time(client, f"/sales/quotes?{query}")}
                for words, query in PAGES.items()]
        app.extensions["onelot_database"].dispose()
    return rows


def _fill(settings: Settings, now: datetime) -> None:
    database = Database(settings.database_url)
    with database.transaction() as session:
        accounts.add_user(session, login="bench", name="Bench", role="sales", password=PASSWORD, now=now)
        request = QuoteRequest((LineRequest(_window(session), WINDOW, 1),), "SZ", "Bench", "b@example.org", "")
        ordering.offer(session, request=request, idempotency_key="bench-1", secret=settings.secret_key, now=now,
                       cache_directory=settings.cache_directory)
    with database.transaction() as session:
        add_many(session, count=QUOTES, now=now + timedelta(seconds=1))
    with database.transaction() as session:
        session.execute(text("ANALYZE"))
    database.dispose()


def _window(session: Any) -> str:  # Any: a session of any database
    found = session.execute(text("SELECT content_hash FROM product_version WHERE product_code = 'window'"))
    return str(found.scalars().first())


def _sign_in(client: FlaskClient) -> None:
    page = client.get("/account/sign-in").text
    token = page.split('name="csrf_token"')[1].split('value="')[1].split('"')[0]
    client.post("/account/sign-in", data={"csrf_token": token, "login": "bench", "password": PASSWORD, "next": ""})


def _time(client: FlaskClient, address: str) -> dict[str, Any]:
    cpu, passed = [], []
    for round_number in range(ROUNDS + 1):
        at_cpu, at = time.process_time(), time.perf_counter()
        status = client.get(address).status_code
        if status != 200:
            raise AssertionError(f"{address} answered {status}")
        if round_number:
            cpu.append((time.process_time() - at_cpu) * 1000)
            passed.append((time.perf_counter() - at) * 1000)
    median = statistics.median(cpu)
    return {"ours_ms": {"median": round(median, 1), "p95": round(max(cpu), 1)},
            "peers": {"passed": {"median": round(statistics.median(passed), 1), "p95": round(max(passed), 1)}},
            "ratio": round(median / LIMIT_MS, 2)}
