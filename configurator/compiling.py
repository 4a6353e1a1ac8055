"""Compiling a product version before it serves: for today's rules, and for those of every later day. No database."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from hashlib import sha256
from pathlib import Path

from catalog.errors import OnelotError
from catalog.product import AttributeKind, ProductDefinition, Rule, TableRule
from catalog.readiness import CompileFacts
from configurator.audit.cases import broken_in_words, find_broken
from configurator.configuration import Conflict, Selection
from configurator.engine.loading import compile_definition
from configurator.engine.model import CompiledModel
from configurator.engine.progress import CompilationStopped
from configurator.undefined import find_undefined, undefined_in_words
from configurator.view import is_valid, with_rules_of

MOST_RULE_DAYS = 24
"""So many days on which rules begin or end are compiled ahead; later ones when their day comes."""

Progress = Callable[[str, float], None]
"""Takes the name of a phase and the share of it that is done, from 0 to 1."""


@dataclass(frozen=True, slots=True)
class CompileFault:
    """Why a version cannot serve; ``is_stopped`` when a person stopped its compilation."""

    reason: str
    """An English sentence for the catalog engineer."""
    is_stopped: bool = False
    rule: str = ""
    """Code of the rule to split; empty when none is to blame."""


STOPPED = CompileFault("The compilation was stopped.", is_stopped=True)
"""What a compilation comes to that somebody asked to end."""


def rules_key(definition: ProductDefinition, content_hash: str, on: date) -> str:
    """Name a version with the rules of a day: the content hash itself when all rules are valid."""
    dated: tuple[Rule | TableRule, ...] = (*definition.rules, *definition.table_rules)
    invalid = [str(place) for place, rule in enumerate(dated) if not is_valid(rule, on)]
    if not invalid:
        return content_hash
    return sha256(f"{content_hash} without {','.join(invalid)}".encode()).hexdigest()


def rule_days(definition: ProductDefinition, *, on: date) -> tuple[date, ...]:
    """Give the days from which on another set of rules is valid: the given day, then later ones in order.

    Returns
    -------
    tuple of date
        At least the given day itself; at most :data:`MOST_RULE_DAYS` later ones.
    """
    dated: tuple[Rule | TableRule, ...] = (*definition.rules, *definition.table_rules)
    edges = {day for rule in dated for day in (rule.valid_from, rule.valid_until) if day is not None}
    return (on, *sorted(day for day in edges if day > on)[:MOST_RULE_DAYS])


def compile_product(definition: ProductDefinition, *, content_hash: str, on: date, cache_directory: Path | None,
                    progress: Progress | None = None, should_stop: Callable[[], bool] | None = None,
                    ) -> CompileFacts | CompileFault:
    """Compile a product with the rules of a day and of every later day on which rules begin or end.

    What is in the cache already is read from it, so a compilation that was killed can be run again.

    Parameters
    ----------
    definition
        With all its rules.
    content_hash
        Of its source.
    on
        The first day.
    cache_directory
        Where compiled models are kept for the processes that serve; None only tries.
    progress
        Called now and then with phase and share.
    should_stop
        Asked now and then; True ends the compilation.

    Returns
    -------
    CompileFacts or CompileFault
        The facts of the first day's rules, with the time of all; the fault when any day's rules cannot be served, or
        when a test configuration does not come out as expected on the first day.
    """
    started = time.monotonic()
    facts: CompileFacts | None = None
    done: set[str] = set()
    for day in rule_days(definition, on=on):
        key = rules_key(definition, content_hash, day)
        if key in done:
            continue
        done.add(key)
        found = _compile(with_rules_of(definition, day), key, cache_directory, progress, should_stop)
        if isinstance(found, CompileFault):
            since = "" if day == on or found.is_stopped else f"From {day.isoformat()} on: "
            return replace(found, reason=since + found.reason)
        if day == on and (broken := find_broken(with_rules_of(definition, day))):
            return CompileFault("; ".join(map(broken_in_words, broken)))
        if lacking := find_undefined(with_rules_of(definition, day)):
            return CompileFault("; ".join(map(undefined_in_words, lacking)))
        facts = facts or found
    if facts is None:
        raise AssertionError("unreachable: the first day is always compiled")
    return replace(facts, milliseconds=round(1000 * (time.monotonic() - started)))


def _compile(definition: ProductDefinition, key: str, cache_directory: Path | None, progress: Progress | None,
             should_stop: Callable[[], bool] | None) -> CompileFacts | CompileFault:
    try:
        model = compile_definition(definition, content_hash=key, cache_directory=cache_directory, progress=progress,
                                   should_stop=should_stop)
        domains = model.domains(Selection())
    except CompilationStopped:
        return STOPPED
    except OnelotError as refusal:
        return CompileFault(refusal.message, rule=str(refusal.detail.get("rule", "")))
    if isinstance(domains, Conflict):
        return CompileFault("This product has no valid configuration: its rules contradict each other.")
    return _facts(definition, model, domains.count)


def _facts(definition: ProductDefinition, model: CompiledModel, count: int | None) -> CompileFacts:
    options = sum(len(item.options) for item in definition.attributes if item.kind is AttributeKind.CHOICE)
    edges = 0 if model.graph is None else model.graph.edge_count
    return CompileFacts(model.method, options, edges, 0, "" if count is None else str(count))
