"""Use cases of the configurator: answer choices, explain, freeze and read configurations."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from hashlib import sha256
from pathlib import Path
from threading import Lock

from sqlalchemy.orm import Session

from catalog import service as catalog_service
from catalog.product import ProductVersion
from configurator.appraisal import Appraiser
from configurator.configuration import OptionState, Selection
from configurator.engine.loading import compile_definition
from configurator.errors import ConfigurationIncomplete, ConfigurationNotFound
from configurator.explanation import Explanation, explain_option
from configurator.reasoning import without_texts
from configurator.recent import Recent
from configurator.store import FrozenConfiguration, add_configuration, find_configuration
from configurator.view import ConfigurationView, LoadedProduct, is_valid, view_configuration, with_rules_of

_LONGEST_REMEMBERED_INPUT = 4_000

_loaded: Recent[str, LoadedProduct] = Recent(32)
_views: Recent[tuple[object, ...], ConfigurationView] = Recent(512)
_locks: dict[str, Lock] = {}
_guard = Lock()


def load_model(session: Session, *, content_hash: str, on: date, cache_directory: Path | None) -> LoadedProduct:
    """Make a product version ready to answer; later calls in this process take no time.

    Threads that ask for the same product at once wait for one compilation. Web processes call this at start-up for
    every product to be warm.

    Parameters
    ----------
    session
        Reads the published version.
    content_hash
        Which version.
    on
        The day whose rules count.
    cache_directory
        Where compiled models are kept between processes; None keeps them in memory alone.

    Returns
    -------
    LoadedProduct
        Shared by all threads; immutable.

    Raises
    ------
    ProductVersionNotFound
        No such version is published.
    ComponentTooLarge
        Its rules couple more numbers and options than can be solved ahead.
    """
    version = catalog_service.get_version(session, content_hash=content_hash)
    key = _rules_key(version, on)
    known = _loaded.find(key)
    if known is not None:
        return known
    with _guard:
        lock = _locks.setdefault(key, Lock())
    with lock:
        return _loaded.find(key) or _load(version, key, on, cache_directory)


def configure(session: Session, *, choices: Mapping[str, str], on: date, cache_directory: Path | None,
              product_code: str = "", content_hash: str = "", quantity: int = 1,
              compares_options: bool = True) -> ConfigurationView:
    """Answer a customer's raw choices with everything that a page needs.

    Parameters
    ----------
    session
        Reads the published version; nothing is written.
    choices
        Raw texts by attribute, as in a query string.
    on
        Plant-local day whose rules count.
    cache_directory
        Where compiled models are kept between processes.
    product_code, content_hash
        The product's newest version, or the version with this hash; the hash goes first.
    quantity
        Pieces the price is for, at least 1.
    compares_options
        Whether every option says what it would change in price and footprint.

    Returns
    -------
    ConfigurationView
        Bad texts stand in its ``errors``, contradictions in its ``conflict``; neither raises.

    Raises
    ------
    ProductVersionNotFound
        No such product or version is published.
    """
    pinned = content_hash or catalog_service.get_newest(session, product_code=product_code).content_hash
    product = load_model(session, content_hash=pinned, on=on, cache_directory=cache_directory)
    size = sum(len(code) + len(text) for code, text in choices.items())
    if not product.appraiser.has_figures or size > _LONGEST_REMEMBERED_INPUT:
        return view_configuration(product, choices, quantity=quantity, compares_options=compares_options)
    key = (_rules_key(product.version, on), quantity, compares_options, *sorted(choices.items()))
    view = _views.find(key)
    if view is None:
        view = view_configuration(product, choices, quantity=quantity, compares_options=compares_options)
        _views.keep(key, view)
    return view


def explain(session: Session, *, view: ConfigurationView, attribute: str, code: str, on: date,
            cache_directory: Path | None) -> Explanation | None:
    """Say why an option cannot be taken with the choices of a view, and what would help; None when it can."""
    product = load_model(session, content_hash=view.version.content_hash, on=on, cache_directory=cache_directory)
    return explain_option(product.model, product.appraiser, view.standing, attribute=attribute, code=code,
                          present=view.whole)


def causes(session: Session, *, view: ConfigurationView, attribute: str, on: date,
           cache_directory: Path | None) -> tuple[str, ...]:
    """Name the chosen attributes from which a forced one follows.

    Returns
    -------
    tuple of str
        In the product's order; empty when the rules alone force it, or when it is not forced.
    """
    if view.domains is None or OptionState.FORCED not in view.domains.options.get(attribute, {}).values():
        return ()
    product = load_model(session, content_hash=view.version.content_hash, on=on, cache_directory=cache_directory)
    decided = without_texts(product.definition, view.standing)
    found: set[str] = set()
    for code, state in view.domains.options[attribute].items():
        if state is OptionState.EXCLUDED:
            found.update(product.model.explain(decided, attribute, code).attributes)
    return tuple(item.code for item in product.definition.attributes if item.code in found - {attribute})


def freeze(session: Session, *, content_hash: str, choices: Mapping[str, str], on: date, now: datetime,
           cache_directory: Path | None) -> str:
    """Store the whole configuration that choices stand for, so that a quote can rest on it.

    Parameters
    ----------
    session
        Writes one row; the caller commits.
    content_hash
        The product version.
    choices
        Raw texts by attribute.
    on
        Plant-local day whose rules count.
    now
        Aware UTC.
    cache_directory
        Where compiled models are kept between processes.

    Returns
    -------
    str
        The id of the frozen configuration, 32 hexadecimal digits.

    Raises
    ------
    ConfigurationIncomplete
        Texts are mistaken or missing, or choices contradict each other; the detail says which.
    ProductVersionNotFound
        No such version is published.
    """
    product = load_model(session, content_hash=content_hash, on=on, cache_directory=cache_directory)
    view = view_configuration(product, choices)
    if view.whole is None or not view.is_complete:
        raise ConfigurationIncomplete(
            "This configuration is not complete: change or add what is named.",
            errors={code: error.code.value for code, error in view.errors.items()}, missing=list(view.missing),
            conflict=list(view.conflict.attributes) if view.conflict else [])
    broken = product.appraiser.broken(view.whole, [item.code for item in product.definition.attributes])
    if broken is not None:  # the engine and the plain evaluation of the rules must agree before anything is sold
        raise ConfigurationIncomplete("This configuration breaks a rule.", errors={}, missing=[], conflict=list(broken))
    return add_configuration(session, definition=product.definition, content_hash=content_hash, selection=view.whole,
                             choices=view.selection, now=now)


def get(session: Session, *, configuration_id: str) -> FrozenConfiguration:
    """Read a frozen configuration.

    Raises
    ------
    ConfigurationNotFound
        There is none with this id.
    """
    found = find_configuration(session, configuration_id)
    if found is None:
        raise ConfigurationNotFound("No such configuration is stored.")
    return found


def _rules_key(version: ProductVersion, on: date) -> str:
    """Name a version with the rules of a day: the content hash itself when all rules are valid."""
    invalid = [str(place) for place, rule in enumerate(version.definition.rules) if not is_valid(rule, on)]
    if not invalid:
        return version.content_hash
    return sha256(f"{version.content_hash} without {','.join(invalid)}".encode()).hexdigest()


def _load(version: ProductVersion, key: str, on: date, cache_directory: Path | None) -> LoadedProduct:
    definition = with_rules_of(version.definition, on)
    model = compile_definition(definition, content_hash=key, cache_directory=cache_directory)
    product = LoadedProduct(version, definition, model, Appraiser(definition))
    model.domains(Selection())
    _loaded.keep(key, product)
    with _guard:
        _locks.pop(key, None)
    return product


def forget_loaded() -> None:
    """Forget every product loaded in this process; tests start from nothing with it."""
    _loaded.forget_all()
    _views.forget_all()
