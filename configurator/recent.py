"""A bounded memory of what was used last, shared by threads."""

from __future__ import annotations

from collections import OrderedDict
from threading import Lock
from typing import Generic, TypeVar

Key = TypeVar("Key")
Item = TypeVar("Item")


class Recent(Generic[Key, Item]):
    """Keeps the items used last and forgets the others.

    Parameters
    ----------
    most
        How many items are kept, at least 1.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._items: OrderedDict[Key, Item] = OrderedDict()
        self._lock = Lock()

    def find(self, key: Key) -> Item | None:
        """Give an item and count it as used; None when it is not kept."""
        with self._lock:
            item = self._items.get(key)
            if item is not None:
                self._items.move_to_end(key)
            return item

    def keep(self, key: Key, item: Item) -> None:
        """Keep an item as the one used last."""
        with self._lock:
            self._items[key] = item
            self._items.move_to_end(key)
            while len(self._items) > self._most:
                self._items.popitem(last=False)

    def forget_all(self) -> None:
        """Forget every item."""
        with self._lock:
            self._items.clear()
