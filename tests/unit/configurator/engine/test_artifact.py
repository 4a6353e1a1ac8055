"""Stored products: whatever lies in their place, the answers are right, and what can be repaired is."""

from __future__ import annotations

import hashlib
import json
import struct
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from catalog.product import ProductDefinition
from catalog.text import Text
from configurator.configuration import Selection
from configurator.engine.artifact import FORMAT_VERSION, MAGIC, read_artifact, write_artifact
from configurator.engine.loading import compile_definition
from tests.factories import choice

HASH = "h"
ARRAYS = {"numbers": np.arange(100, dtype=np.int32), "flags": np.array([[True, False], [False, True]]),
          "nothing": np.zeros((0, 3), dtype=np.int64)}


def small() -> ProductDefinition:
    return ProductDefinition("thing", Text.of("Thing"), (choice("x", "a", "b", "c"), choice("y", "p", "q")))


def larger() -> ProductDefinition:
    return ProductDefinition("thing", Text.of("Thing"), (choice("x", "a", "b", "c"), choice("y", "p", "q", "r")))


def count(item: ProductDefinition, folder: Path) -> int:
    return compile_definition(item, content_hash=HASH, cache_directory=folder).count(Selection())


@pytest.fixture
def stored(tmp_path: Path) -> Path:
    assert count(small(), tmp_path) == 6
    return tmp_path / f"{HASH}.graph"


def sealed(description: bytes, *, magic: bytes = MAGIC, version: int = FORMAT_VERSION, tail: bytes = b"") -> bytes:
    """Write a file that is whole by its hash, whatever it says."""
    start = struct.pack("<8sII", magic, version, len(description))
    body = description + tail
    return start + hashlib.sha256(start + body).digest() + body


def test_arrays_come_back_with_type_shape_and_values(tmp_path: Path) -> None:
    big_endian = np.array([1, 2, 70_000], dtype=">i4")
    path = tmp_path / "new" / "a.graph"
    write_artifact(path, content_hash=HASH, arrays={**ARRAYS, "foreign": big_endian}, notes={"k": [1, "ä"]})
    read = read_artifact(path, content_hash=HASH)
    assert read is not None
    arrays, notes = read
    assert notes == {"k": [1, "ä"]}
    assert arrays["foreign"].dtype.str == "<i4"
    for name, array in {**ARRAYS, "foreign": big_endian}.items():
        assert arrays[name].shape == array.shape
        assert arrays[name].tolist() == array.tolist()
        assert not arrays[name].flags.writeable


def test_every_flipped_bit_is_noticed(tmp_path: Path) -> None:
    path = tmp_path / "a.graph"
    write_artifact(path, content_hash=HASH, arrays=ARRAYS, notes={})
    original = path.read_bytes()
    for place in range(len(original)):
        damaged = bytearray(original)
        damaged[place] ^= 1 << place % 8
        other = tmp_path / "b.graph"
        other.write_bytes(damaged)
        assert read_artifact(other, content_hash=HASH) is None, place


def test_every_truncation_and_addition_is_noticed(tmp_path: Path) -> None:
    path = tmp_path / "a.graph"
    write_artifact(path, content_hash=HASH, arrays=ARRAYS, notes={})
    original = path.read_bytes()
    for length in range(len(original)):
        path.write_bytes(original[:length])
        assert read_artifact(path, content_hash=HASH) is None, length
    path.write_bytes(original + b"\0")
    assert read_artifact(path, content_hash=HASH) is None


