"""kill -9 of a real web process around an acceptance: nothing acknowledged is lost, nothing happens twice."""

from __future__ import annotations

import http.client
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import pytest
from alembic import command

import migrations
from tests.conftest import SECRET
from tests.web.shopping import DEMO, WINDOW
from web.clock import utc_now
from web.database import Database
from web.publishing import publish

ROOT = Path(__file__).resolve().parents[2]
FORM = "application/x-www-form-urlencoded"


class WebProcess:
    """``onelot serve`` as a process of its own, and a browser's cookies."""

    def __init__(self, url: str, folder: Path, **settings: str) -> None:
        self._environment = {name: value for name, value in os.environ.items() if not name.startswith("ONELOT_")} | {
            "ONELOT_DATABASE_URL": url, "ONELOT_VAR_DIRECTORY": str(folder), "ONELOT_SECRET_KEY": SECRET,
            "ONELOT_PORT": "0", "ONELOT_RATE_LIMITED": "no", "PYTHONPATH": str(ROOT),
        } | settings
        self._cookies: dict[str, str] = {}
        self._log = folder / "served.log"
        self.process: subprocess.Popen[bytes] | None = None
        self.port = 0

    def start(self) -> None:
        """Start, and wait until connections are taken."""
        with self._log.open("wb") as log:
            self.process = subprocess.Popen([sys.executable, "-m", "web.cli", "serve"], cwd=ROOT,
                                            env=self._environment, stderr=log, stdout=subprocess.DEVNULL)
        limit = time.monotonic() + 60
        while not (found := re.search(r"serving http://[\d.]+:(\d+)/", self._log.read_text())):
            assert time.monotonic() < limit, self._log.read_text()
            assert self.process.poll() is None, self._log.read_text()
            time.sleep(0.02)
        self.port = int(found.group(1))

    def kill(self) -> None:
        """End the process as a power loss would."""
        assert self.process is not None
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def ask(self, method: str, address: str, form: dict[str, str] | None = None) -> tuple[int, str, str]:
        """Send a request; give status, location and page."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in self._cookies.items())}
            if form is not None:
                headers["Content-Type"] = FORM
            connection.request(method, address, urlencode(form) if form is not None else None, headers)
            answer = connection.getresponse()
            for cookie in answer.headers.get_all("Set-Cookie") or ():
                name, _, value = cookie.split(";")[0].partition("=")
                self._cookies[name] = value
            return answer.status, answer.headers.get("Location", ""), answer.read().decode()
        finally:
            connection.close()


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def site(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[WebProcess, Database]]:
    """The demo world, served by a real process."""
    url = request.getfixturevalue(f"{request.param}_url")
    command.stamp(migrations.make_config(url), "head")
    database = Database(url)
    with database.transaction() as session:
        publish(session, path=DEMO, now=utc_now(), cache_directory=None)
    web = WebProcess(url, tmp_path)
    web.start()
    yield web, database
    web.kill()
    database.dispose()


def hidden(page: str) -> dict[str, str]:
    """Read the hidden fields of a form."""
    return {found.group(1): found.group(2)
            for found in re.finditer(r'<input[^>]*type="hidden"[^>]*name="([^"]+)"[^>]*value="([^"]*)"', page)} | {
            found.group(1): found.group(2)
            for found in re.finditer(r'<input[^>]*name="([^"]+)"[^>]*type="hidden"[^>]*value="([^"]*)"', page)}


def quote(web: WebProcess) -> tuple[str, dict[str, str]]:
    """Ask for a quote; give the link's token and the entries of the form that accepts it."""
    address = "/quote/window?" + urlencode(WINDOW)
    form = hidden(web.ask("GET", address)[2])
    status, location, page = web.ask("POST", address, form | {
        "customer_name": "Family Lu", "customer_email": "lu@example.com", "quantity": "1", "destination": "SZ",
        "alternative": "", "reference": ""})
    assert status == 303, page
    token = urlsplit(location).path.rsplit("/", 1)[-1]
    page = web.ask("GET", f"/quotes/{token}")[2]
    start = page.index(f'action="/quotes/{token}/accept"')
    return token, hidden(page[start:page.index("</form>", start)]) | {"accepted_by": "Lu Min", "agreed": "y"}


def count(database: Database, table: str) -> int:
    with database.reading() as session:
        found: int = session.connection().exec_driver_sql(f"SELECT COUNT(*) FROM {table}").scalar_one()
        return found


@pytest.mark.slow
def test_acceptance_happens_once_although_the_web_process_is_killed(site: tuple[WebProcess, Database]) -> None:
    web, database = site
    for number, delay in enumerate((0.0, 0.02, 0.06), start=1):
        token, form = quote(web)
        acknowledged: list[int] = []

        def accept(token: str = token, form: dict[str, str] = form, heard: list[int] = acknowledged) -> None:
            try:
                heard.append(web.ask("POST", f"/quotes/{token}/accept", form)[0])
            except (OSError, http.client.HTTPException):
                heard.append(0)

        customer = threading.Thread(target=accept)
        customer.start()
        time.sleep(delay)
        web.kill()
        customer.join()
        before = count(database, "customer_order")
        if acknowledged == [303]:
            assert before == number
        web.start()
        status, location, page = web.ask("POST", f"/quotes/{token}/accept", form)
        assert (status, location) == (303, f"/orders/{token}"), page
        assert web.ask("GET", f"/orders/{token}")[0] == 200
        assert count(database, "customer_order") == number
        assert count(database, "work_order") == number
