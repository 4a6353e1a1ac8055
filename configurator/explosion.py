"""What a configuration is made of and how: exact parts, operations and weight. Imports no engine."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from catalog.bom import BomItem, Part
from catalog.money import round_half_up
from catalog.product import ProductDefinition, Value
from catalog.routing import RoutingItem
from catalog.rules.evaluation import Evaluator
from catalog.text import Text
from configurator.errors import ExplosionInvalid

GRAMS_PER_KG = 1000


@dataclass(frozen=True, slots=True)
class BomLine:
    """A part and its exact quantity in one piece, above 0, in the part's unit.

    ``operation`` is the code of the operation that consumes it, or empty.
    """

    part: Part
    quantity: Fraction
    operation: str = ""


@dataclass(frozen=True, slots=True)
class RoutedOperation:
    """An operation that one piece needs: exact minutes at speed 1, and what it waits for.

    ``batch`` pieces take these minutes together. ``needs`` is the capability of a secondary resource, or empty. Its
    material is there ``lead_days`` after the order, not before ``material_from``.
    """

    code: str
    title: Text
    capability: str
    minutes: Fraction
    predecessors: tuple[str, ...]
    setup_family: str = ""
    is_resumable: bool = True
    instruction: Text = Text()
    batch: int = 1
    needs: str = ""
    lead_days: int = 0
    material_from: date | None = None

    def minutes_of(self, quantity: int) -> Fraction:
        """Give the exact minutes of some pieces at speed 1; the last batch takes as long as a whole one."""
        return self.minutes * -(-quantity // self.batch)


@dataclass(frozen=True, slots=True)
class Explosion:
    """The order-specific BOM and routing of one piece; operations stand after their predecessors."""

    bom: tuple[BomLine, ...]
    operations: tuple[RoutedOperation, ...]
    weight_grams: int


def explode(definition: ProductDefinition, selection: Mapping[str, Value]) -> Explosion:
    """Work out parts, operations and weight of a whole configuration.

    An operation is left out when its condition does not hold or it takes no time; what waited for it then waits
    for its own predecessors. A part used several times by one operation makes one line.

    Parameters
    ----------
    definition
        The product.
    selection
        A whole valid configuration.

    Returns
    -------
    Explosion
        Of one piece. No operations when the product has no routing.

    Raises
    ------
    ExplosionInvalid
        A quantity or a time is negative, or operations wait for each other in a circle.
    ValueUndefined
        An expression reads a value that the selection leaves open.
    """
    evaluator = Evaluator(definition, selection)
    operations = _operations(definition, evaluator)
    present = {operation.code for operation in operations}
    return Explosion(_bom(definition, evaluator, present), operations, weight_grams(definition, evaluator))


def explode_work(definition: ProductDefinition, selection: Mapping[str, Value]) -> Explosion:
    """Work out operations and weight of a whole configuration, and leave the parts out.

    Takes and raises what :func:`explode` does; for questions of time that are asked of many configurations at once.
    """
    evaluator = Evaluator(definition, selection)
    return Explosion((), _operations(definition, evaluator), weight_grams(definition, evaluator))


def weight_grams(definition: ProductDefinition, evaluator: Evaluator) -> int:
    """Give the weight of one piece in grams, rounded; 0 when the product states none."""
    if definition.weight_kg is None:
        return 0
    return round_half_up(evaluator.number(definition.weight_kg) * GRAMS_PER_KG)


def _operations(definition: ProductDefinition, evaluator: Evaluator) -> tuple[RoutedOperation, ...]:
    items = {item.code: item for item in definition.routing}
    minutes = {item.code: _minutes(item, evaluator) for item in definition.routing}
    needed = {code for code, duration in minutes.items() if duration}
    order = {code: place for place, code in enumerate(_topological(items))}
    material = _material(definition, evaluator, needed)
    built = []
    for code in sorted(needed, key=order.__getitem__):
        item = items[code]
        before = sorted(_effective(code, items, needed), key=order.__getitem__)
        family = "" if item.setup_family is None else evaluator.code(item.setup_family)
        waited = (*material.get(code, ()), *(() if before else material.get("", ())))
        built.append(RoutedOperation(
            code, item.title, item.capability, minutes[code], tuple(before), family, item.is_resumable,
            item.instruction, item.batch, item.needs, max((part.lead_days for part in waited), default=0),
            max((part.available_from for part in waited if part.available_from is not None), default=None)))
    return tuple(built)


def _material(definition: ProductDefinition, evaluator: Evaluator, needed: set[str]) -> dict[str, list[Part]]:
    """Give the parts that have to be waited for by the operation that consumes them; "" stands for the first ones."""
    found: dict[str, list[Part]] = {}
    for item in definition.bom:
        part = definition.parts[item.part]
        if part.is_waited_for and needed_quantity((item,), evaluator):
            found.setdefault(item.operation if item.operation in needed else "", []).append(part)
    return found


def _minutes(item: RoutingItem, evaluator: Evaluator) -> Fraction:
    """Give the minutes of an operation; 0 when it is not needed."""
    if not evaluator.truth(item.when):
        return Fraction(0)
    minutes = evaluator.number(item.minutes)
    if minutes < 0:
        raise ExplosionInvalid(f"Operation {item.code} would take {minutes} minutes.", operation=item.code)
    return minutes


def _topological(items: Mapping[str, RoutingItem]) -> list[str]:
    """Order operations after their predecessors, else as written."""
    done: list[str] = []
    waiting = list(items)
    while waiting:
        ready = next((code for code in waiting if all(
            before in done or before not in items for before in items[code].predecessors)), None)
        if ready is None:
            raise ExplosionInvalid(f"The operations {', '.join(waiting)} wait for each other.", operations=waiting)
        waiting.remove(ready)
        done.append(ready)
    return done


def _effective(code: str, items: Mapping[str, RoutingItem], needed: set[str]) -> set[str]:
    """Give the needed operations right before one, looking through those that are left out."""
    found: set[str] = set()
    for before in items[code].predecessors:
        if before in needed:
            found.add(before)
        elif before in items:
            found |= _effective(before, items, needed)
    return found


def _bom(definition: ProductDefinition, evaluator: Evaluator, present: set[str]) -> tuple[BomLine, ...]:
    return tuple(
        BomLine(definition.parts[part], quantity, operation if operation in present else "")
        for (part, operation), items in grouped_bom(definition).items()
        if (quantity := needed_quantity(items, evaluator)))


def grouped_bom(definition: ProductDefinition) -> Mapping[tuple[str, str], tuple[BomItem, ...]]:
    """Group the BOM items that make one line: the same part for the same operation, in the product's order."""
    groups: dict[tuple[str, str], tuple[BomItem, ...]] = {}
    for item in definition.bom:
        key = (item.part, item.operation)
        groups[key] = (*groups.get(key, ()), item)
    return groups


def needed_quantity(items: Iterable[BomItem], evaluator: Evaluator) -> Fraction:
    """Sum the exact quantities of the items whose condition holds; refuse a negative one."""
    total = Fraction(0)
    for item in items:
        if evaluator.truth(item.when):
            quantity = evaluator.number(item.quantity)
            if quantity < 0:
                raise ExplosionInvalid(f"Part {item.part} would be needed {quantity} times.", part=item.part)
            total += quantity
    return total
