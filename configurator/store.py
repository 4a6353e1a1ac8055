"""Frozen configurations between rows and values."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from uuid import uuid4

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from catalog.product import AttributeKind, ProductDefinition, Value
from configurator.configuration import Selection
from configurator.tables import ConfigurationRow


@dataclass(frozen=True, slots=True)
class FrozenConfiguration:
    """A whole configuration that a quote may rest on: pinned to a product version, never changed."""

    id: str
    product_code: str
    content_hash: str
    selection: Selection
    """The whole configuration, texts included."""
    choices: Selection
    """The customer's own choices."""
    revision_hash: str
    """Of ``selection``."""
    created_at: datetime


def add_configuration(session: Session, *, definition: ProductDefinition, content_hash: str, selection: Selection,
                      choices: Selection, now: datetime) -> str:
    """Write a configuration; give its id."""
    row = ConfigurationRow(
        id=uuid4().hex, product_code=definition.code, content_hash=content_hash,
        selection=_encoded(definition, selection), choices=_encoded(definition, choices),
        revision_hash=selection.revision_hash(), created_at=now)
    session.add(row)
    session.flush()
    return row.id


def find_configuration(session: Session, configuration_id: str) -> FrozenConfiguration | None:
    """Read a configuration; None when there is none with this id."""
    row = session.get(ConfigurationRow, configuration_id)
    return None if row is None else _frozen(row)


def list_configurations(session: Session, *, product_code: str, limit: int) -> tuple[FrozenConfiguration, ...]:
    """Read the newest configurations of a product; at most so many."""
    rows = session.scalars(
        select(ConfigurationRow).where(ConfigurationRow.product_code == product_code)
        .order_by(ConfigurationRow.created_at.desc(), ConfigurationRow.id).limit(limit)).all()
    return tuple(_frozen(row) for row in rows)


def count_configurations(session: Session, *, product_code: str) -> int:
    """Count the stored configurations of a product."""
    return session.scalar(select(func.count()).select_from(ConfigurationRow)
                          .where(ConfigurationRow.product_code == product_code)) or 0


def _frozen(row: ConfigurationRow) -> FrozenConfiguration:
    return FrozenConfiguration(row.id, row.product_code, row.content_hash, _decoded(row.selection),
                               _decoded(row.choices), row.revision_hash, row.created_at)


def _encoded(definition: ProductDefinition, selection: Mapping[str, Value]) -> str:
    texts = {item.code for item in definition.attributes if item.kind is AttributeKind.TEXT}
    document = {
        code: {"number": str(value)} if isinstance(value, Fraction)
        else {"text" if code in texts else "option": value}
        for code, value in selection.items()}
    return json.dumps(document, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def _decoded(document: str) -> Selection:
    choices: dict[str, Value] = {}
    for code, item in json.loads(document).items():
        ((kind, value),) = item.items()
        choices[code] = Fraction(value) if kind == "number" else str(value)
    return Selection.of(choices)
