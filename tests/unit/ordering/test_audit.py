"""The hash chain of the audit log: whatever is changed shows."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from ordering.audit import GENESIS_HASH, AuditEntry, entry_hash, first_break

START = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)


def a_log(length: int) -> list[AuditEntry]:
    entries: list[AuditEntry] = []
    previous = GENESIS_HASH
    for number in range(length):
        at = START + timedelta(minutes=number)
        sealed = entry_hash(at=at, actor="staff", action="quote.offer", subject=f"Q-{number}", facts="{}",
                            previous_hash=previous)
        entries.append(AuditEntry(number + 1, at, "staff", "quote.offer", f"Q-{number}", "{}", previous, sealed))
        previous = sealed
    return entries


def test_a_whole_log_has_no_break() -> None:
    assert first_break(a_log(20)) is None
    assert first_break([]) is None


@given(st.integers(0, 9), st.sampled_from(["actor", "action", "subject", "facts", "previous_hash", "entry_hash"]))
def test_any_changed_entry_is_found(place: int, field: str) -> None:
    entries = a_log(10)
    entries[place] = replace(entries[place], **{field: "forged"})  # type: ignore[arg-type]  # only text fields are drawn
    broken = first_break(entries)
    assert broken is not None
    assert broken.id == place + 1


@given(st.integers(0, 8))
def test_a_missing_entry_is_found(place: int) -> None:
    entries = a_log(10)
    del entries[place]
    broken = first_break(entries)
    assert broken is not None
    assert broken.id == place + 2


def test_the_same_moment_in_another_zone_has_the_same_hash() -> None:
    values = {"actor": "a", "action": "b", "subject": "c", "facts": "{}", "previous_hash": GENESIS_HASH}
    assert entry_hash(at=START, **values) == entry_hash(at=START.astimezone(ZoneInfo("Asia/Shanghai")), **values)
