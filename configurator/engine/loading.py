"""From a product definition to the model that answers: compiled anew, or read from the cache."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path
from typing import Final

from catalog.product import ProductDefinition
from configurator.configuration import Selection
from configurator.engine.artifact import read_artifact, write_artifact
from configurator.engine.compiled_parts import CompiledParts
from configurator.engine.compiler import Budget
from configurator.engine.model import CompiledModel
from configurator.engine.progress import Report, Watch
from configurator.engine.regions import build_components

logger = logging.getLogger(__name__)

DEFAULT_BUDGET: Final = Budget(seconds=120.0, edges=3_000_000)


def compile_definition(
    definition: ProductDefinition,
    *,
    content_hash: str,
    cache_directory: Path | None = None,
    budget: Budget = DEFAULT_BUDGET,
    progress: Report | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> CompiledModel:
    """Compile a product, or take the compiled artifact from the cache.

    Parameters
    ----------
    definition
        The product; its rules are those valid on the day of interest.
    content_hash
        Identity of the definition; equal hashes must mean equal definitions.
    cache_directory
        Where artifacts are kept; None keeps nothing. One that cannot be read is made again, one that cannot be
        written is done without: either way the answers are the same.
    budget
        Seconds, edges and memory a compilation may take before the search serves instead.
    progress
        Called now and then with the phase (``numbers``, ``rules``, ``simplify``, ``graph``, ``store``) and the
        share of it that is done, 0 to 1; of ``graph`` the share of the budget that is spent. None tells nobody.
    should_stop
        Asked now and then, also from the thread that compiles; True ends the compilation. None never stops it.

    Returns
    -------
    CompiledModel
        Its answers are exact and complete either way; ``method`` says which way it took.

    Raises
    ------
    ComponentTooLarge
        Rules couple more numbers and options than can be solved ahead.
    CompilationStopped
        ``should_stop`` asked for it; nothing was stored.
    """
    watch = Watch(progress, should_stop)
    path = None if cache_directory is None else cache_directory / f"{content_hash}.graph"
    parts = None if path is None else _read(path, content_hash, definition)
    if parts is None:
        parts = CompiledParts.compile(definition, budget, watch)
        watch.report("store")
        if path is not None:
            _store(parts, path, content_hash)
    return CompiledModel(definition, parts.components, parts.compiled)


def _read(path: Path, content_hash: str, definition: ProductDefinition) -> CompiledParts | None:
    """Read an artifact; None when there is none that is whole and of this product."""
    stored = read_artifact(path, content_hash=content_hash)
    if stored is None:
        return None
    try:
        parts = CompiledParts.from_stored(*stored)
    except (ValueError, KeyError, TypeError, IndexError, AttributeError):
        logger.warning("%s was not written by this version and is made again", path)
        return None
    return parts if parts.fit(definition) else None


def _store(parts: CompiledParts, path: Path, content_hash: str) -> None:
    """Keep an artifact for later; a folder that is full or read-only costs the next process time, no answer."""
    arrays, notes = parts.to_stored()
    try:
        write_artifact(path, content_hash=content_hash, arrays=arrays, notes=notes)
    except OSError as error:
        logger.warning("%s could not be kept: %s", path, error)


def has_configuration(definition: ProductDefinition) -> bool:
    """Say whether a product has any valid configuration, by one search and without compiling.

    Raises
    ------
    ComponentTooLarge
        Rules couple more numbers and options than can be solved ahead.
    """
    return CompiledModel(definition, build_components(definition), None).is_consistent(Selection())
