"""The demo world ready to sell: published products and plants, requests for quotes, one transaction a step."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from catalog import service as catalog
from ordering import checks, service
from ordering.quote import Alternative
from ordering.service import Accepted, LineRequest, Offered, QuoteRequest
from scheduling import checks as planning_checks
from scheduling import service as scheduling
from web.database import Database

DEMO = Path(__file__).resolve().parent.parent.parent / "catalog" / "demo"
NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
SECRET = "a secret of the tests, long enough to be one"
WINDOW = {"width": "1230", "height": "1480", "profile": "PVC82", "glass": "3-4/14/4/14/4", "spacer": "warm",
          "opening": "tilt_turn"}


@dataclass
class Shop:
    """A database with the demo world in it."""

    database: Database
    cache: Path
    hashes: Mapping[str, str] = field(default_factory=dict)

    def open(self) -> None:
        """Publish the demo catalog and its plants."""
        with self.database.transaction() as session:
            versions = catalog.publish_catalog(session, path=DEMO, now=NOW)
            scheduling.publish_network(session, network=catalog.get_network(session), now=NOW)
        self.hashes = {version.product_code: version.content_hash for version in versions}

    def request(self, *lines: tuple[str, Mapping[str, str], int], destination: str = "SZ",
                email: str = "li@example.org", alternative: Alternative = Alternative.DEFAULT,
                reference: str = "RFQ 26-118") -> QuoteRequest:
        """Ask for products; one window when none is named."""
        wanted = lines or (("window", WINDOW, 1),)
        return QuoteRequest(
            tuple(LineRequest(self.hashes[code], choices, quantity) for code, choices, quantity in wanted),
            destination, "Jiangnan Living 江南宜居", email, reference, alternative,
        )

    def offer(self, request: QuoteRequest | None = None, *, key: str = "offer-1", now: datetime = NOW) -> Offered:
        with self.database.transaction() as session:
            return service.offer(session, request=request or self.request(), idempotency_key=key, secret=SECRET,
                                 now=now, cache_directory=self.cache)

    def accept(self, offered: Offered, *, key: str = "accept-1", now: datetime = NOW, reference: str = "",
               revision: int | None = None) -> Accepted:
        with self.database.transaction() as session:
            return service.accept(session, token=offered.token, revision=revision or offered.quote.revision,
                                  idempotency_key=key, now=now, reference=reference)

    def breaches(self, now: datetime = NOW) -> list[str]:
        """Every breach of an invariant of ordering and planning."""
        with self.database.reading() as session:
            found = [*checks.check(session, now=now), *planning_checks.check(session, now=now)]
        return [str(breach) for breach in found]
