"""The files of a catalog folder in memory, read once and within limits. Knows no format."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from catalog.errors import Problem

MAXIMUM_FILES = 2000
MAXIMUM_FILE_BYTES = 4_000_000
MAXIMUM_TOTAL_BYTES = 32_000_000
SUFFIXES = frozenset((".yaml", ".csv"))


@dataclass(frozen=True, slots=True)
class SourceFiles:
    """Texts by path relative to the catalog folder, with ``/`` between parts and plain line feeds."""

    texts: Mapping[str, str]

    def under(self, folder: str) -> SourceFiles:
        """Give the files below a folder, under their unchanged paths."""
        prefix = folder.rstrip("/") + "/"
        return SourceFiles({path: text for path, text in self.texts.items() if path.startswith(prefix)})

    def folders_in(self, folder: str) -> tuple[str, ...]:
        """Give the names of the folders directly below a folder, sorted."""
        prefix = folder.rstrip("/") + "/" if folder else ""
        inner = (path[len(prefix):] for path in self.texts if path.startswith(prefix))
        return tuple(sorted({path.split("/", 1)[0] for path in inner if "/" in path}))


def load_files(folder: Path) -> tuple[SourceFiles, tuple[Problem, ...]]:
    """Read every YAML and CSV file below a folder.

    Parameters
    ----------
    folder
        The catalog folder. Names that begin with a dot and other kinds of files are passed over.

    Returns
    -------
    tuple[SourceFiles, tuple[Problem, ...]]
        The files that could be read, and what stood against the others: a link that leaves the folder, a file
        too large, text that is not UTF-8, or too many files.
    """
    problems: list[Problem] = []
    if not folder.is_dir():
        return SourceFiles({}), (Problem(str(folder), 0, 0, "found no folder; expected a catalog folder"),)
    root = folder.resolve()
    texts: dict[str, str] = {}
    total = 0
    for path in _walk(folder):
        name = path.relative_to(folder).as_posix()
        text, fault = _read(path, root)
        total += len(text)
        if total > MAXIMUM_TOTAL_BYTES or len(texts) >= MAXIMUM_FILES:
            limit = f"at most {MAXIMUM_FILES} files of {MAXIMUM_TOTAL_BYTES} bytes in all"
            problems.append(Problem(name, 0, 0, f"the catalog is too large; expected {limit}"))
            break
        if fault is not None:
            problems.append(Problem(name, *fault))
        else:
            texts[name] = text
    return SourceFiles(texts), tuple(problems)


def _walk(folder: Path) -> list[Path]:
    found: list[Path] = []
    for directory, names, files in os.walk(folder, followlinks=False):
        linked = [name for name in names if (Path(directory) / name).is_symlink()]
        names[:] = sorted(name for name in names if not name.startswith(".") and name not in linked)
        found.extend(Path(directory) / name for name in linked)
        found.extend(
            Path(directory) / name
            for name in files
            if not name.startswith(".") and Path(name).suffix in SUFFIXES
        )
    return sorted(found)


def _read(path: Path, root: Path) -> tuple[str, tuple[int, int, str] | None]:
    if path.is_symlink() and not path.resolve().is_relative_to(root):
        return "", (0, 0, "a link that leaves the catalog folder; expected a file of the folder itself")
    if not path.is_file():
        return "", (0, 0, "found no ordinary file; expected a file of the folder itself")
    if path.stat().st_size > MAXIMUM_FILE_BYTES:
        return "", (0, 0, f"{path.stat().st_size} bytes; a file has at most {MAXIMUM_FILE_BYTES}")
    content = path.read_bytes()
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        column = error.start - content.rfind(b"\n", 0, error.start)
        return "", (line, column, f"byte {content[error.start]:#04x} is not UTF-8; expected UTF-8 text")
    if "\0" in text:
        return "", (0, 0, "found a zero byte; expected text")
    return text.replace("\r\n", "\n").replace("\r", "\n"), None
