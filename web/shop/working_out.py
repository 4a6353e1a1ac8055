"""Working a kept or ticked configuration out as its product is published now."""

from __future__ import annotations

from web.shop.configuring import Surroundings, answer_query, serving_version
from web.shop.gather import keep_known
from web.shop.item import Item, ItemAddress
from web.shop.pieces import read_pieces


def work_out_item(around: Surroundings, address: ItemAddress) -> Item:
    """Work out a configuration as its product is published now.

    Raises
    ------
    ProductVersionNotFound
        The product is not published.
    """
    version = serving_version(around, address.product_code)
    known = keep_known(version.definition, address.query)
    answer, forecast = answer_query(around, known, version.definition, needs_days=False,
                                    pieces=read_pieces(known).number)
    return Item(ItemAddress(address.product_code, known, address.name), version, answer, forecast)
