"""What the list of products says of each: its cheapest, fastest, greenest and most popular configuration.

The engine proves them and the plants promise their days. They are found once for each version of a product and state
of the plan. When the plan changes, the ones known are shown on, with the moment they were found at, while newer ones
are found beside the requests.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from threading import Lock, Thread

from sqlalchemy.orm import Session

from catalog.product import ProductVersion
from configurator import service as configurator
from configurator.recent import Recent
from ordering import service as ordering
from ordering.service import Proposal
from scheduling import service as scheduling
from web.database import Database

logger = logging.getLogger(__name__)

OBJECTIVES = ("popular", "fastest", "greenest", "cheapest")
FRESH = timedelta(seconds=60)
"""So long one finding serves although the plan has changed since."""
LONGEST = timedelta(minutes=15)
"""Older than this nothing is shown: it is found anew before the page is answered."""


@dataclass(frozen=True, slots=True)
class Highlights:
    """The best configurations of a product by objective, with nothing chosen."""

    found_at: datetime
    plan: tuple[int, int]
    proposals: Mapping[str, Proposal]
    """Empty for a product without prices, or without any valid configuration."""
    orders: int = 0
    """Accepted orders that popularity was learned from; with none of them the catalog's own defaults stand in."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which product, for whom: what highlights belong to."""

    version: ProductVersion
    destination: str
    on: date


class HighlightStore:
    """The highlights that a process knows.

    Parameters
    ----------
    database
        For reading beside the requests.
    cache_directory
        Where compiled models are kept.
    """

    def __init__(self, database: Database, cache_directory: Path | None) -> None:
        self._database = database
        self._cache_directory = cache_directory
        self._known: Recent[tuple[str, str, date], Highlights] = Recent(256)
        self._guard = Lock()
        self._running: dict[tuple[str, str, date], Thread] = {}

    def find(self, session: Session, wanted: Wanted, *, now: datetime) -> Highlights:
        """Give the highlights of a product; only the first time, and after a long pause, they are found at once.

        Parameters
        ----------
        session
            Only read.
        wanted
            Product version, destination and plant-local day.
        now
            Aware UTC.
        """
        key = (wanted.version.content_hash, wanted.destination, wanted.on)
        known = self._known.find(key)
        if known is None or now - known.found_at > LONGEST:
            known = find_highlights(session, wanted, now=now, cache_directory=self._cache_directory)
            self._known.keep(key, known)
        elif now - known.found_at > FRESH and known.plan != scheduling.get_plan_version(session):
            self._renew(key, wanted, now)
        return known

    def wait(self) -> None:
        """Wait for what is being found beside the requests."""
        with self._guard:
            running = tuple(self._running.values())
        for thread in running:
            thread.join()

    def _renew(self, key: tuple[str, str, date], wanted: Wanted, now: datetime) -> None:
        with self._guard:
            if key in self._running:
                return
            thread = Thread(target=self._find_beside, args=(key, wanted, now), name="highlights", daemon=True)
            self._running[key] = thread
        thread.start()

    def _find_beside(self, key: tuple[str, str, date], wanted: Wanted, now: datetime) -> None:
        try:
            with self._database.reading() as session:
                found = find_highlights(session, wanted, now=now, cache_directory=self._cache_directory)
            self._known.keep(key, found)
        except Exception:  # the ones known are shown on; the next visitor tries again
            logger.exception("the highlights of %s could not be found", wanted.version.product_code)
        finally:
            with self._guard:
                self._running.pop(key, None)


def find_highlights(session: Session, wanted: Wanted, *, now: datetime, cache_directory: Path | None) -> Highlights:
    """Have the engine find the highlights of a product.

    Parameters
    ----------
    session
        Only read.
    wanted
        Product version, destination and plant-local day.
    now
        Aware UTC.
    cache_directory
        Where compiled models are kept between processes.
    """
    plan = scheduling.get_plan_version(session)
    view = configurator.configure(session, choices={}, on=wanted.on, content_hash=wanted.version.content_hash,
                                  cache_directory=cache_directory, compares_options=False)
    if view.whole is None or view.price is None or not plan[0]:
        return Highlights(now, plan, {})
    asked = ordering.Request(view, wanted.destination, wanted.on, now, cache_directory)
    found = ((objective, ordering.decide_rest(session, request=asked, objective=objective))
             for objective in OBJECTIVES)
    proposals = {objective: proposal for objective, proposal in found if proposal is not None}
    return Highlights(now, plan, proposals,
                      len(ordering.list_ordered_choices(session, product_code=wanted.version.product_code)))
