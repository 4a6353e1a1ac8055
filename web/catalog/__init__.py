"""The catalog engineer's pages: versions and what they say, uploads, publishing, audits, differences."""

from web.catalog import products, runs, uploads
from web.catalog.blueprint import blueprint

__all__ = ["blueprint", "products", "runs", "uploads"]
