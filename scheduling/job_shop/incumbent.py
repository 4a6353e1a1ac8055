"""The best schedule and the best bound that several searches of one instance share. Imports the instance only."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from scheduling.job_shop.greedy import Sequenced
from scheduling.job_shop.instance import JobShop

_SEARCH_THREAD = "onelot-search"


@dataclass
class Incumbent:
    """What is known of an instance; threads offer schedules and bounds, and look whether to stop.

    Attributes
    ----------
    instance
        The problem.
    best
        The best schedule offered; there is one from the beginning.
    lower_bound
        No schedule can be shorter.
    bound_by, found_by
        What gave the bound and the schedule.
    stop
        Set when time is up, or when the schedule is as short as the bound.
    iterations
        Moves made by all tabu searches.
    is_compiled
        Whether those ran as machine code; None before one has begun.
    failures
        One sentence per search that broke off; the others went on.
    """

    instance: JobShop
    best: Sequenced
    lower_bound: int
    bound_by: str
    found_by: str = "list schedule"
    stop: threading.Event = field(default_factory=threading.Event)
    iterations: int = 0
    is_compiled: bool | None = None
    failures: list[str] = field(default_factory=list)
    _stoppers: list[Callable[[], None]] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        """Stop at once when there is nothing to improve."""
        self._close()

    def offer(self, schedule: Sequenced, found_by: str) -> None:
        """Keep a schedule if it is shorter than the best."""
        with self._lock:
            if schedule.makespan < self.best.makespan:
                self.best, self.found_by = schedule, found_by
        self._close()

    def raise_bound(self, bound: int, bound_by: str) -> None:
        """Keep a valid lower bound if it is higher than the best."""
        with self._lock:
            if bound > self.lower_bound:
                self.lower_bound, self.bound_by = bound, bound_by
        self._close()

    def count(self, iterations: int) -> None:
        """Add moves that a search made."""
        with self._lock:
            self.iterations += iterations

    def at_stop(self, stopper: Callable[[], None]) -> None:
        """Name something to call when the search is to stop; called at once when it is."""
        with self._lock:
            self._stoppers.append(stopper)
        if self.stop.is_set():
            stopper()

    def end(self) -> None:
        """Tell every search to stop."""
        with self._lock:
            self.stop.set()
            stoppers = tuple(self._stoppers)
        for stopper in stoppers:
            stopper()

    def guarded(self, work: Callable[[], None], name: str) -> Callable[[], None]:
        """Wrap a search so that its failure is noted and leaves the others and the best schedule alone."""
        def run() -> None:
            try:
                work()
            except Exception as error:
                with self._lock:
                    self.failures.append(f"{name} broke off: {type(error).__name__}: {error}"[:300])
        return run

    def _close(self) -> None:
        if self.best.makespan <= self.lower_bound and not self.stop.is_set():
            self.end()


def run_side_by_side(
    incumbent: Incumbent, works: list[Callable[[], None]], deadline: float,
    should_stop: Callable[[], bool] = lambda: False,
) -> None:
    """Run searches in threads until they are done, until a time of the monotonic clock, or until told to stop.

    A search that does not stop in time is left behind as a daemon; what it offers later is ignored by the caller.

    Parameters
    ----------
    incumbent
        What they share.
    works
        The searches.
    deadline
        When to stop, in seconds of ``time.monotonic``.
    should_stop
        Asked ten times a second, by the thread that called.
    """
    threads = [threading.Thread(target=work, daemon=True, name=_SEARCH_THREAD) for work in works]
    for thread in threads:
        thread.start()
    while time.monotonic() < deadline and not (incumbent.stop.is_set() or should_stop()) and any(
        thread.is_alive() for thread in threads
    ):
        incumbent.stop.wait(min(0.1, max(0.0, deadline - time.monotonic())))
    incumbent.end()
    grace = time.monotonic() + 0.2
    for thread in threads:
        thread.join(max(0.0, grace - time.monotonic()))
