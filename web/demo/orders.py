"""Orders that make the boards of the demo worth looking at, placed and made through the real services."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy.orm import Session

from catalog import service as catalog
from ordering import service as ordering
from ordering.order import Order
from web.database import Database

DAYS_AHEAD = 3
"""The first orders were placed so many days before the demo starts."""
WINDOW = {"profile": "PVC82", "glass": "3-4/14/4/14/4", "spacer": "warm", "opening": "tilt_turn"}
PLAIN_WINDOW = {"profile": "PVC70", "glass": "2-4/16/4", "spacer": "alu", "opening": "turn"}
LARGE_WINDOW = {"profile": "ALU75", "glass": "2-lam-33.1/16/4", "spacer": "warm", "opening": "tilt_turn"}
GRAVEL = {"use": "gravel", "frame": "Alu-Gravel", "motor": "none"}
COMMUTER = {"use": "city", "frame": "CrMo-City", "drive": "belt-8hub", "chainring": "42", "brake": "rim", "bar": "flat",
            "motor": "none", "light": "dynamo", "rack": "rear"}
PUMP = {"q_m3h": "20", "head_m": "48", "medium": "water", "material": "cast"}
TWIN_PUMP = {"q_m3h": "20", "head_m": "48", "medium": "water", "pumps": "2", "vsd": "true"}


@dataclass(frozen=True, slots=True)
class DemoOrder:
    """An order of the demo: what, how many, for whom, where to, how many hours after the first."""

    product: str
    choices: dict[str, str]
    quantity: int
    customer: str
    destination: str
    hours: int
    size: tuple[int, int] = field(default=(0, 0))

    def all_choices(self) -> dict[str, str]:
        """The choices with the window's size."""
        width, height = self.size
        return self.choices | ({"width": str(width), "height": str(height)} if width else {})


ORDERS = (
    DemoOrder("window", WINDOW, 12, "Gusu Garden Homes", "SZ", 0, (1230, 1480)),
    DemoOrder("bicycle", GRAVEL, 3, "Haihe Riders", "TJ", 2),
    DemoOrder("window", PLAIN_WINDOW, 18, "Pingjiang Road Hotel", "SZ", 4, (900, 1200)),
    DemoOrder("pump", PUMP, 1, "Jinji Lake Waterworks", "SZ", 6),
    DemoOrder("window", WINDOW, 6, "Family Gu", "SZ", 9, (1100, 1400)),
    DemoOrder("bicycle", COMMUTER, 2, "Five Avenues Bikes", "TJ", 12),
    DemoOrder("window", LARGE_WINDOW, 4, "Yangtze River Gallery", "WH", 20, (1400, 1500)),
    DemoOrder("window", WINDOW, 24, "Xiangmen School", "SZ", 22, (1000, 1500)),
    DemoOrder("pump", TWIN_PUMP, 1, "Donghu Heating", "WH", 25),
    DemoOrder("window", PLAIN_WINDOW, 9, "Family Shen", "NB", 27, (800, 1000)),
    DemoOrder("bicycle", GRAVEL, 1, "Li Na", "QD", 29),
    DemoOrder("window", WINDOW, 16, "Gusu Garden Homes", "SZ", 33, (1230, 1480)),
    DemoOrder("window", PLAIN_WINDOW, 30, "Canal View Flats", "SZ", 44, (950, 1250)),
    DemoOrder("pump", PUMP, 2, "Old Town Brewery", "QD", 46),
    DemoOrder("window", WINDOW, 8, "Tiger Hill Clinic", "SZ", 48, (1150, 1350)),
    DemoOrder("bicycle", COMMUTER, 4, "Haihe Riders", "TJ", 50),
    DemoOrder("window", LARGE_WINDOW, 6, "Ningbo Port Office", "NB", 52, (1350, 1450)),
    DemoOrder("window", WINDOW, 20, "Pingjiang Road Hotel", "SZ", 54, (1050, 1300)),
    DemoOrder("bicycle", GRAVEL, 2, "Zhang Lei", "WH", 56),
    DemoOrder("window", PLAIN_WINDOW, 14, "Family Xu", "TZ", 58, (850, 1150)),
    DemoOrder("pump", TWIN_PUMP, 1, "Wenling Greenhouses", "TZ", 60),
    DemoOrder("window", WINDOW, 28, "Xiangmen School", "SZ", 64, (1000, 1500)),
    DemoOrder("window", WINDOW, 10, "Lion Grove Library", "SZ", 68, (1230, 1480)),
    DemoOrder("window", PLAIN_WINDOW, 22, "Canal View Flats", "SZ", 71, (950, 1250)),
)
OPEN_QUOTES = (
    DemoOrder("window", WINDOW, 3, "Family Tang", "SZ", 0, (1200, 1400)),
    DemoOrder("pump", PUMP, 1, "Taihu Fish Farm", "SZ", 0),
    DemoOrder("bicycle", GRAVEL, 1, "Wu Ting", "SZ", 0),
)


