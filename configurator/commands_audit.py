"""The answers of ``model audit`` and ``model diff``: source files in, an exit code and JSON-ready facts out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

from catalog.errors import CatalogInvalid, OnelotError
from catalog.formats.source import read_source
from catalog.product import ProductDefinition
from configurator.audit.changes import Difference
from configurator.audit.difference import compare_versions
from configurator.audit.difference_document import difference_document
from configurator.audit.findings import Audit, Finding
from configurator.audit.product_audit import audit_product
from configurator.audit.wording import audit_document, counted, sentence
from configurator.commands import ProductUnknown
from configurator.engine.compiler import BudgetExceeded
from configurator.engine.rule_encoding import RuleTooWide
from configurator.view import with_rules_of

EXIT_OK: Final = 0
EXIT_FOUND: Final = 1
EXIT_UNKNOWN: Final = 2

Answer = tuple[int, dict[str, object]]


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a source could not be looked at, with the exit code."""

    exit_code: int
    facts: dict[str, object]


def model_audit(path: Path, *, product: str = "", on: date | None = None, seconds: float,
                cache_directory: Path | None = None) -> tuple[int, tuple[Audit, ...]] | Refusal:
    """Audit the products of a source.

    Parameters
    ----------
    path
        As for ``catalog.formats.source.read_source``.
    product
        Code of one product; empty audits all.
    on
        The day whose rules count; None lets every rule count.
    seconds
        Of wall clock for each product.
    cache_directory
        Where compiled models are kept; None keeps nothing.

    Returns
    -------
    tuple[int, tuple[Audit, ...]] or Refusal
        0, or 1 when there are errors among the findings; a refusal with exit code 1 when the source has problems or
        is too large, 2 when it has no such product.
    """
    try:
        audits = tuple(
            audit_product(dated(definition, on), seconds=seconds, cache_directory=cache_directory)
            for definition in chosen(read_source(path).products, product))
    except (OnelotError, RuleTooWide, BudgetExceeded, RecursionError) as error:
        return refused(error)
    return (EXIT_FOUND if any(audit.has_errors for audit in audits) else EXIT_OK), audits


@dataclass(frozen=True, slots=True)
class SourceDifference:
    """What differs between two sources: products that only one has, and the difference of those that both have."""

    differences: tuple[Difference, ...]
    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()

    @property
    def is_same(self) -> bool:
        """Whether nothing differs at all."""
        return not (self.added or self.removed) and all(item.is_same for item in self.differences)


def model_diff(old: Path, new: Path, *, product: str = "", on: date | None = None, seconds: float,
               cache_directory: Path | None = None) -> tuple[int, SourceDifference] | Refusal:
    """Compare the products of two sources.

    Parameters
    ----------
    old, new
        As for ``catalog.formats.source.read_source``. Products go together by code; two sources of one product
        each go together whatever their codes.
    product
        Code of one product; empty compares all.
    on
        The day whose rules count; None lets every rule count.
    seconds
        Of wall clock for each product.
    cache_directory
        Where compiled models are kept; None keeps nothing.

    Returns
    -------
    tuple[int, SourceDifference] or Refusal
        0 when the sources are the same, 1 when they differ; a refusal with exit code 1 or 2 as for
        :func:`model_audit`.
    """
    try:
        before = {item.code: dated(item, on) for item in chosen(read_source(old).products, product)}
        after = {item.code: dated(item, on) for item in chosen(read_source(new).products, product)}
        if len(before) == len(after) == 1:
            pairs = [(next(iter(before.values())), next(iter(after.values())))]
            found = SourceDifference(_compared(pairs, seconds, cache_directory))
        else:
            pairs = [(before[code], after[code]) for code in before if code in after]
            found = SourceDifference(_compared(pairs, seconds, cache_directory), tuple(after.keys() - before.keys()),
                                     tuple(before.keys() - after.keys()))
    except (OnelotError, RuleTooWide, BudgetExceeded, RecursionError) as error:
        return refused(error)
    return (EXIT_OK if found.is_same else EXIT_FOUND), found


def _compared(pairs: Sequence[tuple[ProductDefinition, ProductDefinition]], seconds: float,
              cache_directory: Path | None) -> tuple[Difference, ...]:
    return tuple(compare_versions(old, new, seconds=seconds, cache_directory=cache_directory) for old, new in pairs)


def source_difference_document(found: SourceDifference) -> dict[str, object]:
    """Give the difference of two sources as one JSON-ready document."""
    return {"is_same": found.is_same, "added": sorted(found.added), "removed": sorted(found.removed),
            "products": [difference_document(item) for item in found.differences]}


def audits_document(audits: Sequence[Audit]) -> dict[str, object]:
    """Give audits as one JSON-ready document."""
    return {"products": [audit_document(audit) for audit in audits]}


def audit_lines(audit: Audit) -> list[str]:
    """Give an audit as a short table: one line a finding, the worst first."""
    variants = counted(audit.variants) or "not counted"
    lines = [f"{audit.product_code}: {variants} variants, {audit.rule_count} rules, answered by {audit.method}"]
    lines += [f"  {finding.severity:<8}{finding.kind:<24}{_told(finding)}" for finding in audit.findings]
    for case in audit.cases:
        lines.append(f"  {'holds' if case.holds else 'BROKEN':<8}{'case':<24}{case.code}")
    for item in audit.not_checked:
        lines.append(f"  {'unknown':<8}{item.kind:<24}{item.count} not checked: {item.reason}"
                     + (f" ({item.detail})" if item.detail else ""))
    return lines if len(lines) > 1 else [*lines, "  nothing found"]


def _told(finding: Finding) -> str:
    words = sentence(finding)
    if not finding.is_explained:
        return f"{words} [rules not worked out: the time was over]"
    if not finding.rules:
        return words
    return f"{words} [{'; '.join(rule.code for rule in finding.rules)}]"


def dated(definition: ProductDefinition, on: date | None) -> ProductDefinition:
    """Give the product with the rules of a day; with all of them for None."""
    return definition if on is None else with_rules_of(definition, on)


def chosen(products: Sequence[ProductDefinition], code: str) -> tuple[ProductDefinition, ...]:
    """Give the product with a code, or all when no code is given.

    Raises
    ------
    ProductUnknown
        There is none with this code.
    """
    found = tuple(definition for definition in products if code in ("", definition.code))
    if not found:
        codes = sorted(definition.code for definition in products)
        raise ProductUnknown(f"Name one product of the catalog with --product: {', '.join(codes)}.", products=codes)
    return found


def refused(error: Exception) -> Refusal:
    """Say in JSON-ready facts why a source cannot be looked at."""
    if isinstance(error, CatalogInvalid):
        problems = [str(problem) for problem in error.problems]
        message = f"The source has {len(problems)} problem(s)."
        return Refusal(EXIT_FOUND, {"error": {"code": error.code, "message": message, "problems": problems}})
    if isinstance(error, OnelotError):
        exit_code = EXIT_UNKNOWN if isinstance(error, ProductUnknown) else EXIT_FOUND
        return Refusal(exit_code, {"error": {"code": error.code, "message": error.message, **error.detail}})
    message = str(error) if isinstance(error, RuleTooWide) else "It cannot be answered within its budget."
    return Refusal(EXIT_FOUND, {"error": {"code": "model_too_large", "message": message}})
