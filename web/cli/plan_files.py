"""The files that ``onelot plan`` writes: tried before the planning, so that no time is spent on what cannot be kept."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from scheduling.errors import PlanFileInvalid
from scheduling.printable import printable


def require_writable(wanted: list[Path], source: Path) -> None:
    """Refuse files that cannot be written; nothing is changed by trying.

    Parameters
    ----------
    wanted
        Files to be written later; they may exist.
    source
        The file that is planned; it must not be among them, nor may two of them be one.

    Raises
    ------
    PlanFileInvalid
        One of them cannot be written.
    """
    taken = {os.path.realpath(source)}
    for path in wanted:
        real = os.path.realpath(path)
        if real in taken or _is_same(path, source):
            raise _refusal(path, "it is the file to be planned, or another one to be written")
        taken.add(real)
        try:
            _try(path)
        except OSError as error:
            raise _refusal(path, error.strerror or str(error)) from error


def write(path: Path, text: str) -> None:
    """Write a file.

    Raises
    ------
    PlanFileInvalid
        It cannot be written.
    """
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise _refusal(path, error.strerror or str(error)) from error


def _is_same(path: Path, source: Path) -> bool:
    """Tell whether two names are of one file that holds something, such as a second link to it."""
    try:
        return stat.S_ISREG(path.stat().st_mode) and path.samefile(source)
    except OSError:
        return False


def _try(path: Path) -> None:
    """Open a file for writing as it is; one that does not exist is made and taken away again."""
    try:
        kind = path.stat().st_mode
    except FileNotFoundError:
        target = os.path.realpath(path)  # of a link that leads to nothing yet
        os.close(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666))
        Path(target).unlink()
        return
    if stat.S_ISREG(kind):
        os.close(os.open(path, os.O_WRONLY))
    elif stat.S_ISDIR(kind):
        raise IsADirectoryError(21, "Is a directory")
    elif not os.access(path, os.W_OK):  # opening a pipe would wait for its reader
        raise PermissionError(13, "Permission denied")


def _refusal(path: Path, why: str) -> PlanFileInvalid:
    return PlanFileInvalid(f"{printable(str(path))}: cannot be written: {why}", file=printable(path.name), line=0)
