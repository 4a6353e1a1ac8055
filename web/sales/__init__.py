"""The sales desk's pages: quotes and orders, found, read and followed."""

from web.sales import dashboard, lists
from web.sales.views import blueprint

__all__ = ["blueprint", "dashboard", "lists"]
