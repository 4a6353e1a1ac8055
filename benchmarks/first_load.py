"""The first page a shopper ever loads: how many bytes, and how long on a slow telephone line.

The line is simulated by Chromium with the figures of a slow 4G: 150 ms round trip, 1.6 Mbit/s down, 0.75 Mbit/s up. The
processor is not slowed down. Bytes are counted as they travel, headers included.
"""

from __future__ import annotations

import statistics
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from benchmarks.browser import find_browser

ROUND_TRIP_MS = 150
DOWN_BITS = 1_600_000
UP_BITS = 750_000
LOADS = 5
LARGEST = """() => new Promise((resolve) => {
  new PerformanceObserver((list) => resolve(list.getEntries().at(-1).startTime))
    .observe({ type: "largest-contentful-paint", buffered: true });
  setTimeout(() => resolve(-1), 2000);
})"""
LOADED = "() => performance.getEntriesByType('navigation')[0].loadEventEnd"


@dataclass
class _Wire:
    """What travels for one page: bytes and kinds by request."""

    kinds: dict[str, str] = field(default_factory=dict)
    sizes: dict[str, int] = field(default_factory=dict)

    def note_response(self, event: Mapping[str, Any]) -> None:
        """Note the kind of an answer."""
        self.kinds[event["requestId"]] = event["type"]

    def note_end(self, event: Mapping[str, Any]) -> None:
        """Note the bytes of an answer."""
        self.sizes[event["requestId"]] = int(event["encodedDataLength"])

    def total(self) -> int:
        """Give the bytes of everything that is no picture."""
        return sum(size for key, size in self.sizes.items() if self.kinds.get(key) != "Image")


def measure(port: int, path: str) -> dict[str, Any] | None:
    """Load a page anew several times: its bytes without pictures, its requests, load event and largest paint.

    None without a browser.
    """
    executable = find_browser()
    if executable is None:
        return None
    from playwright.sync_api import sync_playwright  # noqa: PLC0415  # only this part needs a browser

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=["--no-sandbox"])
        loads = [_load(browser, f"http://127.0.0.1:{port}{path}") for _ in range(LOADS)]
        browser.close()
    return {
        "bytes": max(load[0] for load in loads), "requests": max(load[1] for load in loads),
        "load_ms": round(statistics.median(load[2] for load in loads)),
        "largest_paint_ms": round(statistics.median(load[3] for load in loads)),
    }


def _load(browser: Any, address: str) -> tuple[int, int, float, float]:  # Any: Playwright is imported on use
    context = browser.new_context(viewport={"width": 412, "height": 823})
    page = context.new_page()
    line = context.new_cdp_session(page)
    wire = _Wire()
    line.on("Network.responseReceived", wire.note_response)
    line.on("Network.loadingFinished", wire.note_end)
    line.send("Network.enable")
    line.send("Network.emulateNetworkConditions", {
        "offline": False, "latency": ROUND_TRIP_MS, "downloadThroughput": DOWN_BITS / 8,
        "uploadThroughput": UP_BITS / 8})
    page.goto(address, wait_until="load")
    page.wait_for_timeout(300)
    found = page.evaluate(LOADED), page.evaluate(LARGEST)
    context.close()
    return wire.total(), len(wire.sizes), *found
