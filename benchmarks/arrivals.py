"""Load at a fixed rate: requests begin when they are due, whether or not the earlier ones are answered.

A request's time counts from the moment it was due, so that waiting in the queue counts.
"""

from __future__ import annotations

import http.client
import itertools
import statistics
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

SENDERS = 48
PART = {"HX-Request": "true", "HX-Request-Type": "partial", "Accept-Encoding": "gzip"}
"""What the page's own script sends with a click."""


@dataclass(frozen=True, slots=True)
class Rate:
    """How many requests a second, for how long."""

    per_second: int
    seconds: int

    @property
    def words(self) -> str:
        """As the table names it."""
        return f"{self.per_second}/s for {self.seconds} s"


STEADY = Rate(17, 20)
BURST = Rate(60, 3)


def window_addresses() -> Iterator[str]:
    """Give clicks on the window, each another product."""
    for number in itertools.count():
        width, opening = 600 + number * 7 % 800, ("tilt_turn", "fixed")[number % 2]
        yield f"/shop/window?profile=PVC82&glass=3-4%2F14%2F4%2F14%2F4&opening={opening}&width={width}"


def bicycle_addresses() -> Iterator[str]:
    """Give clicks on the bicycle; 1,440 different ones."""
    parts = (
        ("size", ("XS", "S", "M", "L", "XL")), ("colour", ("RAL9005", "RAL3020", "RAL5015", "RAL6018")),
        ("rider_kg", ("<=90", "<=115", "<=135")), ("warranty", ("2y", "5y", "10y")), ("maintenance", ("true", "false")),
        ("take_back", ("true", "false")), ("certificate", ("true", "false")))
    every = list(itertools.product(*[[(name, code) for code in codes] for name, codes in parts]))
    for number in itertools.count():
        chosen = every[number * 7 % len(every)]
        yield "/shop/bicycle?" + "&".join(f"{name}={code.replace('<', '%3C')}" for name, code in chosen)


def pump_addresses() -> Iterator[str]:
    """Give clicks on the pump, each another duty point."""
    for number in itertools.count():
        yield f"/shop/pump?q_m3h={2 + number * 3 % 60}&head_m={20 + number % 61}"


def measure(port: int, addresses: Iterator[str], rate: Rate) -> dict[str, Any]:
    """Send requests at a rate; give median, 95th percentile and maximum in milliseconds, and how many failed.

    Parameters
    ----------
    port
        Where the server listens on this machine.
    addresses
        What is asked for.
    rate
        How often.
    """
    asked = list(itertools.islice(addresses, rate.per_second * rate.seconds))
    times, failures = _send(port, asked, rate.per_second)
    times.sort()
    return {"median": round(statistics.median(times), 1), "p95": round(times[int(len(times) * 0.95) - 1], 1),
            "max": round(times[-1], 1), "failures": failures}


def _send(port: int, addresses: Sequence[str], per_second: int) -> tuple[list[float], int]:
    times: list[float] = []
    failed: list[str] = []
    places = iter(range(len(addresses)))
    turn = threading.Lock()
    begin = time.perf_counter() + 0.2

    def send() -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        while True:
            with turn:
                place = next(places, None)
            if place is None:
                break
            due = begin + place / per_second
            time.sleep(max(0.0, due - time.perf_counter()))
            if _ask(connection, addresses[place]) != 200:
                failed.append(addresses[place])
            times.append((time.perf_counter() - due) * 1000)
        connection.close()

    senders = [threading.Thread(target=send) for _ in range(SENDERS)]
    for sender in senders:
        sender.start()
    for sender in senders:
        sender.join()
    return times, len(failed)


def _ask(connection: http.client.HTTPConnection, address: str) -> int:
    try:
        connection.request("GET", address, headers=PART)
        answer = connection.getresponse()
        answer.read()
    except (OSError, http.client.HTTPException):
        connection.close()
        return 0
    return answer.status
