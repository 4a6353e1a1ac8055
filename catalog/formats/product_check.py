"""What a product must meet as a whole: names, capabilities, and a valid default that can be made."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from fractions import Fraction

from catalog.errors import Problem
from catalog.formats.making_reader import Routing
from catalog.plant import Network
from catalog.product import AttributeKind, ProductDefinition, Rule, Strength, Value
from catalog.rules import expression as ex
from catalog.rules.evaluation import Evaluator, ValueUndefined
from catalog.rules.scope import did_you_mean
from catalog.rules.traversal import attributes_of, derived_of


def check_product(
    definition: ProductDefinition, routing: Routing, network: Network | None, folder: str, problems: list[Problem]
) -> None:
    """Note what stands against selling and making a product that reads well file by file.

    Parameters
    ----------
    definition, routing
        The product as read.
    network
        Its plants; without one, capabilities are not checked.
    folder
        The product's folder, for messages.
    problems
        Receives the faults. The selection checks run only while there are none.
    """
    _check_capabilities(routing, network)
    if any(problem.file.startswith(f"{folder}/") for problem in problems):
        return
    place = Problem(f"{folder}/product.yaml", 0, 0, "")
    messages = [*_default_faults(definition), *_preset_faults(definition), *_need_faults(definition)]
    if not messages:
        messages = list(dict.fromkeys(_making_faults(definition)))
    problems.extend(Problem(place.file, 0, 0, message) for message in messages)


def _check_capabilities(routing: Routing, network: Network | None) -> None:
    if network is None:
        return
    places: dict[str, set[str]] = {}
    for center in network.work_centers:
        for capability in (*center.capabilities, *(it for unit in center.units for it in unit.further_capabilities)):
            places.setdefault(capability, set()).add(center.site)
    aids: dict[str, set[str]] = {}
    for resource in network.secondary_resources:
        aids.setdefault(resource.capability, set()).add(resource.site)
    for item in routing.items:
        fields = routing.fields[item.code]
        if item.capability and item.capability not in places:
            fault = f"no work center offers {item.capability!r}{did_you_mean(item.capability, sorted(places))}"
            fields.report.at(fields.find("capability") or fields.node, fault)
        elif item.needs and item.needs not in aids:
            fields.report.at(fields.find("needs") or fields.node,
                             f"no secondary resource offers {item.needs!r}{did_you_mean(item.needs, sorted(aids))}")
        elif item.needs and item.capability and not places[item.capability] & aids[item.needs]:
            fields.report.at(fields.find("needs") or fields.node,
                             f"operation {item.code!r} can be done nowhere: no site has both {item.capability!r} and "
                             f"{item.needs!r}")


def defaults_of(definition: ProductDefinition) -> dict[str, Value]:
    """Give the selection of all defaults; attributes without one are left out."""
    return {item.code: item.default for item in definition.attributes if item.default is not None}


def broken_rules(definition: ProductDefinition, selection: Mapping[str, Value]) -> tuple[Rule, ...]:
    """Give the hard rules a selection breaks, among those whose attributes it names all."""
    evaluator = Evaluator(definition, selection)
    broken = []
    for rule in definition.rules:
        if rule.strength is not Strength.HARD or not attributes_behind(definition, rule.expression) <= set(selection):
            continue
        try:
            holds = evaluator.truth(rule.expression)
        except ValueUndefined:
            holds = False
        if not holds:
            broken.append(rule)
    return tuple(broken)


def attributes_behind(definition: ProductDefinition, expression: ex.Expression) -> frozenset[str]:
    """Give the attributes an expression reads, also through derived values."""
    values = {item.code: item.expression for item in definition.derived}
    found, waiting, seen = set(attributes_of(expression)), list(derived_of(expression)), set[str]()
    while waiting:
        code = waiting.pop()
        if code not in seen and code in values:
            seen.add(code)
            found |= attributes_of(values[code])
            waiting.extend(derived_of(values[code]))
    return frozenset(found)


def _default_faults(definition: ProductDefinition) -> Iterator[str]:
    for rule in _lasting(broken_rules(definition, defaults_of(definition))):
        yield f"the defaults break rule {rule.code!r}: {rule.reason.in_language('en')}"


def _preset_faults(definition: ProductDefinition) -> Iterator[str]:
    for preset in definition.presets:
        for rule in _lasting(broken_rules(definition, preset.selection)):
            yield f"preset {preset.code!r} breaks rule {rule.code!r}: {rule.reason.in_language('en')}"


def _need_faults(definition: ProductDefinition) -> Iterator[str]:
    for question in definition.needs:
        for answer in question.answers:
            for rule in _lasting(broken_rules(definition, answer.choose)):
                yield (f"answer {answer.code!r} to the question {question.code!r} breaks rule {rule.code!r}: "
                       f"{rule.reason.in_language('en')}")


def _lasting(rules: Iterable[Rule]) -> Iterator[Rule]:
    """Leave out rules with a period: outside it the defaults and presets stand, within it something else is taken."""
    return (rule for rule in rules if rule.valid_from is None and rule.valid_until is None)


def _making_faults(definition: ProductDefinition) -> Iterator[str]:
    """Evaluate times and quantities on the default and on every valid selection one choice away from it."""
    defaults = defaults_of(definition)
    needed = {item.code for item in definition.attributes if item.kind is not AttributeKind.TEXT}
    if not needed <= defaults.keys():
        return
    for selection, wording in _neighbors(definition, defaults):
        if broken_rules(definition, selection):
            continue
        evaluator = Evaluator(definition, selection)
        for item in definition.routing:
            minutes = _needed(evaluator, item.when, item.minutes)
            if minutes is not None and minutes <= 0:
                yield f"operation {item.code!r} has no time above 0 minutes with {wording}"
        for line in definition.bom:
            quantity = _needed(evaluator, line.when, line.quantity)
            if quantity is not None and quantity < 0:
                yield f"part {line.part!r} has no quantity of 0 or more with {wording}"


def _neighbors(definition: ProductDefinition, defaults: dict[str, Value]) -> Iterator[tuple[dict[str, Value], str]]:
    yield defaults, "the defaults"
    for attribute in definition.attributes:
        values: tuple[Value, ...] = tuple(option.code for option in attribute.options)
        if attribute.kind is AttributeKind.NUMBER:
            values = (attribute.minimum, attribute.maximum)
        for value in values:
            if value != defaults[attribute.code]:
                yield {**defaults, attribute.code: value}, f"{attribute.code} = {value}"


def _needed(evaluator: Evaluator, when: ex.Expression | None, amount: ex.Expression) -> Fraction | None:
    """Give an amount; None when it is not needed, and -1 when it cannot be computed although it is needed."""
    try:
        return evaluator.number(amount) if evaluator.truth(when) else None
    except ValueUndefined:
        return Fraction(-1)
