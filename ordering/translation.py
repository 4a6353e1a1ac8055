"""Between the two halves that never see each other: a configuration's operations to a job, and a plan back to names.

Imports no database.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from math import ceil

from catalog.plant import Network
from catalog.product import ProductDefinition
from catalog.rules import expression as ex
from catalog.text import Text
from configurator.explosion import Explosion
from ordering.errors import RequestInvalid, UnknownCapability
from scheduling.problem import Job, Mode, Operation
from scheduling.promise import Plan
from scheduling.schedule import WorkUnitEntry
from scheduling.sourcing import find_modes

LARGEST_QUANTITY = 1000


def make_job(
    explosion: Explosion,
    *,
    code: str,
    quantity: int,
    destination: str,
    release_minute: int,
    network: Network,
    units: Sequence[WorkUnitEntry],
    find: Callable[..., tuple[Mode, ...]] = find_modes,
) -> Job:
    """Turn the operations of a configuration into a job that scheduling can place.

    Parameters
    ----------
    explosion
        Operations with exact minutes of one piece and what each waits for; weight of one piece.
    code
        Names the job, unique among live ones.
    quantity
        Pieces made as one lot, 1 to :data:`LARGEST_QUANTITY`.
    destination
        A destination of the network.
    release_minute
        UTC minutes since 1970; nothing starts before.
    network, units
        Where it can be made.
    find
        Gives the modes of an operation as :func:`scheduling.sourcing.find_modes` does; a caller that makes many
        jobs at once passes one that remembers.

    Returns
    -------
    Job
        Operations in topological order; none when the product needs no work.

    Raises
    ------
    RequestInvalid
        Quantity or destination is out of bounds.
    UnknownCapability
        No active work unit offers what an operation needs.
    """
    if not 1 <= quantity <= LARGEST_QUANTITY:
        raise RequestInvalid(f"The quantity must be 1 to {LARGEST_QUANTITY}.", field="quantity")
    if destination not in network.destinations and all(site.code != destination for site in network.sites):
        raise RequestInvalid("Choose one of the delivery destinations.", field="destination")
    places = {item.code: place for place, item in enumerate(explosion.operations)}
    operations = []
    for item in explosion.operations:
        modes = find(network, units, capability=item.capability, minutes=item.minutes, quantity=quantity)
        if not modes:
            raise UnknownCapability(
                f"No plant offers {item.capability}, which the operation {item.code} needs.",
                capability=item.capability, operation=item.code,
            )
        operations.append(Operation(
            code=item.code, modes=modes, predecessors=tuple(places[before] for before in item.predecessors),
            setup_family=item.setup_family, is_resumable=item.is_resumable,
        ))
    return Job(code=code, operations=tuple(operations), release_minute=release_minute, destination=destination,
               load_grams=ceil(explosion.weight_grams * quantity))


@dataclass(frozen=True, slots=True)
class Delay:
    """The operation that holds a plan up most, and the choices that make it so."""

    operation: str
    title: Text
    work_center: str
    waiting_minutes: int
    """Wall-clock minutes from inputs ready to start of the run."""
    work_minutes: int
    attributes: tuple[str, ...]
    """Codes of the attributes its need and time depend on, in the product's order."""


def find_delay(plan: Plan, definition: ProductDefinition) -> Delay | None:
    """Name what a plan's date hangs on most.

    Parameters
    ----------
    plan
        With one wait per operation.
    definition
        Whose routing the job was made from.

    Returns
    -------
    Delay or None
        The operation with the most wall-clock time from ready to end; None for a plan without operations.
    """
    spans = {wait.operation: wait for wait in plan.waits}
    longest = max(
        plan.placements, default=None,
        key=lambda placement: placement.end_minute - spans[placement.operation].ready_minute,
    )
    if longest is None:
        return None
    wait = spans[longest.operation]
    item = next(item for item in definition.routing if item.code == wait.operation_code)
    used = attributes_of((item.minutes, item.when), definition)
    return Delay(
        operation=item.code, title=item.title, work_center=wait.work_center, waiting_minutes=wait.minutes,
        work_minutes=longest.work_minutes,
        attributes=tuple(attribute.code for attribute in definition.attributes if attribute.code in used),
    )


def attributes_of(expressions: Iterable[ex.Expression | None], definition: ProductDefinition) -> frozenset[str]:
    """Give the attributes that expressions read, also through derived values."""
    derived = {item.code: item.expression for item in definition.derived}
    found: set[str] = set()
    seen: set[str] = set()
    waiting: list[object] = list(expressions)
    while waiting:
        node = waiting.pop()
        if isinstance(node, ex.Attribute):
            found.add(node.code)
        elif isinstance(node, ex.Property):
            found.add(node.attribute)
        elif isinstance(node, ex.Derived) and node.code in derived and node.code not in seen:
            seen.add(node.code)
            waiting.append(derived[node.code])
        elif isinstance(node, tuple):
            waiting.extend(node)
        elif is_dataclass(node):
            waiting.extend(getattr(node, item.name) for item in fields(node))
    return frozenset(found)


def sites_of(plan: Plan, units: Mapping[int, WorkUnitEntry]) -> tuple[str, ...]:
    """Give the sites a plan works at, in order of first use."""
    ordered = sorted(plan.placements, key=lambda placement: (placement.start_minute, placement.operation))
    return tuple(dict.fromkeys(units[placement.unit_id].site for placement in ordered))
