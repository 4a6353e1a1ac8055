"""The web pages under a person's clicks, and the whole chain from configuration to order under load.

Pages run in this process; their baseline is the smallest page of the same application. Clicks at fixed rates and the
first load run against one real server process as ``./onelot serve`` starts it. Orders run against
real server processes, several customers at once: one process on SQLite and, where ``ONELOT_TEST_DATABASE_URL`` names a
server, two on PostgreSQL.
"""

from __future__ import annotations

import http.client
import itertools
import os
import re
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from flask.testing import FlaskClient
from sqlalchemy import create_engine, text

import migrations
from benchmarks import arrivals, first_load
from web.clock import utc_now
from web.database import Database
from web.factory import create_app
from web.publishing import publish
from web.settings import ROOT, Settings, load_settings

CLICKS = 60
CUSTOMERS = 4
WARM_SECONDS = 12
CLICKED = {"window": arrivals.window_addresses, "bicycle": arrivals.bicycle_addresses,
           "pump": arrivals.pump_addresses}
SECONDS = 12
PAGES = {
    "window": [f"/shop/window?profile=PVC82&glass=3-4%2F14%2F4%2F14%2F4&opening=tilt_turn&width={600 + click * 7}"
               for click in range(CLICKS)],
    "bicycle": [f"/shop/bicycle?size={'SML'[click % 3]}&tyre={(40, 45)[click % 2]}&bar={('flat', 'drop')[click % 2]}"
                f"&colour=RAL{(9005, 3020, 5015, 6018)[click % 4]}" for click in range(CLICKS)],
    "pump": [f"/shop/pump?q_m3h={2 + click}&head_m={20 + click}" for click in range(CLICKS)],
}


def run(files: Sequence[Path]) -> list[dict[str, Any]]:
    """Measure pages and orders.

    Parameters
    ----------
    files
        Not used: the demo world is measured.

    Returns
    -------
    list of dict
        Per family the milliseconds of a click against the health page; then orders per second with the number of
        overlapping bookings, which must be 0.
    """
    del files
    with tempfile.TemporaryDirectory() as folder:
        settings = make_settings(Path(folder), "")
        prepare(settings)
        rows = _measure_pages(settings)
        rows += _measure_served(settings)
    rows.append(_measure_orders("orders on SQLite", ""))
    server = os.environ.get("ONELOT_TEST_DATABASE_URL", "")
    if server:
        rows.append(_measure_orders("orders on PostgreSQL", server))
    else:
        print("PostgreSQL is not measured: ONELOT_TEST_DATABASE_URL names no server", file=sys.stderr)
    return rows


def make_settings(folder: Path, database_url: str) -> Settings:
    """Give the settings of a site that is thrown away."""
    return load_settings({}, var_directory=folder, database_url=database_url, is_rate_limited=False,
                         is_worker_embedded=False)


def _measure_pages(settings: Settings) -> list[dict[str, Any]]:
    client = create_app(settings).test_client()
    baseline = _time(client, ["/healthz"] * CLICKS)
    rows = []
    for family, addresses in PAGES.items():
        client.get(f"/shop/{family}")
        times = _time(client, addresses)
        rows.append({"work": f"click on {family}", "ours_ms": times, "peers": {"health_page": baseline},
                     "ratio": round(times["median"] / baseline["median"], 1)})
    return rows


def _measure_served(settings: Settings) -> list[dict[str, Any]]:
    """Measure a real server as ``./onelot serve`` runs it: clicks at fixed rates, and the first load."""
    rows = _measure_processes(settings, 1, with_first_load=True)
    return rows + _measure_processes(settings, max(2, os.cpu_count() or 1), with_first_load=False)


def _measure_processes(settings: Settings, processes: int, *, with_first_load: bool) -> list[dict[str, Any]]:
    port = _free_port()
    process = _start(settings, port, threads=settings.web_threads, processes=processes)
    words = "1 process" if processes == 1 else f"{processes} processes"
    try:
        _warm_up(port, processes)
        rows = [row for rate in (arrivals.STEADY, arrivals.BURST) for row in _measure_rate(port, rate, words)]
        if not with_first_load:
            return rows
        for family in PAGES:
            found = first_load.measure(port, f"/shop/{family}")
            if found is None:
                print("the first load is not measured: there is no Chromium", file=sys.stderr)
                break
            rows.append({"work": f"first load of {family} on a slow 4G line", **found, "peers": {}, "ratio": None,
                         "ours_ms": {"median": found["load_ms"]}})
    finally:
        process.terminate()
        process.wait(20)
    return rows


