"""The compiled model of a product: exact domains, counts, completions and conflicts for any selection."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from functools import cached_property
from typing import Literal

import numpy as np

from catalog.product import AttributeKind, ProductDefinition, Value
from configurator.configuration import Conflict, Domains, NumberDomain, Selection
from configurator.engine.answers import Answers
from configurator.engine.compilation import CompiledFormula
from configurator.engine.completion import Completer
from configurator.engine.conflicts import ConflictFinder
from configurator.engine.domain_states import StateTable
from configurator.engine.encoding import encode
from configurator.engine.evidence import Choices, OptionTable, Vocabulary
from configurator.engine.formula import Formula
from configurator.engine.graph_answers import GraphAnswers
from configurator.engine.least_costs import CostAnswers, GiveUp, LeastCosts, OptionCosts
from configurator.engine.regions import NumericComponent
from configurator.engine.search_answers import SearchAnswers
from configurator.engine.switchboard import Barred


class CompiledModel:
    """Answers exactly and completely what a selection leaves possible. Immutable; threads may share it.

    Parameters
    ----------
    definition
        The product.
    components
        Its coupled numbers.
    compiled
        Its graph; None lets the search answer.
    """

    method: Literal["graph", "search"]

    def __init__(
        self,
        definition: ProductDefinition,
        components: tuple[NumericComponent, ...],
        compiled: CompiledFormula | None,
    ) -> None:
        self.definition = definition
        self.components = components
        self.graph = compiled.graph if compiled else None
        self.method = "search" if compiled is None else "graph"
        self._attributes = {attribute.code: attribute for attribute in definition.attributes}
        self._codes = {
            attribute.code: tuple(option.code for option in attribute.options)
            for attribute in definition.attributes
            if attribute.kind is AttributeKind.CHOICE
        }
        self._vocabulary = Vocabulary(definition.attributes)
        self._options = self._option_table(compiled)
        self._states = StateTable(self._options)
        self._answers = self._engine(compiled)
        self._compiled = compiled

    def _option_table(self, compiled: CompiledFormula | None) -> OptionTable:
        count = sum(map(len, self._codes.values()))
        if compiled is None or compiled.graph is None:
            nothing = np.zeros(count, dtype=np.int32)
            return OptionTable(self._codes, nothing, nothing.astype(np.bool_), np.zeros(1, dtype=np.int32))
        return OptionTable(
            self._codes, compiled.option_leaves, compiled.option_opposites, compiled.graph.slots
        )

    def _engine(self, compiled: CompiledFormula | None) -> Answers | None:
        """Give the engine; None when no configuration is valid."""
        if compiled is None:
            return SearchAnswers(self.formula, self.components)
        if compiled.graph is None:
            return None
        return GraphAnswers(compiled.graph, self._options, self.components, compiled.combination_leaves)

    @cached_property
    def _costs(self) -> CostAnswers | None:
        """Answers about costs; None without a graph."""
        compiled = self._compiled
        if compiled is None or compiled.graph is None:
            return None
        return CostAnswers(compiled.graph, self._options, self.components, compiled.combination_leaves)

    @cached_property
    def formula(self) -> Formula:
        """The rules as clauses; made when first asked for."""
        return encode(self.definition, self.components)

    @cached_property
    def _conflicts(self) -> ConflictFinder:
        return ConflictFinder(self.formula, self.components)

    def domains(self, selection: Selection) -> Domains | Conflict:
        """Give the state of every option, the reach of every number, and the number of configurations left.

        Parameters
        ----------
        selection
            Any choices, in any order. Texts are allowed and decide nothing.

        Returns
        -------
        Domains or Conflict
            Given *all* choices: the other options of a chosen attribute are excluded (see ``replaceable``).
            A conflict when the choices contradict each other or the rules.

        Raises
        ------
        UnknownChoice
            The selection names an attribute or option the product does not have.
        """
        choices = self._take_apart(selection)
        answer = self._answers.answer(choices, with_count=True) if self._answers else None
        if answer is None:
            return self._conflict(choices)
        numbers: dict[str, NumberDomain] = {}
        for component, alive in zip(self.components, answer.combinations, strict=True):
            numbers.update(component.domains(alive, choices.numbers))
        return Domains(
            count=answer.count,
            options=self._states.states(answer.possible, choices.options.items()),
            numbers=numbers,
        )

    def count(self, selection: Selection) -> int:
        """Count the whole configurations with these choices, exactly; texts do not count."""
        choices = self._take_apart(selection)
        return self._answers.count(choices) if self._answers else 0

    def is_consistent(self, selection: Selection) -> bool:
        """Say whether some whole configuration has all the choices."""
        return self._is_consistent(self._take_apart(selection))

    def replaceable(self, selection: Selection) -> Mapping[str, tuple[str, ...]]:
        """Give, per chosen attribute, the other options it could change to while all other choices stay.

        Returns
        -------
        mapping of str to tuple of str
            Every chosen choice attribute; empty when none of its other options goes with the rest.
        """
        choices = self._take_apart(selection)
        found = self._answers.replaceable(choices) if self._answers else {}
        return {
            name: tuple(
                code
                for code, is_possible in zip(self._codes[name], found.get(name, ()), strict=False)
                if is_possible and code != chosen
            )
            for name, chosen in choices.options.items()
        }

    def complete(self, selection: Selection, *, preferred: Mapping[str, Value]) -> Selection:
        """Give a whole valid configuration with the choices.

        Parameters
        ----------
        selection
            Consistent choices; texts are kept.
        preferred
            Values taken where the choices and the preferences of earlier attributes (in the order of the
            product) still allow them. What is open after them takes its first possible option or least
            possible number, one attribute after the other.

        Returns
        -------
        Selection
            A value for every choice and number attribute.

        Raises
        ------
        ValueError
            When the choices contradict each other.
        """
        choices = self._take_apart(selection)
        if self._answers is None or not self._answers.is_consistent(choices):
            raise ValueError("the choices contradict each other; no configuration has them all")
        wishes = self._take_apart({name: preferred[name] for name in self._attributes if name in preferred})
        completer = Completer(self._answers, self.components, self._attributes)
        options, numbers = completer.complete(choices, wishes)
        return Selection.of({**wishes.texts, **choices.texts, **options, **numbers})

    def explain(self, selection: Selection, attribute: str, value: Value) -> Conflict:
        """Say why an option is excluded, or why a number cannot have a value.

        Parameters
        ----------
        selection
            Choices; an own choice of the attribute is set aside.
        attribute, value
            The excluded option, or a number that cannot be reached: forbidden, outside its limits or off its steps.

        Returns
        -------
        Conflict
            A minimal set of choices that cannot stand with the value, and a minimal set of rules that
            forbid it; both without the value itself. Without choices the rules alone exclude it, without rules
            the limits and steps of the number or the structure of the product do.

        Raises
        ------
        ValueError
            When the value is possible.
        """
        return self._conflict(self._take_apart(selection.choose(attribute, value)), kept=attribute)

    def explain_forced(self, selection: Selection, attribute: str, code: str) -> Conflict:
        """Say from what it follows that an option is taken.

        Parameters
        ----------
        selection
            Choices; an own choice of the attribute is set aside.
        attribute, code
            The option that every configuration with the choices has.

        Returns
        -------
        Conflict
            A minimal set of choices, and a minimal set of rules by which the option follows from them. Without choices
            it is always so.

        Raises
        ------
        UnknownChoice
            The product has no such option.
        ValueError
            When some configuration with the choices does without the option.
        """
        self._take_apart(Selection.of({attribute: code}))
        return self._conflict(self._take_apart(selection.retract(attribute)), barred=((attribute, code),))

    def find_conflict(self, selection: Selection) -> tuple[str, ...] | None:
        """Name a minimal set of choices that cannot stand together, without asking which rules say so.

        Returns
        -------
        tuple of str
            As ``Conflict.attributes``; None when some whole configuration has all the choices.
        """
        minimal = self._conflicts.minimal_choices(self._take_apart(selection))
        return None if minimal is None else (*minimal.options, *minimal.numbers)

    def least_costs(
        self,
        selection: Selection,
        costs: Mapping[str, Mapping[str, int]] | OptionCosts,
        *,
        combination_costs: Sequence[Sequence[int | None]] = (),
    ) -> LeastCosts | None:
        """Give the least total cost of every option among the configurations with the choices, in two sweeps.

        Parameters
        ----------
        selection
            Any choices.
        costs
            Integers by attribute and option code, zero when missing; see :meth:`option_costs` for many calls.
        combination_costs
            Per numeric component the costs of its ``combinations``, None for one that is not wanted; empty
            when numbers cost nothing.

        Returns
        -------
        LeastCosts or None
            None when the choices contradict each other or the rules.

        Raises
        ------
        ValueError
            The search answers (see ``method``): without a graph no sweep tells the least.
        CostsTooLarge
            The costs are beyond exact 64-bit sweeps.
        """
        if self.method == "search":
            raise ValueError("least costs need the compiled graph")
        if self._costs is None:
            return None
        prepared = costs if isinstance(costs, OptionCosts) else self.option_costs(costs)
        return self._costs.least(self._take_apart(selection), prepared, combination_costs)

    def nearest(self, selection: Selection, *, kept: Collection[str]) -> Mapping[str, str] | None:
        """Give the options of a configuration that keeps as many of the choices of options as possible.

        Parameters
        ----------
        selection
            Choices; of those apart from ``kept`` the numbers do not count.
        kept
            Attributes whose choice stays.

        Returns
        -------
        mapping of str to str
            An option of every choice attribute; None when the search answers or what is kept contradicts itself.
        """
        costs = {
            name: {code: int(code != chosen) for code in self._codes[name]}
            for name, chosen in self._take_apart(selection).options.items() if name not in kept
        }
        standing = Selection.of({name: value for name, value in selection.items() if name in kept})
        least = self.least_costs(standing, costs) if self.method == "graph" else None
        return None if least is None else least.options

    def option_costs(self, costs: Mapping[str, Mapping[str, int]]) -> OptionCosts:
        """Make costs of options ready for many calls of :meth:`least_costs`."""
        return OptionCosts(self._options, costs)

    def give_up(self, selection: Selection) -> GiveUp | None:
        """Give, for every option, the least number of choices to change so that it becomes possible.

        Returns
        -------
        GiveUp or None
            The selection may be contradictory. None when the search answers or no configuration is valid.
        """
        return None if self._costs is None else self._costs.give_up(self._take_apart(selection))

    def _conflict(self, choices: Choices, *, kept: str = "", barred: Barred = ()) -> Conflict:
        """Find a minimal conflict; the attribute ``kept`` stays out of its list."""
        minimal = self._conflicts.minimal_choices(choices, kept=kept, barred=barred)
        if minimal is None:
            raise ValueError("the choices are possible together; there is nothing to explain")
        rules = self._conflicts.conflict_rules(minimal, barred=barred)
        return Conflict(tuple(name for name in [*minimal.options, *minimal.numbers] if name != kept), rules)

    def _is_consistent(self, choices: Choices) -> bool:
        return self._answers is not None and self._answers.is_consistent(choices)

    def _take_apart(self, selection: Mapping[str, Value]) -> Choices:
        return self._vocabulary.take_apart(selection)
