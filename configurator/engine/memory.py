"""How much memory a process holds, where the system tells it."""

from __future__ import annotations

import os
from pathlib import Path

_PAGE = os.sysconf("SC_PAGE_SIZE") if hasattr(os, "sysconf") else 4096


def resident_bytes(process: int | None = None) -> int:
    """Give the resident memory of a process in bytes.

    Parameters
    ----------
    process
        Its number; None asks for this one.

    Returns
    -------
    int
        0 when the process is gone, or when the system has no ``/proc``.
    """
    try:
        text = Path(f"/proc/{process or 'self'}/statm").read_text(encoding="ascii")
    except OSError:
        return 0
    return int(text.split()[1]) * _PAGE