@pytest.mark.parametrize("content", [
    sealed(b'{"content_hash": "h", "arrays": {}, "notes": {}}', magic=b"SOMEBODY"),
    sealed(b'{"content_hash": "h", "arrays": {}, "notes": {}}', version=FORMAT_VERSION - 1),
    sealed(b'{"content_hash": "h", "arrays": {}, "notes": {}}', version=FORMAT_VERSION << 24),
    sealed(b'{"content_hash": "other", "arrays": {}, "notes": {}}'),
    sealed(b'{"content_hash": "h"}'),
    sealed(b"[]"),
    sealed(b"no description"),
    sealed(b"\xff\xfe"),
    sealed(b""),
    sealed(b'{"content_hash": "h", "arrays": [], "notes": {}}'),
    sealed(b'{"content_hash": "h", "arrays": {"a": 5}, "notes": {}}'),
    sealed(b'{"content_hash": "h", "arrays": {"a": ["<i4", [8], 640]}, "notes": {}}'),
    sealed(b'{"content_hash": "h", "arrays": {"a": ["<i4", [-1, 3], 0]}, "notes": {}}'),
    sealed(b'{"content_hash": "h", "arrays": {"a": ["O", [1], 0]}, "notes": {}}'),
    sealed(b'{"content_hash": "h", "arrays": {"a": ["what", [1], 0]}, "notes": {}}'),
])
def test_a_whole_file_that_says_something_else_is_not_taken(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / f"{HASH}.graph"
    path.write_bytes(content)
    assert read_artifact(path, content_hash=HASH) is None
    assert count(small(), tmp_path) == 6
    assert read_artifact(path, content_hash=HASH) is not None


@pytest.mark.parametrize("notes", [
    {}, {"components": 3}, {"components": [], "is_compiled": True, "has_graph": True},
    {"components": [{"interface": ["x"]}], "is_compiled": False, "has_graph": False}, [], None,
])
def test_notes_of_another_kind_are_written_anew(tmp_path: Path, notes: object) -> None:
    path = tmp_path / f"{HASH}.graph"
    description = {"content_hash": HASH, "arrays": {}, "notes": notes}
    path.write_bytes(sealed(json.dumps(description).encode()))
    assert count(small(), tmp_path) == 6
    read = read_artifact(path, content_hash=HASH)
    assert read is not None
    assert read[1]["is_compiled"]


def test_graph_of_a_product_with_other_options_is_not_taken(stored: Path) -> None:
    assert count(larger(), stored.parent) == 9
    assert count(larger(), stored.parent) == 9
    assert count(small(), stored.parent) == 6


def test_folder_in_its_place_and_file_as_its_folder_cost_no_answer(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / f"{HASH}.graph").mkdir()
    assert count(small(), tmp_path) == 6
    assert "could not be kept" in caplog.text
    assert [item.name for item in tmp_path.iterdir()] == [f"{HASH}.graph"]
    file = tmp_path / "file"
    file.touch()
    assert count(small(), file) == 6
    assert count(small(), file / "below") == 6


def test_unreadable_file_is_made_anew(stored: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    original = stored.read_bytes()
    stored.write_bytes(b"x")
    real = np.memmap

    def refuse(path: Path, *given: object, **named: object) -> object:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(np, "memmap", refuse)
    assert count(small(), stored.parent) == 6
    monkeypatch.setattr(np, "memmap", real)
    assert stored.read_bytes() == original


@pytest.mark.parametrize("call", ["tempfile.mkstemp", "os.fsync", "pathlib.Path.replace"])
def test_full_or_read_only_folder_costs_no_answer(
    tmp_path: Path, call: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def refuse(*given: object, **named: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(call, refuse)
    assert count(small(), tmp_path) == 6
    assert "No space left" in caplog.text
    assert not list(tmp_path.iterdir())


def test_mapped_arrays_stay_when_the_file_is_replaced_or_removed(tmp_path: Path) -> None:
    path = tmp_path / "a.graph"
    write_artifact(path, content_hash=HASH, arrays=ARRAYS, notes={})
    read = read_artifact(path, content_hash=HASH)
    assert read is not None
    write_artifact(path, content_hash=HASH, arrays={"numbers": np.zeros(5, dtype=np.int32)}, notes={})
    assert read[0]["numbers"].tolist() == list(range(100))
    path.unlink()
    assert read[0]["numbers"].tolist() == list(range(100))


WRITER = """
import sys
from pathlib import Path
import numpy as np
from configurator.engine.artifact import write_artifact
path, value = Path(sys.argv[1]), int(sys.argv[2])
print("ready", flush=True)
for _ in range(40):
    write_artifact(path, content_hash="h", arrays={"numbers": np.full(30_000, value)}, notes={"value": value})
"""


def test_readers_see_one_writer_or_the_other_never_a_mixture(tmp_path: Path) -> None:
    path = tmp_path / "a.graph"
    write_artifact(path, content_hash=HASH, arrays={"numbers": np.zeros(5, dtype=np.int32)}, notes={"value": 0})
    writers = [subprocess.Popen([sys.executable, "-c", WRITER, str(path), str(value)], stdout=subprocess.PIPE)
               for value in (1, 2)]
    seen = set()
    while any(writer.poll() is None for writer in writers):
        read = read_artifact(path, content_hash=HASH)
        assert read is not None
        arrays, notes = read
        assert set(arrays["numbers"].tolist()) == {notes["value"]}
        seen.add(notes["value"])
    assert [writer.wait() for writer in writers] == [0, 0]
    for writer in writers:
        assert writer.stdout is not None
        writer.stdout.close()
    assert seen & {1, 2}
    assert [item.name for item in tmp_path.iterdir()] == ["a.graph"]


COMPILER = """
import sys
from pathlib import Path
from configurator.configuration import Selection
from configurator.engine.loading import compile_definition
from tests.factories import demo_products
item = demo_products()["window"].definition
print(compile_definition(item, content_hash="w", cache_directory=Path(sys.argv[1])).count(Selection()))
"""


def test_two_processes_compile_the_same_product_at_once(tmp_path: Path) -> None:
    both = [subprocess.Popen([sys.executable, "-c", COMPILER, str(tmp_path)], stdout=subprocess.PIPE, text=True)
            for _ in range(2)]
    answers = [process.communicate()[0] for process in both]
    assert [process.returncode for process in both] == [0, 0]
    assert len(set(answers)) == 1
    assert int(answers[0]) > 0
    assert [item.name for item in tmp_path.iterdir()] == ["w.graph"]
    assert read_artifact(tmp_path / "w.graph", content_hash="w") is not None
