"""Between the two halves that never see each other: a configuration's operations to a job, and a plan back to names.

Imports no database.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from datetime import timedelta
from math import ceil

from catalog.plant import Network
from catalog.product import ProductDefinition
from catalog.rules import expression as ex
from catalog.text import Text
from configurator.explosion import Explosion, RoutedOperation
from ordering.errors import RequestInvalid, UnknownCapability
from scheduling.calendar import MINUTES_PER_DAY, day_end_minute
from scheduling.problem import Job, Mode, Operation
from scheduling.promise import Plan
from scheduling.reasons import ReasonChain, ReasonLink
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
        UTC minutes since 1970; nothing starts before, and material is ordered then.
    network, units
        Where it can be made.
    find
        Gives the modes of an operation as :func:`scheduling.sourcing.find_modes` does; a caller that makes many
        jobs at once passes one that remembers.

    Returns
    -------
    Job
        Operations in topological order, each not before its material is there; none when the product needs no
        work.

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
        modes = find(network, units, capability=item.capability, minutes=item.minutes, quantity=quantity,
                     batch=item.batch, needs=item.needs)
        if not modes:
            wanted = f"{item.capability} with {item.needs}" if item.needs else item.capability
            raise UnknownCapability(
                f"No plant offers {wanted}, which the operation {item.code} needs.",
                capability=item.capability, operation=item.code, **({"needs": item.needs} if item.needs else {}),
            )
        operations.append(Operation(
            code=item.code, modes=modes, predecessors=tuple(places[before] for before in item.predecessors),
            setup_family=item.setup_family, is_resumable=item.is_resumable,
            earliest_minute=_material_minute(item, network, release_minute),
        ))
    return Job(code=code, operations=tuple(operations), release_minute=release_minute, destination=destination,
               load_grams=ceil(explosion.weight_grams * quantity))


def _material_minute(item: RoutedOperation, network: Network, release_minute: int) -> int | None:
    """Give the minute at which the material of an operation is there; None when nothing is waited for.

    A day on which a part comes begins last at the site that lies furthest west.
    """
    minutes = [release_minute + item.lead_days * MINUTES_PER_DAY] if item.lead_days else []
    if item.material_from is not None:
        day = item.material_from - timedelta(days=1)
        minutes.append(max(day_end_minute(site, day) for site in network.sites))
    return max(minutes, default=None)


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


@dataclass(frozen=True, slots=True)
class DateReason:
    """One operation that a date hangs on, in the product's words, and the choices that make it so.

    ``link`` tells where its time goes; ``attributes`` are the codes of the attributes that its need and time depend
    on, in the product's order.
    """

    title: Text
    link: ReasonLink
    attributes: tuple[str, ...]


def name_reasons(chain: ReasonChain, definition: ProductDefinition) -> tuple[DateReason, ...]:
    """Name the links of a date's chain, in the order they are done; empty when nothing is done."""
    routing = {item.code: item for item in definition.routing}
    named = []
    for link in chain.links:
        item = routing[link.operation_code]
        used = attributes_of((item.minutes, item.when), definition)
        named.append(DateReason(item.title, link, tuple(
            attribute.code for attribute in definition.attributes if attribute.code in used)))
    return tuple(named)


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
