"""The demo network under four weeks of orders: a world of its own, sold to, planned and disturbed by its real services.

``docs/four_weeks_story.py`` tells the story. Equal seeds give equal figures: planning is bounded by turns, not by time.
"""

from __future__ import annotations

import importlib
import random
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from sqlalchemy.orm import Session

import migrations
from catalog import service as catalog
from ordering import service as ordering
from ordering.errors import NoCapacity
from scheduling import service as scheduling
from scheduling.events import EventOutcome
from scheduling.improve import improve
from web.cli.checking import CHECKS
from web.database import Database
from web.publishing import publish
from web.settings import ROOT

FIRST_DAY = date(2027, 3, 1)
"""A Monday without holidays in the four weeks after it."""
WEEKS = 4
A_DAY: Mapping[str, int] = {"window": 40, "bicycle": 10, "pump": 4}
NINE_IN_SUZHOU = timedelta(hours=1)
SELLING = timedelta(hours=8)
SECRET = "four weeks of a demo world, nobody's secret"
TURNS = 6_000
WINDOWS = (
    {"profile": "PVC82", "glass": "3-4/14/4/14/4", "spacer": "warm", "opening": "tilt_turn"},
    {"profile": "PVC70", "glass": "2-4/16/4", "spacer": "alu", "opening": "turn"},
    {"profile": "PVC82", "glass": "3-4/14/4/14/4", "spacer": "warm", "opening": "fixed"},
    {"profile": "ALU75", "glass": "2-lam-33.1/16/4", "spacer": "warm", "opening": "tilt_turn"},
)
BICYCLES = (
    {"use": "gravel", "frame": "Alu-Gravel", "motor": "none"},
    {"use": "city", "frame": "CrMo-City", "drive": "belt-8hub", "chainring": "42", "brake": "rim", "bar": "flat",
     "motor": "none", "light": "dynamo", "rack": "rear"},
)
PUMPS = (
    {"q_m3h": "20", "head_m": "48", "medium": "water", "material": "cast"},
    {"q_m3h": "20", "head_m": "48", "medium": "water", "pumps": "2", "vsd": "true"},
)


@dataclass(slots=True)
class Day:
    """What a day brought: the days from order to promise of each family, and the seconds that selling took."""

    on: date
    promised_days: dict[str, list[int]] = field(default_factory=dict)
    refused: int = 0
    seconds: list[float] = field(default_factory=list)
    """From the question to the confirmed order, each."""


class World:
    """The demo world in a database of its own, and its clock."""

    def __init__(self, database: Database, folder: Path) -> None:
        self.database = database
        self.folder = folder
        self.dice = random.Random(20270301)
        self.days: list[Day] = []
        self.count = 0
        self.hashes: dict[str, str] = {}

    def open(self, now: datetime) -> None:
        """Publish products and plants."""
        with self.database.transaction() as session:
            publish(session, path=ROOT / "catalog" / "demo", now=now, cache_directory=self.folder)
            self.hashes = {
                item.product_code: item.content_hash for item in catalog.list_product_summaries(session)
            }

    def sell(self, on: date) -> Day:
        """Sell a day's orders between nine and five."""
        families = [family for family, count in A_DAY.items() for _ in range(count)]
        self.dice.shuffle(families)
        begins = _utc(on) + NINE_IN_SUZHOU
        day = Day(on)
        for number, family in enumerate(families):
            self.order(day, family, begins + SELLING * number / len(families))
        self.days.append(day)
        return day

    def order(self, day: Day, family: str, now: datetime) -> None:
        """Quote and accept one order."""
        self.count += 1
        line = ordering.LineRequest(self.hashes[family], self.choices(family), 1)
        destination = self.dice.choice(("SZ", "SZ", "NB", "TZ", "TJ", "QD", "WH"))
        request = ordering.QuoteRequest((line,), destination, f"Customer {self.count}", f"c{self.count}@example.com")
        began = time.perf_counter()
        try:
            with self.database.transaction() as session:
                offered = ordering.offer(session, request=request, idempotency_key=f"quote-{self.count:06d}",
                                         secret=SECRET, now=now, cache_directory=self.folder)
            with self.database.transaction() as session:
                ordering.accept(session, token=offered.token, revision=offered.quote.revision,
                                idempotency_key=f"accept-{self.count:06d}", now=now)
        except NoCapacity:
            day.refused += 1
            return
        day.seconds.append(time.perf_counter() - began)
        promised = offered.quote.lines[0].promised_on
        day.promised_days.setdefault(family, []).append((promised - day.on).days)

    def choices(self, family: str) -> dict[str, str]:
        """Make up what a customer of a family chooses."""
        if family == "window":
            width, height = self.dice.randrange(900, 1250, 10), self.dice.randrange(1000, 1400, 10)
            size = {"width": str(width), "height": str(height)}
            return self.dice.choice(WINDOWS) | size
        return dict(self.dice.choice(BICYCLES if family == "bicycle" else PUMPS))


    def evening(self, on: date) -> str:
        """Plan the network anew after selling, put it in force, and say what it brought."""
        now = _utc(on) + NINE_IN_SUZHOU + SELLING + timedelta(hours=1)
        with self.database.reading() as session:
            task = scheduling.load_replanning(session, now=now)
        began = time.perf_counter()
        found = improve(task.snapshot, task.jobs, iterations=TURNS, seed=len(self.days))
        seconds = time.perf_counter() - began
        with self.database.transaction() as session:
            proposal = scheduling.save_proposal(session, task=task, improvement=found, now=now)
            moved = sum(len(change.moved) for change in proposal.changes)
            if moved:
                scheduling.publish_proposal(session, proposal_id=proposal.id, now=now)
                ordering.follow_plan(session, now=now, proposal_id=proposal.id)
        before, after = found.objective_before_minor, found.objective_after_minor
        gain = 100 * (before - after) / before if before else 0.0
        return (f"{len(task.jobs)} jobs may move; {moved} operations moved, objective {gain:.1f} % less "
                f"({seconds:.1f} s)")

    def report(self, now: datetime, act: Callable[[Session], EventOutcome]) -> EventOutcome:
        """Report an event, put its repair in force, and let orders and customers follow."""
        with self.database.transaction() as session:
            outcome = act(session)
            ordering.follow_event(session, outcome, now=now, actor="planner")
        if outcome.proposal_id is not None:
            with self.database.transaction() as session:
                scheduling.publish_proposal(session, proposal_id=outcome.proposal_id, now=now)
                ordering.follow_plan(session, now=now, proposal_id=outcome.proposal_id, event_id=outcome.event.id)
        return outcome

    def breaches(self, now: datetime) -> list[str]:
        """Check every invariant over everything stored."""
        with self.database.reading() as session:
            return [str(item) for name in CHECKS for item in importlib.import_module(name).check(session, now=now)]


def _utc(on: date) -> datetime:
    return datetime(on.year, on.month, on.day, tzinfo=UTC)


@contextmanager
def a_world() -> Iterator[World]:
    """Make a world in a folder that is thrown away."""
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{Path(folder) / 'onelot.sqlite3'}"
        migrations.upgrade(url)
        database = Database(url)
        yield World(database, Path(folder))
        database.dispose()


def working_days() -> list[date]:
    """List the selling days of the four weeks, Monday to Friday."""
    days = [FIRST_DAY + timedelta(days=number) for number in range(7 * WEEKS)]
    return [day for day in days if day.weekday() < 5]
