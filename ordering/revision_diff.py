"""What one revision of a quote changed against another. Imports no database."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from catalog.money import Money
from catalog.text import Text
from ordering.quote import Quote, QuoteLine
from ordering.quote_item import ItemKind, QuoteItem, Standing


@dataclass(frozen=True, slots=True)
class LineState:
    """A line as one revision has it."""

    position: int
    title: Text
    quantity: int
    net: Money
    standing: Standing
    promised_on: date | None
    choices: tuple[tuple[str, str], ...]
    content_hash: str

    @property
    def identity(self) -> tuple[str, str]:
        """What makes two lines of two revisions the same one, whatever its quantity, price or place."""
        return self.content_hash, "" if self.content_hash else self.title.in_language("en")


@dataclass(frozen=True, slots=True)
class LineChange:
    """A line that both revisions have and that is not the same in both."""

    before: LineState
    after: LineState

    @property
    def fields(self) -> tuple[str, ...]:
        """What differs: ``standing``, ``quantity``, ``choices``, ``net`` or ``promised_on``."""
        names = ("standing", "quantity", "choices", "net", "promised_on")
        return tuple(name for name in names if getattr(self.before, name) != getattr(self.after, name))


@dataclass(frozen=True, slots=True)
class RevisionDiff:
    """What a revision changed; pairs are before and after, None where nothing did."""

    added: tuple[LineState, ...] = ()
    removed: tuple[LineState, ...] = ()
    changed: tuple[LineChange, ...] = ()
    promised_on: tuple[date, date] | None = None
    net: tuple[Money, Money] | None = None
    gross: tuple[Money, Money] | None = None
    terms: tuple[str, ...] = ()
    """Names of the terms that differ: ``payment_terms``, ``delivery_terms``, ``notes``, ``total_discount`` …"""

    def __bool__(self) -> bool:
        return bool(self.added or self.removed or self.changed or self.promised_on or self.gross or self.net
                    or self.terms)


TERMS = ("customer_name", "reference", "destination", "currency", "rate", "total_discount", "payment_terms",
         "delivery_terms", "notes", "language", "alternative")


def compare_revisions(old: Quote, new: Quote) -> RevisionDiff:
    """Say what changed between two revisions of a quote.

    Parameters
    ----------
    old, new
        With everything that stands beside their lines. Headings are no lines.

    Returns
    -------
    RevisionDiff
        Lines that are the same product with the same choices are matched first, then the same product or words, each
        in their order; False where nothing differs.
    """
    before, after = _states(old), _states(new)
    pairs = _match(before, after)
    kept_before, kept_after = {one.position for one, _ in pairs}, {other.position for _, other in pairs}
    changes = (LineChange(one, other) for one, other in sorted(pairs, key=lambda pair: pair[1].position))
    return RevisionDiff(
        added=tuple(line for line in after if line.position not in kept_after),
        removed=tuple(line for line in before if line.position not in kept_before),
        changed=tuple(change for change in changes if change.fields),
        promised_on=None if old.promised_on == new.promised_on else (old.promised_on, new.promised_on),
        net=None if old.net == new.net else (old.net, new.net),
        gross=None if old.gross == new.gross else (old.gross, new.gross),
        terms=tuple(name for name in TERMS if getattr(old, name) != getattr(new, name)),
    )


def _states(quote: Quote) -> tuple[LineState, ...]:
    found = [_of_line(line) for line in quote.lines]
    found += [_of_item(item) for item in quote.items if item.kind is not ItemKind.SECTION]
    return tuple(sorted(found, key=lambda line: line.position))


def _of_line(line: QuoteLine) -> LineState:
    return LineState(line.position, line.title, line.quantity, line.totals.net, Standing.INCLUDED, line.promised_on,
                     tuple(sorted(line.choices.items())), line.content_hash)


def _of_item(item: QuoteItem) -> LineState:
    return LineState(item.position, item.title, item.quantity, item.totals.net, item.standing, item.promised_on,
                     tuple(sorted((item.choices or {}).items())), item.content_hash)


def _match(
    before: tuple[LineState, ...], after: tuple[LineState, ...]
) -> list[tuple[LineState, LineState]]:
    """Pair lines: at the same place the same thing, then the same thing with the same choices, then the same thing."""
    pairs: list[tuple[LineState, LineState]] = []
    left, right = list(before), list(after)
    for is_same in (
        lambda one, other: one.position == other.position and _is_alike(one, other),
        _is_alike,
        lambda one, other: one.identity == other.identity,
    ):
        for other in list(right):
            found = next((one for one in left if is_same(one, other)), None)
            if found is not None:
                pairs.append((found, other))
                left.remove(found)
                right.remove(other)
    return pairs


def _is_alike(one: LineState, other: LineState) -> bool:
    return one.identity == other.identity and one.choices == other.choices