def _warm_up(port: int, processes: int) -> None:
    """Wait until processes that have just started have loaded their products and compiled their loops."""
    time.sleep(WARM_SECONDS)
    for _ in range(4 * processes):  # each connection goes to one of them
        browser = _Browser(port)
        for addresses in PAGES.values():
            for address in addresses[:5]:
                browser.get(address)
        browser.close()


def _measure_rate(port: int, rate: arrivals.Rate, words: str) -> list[dict[str, Any]]:
    """Measure clicks on each family at a rate, beside the health page at the same rate."""
    baseline = arrivals.measure(port, itertools.repeat("/healthz"), rate)
    rows = []
    for family, make in CLICKED.items():
        times = arrivals.measure(port, make(), rate)
        rows.append({"work": f"click on {family}, {rate.words}, {words}", "ours_ms": times,
                     "peers": {"health_page": baseline}, "ratio": round(times["median"] / baseline["median"], 1)})
    return rows


def prepare(settings: Settings) -> None:
    """Make the database and publish the demo catalog in it."""
    migrations.upgrade(settings.database_url)
    database = Database(settings.database_url)
    with database.transaction() as session:
        publish(session, path=ROOT / "catalog" / "demo", now=utc_now(),
                cache_directory=settings.cache_directory)
    database.dispose()


def _time(client: FlaskClient, addresses: Sequence[str]) -> dict[str, float]:
    times = []
    for address in addresses:
        started = time.perf_counter()
        status = client.get(address).status_code
        times.append((time.perf_counter() - started) * 1000)
        if status != 200:
            raise AssertionError(f"a measured page answered {status}")
    times.sort()
    return {"median": round(statistics.median(times), 2), "p95": round(times[int(len(times) * 0.95) - 1], 2)}


@dataclass(slots=True)
class _Tally:
    times: list[float] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)


def _measure_orders(name: str, server: str) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        database_url = fresh_database(server) if server else ""
        settings = make_settings(Path(folder), database_url)
        prepare(settings)
        ports = [_free_port() for _ in range(2 if server else 1)]
        processes = [_start(settings, port) for port in ports]
        try:
            tally, elapsed = _customers(ports)
        finally:
            for process in processes:
                process.terminate()
                process.wait(20)
        overlaps = _overlaps(settings.database_url)
    if not tally.times:
        raise AssertionError(f"no order went through: {tally.failures[:3]}")
    times = sorted(tally.times)
    return {
        "work": name, "web_processes": len(ports), "overlaps": overlaps,
        "orders_per_second": round(len(times) / elapsed, 1),
        "failures": len(tally.failures),
        "ours_ms": {"median": round(statistics.median(times), 1), "p95": round(times[int(len(times) * 0.95) - 1], 1)},
        "peers": {}, "ratio": None,
    }


