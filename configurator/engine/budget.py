"""How much a compilation may use. Knows no clock."""

from __future__ import annotations

from dataclasses import dataclass

from catalog.errors import OnelotError


@dataclass(frozen=True, slots=True)
class Budget:
    """How much a compilation may use before the search serves instead.

    Attributes
    ----------
    seconds
        Processor seconds of the compiling thread, or of each child that it starts.
    edges
        Edges of the decision graph before it is flattened.
    memory
        Resident bytes that compiling adds to this process, with those of the children it starts; measured where
        the system tells it. What the process held before is not counted: a server may hold many products.
    """

    seconds: float = 60.0
    edges: int = 1_000_000
    memory: int = 600_000_000


class BudgetExceeded(OnelotError):
    """The compilation would take more time or memory than its budget."""

    code = "budget_exceeded"

    def __init__(self) -> None:
        super().__init__("The rules are too entangled to be worked out within the time and memory allowed.")
