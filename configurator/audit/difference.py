"""The difference of two versions of a product: what changed, what became possible or impossible, what it costs."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from hashlib import sha256
from pathlib import Path
from typing import Final

from catalog.product import ProductDefinition, Value
from catalog.rules.evaluation import ValueUndefined
from catalog.text import Text
from configurator.appraisal import Appraiser
from configurator.audit.changes import Containment, Difference, NumberReach, PriceChange, Reach
from configurator.audit.containment import VersionQuestions
from configurator.audit.listing import list_changes
from configurator.audit.merging import NEW, OLD, MergedVersions, find_renamed, merge_versions
from configurator.completion import complete_selection
from configurator.configuration import Conflict, Domains, OptionState, Selection
from configurator.engine.compiler import Budget
from configurator.engine.loading import compile_definition
from configurator.engine.model import CompiledModel
from configurator.engine.rule_encoding import RuleTooWide
from configurator.errors import ComponentTooLarge
from configurator.pricing import price

MOST_EXAMPLES: Final = 50
DEFAULT_SECONDS: Final = 60.0
_MOST_EDGES = 3_000_000


def compare_versions(old: ProductDefinition, new: ProductDefinition, *, seconds: float = DEFAULT_SECONDS,
                     cache_directory: Path | None = None) -> Difference:
    """Say all that differs between two versions of a product.

    Parameters
    ----------
    old, new
        With the rules of the day of interest; codes of the product may differ.
    seconds
        Of wall clock, > 0, about which the comparison ends.
    cache_directory
        Where compiled models are kept; None keeps nothing.

    Returns
    -------
    Difference
        Everything in it is exact; what was not decided is said to be so.

    Raises
    ------
    ComponentTooLarge, RuleTooWide
        A version couples more than can be solved ahead.
    """
    return _Comparison(old, new, seconds, cache_directory).difference()


class _Comparison:
    def __init__(self, old: ProductDefinition, new: ProductDefinition, seconds: float,
                 cache_directory: Path | None) -> None:
        self._deadline = time.monotonic() + seconds
        self._contained_until = time.monotonic() + seconds / 2
        self._old, self._new = old, new
        self._models = tuple(_compiled(item, seconds / 4, cache_directory) for item in (old, new))
        self._domains = tuple(model.domains(Selection()) for model in self._models)
        self._merged: MergedVersions = merge_versions(old, new)
        self._counts = dict.fromkeys(((1, True), (1, False), (2, True), (2, False)), 0)
        self._not_checked: list[str] = []

    def difference(self) -> Difference:
        """Put everything together."""
        inside = self._contained()
        # Where either version has what the other has, no option and no pair can differ.
        reach = () if inside[0].holds and inside[1].holds else tuple(self._reach())
        old_count, new_count = (0 if isinstance(domains, Conflict) else domains.count for domains in self._domains)
        return Difference(
            self._new.code, self._old == self._new, old_count, new_count,
            items=tuple(list_changes(self._old, self._new, find_renamed(self._old, self._new))), reach=reach,
            options_possible=self._counts[1, True], options_impossible=self._counts[1, False],
            pairs_possible=self._counts[2, True], pairs_impossible=self._counts[2, False],
            numbers=tuple(self._numbers()), old_in_new=inside[0], new_in_old=inside[1],
            prices=tuple(self._prices()), not_checked=tuple(self._not_checked))

    # -- options --------------------------------------------------------------------------------
    def _reach(self) -> Iterator[Reach]:
        """Compare which options, alone and in pairs, some configuration has."""
        first, second = (_living(domains) for domains in self._domains)
        options = [(code, option) for code in self._merged.shared for option in self._both(code)]
        for item in options:
            was, is_now = self._before(item) in first, item in second
            if was is not is_now:
                yield from self._found((item,), is_possible=is_now)
        alive = [item for item in options if self._before(item) in first and item in second]
        place = {item: number for number, item in enumerate(alive)}
        for number, item in enumerate(alive):
            if time.monotonic() > self._deadline:
                self._not_checked.append(f"pairs of {len(alive) - number} options")
                return
            before, after = (_living(model.domains(Selection.of(dict([chosen]))))
                             for model, chosen in zip(self._models, (self._before(item), item), strict=True))
            for other in alive:
                if place[other] > number and other[0] != item[0]:
                    was, is_now = self._before(other) in before, other in after
                    if was is not is_now:
                        yield from self._found((item, other), is_possible=is_now)

    def _found(self, options: tuple[tuple[str, str], ...], *, is_possible: bool) -> Iterator[Reach]:
        """Count a difference; show the first ones with an example."""
        self._counts[len(options), is_possible] += 1
        if self._counts[len(options), is_possible] > MOST_EXAMPLES:
            return
        definition, model = (self._new, self._models[1]) if is_possible else (self._old, self._models[0])
        chosen = Selection.of(dict(options if is_possible else map(self._before, options)))
        yield Reach(options, is_possible, model.complete(chosen, preferred=_defaults(definition)))

    def _both(self, code: str) -> list[str]:
        """Give the options of a shared attribute that both versions have."""
        old, new = self._old.attribute(self._merged.renamed.get(code, code)), self._new.attribute(code)
        known = {option.code for option in old.options} if old is not None else set()
        return [option.code for option in new.options if option.code in known] if new is not None else []

    def _before(self, item: tuple[str, str]) -> tuple[str, str]:
        """Give an option in the codes of the old version."""
        return self._merged.renamed.get(item[0], item[0]), item[1]

    # -- numbers, containment, prices -----------------------------------------------------------
    def _numbers(self) -> Iterator[NumberReach]:
        old, new = self._domains
        for code in self._merged.shared:
            before = {} if isinstance(old, Conflict) else old.numbers
            after = {} if isinstance(new, Conflict) else new.numbers
            name = self._merged.renamed.get(code, code)
            if name in before or code in after:
                was = before[name].intervals if name in before else ()
                is_now = after[code].intervals if code in after else ()
                if was != is_now:
                    yield NumberReach(code, was, is_now)

    def _contained(self) -> tuple[Containment, Containment]:
        try:
            questions = VersionQuestions(self._merged, max(1.0, self._contained_until - time.monotonic()))
        except (ComponentTooLarge, RuleTooWide) as refusal:
            unknown = Containment(None, reason=f"both versions together are too large: {refusal}")
            return unknown, unknown
        return questions.contains(OLD, NEW), questions.contains(NEW, OLD)

    def _prices(self) -> Iterator[PriceChange]:
        """Price the defaults and every preset in both versions; those that cost the same are left out."""
        titles = {preset.code: preset.title for item in (self._old, self._new) for preset in item.presets}
        for code, title in {"": Text(), **titles}.items():
            old, new = (_priced(item, model, _start(item, code))
                        for item, model in zip((self._old, self._new), self._models, strict=True))
            if (old, self._old.currency) != (new, self._new.currency):
                yield PriceChange(code, title, old, new, self._old.currency, self._new.currency)


def _compiled(definition: ProductDefinition, seconds: float, cache_directory: Path | None) -> CompiledModel:
    identity = sha256(repr(definition).encode()).hexdigest()
    return compile_definition(definition, content_hash=identity, cache_directory=cache_directory,
                              budget=Budget(seconds, _MOST_EDGES))


def _living(domains: Domains | Conflict) -> frozenset[tuple[str, str]]:
    """Give the options that are possible."""
    if isinstance(domains, Conflict):
        return frozenset()
    return frozenset((name, code) for name, states in domains.options.items()
                     for code, state in states.items() if state is not OptionState.EXCLUDED)


def _defaults(definition: ProductDefinition) -> Mapping[str, Value]:
    return {item.code: item.default for item in definition.attributes if item.default is not None}


def _start(definition: ProductDefinition, code: str) -> Selection | None:
    """Give the choices of a preset, none for the empty code; None when there is no such preset."""
    if not code:
        return Selection()
    return next((Selection.of(item.selection) for item in definition.presets if item.code == code), None)


def _priced(definition: ProductDefinition, model: CompiledModel, start: Selection | None) -> int | None:
    """Give the price of what a starting point is completed to; None when it is not valid or has none."""
    if start is None or not definition.prices or not model.is_consistent(start):
        return None
    try:
        return price(definition, complete_selection(model, Appraiser(definition), start)).total.amount_minor
    except ValueUndefined:
        return None
