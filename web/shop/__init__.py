"""The pages of the consumer: products, configurator, quote, order. Translation only; the services give every answer."""

from web.shop import calendar_files, configuring, deciding, following, quoting
from web.shop.blueprint import blueprint

__all__ = ["blueprint", "calendar_files", "configuring", "deciding", "following", "quoting"]