def place_orders(database: Database, *, secret: str, now: datetime, cache_directory: Path) -> int:
    """Place the orders, report the work that lies in the past as done, and leave some quotes open.

    Parameters
    ----------
    database
        Migrated, with the demo catalog published; nothing is placed when it holds orders already.
    secret
        The site's secret, for links.
    now
        The present, aware UTC; everything lies within three days before it and the weeks after.
    cache_directory
        Where compiled products are kept.

    Returns
    -------
    int
        The number of orders placed.
    """
    with database.reading() as session:
        if ordering.list_orders(session, limit=1).total:
            return 0
    start = now - timedelta(days=DAYS_AHEAD)
    for number, wanted in enumerate(ORDERS):
        moment = start + timedelta(hours=wanted.hours)
        with database.transaction() as session:
            offered = _offer(session, wanted, f"demo-order-{number}", secret, moment, cache_directory)
            ordering.accept(session, token=offered.token, revision=offered.quote.revision,
                            idempotency_key=f"demo-accept-{number}", now=moment)
    for number, wanted in enumerate(OPEN_QUOTES):
        moment = now - timedelta(hours=3 * number + 1)
        with database.transaction() as session:
            _offer(session, wanted, f"demo-quote-{number}", secret, moment, cache_directory)
    report_past_work(database, now=now)
    return len(ORDERS)


def _offer(
    session: Session, wanted: DemoOrder, key: str, secret: str, now: datetime, cache_directory: Path
) -> ordering.Offered:
    version = catalog.get_newest(session, product_code=wanted.product)
    line = ordering.LineRequest(version.content_hash, wanted.all_choices(), wanted.quantity)
    address = f"{wanted.customer.lower().replace(' ', '.')}@example.com"
    request = ordering.QuoteRequest((line,), wanted.destination, wanted.customer, address)
    return ordering.offer(session, request=request, idempotency_key=key, secret=secret, now=now,
                          cache_directory=cache_directory)


def report_past_work(database: Database, *, now: datetime) -> int:
    """Report the operations whose planned time has come as begun, and those whose time is over as done."""
    with database.reading() as session:
        orders = list(ordering.list_orders(session, limit=100).orders)
    reports = 0
    events = sorted(_events(orders, now))
    with database.transaction() as session:
        for order in orders:
            ordering.release_work_orders(session, order_number=order.number, now=order.accepted_at)
        for moment, is_start, number in events:
            report = ordering.start_job_order if is_start else ordering.finish_job_order
            report(session, number=number, now=moment)
            reports += 1
    return reports


def _events(orders: list[Order], now: datetime) -> Iterator[tuple[datetime, bool, str]]:
    """Give beginnings and ends up to now; at equal moments an end comes first, so that successors can begin."""
    for order in orders:
        for work_order in order.work_orders:
            for job_order in work_order.job_orders:
                if job_order.planned_start_at <= now:
                    yield job_order.planned_start_at, True, job_order.number
                if job_order.planned_end_at <= now:
                    yield job_order.planned_end_at, False, job_order.number
