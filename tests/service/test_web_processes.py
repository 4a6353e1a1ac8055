"""Several web processes on one port: any of them answers, a dead one is replaced, all end with the first."""

from __future__ import annotations

import os
import signal
import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from alembic import command

import migrations
from tests.service.test_web_killed import WebProcess

PATIENCE_SECONDS = 90


@pytest.fixture
def site(sqlite_url: str, tmp_path: Path) -> Iterator[WebProcess]:
    command.stamp(migrations.make_config(sqlite_url), "head")
    web = WebProcess(sqlite_url, tmp_path, ONELOT_WEB_PROCESSES="2")
    web.start()
    yield web
    web.kill()


def siblings_of(web: WebProcess) -> list[int]:
    """Give the numbers of the processes that the first one has started to serve."""
    assert web.process is not None
    found = []
    for folder in Path("/proc").iterdir():
        try:
            words = (folder / "cmdline").read_bytes()
            parent = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
        except (OSError, ValueError, IndexError):
            continue
        if parent == web.process.pid and b"web.cli.siblings" in words:
            found.append(int(folder.name))
    return found


def wait_for(is_so: Callable[[], bool]) -> None:
    """Wait until something is so; the test fails when it never is."""
    limit = time.monotonic() + PATIENCE_SECONDS
    while not is_so():
        assert time.monotonic() < limit
        time.sleep(0.05)


def is_alive(number: int) -> bool:
    """Whether a process runs; one that is dead and not waited for does not."""
    try:
        return Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="NOT TESTED: processes are looked up in /proc")
def test_a_dead_process_is_replaced_and_all_end_with_the_first(site: WebProcess) -> None:
    (first,) = siblings_of(site)
    assert site.ask("GET", "/healthz")[0] == 200
    os.kill(first, signal.SIGKILL)
    assert [site.ask("GET", "/healthz")[0] for _ in range(5)] == [200] * 5
    wait_for(lambda: [number for number in siblings_of(site) if number != first and is_alive(number)] != [])
    (second,) = [number for number in siblings_of(site) if is_alive(number)]
    assert site.process is not None
    site.process.send_signal(signal.SIGTERM)
    site.process.wait(PATIENCE_SECONDS)
    wait_for(lambda: not is_alive(second))
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", site.port), timeout=5)


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="NOT TESTED: processes are looked up in /proc")
def test_no_process_outlives_a_first_one_that_was_killed(site: WebProcess) -> None:
    (sibling,) = siblings_of(site)
    site.kill()
    wait_for(lambda: not is_alive(sibling))


@pytest.mark.slow
def test_every_process_takes_connections(site: WebProcess) -> None:
    """The first one is stopped for a while: what is asked meanwhile is answered by the other."""
    assert site.process is not None
    wait_for(lambda: site.ask("GET", "/healthz")[0] == 200)
    time.sleep(0.2)
    site.process.send_signal(signal.SIGSTOP)
    try:
        wait_for(lambda: _answers(site))
    finally:
        site.process.send_signal(signal.SIGCONT)


def _answers(web: WebProcess) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", web.port), timeout=2) as line:
            line.settimeout(2)
            line.sendall(b"GET /healthz HTTP/1.0\r\n\r\n")
            return line.recv(64).startswith(b"HTTP/1.0 200")
    except OSError:
        return False
