"""Whether every configuration of one version goes on in another: proven, or refuted by a configuration."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import product
from math import prod

from catalog.product import AttributeKind, Value
from configurator.audit.changes import Containment
from configurator.audit.merging import NEW, OLD, MergedVersions
from configurator.configuration import Selection
from configurator.engine.rule_questions import Goal, OutOfTime, RuleQuestions

MOST_COMBINATIONS = 5_000
"""Combinations of shared options that rules join with attributes of the other version only: more are not tried."""


class VersionQuestions:
    """Questions about two merged versions.

    Parameters
    ----------
    merged
        Both versions.
    seconds
        Of wall clock for all questions.
    """

    def __init__(self, merged: MergedVersions, seconds: float) -> None:
        self._merged = merged
        self._questions = RuleQuestions(merged.definition, seconds=seconds)
        self._sides = {mark: [code for code in self._questions.constraints if code.startswith(mark)]
                       for mark in (OLD, NEW)}

    def contains(self, inner: str, outer: str) -> Containment:
        """Say whether every configuration of the inner side is, over the shared attributes, one of the outer side.

        Parameters
        ----------
        inner, outer
            :data:`OLD` and :data:`NEW`, one each.

        Returns
        -------
        Containment
            A rule of the outer side over shared attributes alone is asked whether an inner configuration breaks it.
            Rules that also name attributes of the outer side only must leave these a value: one set of values is
            tried for all configurations at once, then each combination of the shared options that they name.
        """
        try:
            return self._refuted(inner, outer) or self._joined(inner, outer)
        except OutOfTime:
            return Containment(None, reason="the time was over")

    def _refuted(self, inner: str, outer: str) -> Containment | None:
        own = self._own(outer)
        for code in self._sides[outer]:
            if code.removeprefix(outer) not in self._merged.twins and not self._reads(code) & own:
                others = [other for other in self._sides[outer] if other != code]
                found = self._questions.witness(Goal(broken=(code,)), without=others)
                if found is not None:
                    return Containment(holds=False, counter_example=self._shown(found, inner),
                                       rules=(code.removeprefix(outer),))
        return None

    def _joined(self, inner: str, outer: str) -> Containment:
        """Decide on the rules that name attributes of the outer side only; the others hold by now."""
        own = self._own(outer)
        joined = [code for code in self._sides[outer] if self._reads(code) & own]
        if not joined:
            return Containment(holds=True)
        usual = self._questions.witness(Goal(), without=self._sides[inner])
        if usual is None:  # nothing is possible outside
            found = self._questions.witness(Goal(), without=self._sides[outer])
            return Containment(found is None, None if found is None else self._shown(found, inner))
        settled = self._settled(inner, outer, joined, {code: usual[code] for code in own})
        return settled or self._tried(inner, outer, joined, own)

    def _settled(self, inner: str, outer: str, joined: Sequence[str],
                 values: Mapping[str, Value]) -> Containment | None:
        """Try one set of values for the outer side's own attributes; None when it serves only some configurations."""
        fixed = Goal.of(values, self._merged.definition)
        for code in joined:
            found = self._questions.witness(replace(fixed, broken=(code,)), without=self._sides[outer])
            if found is not None:
                rest = Goal.of({name: found[name] for name in self._merged.shared}, self._merged.definition)
                if self._questions.is_possible(rest, without=self._sides[inner]):
                    return None
                return Containment(holds=False, counter_example=self._shown(found, inner))
        return Containment(holds=True)

    def _tried(self, inner: str, outer: str, joined: Sequence[str], own: Collection[str]) -> Containment:
        """Try every combination of the shared options that the rules name together with the own attributes."""
        named = {name for code in joined for name in self._reads(code)} - set(own)
        attributes = [item for item in self._merged.definition.attributes if item.code in named]
        if any(item.kind is AttributeKind.NUMBER for item in attributes):
            return Containment(None, reason="attributes of one version only are coupled with numbers")
        if prod(len(item.options) for item in attributes) > MOST_COMBINATIONS:
            return Containment(None, reason="attributes of one version only are coupled with too many options")
        codes = [[option.code for option in item.options] for item in attributes]
        for values in product(*codes):
            goal = Goal(options=dict(zip((item.code for item in attributes), values, strict=True)))
            if self._questions.is_possible(goal, without=self._all_but(joined)):
                continue
            found = self._questions.witness(goal, without=self._sides[outer])
            if found is not None:
                return Containment(holds=False, counter_example=self._shown(found, inner))
        return Containment(holds=True)

    def _all_but(self, kept: Collection[str]) -> list[str]:
        return [code for code in self._questions.constraints if code not in kept]

    def _own(self, side: str) -> frozenset[str]:
        """Give the attributes that only one side has."""
        return frozenset(item.code for item in self._merged.definition.attributes if item.code.startswith(side)
                         and item.code not in self._merged.shared)

    def _reads(self, code: str) -> frozenset[str]:
        return self._merged.reads[code]

    def _shown(self, found: Selection, side: str) -> Selection:
        """Give a configuration in the codes of the side that it belongs to."""
        return Selection.of(dict(_in_codes_of(found, side, self._merged.renamed, self._merged.shared)))


def _in_codes_of(found: Selection, side: str, renamed: Mapping[str, str],
                 shared: Collection[str]) -> Iterator[tuple[str, Value]]:
    for code, value in found.items():
        if code in shared:
            yield (renamed.get(code, code) if side == OLD else code), value
        elif code.startswith(side):
            yield code.removeprefix(side), value
