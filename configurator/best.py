"""Use cases that decide for customers: the best completion of a view, and the best product within limits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path

from sqlalchemy.orm import Session

from catalog.product import Value
from configurator.cost_model import Figure
from configurator.limits import Adviser, Miss, Wish
from configurator.optimization import Best
from configurator.popularity import learn_ranking
from configurator.recent import Recent
from configurator.relaxation import CostReasoner
from configurator.serving import load_model
from configurator.view import ConfigurationView, LoadedProduct

Ordered = Sequence[Mapping[str, Value]]
"""Selections of accepted orders of a product, the newest first."""

_advisers: Recent[tuple[int, object], tuple[LoadedProduct, Adviser]] = Recent(16)


def best_completion(session: Session, *, view: ConfigurationView, objective: Figure, on: date,
                    cache_directory: Path | None, ordered: Ordered = (),
                    free: frozenset[str] = frozenset()) -> Best | None:
    """Decide what a view leaves open: cheapest, greenest, with least work, or most popular.

    Parameters
    ----------
    session
        Reads the published version; nothing is written.
    view
        Its standing choices stay as they are.
    objective
        What is made least.
    on
        Plant-local day whose rules count.
    cache_directory
        Where compiled models are kept between processes.
    ordered
        What shows what customers like; empty lets defaults and presets stand in.
    free
        Numbers and services that need not keep their default.

    Returns
    -------
    Best or None
        None when the product has no valid configuration with figures.
    """
    adviser = find_adviser(session, view=view, on=on, cache_directory=cache_directory, ordered=ordered)
    return adviser.decide(view.standing, objective, free=free)


def within_limits(session: Session, *, view: ConfigurationView, wish: Wish, on: date, cache_directory: Path | None,
                  ordered: Ordered = ()) -> Best | Miss | None:
    """Find the best product within limits that keeps the choices of a view, or the nearest miss.

    Takes what :func:`best_completion` does; the wish says limits and objective.
    """
    adviser = find_adviser(session, view=view, on=on, cache_directory=cache_directory, ordered=ordered)
    return adviser.configure_within(view.standing, wish)


def find_adviser(session: Session, *, view: ConfigurationView, on: date, cache_directory: Path | None,
                 ordered: Ordered = ()) -> Adviser:
    """Give who decides for the customers of a view's product; for several questions about the same product.

    Raises
    ------
    ProductVersionNotFound
        The version is not published.
    """
    product = load_model(session, content_hash=view.version.content_hash, on=on, cache_directory=cache_directory)
    ranking = learn_ranking(product.definition, ordered)
    key = (id(product), str(ranking.options))
    known = _advisers.find(key)
    if known is not None and known[0] is product:
        return known[1]
    reasoner = product.model
    if not isinstance(reasoner, CostReasoner):
        raise TypeError("a loaded product answers about costs")
    adviser = Adviser(reasoner, product.appraiser, lambda near: learn_ranking(product.definition, ordered, near=near))
    _advisers.keep(key, (product, adviser))
    return adviser
