"""Everything a page needs of a customer's choices in one value. Imports no engine and no database."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from fractions import Fraction

from catalog.product import AttributeKind, ProductDefinition, ProductVersion, Rule, TableRule, Value
from configurator.appraisal import Appraiser
from configurator.completion import complete_selection, missing_texts
from configurator.configuration import Conflict, Domains, OptionState, Selection
from configurator.consequence import Consequence, consequences, selectable_options
from configurator.derived import ShownValue, all_values, shown_values
from configurator.explanation import Explanation, explain_conflict
from configurator.input import InputError, parse_choices
from configurator.preferences import Advice, Preference, advise, preferences
from configurator.pricing import PriceBreakdown, price
from configurator.reasoning import Reasoner, without_texts


@dataclass(frozen=True, eq=False)
class LoadedProduct:
    """A product version ready to answer: its definition with the rules of a day, its engine, its figures."""

    version: ProductVersion
    definition: ProductDefinition
    model: Reasoner
    appraiser: Appraiser


@dataclass(frozen=True, slots=True)
class ConfigurationView:
    """The answer to a set of raw choices.

    ``selection`` is what could be read of them and ``errors`` the rest. ``standing`` are the consistent choices that
    every other figure is about: ``selection`` itself, or after a ``conflict`` its best repair, or nothing.
    """

    version: ProductVersion
    raw: Mapping[str, str]
    selection: Selection
    errors: Mapping[str, InputError]
    conflict: Explanation | None
    standing: Selection
    domains: Domains | None
    """None when the product has no valid configuration at all; then there are no figures either."""
    selectable: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """Options that can be chosen now; for a chosen attribute its own choice is set aside."""
    whole: Selection | None = None
    price: PriceBreakdown | None = None
    shown: tuple[ShownValue, ...] = ()
    derived: Mapping[str, Fraction] = field(default_factory=dict)
    """Every derived value by code, for drawings."""
    material_co2_grams: int = 0
    consequences: Mapping[tuple[str, str], Consequence] = field(default_factory=dict)
    """By attribute and option code; empty for products without prices and parts."""
    open_attributes: tuple[str, ...] = ()
    """Choices and numbers that nobody has decided yet: neither chosen nor forced."""
    missing: tuple[str, ...] = ()
    """Texts that the whole configuration requires and does not have."""
    preferences: tuple[Preference, ...] = ()
    """Every soft rule, and whether ``whole`` keeps it."""
    advice: Mapping[tuple[str, str], Advice] = field(default_factory=dict)
    """By attribute and option code what soft rules say of taking it; for options they tell apart."""

    changes_needed: Mapping[tuple[str, str], int | None] = field(default_factory=dict)
    """By attribute and option code, for options that cannot be chosen now, the fewest other choices to change so that
    they can; None for those that no product has. Empty when it takes longer than a click to know."""

    @property
    def count(self) -> int | None:
        """The exact number of whole configurations left, None when not counted; 0 in a contradiction."""
        return 0 if self.conflict is not None or self.domains is None else self.domains.count

    @property
    def is_complete(self) -> bool:
        """Whether the whole configuration can be quoted as it is."""
        return self.whole is not None and not (self.errors or self.conflict or self.missing)


def with_rules_of(definition: ProductDefinition, on: date) -> ProductDefinition:
    """Give the definition with the rules that are valid on a day."""
    rules = tuple(rule for rule in definition.rules if is_valid(rule, on))
    tables = tuple(table for table in definition.table_rules if is_valid(table, on))
    if len(rules) == len(definition.rules) and len(tables) == len(definition.table_rules):
        return definition
    return replace(definition, rules=rules, table_rules=tables)


def is_valid(rule: Rule | TableRule, on: date) -> bool:
    """Tell whether a rule is valid on a day; the end of its period is exclusive."""
    return (rule.valid_from is None or rule.valid_from <= on) and (rule.valid_until is None or on < rule.valid_until)


def view_configuration(product: LoadedProduct, raw: Mapping[str, str], *, quantity: int = 1,
                       compares_options: bool = True) -> ConfigurationView:
    """Answer raw choices.

    Parameters
    ----------
    product
        A loaded product version.
    raw
        Texts by attribute as typed or sent.
    quantity
        Pieces the price is for, at least 1.
    compares_options
        Whether every option says what it would change; without it ``consequences`` is empty.

    Returns
    -------
    ConfigurationView
        Always an answer: bad texts stand in ``errors``, contradictions in ``conflict``.
    """
    parsed = parse_choices(product.definition, raw)
    standing, conflict = _standing(product, parsed.selection)
    decided = without_texts(product.definition, standing)
    domains = product.model.domains(decided)
    base = ConfigurationView(product.version, dict(raw), parsed.selection, parsed.errors, conflict, standing,
                             None if isinstance(domains, Conflict) else domains)
    return base if isinstance(domains, Conflict) else _with_figures(
        product, base, domains, quantity, compares_options=compares_options)


def _standing(product: LoadedProduct, selection: Selection) -> tuple[Selection, Explanation | None]:
    """Give the consistent choices to show, and the conflict when these are not all choices."""
    decided = without_texts(product.definition, selection)
    if product.model.is_consistent(decided):
        return selection, None
    answer = product.model.domains(decided)
    if not isinstance(answer, Conflict):
        return selection, None
    explanation = explain_conflict(product.model, product.appraiser, selection, answer)
    return (explanation.repairs[0].selection if explanation.repairs else Selection()), explanation


def _with_figures(product: LoadedProduct, base: ConfigurationView, domains: Domains, quantity: int, *,
                  compares_options: bool) -> ConfigurationView:
    definition, model, appraiser = product.definition, product.model, product.appraiser
    decided = without_texts(definition, base.standing)
    whole = complete_selection(model, appraiser, base.standing)
    selectable = (selectable_options(model, decided, domains) if appraiser.has_figures
                  else _possible_options(domains))
    co2_grams = appraiser.appraise(whole).co2_grams if appraiser.has_figures else 0
    return ConfigurationView(
        base.version, base.raw, base.selection, base.errors, base.conflict, base.standing, domains, selectable, whole,
        price(definition, whole, quantity=quantity), shown_values(definition, whole), all_values(definition, whole),
        co2_grams,
        consequences(model, appraiser, base.standing, whole, selectable) if compares_options else {},
        _open(definition, base.standing, domains), missing_texts(definition, whole), preferences(definition, whole),
        advise(definition, whole, selectable), _changes_needed(model, decided, domains, selectable))


def _changes_needed(model: Reasoner, decided: Selection, domains: Domains,
                    selectable: Mapping[str, frozenset[str]]) -> Mapping[tuple[str, str], int | None]:
    excluded = [(attribute, code) for attribute, states in domains.options.items() for code in states
                if code not in selectable.get(attribute, ())]
    numbers = model.give_up(decided) if excluded else None
    if numbers is None:
        return {}
    found = {option: numbers.of_option(*option) for option in excluded}
    return {option: number for option, number in found.items() if number != 0}


def _possible_options(domains: Domains) -> Mapping[str, frozenset[str]]:
    return {attribute: frozenset(code for code, state in states.items() if state is not OptionState.EXCLUDED)
            for attribute, states in domains.options.items()}


def _open(definition: ProductDefinition, selection: Mapping[str, Value], domains: Domains) -> tuple[str, ...]:
    found = []
    for item in definition.attributes:
        if item.code in selection or item.kind is AttributeKind.TEXT:
            continue
        if item.kind is AttributeKind.NUMBER:
            is_fixed = domains.numbers[item.code].minimum == domains.numbers[item.code].maximum
        else:
            is_fixed = OptionState.FORCED in domains.options[item.code].values()
        if not is_fixed:
            found.append(item.code)
    return tuple(found)
