"""The sales desk's pages: quotes and orders, found, read and followed."""

from web.sales.views import blueprint

__all__ = ["blueprint"]
