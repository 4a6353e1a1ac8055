"""The compiled graph of a product as flat arrays, level by level. Imports no solver."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int32]
Bytes = NDArray[np.uint8]


@dataclass(frozen=True, eq=False)
class Graph:
    """A smooth deterministic decomposable graph: its models are the configurations of the product.

    Nodes are numbered from 0: first the leaves, then the inner nodes by rising level; the last is the root.
    The nodes of one level are all conjunctions (every child holds) or all choices (exactly one child holds).

    Attributes
    ----------
    leaf_count
        Number of leaves.
    slots
        Slot of each leaf, ascending; every model holds exactly one leaf of every slot.
    children
        Children of all inner nodes one after the other.
    starts
        Where the children of each inner node start; one more entry at the end.
    levels
        First inner node (counted from 0) of each level; one more entry at the end.
    conjunctions
        Per level 1 when its nodes are conjunctions, 0 when they are choices.
    """

    leaf_count: int
    slots: Ints
    children: Ints
    starts: Ints
    levels: Ints
    conjunctions: Bytes

    @property
    def edge_count(self) -> int:
        """Number of edges."""
        return len(self.children)

    @property
    def node_count(self) -> int:
        """Number of inner nodes."""
        return len(self.starts) - 1

    @property
    def level_count(self) -> int:
        """Number of levels above the leaves."""
        return len(self.conjunctions)

    def to_arrays(self) -> dict[str, NDArray[np.generic]]:
        """Give the arrays by name, for storage."""
        return {name: getattr(self, name) for name in _ARRAYS}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[np.generic]]) -> Graph:
        """Rebuild a graph from its arrays, which may be memory-mapped."""
        return cls(
            leaf_count=len(arrays["slots"]),
            slots=arrays["slots"].astype(np.int32, copy=False),
            children=arrays["children"].astype(np.int32, copy=False),
            starts=arrays["starts"].astype(np.int32, copy=False),
            levels=arrays["levels"].astype(np.int32, copy=False),
            conjunctions=arrays["conjunctions"].astype(np.uint8, copy=False),
        )


_ARRAYS: Final = ("slots", "children", "starts", "levels", "conjunctions")
