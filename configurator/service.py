"""Use cases of the configurator: answer choices, explain, freeze and read configurations."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from pathlib import Path

from sqlalchemy.orm import Session

from catalog.formats.published import PublishedSource
from catalog.product import ProductDefinition, Value
from catalog.readiness import CompileFacts
from configurator import serving
from configurator.audit.difference import compare_versions
from configurator.audit.difference_document import difference_document
from configurator.audit.product_audit import DEFAULT_SECONDS, audit_product
from configurator.audit.wording import audit_document
from configurator.compile_process import compile_apart, is_large
from configurator.compiling import STOPPED, CompileFault, Progress, compile_product, rules_key
from configurator.configuration import OptionState
from configurator.engine.loading import compile_definition
from configurator.errors import ConfigurationIncomplete, ConfigurationNotFound
from configurator.explanation import Cause, Explanation, explain_forced, explain_value
from configurator.needs import Followed
from configurator.needs import follow_needs as follow
from configurator.recent import Recent
from configurator.serving import get_serving, load_model
from configurator.store import FrozenConfiguration, add_configuration, find_configuration
from configurator.view import ConfigurationView, view_configuration, with_rules_of

__all__ = [
    "STOPPED", "CompileFault", "audit_source", "compare_sources", "compile_published", "compile_source",
    "configure", "explain", "find_cause", "follow_needs", "forget_loaded", "freeze", "get", "get_serving",
    "load_model",
]

_LONGEST_REMEMBERED_INPUT = 4_000

_views: Recent[tuple[object, ...], ConfigurationView] = Recent(512)


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
        The version of the product that serves, or the version with this hash; the hash goes first.
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
    pinned = content_hash or get_serving(session, product_code=product_code, on=on,
                                         cache_directory=cache_directory).content_hash
    product = load_model(session, content_hash=pinned, on=on, cache_directory=cache_directory)
    size = sum(len(code) + len(text) for code, text in choices.items())
    if not product.appraiser.has_figures or size > _LONGEST_REMEMBERED_INPUT:
        return view_configuration(product, choices, quantity=quantity, compares_options=compares_options)
    key = (rules_key(product.version.definition, pinned, on), quantity, compares_options, *sorted(choices.items()))
    view = _views.find(key)
    if view is None:
        view = view_configuration(product, choices, quantity=quantity, compares_options=compares_options)
        _views.keep(key, view)
    return view


def explain(session: Session, *, view: ConfigurationView, attribute: str, value: Value, on: date,
            cache_directory: Path | None) -> Explanation | None:
    """Say why a value cannot be taken with the choices of a view, and what would help; None when it can.

    Raises
    ------
    UnknownChoice
        The product has no such attribute or option.
    """
    product = load_model(session, content_hash=view.version.content_hash, on=on, cache_directory=cache_directory)
    return explain_value(product.model, product.appraiser, view.standing, attribute=attribute, value=value,
                         present=view.whole)


def find_cause(session: Session, *, view: ConfigurationView, attribute: str, on: date,
               cache_directory: Path | None) -> Cause | None:
    """Say from which choices and by which rules a forced attribute follows; None when it is not forced."""
    forced = [] if view.domains is None else [
        code for code, state in view.domains.options.get(attribute, {}).items() if state is OptionState.FORCED]
    if not forced:
        return None
    product = load_model(session, content_hash=view.version.content_hash, on=on, cache_directory=cache_directory)
    return explain_forced(product.model, product.definition, view.standing, attribute=attribute, code=forced[0])


def follow_needs(session: Session, *, content_hash: str, answers: Mapping[str, str], on: date,
                 cache_directory: Path | None) -> Followed:
    """Turn a customer's answers about needs into choices; see :func:`configurator.needs.follow_needs`.

    Raises
    ------
    ProductVersionNotFound
        No such version is published.
    """
    product = load_model(session, content_hash=content_hash, on=on, cache_directory=cache_directory)
    return follow(product.model, product.definition, answers)


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


def compile_source(definition: ProductDefinition, *, content_hash: str, on: date, cache_directory: Path | None,
                   progress: Progress | None = None,
                   should_stop: Callable[[], bool] | None = None) -> CompileFacts | CompileFault:
    """Compile a product before it serves; see :func:`configurator.compiling.compile_product`. Needs no session."""
    return compile_product(definition, content_hash=content_hash, on=on, cache_directory=cache_directory,
                           progress=progress, should_stop=should_stop)


def compile_published(source: PublishedSource, definition: ProductDefinition, *, content_hash: str, on: date,
                      cache_directory: Path | None, progress: Progress,
                      should_stop: Callable[[], bool]) -> CompileFacts | CompileFault:
    """Compile a published product beside other work: a large one in a process of its own. Needs no session.

    Raises
    ------
    CompileProcessLost
        The process ended without an answer; it may be tried again.
    """
    if is_large(definition):
        return compile_apart(source, content_hash=content_hash, on=on, cache_directory=cache_directory,
                             progress=progress, should_stop=should_stop)
    return compile_source(definition, content_hash=content_hash, on=on, cache_directory=cache_directory,
                          progress=progress, should_stop=should_stop)


def audit_source(definition: ProductDefinition, *, content_hash: str, on: date, cache_directory: Path | None,
                 seconds: float = DEFAULT_SECONDS) -> dict[str, object]:
    """Examine a product with the rules of a day for everything that its engineer should know. Needs no session.

    Parameters
    ----------
    definition
        With all its rules.
    content_hash
        Of its source.
    on
        The day whose rules count.
    cache_directory
        Where compiled models are kept.
    seconds
        Of wall clock, about which the audit ends; what it did not get to is said.

    Returns
    -------
    dict
        As :func:`configurator.audit.wording.audit_document` gives it, with the day as ``on``; plain JSON values.

    Raises
    ------
    ComponentTooLarge
        The product couples more than can be solved ahead.
    """
    valid = with_rules_of(definition, on)
    model = compile_definition(valid, content_hash=rules_key(definition, content_hash, on),
                               cache_directory=cache_directory)
    audit = audit_product(valid, seconds=seconds, cache_directory=cache_directory, model=model)
    document = audit_document(audit) | {"on": on.isoformat()}
    document["variants"] = None if audit.variants is None else str(audit.variants)  # may have thousands of digits
    return document


def compare_sources(old: ProductDefinition, new: ProductDefinition, *, on: date, cache_directory: Path | None,
                    seconds: float = DEFAULT_SECONDS) -> dict[str, object]:
    """Say all that differs between two versions of a product with the rules of a day. Needs no session.

    Parameters
    ----------
    old, new
        With all their rules.
    on
        The day whose rules count.
    cache_directory
        Where compiled models are kept.
    seconds
        Of wall clock, about which the comparison ends; what it did not get to is said.

    Returns
    -------
    dict
        As :func:`configurator.audit.difference_document.difference_document` gives it; plain JSON values, numbers of
        variants as text.

    Raises
    ------
    ComponentTooLarge
        A version couples more than can be solved ahead.
    """
    difference = compare_versions(with_rules_of(old, on), with_rules_of(new, on), seconds=seconds,
                                  cache_directory=cache_directory)
    counts = {"old": difference.old_variants, "new": difference.new_variants}
    return difference_document(difference) | {
        "variants": {side: None if count is None else str(count) for side, count in counts.items()}}


def forget_loaded() -> None:
    """Forget every product loaded in this process; tests start from nothing with it."""
    serving.forget_loaded()
    _views.forget_all()
