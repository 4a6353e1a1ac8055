"""The list of products: drawn families with prices and days that are true, and imported models as a table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from markupsafe import Markup

from catalog.product import ProductDefinition, ProductSummary, Value
from configurator.derived import all_values
from configurator.view import ConfigurationView
from ordering.service import Proposal
from web import formatting
from web.shop.highlights import OBJECTIVES, Highlights
from web.shop.page import draw, family_title, product_title
from web.shop.query import Query
from web.shop.wording import brief_words, live_day
from web.words import gettext as _
from web.words import ngettext

_MOST_NAMED = 4
_DETAILS = frozenset({"", "false", "none", "no"})


@dataclass(frozen=True, slots=True)
class Fact:
    """A figure, what it is, and which configuration it belongs to."""

    title: str
    value: str
    belongs_to: str
    url: str


@dataclass(frozen=True, slots=True)
class Chip:
    """A configuration made by the engine, named by all that it is best at."""

    title: str
    figures: tuple[str, ...]
    url: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Card:
    """A product with its drawing."""

    title: str
    family: str
    description: str
    drawing: Markup
    url: str
    facts: tuple[Fact, ...]
    chips: tuple[Chip, ...]
    as_of: str
    needs_url: str


@dataclass(frozen=True, slots=True)
class ModelRow:
    """An imported model."""

    code: str
    title: str
    url: str
    version: int


@dataclass(frozen=True, slots=True)
class Address:
    """Where a card leads: the configurator, and the questions about needs (empty when none are asked)."""

    configurator: str
    needs: str = ""

    def of(self, whole: Mapping[str, Value]) -> str:
        """Give the address of a configuration."""
        typed = {code: value if isinstance(value, str) else formatting.plain_number(value)
                 for code, value in whole.items()}
        encoded = Query(typed).encode()
        return f"{self.configurator}?{encoded}" if encoded else self.configurator


def build_card(view: ConfigurationView, highlights: Highlights, address: Address, *, place: str,
               zone: ZoneInfo, may_be_earlier: bool = False) -> Card:
    """Build the card of a product.

    Parameters
    ----------
    view
        Of the product with nothing chosen, for a product without highlights.
    highlights
        What the engine found to be best.
    address
        Where the card leads.
    place, zone
        Title and time zone of the destination that the days are for.
    may_be_earlier
        Whether a quote may bring an earlier day, because others make room for it.
    """
    definition = view.version.definition
    found = highlights.proposals
    shown: Mapping[str, Value] = found["popular"].whole if "popular" in found else view.whole or {}
    return Card(
        product_title(definition), family_title(definition),
        definition.description.in_language(formatting.language()),
        draw(definition, shown, all_values(definition, shown)), address.configurator,
        tuple(_facts(definition, found, address, place, may_be_earlier=may_be_earlier)),
        tuple(_chips(highlights, address)),
        _as_of(formatting.moment_briefly(highlights.found_at, zone), may_be_earlier=may_be_earlier) if found else "",
        address.needs)


def _as_of(moment: str, *, may_be_earlier: bool) -> str:
    if may_be_earlier:
        return _("Days as of %(moment)s; a quote may bring an earlier one: others may make room", moment=moment)
    return _("Days as of %(moment)s", moment=moment)


def build_row(summary: ProductSummary, *, url: str) -> ModelRow:
    """Build the row of an imported model."""
    title = summary.title.in_language(formatting.language())
    return ModelRow(summary.product_code, title, url, summary.number)


def _facts(definition: ProductDefinition, found: Mapping[str, Proposal], address: Address, place: str, *,
           may_be_earlier: bool) -> list[Fact]:
    facts = []
    cheapest, fastest = found.get("cheapest"), found.get("fastest")
    if cheapest is not None:
        is_fastest = fastest is not None and fastest.promised_on is not None and fastest.whole == cheapest.whole
        facts.append(Fact(_("From, without VAT"), formatting.money(cheapest.price),
                          "" if is_fastest else named(definition, cheapest.whole), address.of(cheapest.whole)))
    if fastest is not None and fastest.promised_on is not None:
        day = live_day(fastest.promised_on, may_be_earlier=may_be_earlier)
        facts.append(Fact(_("Earliest at %(place)s", place=place), day,
                          named(definition, fastest.whole), address.of(fastest.whole)))
    return facts


def named(definition: ProductDefinition, whole: Mapping[str, Value]) -> str:
    """Name a configuration by its first choices."""
    words = [brief_words(item, whole[item.code]) for item in definition.attributes
             if whole.get(item.code) is not None and whole[item.code] not in _DETAILS]
    return formatting.enumerated(words[:_MOST_NAMED])


def _chips(highlights: Highlights, address: Address) -> list[Chip]:
    """Give one chip for configurations of the same figures, named by every objective that the first is best by."""
    titles: dict[tuple[str, ...], list[str]] = {}
    urls: dict[tuple[str, ...], str] = {}
    for objective in OBJECTIVES:
        proposal = highlights.proposals.get(objective)
        if proposal is not None:
            figures = _figures(proposal)
            titles.setdefault(figures, []).append(_objective(objective, highlights.orders))
            urls.setdefault(figures, address.of(proposal.whole))
    return [Chip(_joined(words), figures, urls[figures], _note(highlights) if place == 0 else "")
            for place, (figures, words) in enumerate(titles.items())]


def _note(highlights: Highlights) -> str:
    """Say where popularity comes from; empty while the catalog's own defaults stand in for orders."""
    if not highlights.orders or "popular" not in highlights.proposals:
        return ""
    return ngettext("from %(num)s order", "from %(num)s orders", highlights.orders)


def _objective(objective: str, orders: int) -> str:
    return {"popular": _("Popular") if orders else _("Suggested"), "fastest": _("Fastest"),
            "greenest": _("Lowest CO₂"), "cheapest": _("Lowest price")}[objective]


def _joined(words: list[str]) -> str:
    first, *others = words
    return formatting.and_words([first, *(word[:1].lower() + word[1:] for word in others)])


def _figures(proposal: Proposal) -> tuple[str, ...]:
    day = formatting.short_day(proposal.promised_on) if proposal.promised_on is not None else _("no day now")
    return formatting.money(proposal.price), day, f"{formatting.mass(proposal.co2_grams)} kg CO₂e"
