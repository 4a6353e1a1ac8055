"""What a compiled product consists of, and how it is laid out in an artifact. Imports no solver."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray

from catalog.product import ProductDefinition
from configurator.engine.compilation import CompiledFormula, compile_formula
from configurator.engine.compiler import Budget, BudgetExceeded
from configurator.engine.encoding import encode
from configurator.engine.graph import Graph
from configurator.engine.progress import UNWATCHED, Watch
from configurator.engine.regions import NumericComponent, build_components


@dataclass(frozen=True, eq=False)
class CompiledParts:
    """What an artifact holds: the numeric components, and the graph or None when its budget was exceeded."""

    components: tuple[NumericComponent, ...]
    compiled: CompiledFormula | None

    @classmethod
    def compile(cls, definition: ProductDefinition, budget: Budget, watch: Watch = UNWATCHED) -> CompiledParts:
        """Work out the components and compile the rest within the budget."""
        watch.report("numbers")
        components = build_components(definition)
        watch.report("rules")
        formula = encode(definition, components)
        try:
            return cls(components, compile_formula(formula, budget, watch))
        except BudgetExceeded:
            return cls(components, None)

    def to_stored(self) -> tuple[dict[str, NDArray[Any]], dict[str, object]]:
        """Give the arrays and notes of an artifact."""
        arrays: dict[str, NDArray[Any]] = {}
        described: list[object] = []
        for place, component in enumerate(self.components):
            own, description = component.to_arrays()
            arrays.update({f"number{place}.{name}": array for name, array in own.items()})
            described.append(description)
        notes: dict[str, object] = {"components": described, "has_graph": False, "is_compiled": False}
        if self.compiled is not None:
            notes["is_compiled"] = True
            arrays["option_leaves"] = self.compiled.option_leaves
            arrays["option_opposites"] = self.compiled.option_opposites
            for place, leaves in enumerate(self.compiled.combination_leaves):
                arrays[f"combination_leaves{place}"] = leaves
            if self.compiled.graph is not None:
                notes["has_graph"] = True
                arrays.update({f"graph.{k}": v for k, v in self.compiled.graph.to_arrays().items()})
        return arrays, notes

    @classmethod
    def from_stored(cls, arrays: Mapping[str, NDArray[Any]], notes: Mapping[str, Any]) -> CompiledParts:
        """Rebuild the parts from the arrays and notes of an artifact."""
        components = tuple(
            NumericComponent.from_arrays(_under(arrays, f"number{place}."), description)
            for place, description in enumerate(notes["components"])
        )
        if not notes["is_compiled"]:
            return cls(components, None)
        compiled = CompiledFormula(
            graph=Graph.from_arrays(_under(arrays, "graph.")) if notes["has_graph"] else None,
            option_leaves=arrays["option_leaves"],
            option_opposites=arrays["option_opposites"],
            combination_leaves=tuple(
                arrays[f"combination_leaves{place}"] for place in range(len(components))
            ),
        )
        return cls(components, compiled)

    def fit(self, definition: ProductDefinition) -> bool:
        """Tell whether these can be the parts of a product: as many options, and components of its attributes."""
        codes = {
            attribute.code: {option.code for option in attribute.options} for attribute in definition.attributes
        }
        if self.compiled is not None and len(self.compiled.option_leaves) != sum(map(len, codes.values())):
            return False
        return all(
            name in codes for component in self.components for name in (*component.interface, *component.numbers)
        )


def _under(arrays: Mapping[str, NDArray[Any]], prefix: str) -> dict[str, NDArray[Any]]:
    return {name.removeprefix(prefix): item for name, item in arrays.items() if name.startswith(prefix)}
