"""Fixtures of the service tests."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.service.selling import Shop
from web.database import Database


@pytest.fixture(scope="session")
def model_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which compiled products are kept for the whole run."""
    return tmp_path_factory.mktemp("models")


@pytest.fixture
def shop(database: Database, model_cache: Path) -> Shop:
    """The demo world, on each kind of database."""
    made = Shop(database, model_cache)
    made.open()
    return made
