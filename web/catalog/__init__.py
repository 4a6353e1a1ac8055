"""The catalog engineer's pages: versions and what they say, uploads, publishing, audits, differences."""

from web.catalog import audits, comparisons, products, runs, uploads, usage, workbooks
from web.catalog.blueprint import blueprint

__all__ = ["audits", "blueprint", "comparisons", "products", "runs", "uploads", "usage", "workbooks"]
