"""The pages of the consumer: products, configurator, quote, order. Translation only; the services give every answer."""

from web.shop import configuring, following, quoting
from web.shop.blueprint import blueprint

__all__ = ["blueprint", "configuring", "following", "quoting"]
