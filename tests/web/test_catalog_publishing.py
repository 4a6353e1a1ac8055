"""What the catalog engineer is told before and after publishing is true: of the day, of others, of old versions."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from configurator import service as configurator
from tests.web.catalog_desk import LESS, Desk


def test_the_day_of_the_rules_is_the_plants_own(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.clock.forward(hours=15)  # 01:00 in Suzhou; in Greenwich it is still the day before
    days: dict[str, date] = {}

    def note(name: str) -> None:
        kept = getattr(configurator, name)

        def noted(*args: Any, **options: Any) -> Any:  # Any: passed through
            days[name] = options["on"]
            return kept(*args, **options)

        monkeypatch.setattr(configurator, name, noted)

    for name in ("audit_source", "compare_sources", "compile_published"):
        note(name)
    upload = desk.send_change(LESS)
    desk.press(f"{desk.version(1)}/audit")
    desk.runner.run_due()
    desk.publish(upload)
    desk.runner.run_due()
    assert days == dict.fromkeys(("audit_source", "compare_sources", "compile_published"), date(2026, 11, 24))
