"""Expected refusals: the common base of every package's coded errors, and the catalog's own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


class OnelotError(Exception):
    """A refusal that a caller is expected to handle: a stable code, a sentence, and detail.

    Parameters
    ----------
    message
        One English sentence that says what is so and what helps.
    detail
        JSON-ready facts for the page or the caller; empty when there are none.
    """

    code = "onelot_error"

    def __init__(self, message: str, **detail: object) -> None:
        super().__init__(message)
        self.message = message
        self.detail: Mapping[str, object] = detail


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One fault in a catalog source: where it stands and what was expected.

    ``line`` and ``column`` count from 1; 0 means the whole file.
    """

    file: str
    line: int
    column: int
    message: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}: {self.message}"


class CatalogInvalid(OnelotError):
    """The catalog source has faults; it is refused whole, with all of them listed."""

    code = "catalog_invalid"

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__(
            f"The catalog has {len(problems)} problem(s); nothing was published.",
            problems=[str(problem) for problem in problems],
        )
        self.problems = problems


class ProductVersionNotFound(OnelotError):
    """No such product version is published."""

    code = "product_version_not_found"


class UploadNotFound(OnelotError):
    """No such source waits to be published."""

    code = "upload_not_found"


class UploadPublished(OnelotError):
    """The source is published already and cannot be changed any more."""

    code = "upload_published"


class NetworkNotFound(OnelotError):
    """No network of plants is published."""

    code = "network_not_found"
