"""Expected refusals of planning and promising."""

from __future__ import annotations

from catalog.errors import OnelotError


class PlanFileInvalid(OnelotError):
    """A planning file is not of its format; the message names file and line."""

    code = "plan_file_invalid"