def fresh_database(server: str) -> str:
    """Make an empty database on a server; give its address."""
    name = f"onelot_bench_{os.getpid()}"
    engine = create_engine(server.replace("postgresql://", "postgresql+psycopg://", 1), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"DROP DATABASE IF EXISTS {name}"))
        connection.execute(text(f"CREATE DATABASE {name}"))
    engine.dispose()
    return server.rpartition("/")[0] + f"/{name}"


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def _start(settings: Settings, port: int, *, threads: int = 4, processes: int = 1) -> subprocess.Popen[bytes]:
    own = {name: value for name, value in os.environ.items() if not name.startswith("ONELOT_")}
    environment = {
        **own, "ONELOT_VAR_DIRECTORY": str(settings.var_directory), "ONELOT_RATE_LIMITED": "no",
        "ONELOT_DATABASE_URL": settings.database_url, "ONELOT_PORT": str(port), "ONELOT_WEB_THREADS": str(threads),
        "ONELOT_WEB_PROCESSES": str(processes),
    }
    process = subprocess.Popen([sys.executable, "-m", "web.cli", "serve"], cwd=ROOT, env=environment,
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            with socket.create_connection(("127.0.0.1", port), 1):
                return process
        except OSError:
            time.sleep(0.1)
    raise AssertionError("the server did not start")


def _customers(ports: Sequence[int]) -> tuple[_Tally, float]:
    tally = _Tally()
    for port in ports:
        _order(port, tally, port)
    tally.times.clear()
    started = time.monotonic()
    threads = [threading.Thread(target=_customer, args=(ports[number % len(ports)], tally, number, started + SECONDS))
               for number in range(CUSTOMERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return tally, time.monotonic() - started


def _customer(port: int, tally: _Tally, number: int, until: float) -> None:
    count = 0
    while time.monotonic() < until:
        count += 1
        try:
            _order(port, tally, number * 100_000 + count)
        except (OSError, AssertionError, http.client.HTTPException) as error:
            tally.failures.append(repr(error)[:200])


def _order(port: int, tally: _Tally, number: int) -> None:
    """Ask for a quote of a window and accept it, as a browser does."""
    started = time.perf_counter()
    browser = _Browser(port)
    address = f"/quote/window?profile=PVC82&width={700 + number % 600}"
    form = browser.get(address)
    quote = browser.post(address, {
        **_hidden(form), "quantity": "1", "destination": _first_option(form, "destination"), "alternative": "",
        "customer_name": "Bench", "customer_email": f"c{number}@example.com", "reference": "",
    })
    page = browser.get(quote)
    browser.post(f"{quote}/accept", {**_hidden(page), "accepted_by": "Bench", "agreed": "y"})
    browser.close()
    tally.times.append((time.perf_counter() - started) * 1000)


class _Browser:
    def __init__(self, port: int) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        self._cookies: dict[str, str] = {}
        self._origin = f"http://127.0.0.1:{port}"

    def get(self, address: str) -> str:
        status, body, _ = self._ask("GET", address, None)
        if status != 200:
            raise AssertionError(f"GET {address} answered {status}")
        return body

    def post(self, address: str, values: dict[str, str]) -> str:
        status, body, location = self._ask("POST", address, urlencode(values))
        if status != 303:
            found = re.findall(r'class="limits"[^>]*>([^<]*)', body)
            raise AssertionError(f"POST {address} answered {status}: {found}")
        return location

    def close(self) -> None:
        self._connection.close()

    def _ask(self, method: str, address: str, body: str | None) -> tuple[int, str, str]:
        headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in self._cookies.items())}
        if body is not None:
            headers |= {"Content-Type": "application/x-www-form-urlencoded", "Origin": self._origin}
        self._connection.request(method, address, body, headers)
        answer = self._connection.getresponse()
        text_body = answer.read().decode()
        for cookie in answer.headers.get_all("Set-Cookie") or []:
            name, _, value = cookie.split(";", 1)[0].partition("=")
            self._cookies[name] = value
        return answer.status, text_body, answer.headers.get("Location", "")


def _hidden(page: str) -> dict[str, str]:
    values: dict[str, str] = {}
    for tag in re.findall(r"<input[^>]*>", page):
        if 'type="hidden"' in tag and (name := re.search(r'name="([^"]+)"', tag)):
            value = re.search(r'value="([^"]*)"', tag)
            values.setdefault(name[1], value[1] if value else "")
    return values


def _first_option(page: str, name: str) -> str:
    found = re.search(rf'<select[^>]*name="{name}".*?<option[^>]*value="([^"]+)"', page, re.DOTALL)
    if found is None:
        raise AssertionError(f"the page has no list {name}")
    return found[1]


def _overlaps(database_url: str) -> int:
    engine = create_engine(database_url.replace("postgresql://", "postgresql+psycopg://", 1))
    with engine.connect() as connection:
        count = connection.execute(text(
            "SELECT count(*) FROM booking a JOIN booking b ON a.unit_id = b.unit_id AND a.id < b.id "
            "AND a.setup_start_minute < b.end_minute AND b.setup_start_minute < a.end_minute "
            "WHERE a.state IN ('held', 'booked') AND b.state IN ('held', 'booked')"
        )).scalar_one()
    engine.dispose()
    return int(count)
