"""A bounded memory of answers that were worked out before. Imports no solver."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)
Answer = TypeVar("Answer")

MOST_REMEMBERED = 256


class Memory(Generic[Key, Answer]):
    """Remembers some answers by what was asked.

    Threads may share one: an entry is read and written whole, and at worst an answer is worked out twice.

    Parameters
    ----------
    work_out
        Gives the answer to a question; always the same for equal questions.
    """

    def __init__(self, work_out: Callable[[Key], Answer]) -> None:
        self._work_out = work_out
        self._known: dict[Key, Answer] = {}

    def __getitem__(self, key: Key) -> Answer:
        known = self._known.get(key)
        if known is None:
            known = self._work_out(key)
            if len(self._known) >= MOST_REMEMBERED:
                self._known.clear()
            self._known[key] = known
        return known
