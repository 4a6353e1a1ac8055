"""How a product is made: operations with times that follow the choices, and what each waits for."""

from __future__ import annotations

from dataclasses import dataclass

from catalog.rules.expression import Expression
from catalog.text import Text


@dataclass(frozen=True, slots=True)
class RoutingItem:
    """An operation, needed when its condition holds.

    ``minutes`` is the exact run time of one batch on a work unit of speed 1; ``batch`` pieces are worked on at
    once. ``needs`` is the capability of a secondary resource without which it cannot run. ``predecessors`` are codes of
    routing items; one that is not needed is replaced by its own predecessors. ``setup_family``
    evaluates to a code: a work unit sets up when the family changes (None: one family for all).
    """

    code: str
    title: Text
    capability: str
    minutes: Expression
    when: Expression | None = None
    predecessors: tuple[str, ...] = ()
    setup_family: Expression | None = None
    is_resumable: bool = True
    instruction: Text = Text()
    batch: int = 1
    needs: str = ""
