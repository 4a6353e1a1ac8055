"""The pages of the consumer: products, configurator, quote, order. Translation only; the services give every answer."""

from web.shop import configuring, deciding, following, quoting
from web.shop.blueprint import blueprint

__all__ = ["blueprint", "configuring", "deciding", "following", "quoting"]
