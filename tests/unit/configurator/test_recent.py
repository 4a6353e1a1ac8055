"""The bounded memory."""

from __future__ import annotations

from configurator.recent import Recent


def test_item_used_longest_ago_is_forgotten() -> None:
    memory: Recent[str, int] = Recent(2)
    memory.keep("a", 1)
    memory.keep("b", 2)
    assert memory.find("a") == 1
    memory.keep("c", 3)
    assert [memory.find(key) for key in "abc"] == [1, None, 3]
    memory.forget_all()
    assert memory.find("a") is None
