"""A planning area under random histories: promises hold, plans are put in force whole, nothing is lost with a worker.

``ONELOT_TEST_HISTORY_STEPS`` asks for more acts than the few hundred of an ordinary run, and for other histories.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.service.planning_area import TEMPLATE
from tests.service.planning_events import EventfulArea

STEPS_EACH = 35
HISTORIES = 12
WISHED = int(os.environ.get("ONELOT_TEST_HISTORY_STEPS", "0"))


@pytest.mark.slow
@pytest.mark.timeout(300 + WISHED)
def test_promises_hold_through_random_histories(sqlite_template: Path) -> None:
    TEMPLATE[:] = [sqlite_template]
    EventfulArea.steps = 0
    EventfulArea.happened.clear()
    run_state_machine_as_test(
        EventfulArea,
        settings=settings(
            max_examples=max(HISTORIES, WISHED * 3 // (2 * STEPS_EACH)),
            stateful_step_count=STEPS_EACH,
            deadline=None,
            derandomize=not WISHED,
            database=None,
            print_blob=True,
            suppress_health_check=list(HealthCheck),
            phases=(Phase.generate, Phase.shrink) if WISHED else (Phase.generate,),
        ),
    )
    assert EventfulArea.steps >= max(200, WISHED * 9 // 10)
    # What these histories are about must really have happened in them.
    for what in ("confirmed", "expired", "moved", "worker killed", "machine_down", "hits", "repaired"):
        assert EventfulArea.happened[what], EventfulArea.happened
