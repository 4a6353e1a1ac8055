"""What the page of a budget, a day and a footprint shows. Formatting only."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from catalog.money import Money
from catalog.product import AttributeKind, ProductDefinition, Value
from ordering.service import Bounds, Proposal, Shortfall
from web import formatting
from web.shop.bounds_form import BoundsForm
from web.shop.query import Query
from web.shop.wording import attribute_title, choice_words, value_words
from web.words import gettext as _
from web.words import ngettext

OBJECTIVES = ("cheapest", "fastest", "greenest", "popular")
_ICONS = {"cheapest": "coin", "fastest": "clock", "greenest": "leaf", "popular": "user"}
_MOST_CHANGES = 12


@dataclass(frozen=True, slots=True)
class DecideLink:
    """One way to have the rest decided."""

    icon: str
    title: str
    url: str


@dataclass(frozen=True, slots=True)
class Deciding:
    """What the summary offers: to decide the rest, and to go by limits."""

    links: tuple[DecideLink, ...]
    """Empty when nothing is open."""
    limits_url: str


@dataclass(frozen=True, slots=True)
class ProposalRow:
    """A proposed product: its figures, what it changes, and the address that takes it."""

    title: str
    date: str
    price: str
    mass: str
    over: tuple[str, ...]
    """How it misses the limits; empty when it meets them."""
    changes: tuple[str, ...]
    more_changes: str
    url: str


@dataclass(frozen=True, slots=True)
class DecidingPage:
    """The page: its form, and the answer once limits were given."""

    title: str
    action: str
    back_url: str
    form: BoundsForm
    hidden_fields: tuple[tuple[str, str], ...]
    sentence: str = ""
    obstacles: tuple[str, ...] = ()
    """Why nothing can be proposed with the choices as they stand; the shop page repairs them."""
    best: ProposalRow | None = None
    nearest: ProposalRow | None = None
    releases: tuple[ProposalRow, ...] = ()
    """What giving something up leads to."""
    resized: ProposalRow | None = None
    """What other values of the open numbers lead to."""
    resized_words: str = ""
    no_release_words: str = ""


def decide_links(urls: Mapping[str, str]) -> tuple[DecideLink, ...]:
    """Name the ways to have the rest decided, by objective and address."""
    titles = {"cheapest": _("Cheapest"), "fastest": _("Fastest"), "greenest": _("Greenest"),
              "popular": _("Most popular")}
    return tuple(DecideLink(_ICONS[word], titles[word], urls[word]) for word in OBJECTIVES)


@dataclass(frozen=True, slots=True)
class Present:
    """What proposals are compared with, and where they lead."""

    definition: ProductDefinition
    whole: Mapping[str, Value]
    query: Query
    address: str

    @property
    def has_choices(self) -> bool:
        """Whether the customer has chosen anything that decides; texts do not."""
        items = (self.definition.attribute(name) for name in self.query.choices)
        return any(item is not None and item.kind is not AttributeKind.TEXT for item in items)

    def url(self, whole: Mapping[str, Value]) -> str:
        """Give the address of a whole configuration; texts of the customer stay."""
        typed = {name: value if isinstance(value, str) else formatting.plain_number(value)
                 for name, value in whole.items()}
        return f"{self.address}?{self.query.choosing(typed).encode()}"


def refused(page: DecidingPage, obstacles: tuple[str, ...]) -> DecidingPage:
    """Say on the page that nothing can be proposed, and why as far as the choices are the reason."""
    words = _("Nothing can be proposed with these choices.") if obstacles else _(
        "Nothing can be proposed for this product here.")
    return replace(page, sentence=words, obstacles=obstacles)


def answered(page: DecidingPage, answer: Proposal | Shortfall, present: Present, bounds: Bounds) -> DecidingPage:
    """Put an answer on the page."""
    base = (page.title, page.action, page.back_url, page.form, page.hidden_fields)
    if isinstance(answer, Proposal):
        return DecidingPage(*base, sentence=_best_sentence(answer),
                            best=_row(_("The product that fits best"), answer, present, bounds))
    releases = tuple(
        _row(_("If you give up %(choices)s", choices=_given_up(present, release.given_up)),
             release.proposal, present, bounds) for release in answer.releases)
    resized = answer.resized
    return DecidingPage(
        *base, sentence=_miss_sentence(answer, present),
        nearest=_row(_("The nearest that can be made"), answer.nearest, present, bounds), releases=releases,
        resized=None if resized is None else _row(_other_numbers(answer.usual, resized, present), resized, present,
                                                  bounds),
        resized_words=_resized_words(answer), no_release_words=_no_release_words(answer, present))


def _best_sentence(answer: Proposal) -> str:
    if answer.is_proven:
        return _("Within your limits, and of all such products the most popular.")
    return _("Within your limits. Another one liked even more may fit too: not every day could be asked for.")


def _miss_sentence(answer: Shortfall, present: Present) -> str:
    """Say that nothing fits, and with what: never with choices that nobody made."""
    values = _values(present, answer.usual)
    if present.has_choices and values:
        return (_("No product with your choices and the usual values (%(values)s) meets these limits.",
                  values=values) if answer.is_proven else
                _("No product with your choices and the usual values (%(values)s) was found within these limits.",
                  values=values))
    if present.has_choices:
        return (_("No product with your choices meets these limits.") if answer.is_proven else
                _("No product with your choices was found within these limits."))
    if values:
        return (_("No product with the usual values (%(values)s) meets these limits.", values=values)
                if answer.is_proven else
                _("No product with the usual values (%(values)s) was found within these limits.", values=values))
    return _("No product meets these limits.") if answer.is_proven else _("No product was found within these limits.")


def _resized_words(answer: Shortfall) -> str:
    if not answer.usual:
        return ""
    if answer.resized is None:
        return _("No other values were found with which it fits.")
    if answer.resized.is_proven:
        return ""
    return _("Values nearer to the usual ones may fit too: the search ended before.")


def _no_release_words(answer: Shortfall, present: Present) -> str:
    if answer.releases or not present.has_choices:
        return ""
    return _("No single choice of yours, given up, makes the limits reachable.")


def _other_numbers(usual: Mapping[str, Value], found: Proposal, present: Present) -> str:
    changed = {name: found.whole[name] for name, value in usual.items() if found.whole[name] != value}
    return _("With other values: %(values)s", values=_values(present, changed))


def _values(present: Present, numbers: Mapping[str, Value]) -> str:
    return formatting.enumerated(choice_words(item, numbers[item.code]) for item in present.definition.attributes
                                 if item.code in numbers)


def _row(title: str, found: Proposal, present: Present, bounds: Bounds) -> ProposalRow:
    changes = [
        _("%(attribute)s: %(new)s instead of %(old)s", attribute=attribute_title(item),
          new=value_words(item, found.whole[item.code]), old=value_words(item, present.whole[item.code]))
        for item in present.definition.attributes
        if item.code in found.whole and item.code in present.whole
        and found.whole[item.code] != present.whole[item.code]]
    more = len(changes) - _MOST_CHANGES
    return ProposalRow(
        title, formatting.day(found.promised_on) if found.promised_on else _("No date can be promised now."),
        formatting.money(found.price), f"{formatting.mass(found.co2_grams)} kg CO₂e", tuple(_over(found, bounds)),
        tuple(changes[:_MOST_CHANGES]), ngettext("and %(num)s more", "and %(num)s more", more) if more > 0 else "",
        present.url(found.whole))


def _over(found: Proposal, bounds: Bounds) -> Iterable[str]:
    if bounds.price_minor is not None and found.price.amount_minor > bounds.price_minor:
        above = Money(found.price.amount_minor - bounds.price_minor, found.price.currency)
        yield _("%(amount)s above your budget", amount=formatting.money(above))
    if bounds.latest_on is not None and found.promised_on is None:
        yield _("no date can be promised now")
    elif bounds.latest_on is not None and found.promised_on is not None and found.promised_on > bounds.latest_on:
        yield _("%(days)s d after your day", days=(found.promised_on - bounds.latest_on).days)
    if bounds.co2_grams is not None and found.co2_grams > bounds.co2_grams:
        yield _("%(mass)s kg CO₂e above your limit", mass=formatting.mass(found.co2_grams - bounds.co2_grams))


def _given_up(present: Present, names: Iterable[str]) -> str:
    items = (present.definition.attribute(name) for name in names)
    return formatting.and_words([choice_words(item, present.whole[item.code]) for item in items if item is not None])
