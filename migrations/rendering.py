"""How our column types are written in a migration."""

from __future__ import annotations

from typing import Any, Literal

from catalog.database import UtcDateTime


def render_item(kind: str, item: Any, _context: Any) -> str | Literal[False]:  # Any: Alembic's own types
    """Write our moment type as the plain type it stores; leave everything else to Alembic."""
    return "sa.DateTime(timezone=True)" if kind == "type" and isinstance(item, UtcDateTime) else False
