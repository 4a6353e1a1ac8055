"""The customer's selection and what the engine says of it: domains, states, conflicts. Imports no engine."""

from __future__ import annotations

import hashlib
import json
from collections.abc import ItemsView, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from fractions import Fraction
from typing import Any

from catalog.product import Value


class OptionState(StrEnum):
    """What the rules say of an option, given all choices."""

    CHOSEN = "chosen"
    FORCED = "forced"
    AVAILABLE = "available"
    EXCLUDED = "excluded"


@dataclass(frozen=True, slots=True)
class Selection(Mapping[str, Value]):
    """An immutable set of choices: attribute code to value. Equal whatever the order of clicks."""

    choices: tuple[tuple[str, Value], ...] = ()
    _by_attribute: Mapping[str, Value] = field(
        default_factory=dict, init=False, repr=False, compare=False, hash=False
    )

    @classmethod
    def of(cls, choices: Mapping[str, Value]) -> Selection:
        """Make a selection from attribute codes and values."""
        return cls(tuple(choices.items()))

    def __post_init__(self) -> None:
        object.__setattr__(self, "choices", tuple(sorted(self.choices)))
        object.__setattr__(self, "_by_attribute", dict(self.choices))

    def __getitem__(self, attribute: str) -> Value:
        return self._by_attribute[attribute]

    def __iter__(self) -> Iterator[str]:
        return iter(self._by_attribute)

    def __contains__(self, attribute: object) -> bool:
        return attribute in self._by_attribute

    def get(self, attribute: str, default: Any = None) -> Any:  # Any: as Mapping declares it
        """Give the value of an attribute, else the default."""
        return self._by_attribute.get(attribute, default)

    def items(self) -> ItemsView[str, Value]:
        """Give attributes with their values."""
        return self._by_attribute.items()

    def __len__(self) -> int:
        return len(self._by_attribute)

    def choose(self, attribute: str, value: Value) -> Selection:
        """Give the selection with one attribute chosen, replacing an earlier choice."""
        return Selection.of({**self._by_attribute, attribute: value})

    def retract(self, attribute: str) -> Selection:
        """Give the selection with one attribute open again; no change when it was open."""
        return Selection.of({k: v for k, v in self._by_attribute.items() if k != attribute})

    def revision_hash(self) -> str:
        """Give a SHA-256 that is equal for equal selections."""
        canonical = json.dumps([[k, str(v)] for k, v in self.choices], ensure_ascii=False)
        return hashlib.sha256(canonical.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class NumberDomain:
    """The reachable values of a number: closed intervals on the step grid, ascending, with holes between."""

    intervals: tuple[tuple[Fraction, Fraction], ...]
    step: Fraction

    @property
    def minimum(self) -> Fraction:
        """The least reachable value."""
        return self.intervals[0][0]

    @property
    def maximum(self) -> Fraction:
        """The greatest reachable value."""
        return self.intervals[-1][1]

    def __contains__(self, value: object) -> bool:
        return isinstance(value, Fraction) and any(
            low <= value <= high and (value - low) % self.step == 0 for low, high in self.intervals
        )


@dataclass(frozen=True, slots=True)
class Domains:
    """The exact and complete answer to a consistent selection.

    ``options[attribute][code]`` for every option of every choice attribute; ``numbers[attribute]`` for every
    number attribute (its domain is computed with its own choice set aside, so that a person sees where
    the number may move); ``count`` is the exact number of whole configurations left, None when it would take
    longer to count than a click may (search answers instead of the compiled graph).
    """

    count: int | None
    options: Mapping[str, Mapping[str, OptionState]]
    numbers: Mapping[str, NumberDomain]


@dataclass(frozen=True, slots=True)
class Conflict:
    """A minimal set of choices that cannot stand together, and the rules that say so.

    Removing any one of ``attributes`` makes the rest consistent; ``rules`` are codes, empty when
    the product has no valid configuration without any rule named.
    """

    attributes: tuple[str, ...]
    rules: tuple[str, ...] = ()
