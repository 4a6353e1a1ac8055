"""The products of the demo catalog."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from catalog.formats.folder import read_catalog
from catalog.product import ProductDefinition

CATALOG = Path(__file__).resolve().parents[3] / "catalog" / "demo"


@lru_cache(maxsize=1)
def _products() -> dict[str, ProductDefinition]:
    return {item.code: item for item in read_catalog(CATALOG).products}


def demo_product(code: str) -> ProductDefinition:
    return _products()[code]
