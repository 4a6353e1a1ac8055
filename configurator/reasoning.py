"""What the configurator's pure parts ask of an engine, whichever it is. Imports no engine."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Protocol

from catalog.product import AttributeKind, ProductDefinition, Value
from configurator.configuration import Conflict, Domains, Selection


class ChangesNeeded(Protocol):
    """How many choices would have to change for each option, and so that the rest can stand together."""

    @property
    def total(self) -> int:
        """The least number of choices to change; 0 for consistent choices."""

    def of_option(self, attribute: str, code: str) -> int | None:
        """Give the least number of other choices to change; None for an option that no configuration has."""


class Reasoner(Protocol):
    """Exact answers about one product's rules; texts are no part of its selections."""

    def domains(self, selection: Selection) -> Domains | Conflict:
        """Give the state of every option and the reach of every number, or why the choices contradict."""

    def is_consistent(self, selection: Selection) -> bool:
        """Tell whether some whole configuration holds all choices."""

    def replaceable(self, selection: Selection) -> Mapping[str, tuple[str, ...]]:
        """Give, per chosen attribute, the other options it could change to while all other choices stay."""

    def complete(self, selection: Selection, *, preferred: Mapping[str, Value]) -> Selection:
        """Give a whole valid configuration with the choices, taking preferred values where possible."""

    def explain(self, selection: Selection, attribute: str, value: Value) -> Conflict:
        """Give a minimal set of choices and rules that exclude an option or a value of a number."""

    def explain_forced(self, selection: Selection, attribute: str, code: str) -> Conflict:
        """Give a minimal set of choices and rules from which it follows that an option is taken."""

    def give_up(self, selection: Selection) -> ChangesNeeded | None:
        """Give, for every option, the fewest choices to change so that it becomes possible; None when not known."""

    def nearest(self, selection: Selection, *, kept: Collection[str]) -> Mapping[str, str] | None:
        """Give the options of a configuration that keeps as many chosen options as possible; None when not known."""

    def find_conflict(self, selection: Selection) -> tuple[str, ...] | None:
        """Name a minimal set of choices that cannot stand together; None when all of them can."""


def without_texts(definition: ProductDefinition, selection: Selection) -> Selection:
    """Give the choices that rules decide on: all but texts."""
    texts = {item.code for item in definition.attributes if item.kind is AttributeKind.TEXT}
    return Selection.of({code: value for code, value in selection.items() if code not in texts})


def only_texts(definition: ProductDefinition, selection: Selection) -> Mapping[str, Value]:
    """Give the texts among the choices."""
    texts = {item.code for item in definition.attributes if item.kind is AttributeKind.TEXT}
    return {code: value for code, value in selection.items() if code in texts}
