"""When a published version serves: waiting for its compilation, ready, or failed with a reason. Imports no database."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from catalog.errors import Problem
from catalog.formats.published import PublishedSource
from catalog.text import Text


class VersionState(StrEnum):
    """Where a published version stands; only a ready one is ever given to customers."""

    WAITING = "waiting"
    READY = "ready"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class CompileFacts:
    """What a compilation came to."""

    method: str
    """``graph`` when the version was compiled within its budget, ``search`` when the search serves it."""
    options: int
    """How many options its choice attributes have in all."""
    edges: int
    """Size of the decision graph; 0 for the search."""
    milliseconds: int
    """Wall-clock time, with reading the rules of later days."""
    variants: str
    """The exact number of whole configurations in decimal digits; empty when it was not counted."""


@dataclass(frozen=True, slots=True)
class VersionRecord:
    """A published version as a list shows it, without its definition."""

    product_code: str
    number: int
    content_hash: str
    title: Text
    family: str
    published_at: datetime
    """Aware UTC."""
    published_by: str
    """Login of the person, or ``system``."""
    state: VersionState
    changed_at: datetime
    """Aware UTC: since when it is ready or failed; since when it waits."""
    failure: str = ""
    """English sentences that say why it failed; empty otherwise."""
    facts: CompileFacts | None = None
    """None while it waits, when it failed, and for versions from before facts were kept."""


@dataclass(frozen=True, slots=True)
class CatalogUpload:
    """A source that somebody sent, with what stood against reading its files."""

    id: int
    name: str
    source: PublishedSource
    """Of the format ``folder`` with all files of the catalog folder, or of a model file's format."""
    problems: tuple[Problem, ...]
    """Found while the files were taken in; those of their content are found by reading them."""
    created_by: str
    created_at: datetime
    changed_at: datetime
    published_at: datetime | None
    """When it was published; None while it is not."""


@dataclass(frozen=True, slots=True)
class UploadSummary:
    """An upload that is not published yet, as a list shows it."""

    id: int
    name: str
    created_by: str
    changed_at: datetime
