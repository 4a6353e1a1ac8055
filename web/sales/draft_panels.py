"""What is asked about one line of a draft: its other options with their differences, and the price of earlier days."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy.orm import Session

from catalog import service as catalog
from catalog.money import Money
from catalog.product import Attribute, ProductDefinition
from ordering import service as ordering
from ordering.approval import DiscountLimits
from ordering.draft import ConfiguredLine, QuoteDraft
from ordering.earlier import EarlierOffer
from ordering.errors import ConfigurationNotSaleable, DraftInvalid
from web import formatting
from web.shop.date_reasons import earlier_lines
from web.shop.wording import attribute_title, inside_sentence, option_title
from web.words import gettext as _

MOST_DAYS = 7


@dataclass(frozen=True, slots=True)
class Panel:
    """A question about a line: ``options:2:glass`` or ``earlier:2``, the place counted from 0."""

    kind: str
    place: int
    attribute: str = ""

    def text(self) -> str:
        """Write the question as addresses and buttons say it."""
        return f"{self.kind}:{self.place}" + (f":{self.attribute}" if self.attribute else "")


@dataclass(frozen=True, slots=True)
class OptionLine:
    """One option with what it would change."""

    title: str
    is_present: bool
    price: str
    margin: str
    day: str
    changed: str
    """Which other choices change with it; empty for none."""
    act: str
    """What its button sends; empty where it cannot be taken."""


@dataclass(frozen=True, slots=True)
class DayLine:
    """One earlier day with what it costs."""

    day: str
    words: str


@dataclass(frozen=True, slots=True)
class OpenPanel:
    """A panel, ready to print."""

    kind: str
    title: str
    options: tuple[OptionLine, ...] = ()
    days: tuple[DayLine, ...] = ()
    empty_words: str = ""
    attribute: str = ""


def read_panel(text: str) -> Panel | None:
    """Read a question; None for anything else."""
    kind, _colon, rest = text.partition(":")
    place, _colon, attribute = rest.partition(":")
    if kind not in {"options", "earlier"} or not place.isascii() or not place.isdecimal() or len(place) > 3:
        return None
    if (kind == "options") != bool(attribute):
        return None
    return Panel(kind, int(place), attribute[:200])


def open_panels(
    session: Session, panel: Panel | None, *, draft: QuoteDraft, limits: DiscountLimits, now: datetime,
    cache_directory: Path
) -> Mapping[int, OpenPanel]:
    """Answer the question about a line; empty where there is none, or the line is no configured one."""
    if panel is None or panel.place >= len(draft.lines):
        return {}
    line = draft.lines[panel.place]
    if not isinstance(line, ConfiguredLine):
        return {}
    try:
        if panel.kind == "earlier":
            offers = ordering.price_draft_earlier(session, draft=draft, position=panel.place, now=now,
                                                  cache_directory=cache_directory)
            return {panel.place: _days(offers, panel)}
        definition = catalog.get_version(session, content_hash=line.content_hash).definition
        found = ordering.compare_line_options(
            session, draft=draft, position=panel.place, attribute=panel.attribute, limits=limits, now=now,
            cache_directory=cache_directory)
    except (DraftInvalid, ConfigurationNotSaleable):
        words = _("This cannot be worked out as the line stands.")
        return {panel.place: OpenPanel(panel.kind, _("What if"), empty_words=words)}
    attribute = definition.attribute(panel.attribute)
    if attribute is None:
        return {}
    return {panel.place: _options(found, panel, definition, attribute, currency=draft.header.currency)}


def _days(offers: tuple[EarlierOffer, ...], panel: Panel) -> OpenPanel:
    lines = earlier_lines(offers, most=MOST_DAYS)
    days = tuple(DayLine(line.day, line.words) for line in lines)
    return OpenPanel("earlier", _("What an earlier day costs"), days=days,
                     empty_words="" if days else _("There is no earlier day to ask for."))


def _options(
    found: tuple[ordering.OptionFigures, ...], panel: Panel, definition: ProductDefinition, attribute: Attribute, *,
    currency: str
) -> OpenPanel:
    base = next((item for item in found if item.is_present), None)
    rows = []
    for item in found:
        price = margin = day = ""
        if base is not None and item.net_minor is not None and base.net_minor is not None and not item.is_present:
            price = formatting.money_difference(Money(item.net_minor - base.net_minor, currency))
            if item.margin_minor is not None and base.margin_minor is not None:
                margin = formatting.money_difference(Money(item.margin_minor - base.margin_minor, currency))
            if item.promised_on is not None and base.promised_on is not None:
                day = formatting.day_difference((item.promised_on - base.promised_on).days)
        is_open = item.net_minor is not None and not item.is_present
        rows.append(OptionLine(
            option_title(attribute, item.option), item.is_present, price, margin, day,
            _changed_words(item, definition),
            f"choose:{panel.place}:{attribute.code}:{item.option}" if is_open else ""))
    return OpenPanel("options", _("What if: %(title)s", title=inside_sentence(attribute_title(attribute))),
                     options=tuple(rows), attribute=attribute.code)


def _changed_words(item: ordering.OptionFigures, definition: ProductDefinition) -> str:
    titles = [attribute_title(attribute) for code in item.changed
              if (attribute := definition.attribute(code)) is not None]
    return _("changes with it: %(titles)s", titles=formatting.enumerated(titles)) if titles else ""
