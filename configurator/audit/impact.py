"""What a new version of a product makes of configurations that were made with an older one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from pathlib import Path

from catalog.product import Attribute, AttributeKind, ProductDefinition, Value
from catalog.rules.evaluation import ValueUndefined
from configurator.appraisal import Appraiser
from configurator.audit.findings import NamedRule
from configurator.audit.merging import find_renamed
from configurator.completion import complete_selection
from configurator.configuration import Selection
from configurator.engine.loading import compile_definition
from configurator.engine.model import CompiledModel
from configurator.engine.rule_questions import Goal, RuleQuestions
from configurator.pricing import price
from configurator.reasoning import without_texts


@dataclass(frozen=True, slots=True)
class Impact:
    """What becomes of one whole configuration under the new version.

    Attributes
    ----------
    is_valid
        Whether the new version still allows every choice that it knows, and knows every value.
    selection
        In the new version's codes: completed when valid, else what of it the new version knows.
    lost
        Attributes, by their old codes, that the new version does not have; these alone break nothing.
    unknown
        Attributes, by their new codes, whose value the new version does not have.
    rules
        The fewest rules of the new version that refuse it; empty when it is valid or a value is unknown.
    old_price_minor, new_price_minor
        Of one piece, net of tax; None when it cannot be priced there.
    """

    is_valid: bool
    selection: Selection
    lost: tuple[str, ...]
    unknown: tuple[str, ...]
    rules: tuple[NamedRule, ...]
    old_price_minor: int | None
    new_price_minor: int | None

    @property
    def changes_price(self) -> bool:
        """Whether it is valid and costs something else."""
        return self.is_valid and self.old_price_minor != self.new_price_minor


class NewVersion:
    """A new version, ready to say what becomes of configurations of older ones.

    Parameters
    ----------
    definition
        With the rules of the day of interest.
    cache_directory
        Where compiled models are kept; None keeps nothing.
    """

    def __init__(self, definition: ProductDefinition, *, cache_directory: Path | None = None) -> None:
        self.definition = definition
        identity = sha256(repr(definition).encode()).hexdigest()
        self._model: CompiledModel = compile_definition(definition, content_hash=identity,
                                                        cache_directory=cache_directory)
        self._appraiser = Appraiser(definition)

    @cached_property
    def _questions(self) -> RuleQuestions:
        return RuleQuestions(self.definition)

    def assess(self, old: ProductDefinition, selection: Selection) -> Impact:
        """Say what becomes of a whole configuration of an older version.

        Parameters
        ----------
        old
            The version it was made with.
        selection
            Whole, texts included.
        """
        names = {before: after for after, before in find_renamed(old, self.definition).items()}
        present = {names.get(code, code): value for code, value in selection.items()
                   if self.definition.attribute(names.get(code, code)) is not None}
        lost = tuple(code for code in selection if names.get(code, code) not in present)
        unknown = tuple(code for code, value in present.items() if not _has(self.definition, code, value))
        known = Selection.of({code: value for code, value in present.items() if code not in unknown})
        before = _priced(old, selection)
        if unknown:
            return Impact(is_valid=False, selection=known, lost=lost, unknown=unknown, rules=(), old_price_minor=before,
                          new_price_minor=None)
        if not self._model.is_consistent(without_texts(self.definition, known)):
            return Impact(is_valid=False, selection=known, lost=lost, unknown=(), rules=self._refusing(known),
                          old_price_minor=before, new_price_minor=None)
        whole = complete_selection(self._model, self._appraiser, known)
        return Impact(is_valid=True, selection=whole, lost=lost, unknown=(), rules=(), old_price_minor=before,
                      new_price_minor=_priced(self.definition, whole))

    def _refusing(self, selection: Selection) -> tuple[NamedRule, ...]:
        cause = self._questions.cause(Goal.of(selection, self.definition))
        return tuple(NamedRule(code, self._questions.constraints[code].reason) for code in cause.codes)


def _has(definition: ProductDefinition, code: str, value: Value) -> bool:
    """Say whether a version knows a value of an attribute."""
    item = definition.attribute(code)
    return item is not None and _is_value_of(item, value)


def _is_value_of(item: Attribute, value: Value) -> bool:
    match item.kind:
        case AttributeKind.CHOICE:
            return isinstance(value, str) and item.option(value) is not None
        case AttributeKind.TEXT:
            return isinstance(value, str) and len(value) <= item.max_length
        case AttributeKind.NUMBER:
            return (not isinstance(value, str) and item.minimum <= value <= item.maximum
                    and (value - item.minimum) % item.step == 0)


def _priced(definition: ProductDefinition, whole: Mapping[str, Value]) -> int | None:
    if not definition.prices:
        return None
    try:
        return price(definition, whole).total.amount_minor
    except ValueUndefined:
        return None
