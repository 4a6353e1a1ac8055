"""Loops that other loops call are compiled once, and kept on disk only where the interpreter calls them."""

from __future__ import annotations

import sys
from pathlib import Path
from threading import Thread

import pytest

from scheduling.engine.compiled import is_compiled

pytestmark = pytest.mark.skipif(not is_compiled(), reason="the loops are interpreted")


def twice(number: int) -> int:
    """Stand for a short loop."""
    return 2 * number


def test_a_loop_called_by_another_gives_the_same_result_and_is_not_kept(tmp_path: Path) -> None:
    from scheduling.engine.linking import compile_loop  # noqa: PLC0415  # not where loops are interpreted

    inner = compile_loop(twice, lambda: str(tmp_path / "inner"), nogil=True)

    def outer(number: int) -> int:
        return inner(number) + inner(1)  # type: ignore[no-any-return]

    made = compile_loop(outer, lambda: str(tmp_path / "outer"), nogil=True)
    assert made(20) == 42
    assert not (tmp_path / "inner").exists()
    assert inner(4) == 8
    assert list((tmp_path / "inner").rglob("*.nbi"))


def test_two_threads_that_call_a_loop_first_at_once_leave_it_on_disk(tmp_path: Path) -> None:
    from scheduling.engine.linking import compile_loop  # noqa: PLC0415  # not where loops are interpreted

    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    try:
        made, found = compile_loop(twice, lambda: str(tmp_path), nogil=True), []
        threads = [Thread(target=lambda: found.append(made(21))) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        sys.setswitchinterval(interval)
    assert found == [42] * 4
    assert list(tmp_path.rglob("*.nbc"))
    assert len(made.signatures) == 1
