"""The pages of the consumer: products, configurator, quote, order. Translation only; the services give every answer."""

from web.shop import (
           calendar_files,
           choosing,
           comparing,
           configuring,
           deciding,
           designs,
           following,
           needs,
           order_change,
           papers,
           products,
           quoting,
           resuming,
           verify,
)
from web.shop.blueprint import blueprint

__all__ = ["blueprint", "calendar_files", "choosing", "comparing", "configuring", "deciding", "designs", "following",
           "needs", "order_change", "papers", "products", "quoting", "resuming", "verify"]
