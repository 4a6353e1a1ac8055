"""The one door to numba: a decorator that compiles a loop over arrays, or leaves it as plain Python.

``NUMBA_DISABLE_JIT=1`` (or a machine without numba) runs the very same source interpreted, with the same results.
Compiled code is kept on disk beside the sources, one folder per content of a module and all that it imports here: numba
itself notices only changes of the file a function stands in, not of the files it calls.
"""

from __future__ import annotations

import hashlib
import os
import re
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

try:
    import numba
    from numba.core import config

    from scheduling.engine.linking import compile_loop
except ImportError:  # pragma: no cover - a platform without numba
    numba = None  # type: ignore[assignment]

Loop = TypeVar("Loop", bound=Callable[..., Any])
_HERE = Path(__file__).parent
_IMPORTED = re.compile(r"^\s*from scheduling\.engine\.(\w+) import", re.MULTILINE)


def is_compiled() -> bool:
    """Tell whether loops run as machine code in this process."""
    return numba is not None and not config.DISABLE_JIT  # type: ignore[attr-defined]


@cache
def _sources(module: str) -> frozenset[str]:
    """Give a module of this package and every one that it calls, by name."""
    found, waiting = set(), [module]
    while waiting:
        name = waiting.pop()
        path = _HERE / f"{name}.py"
        if name not in found and path.exists():
            found.add(name)
            waiting.extend(_IMPORTED.findall(path.read_text(encoding="utf-8")))
    return frozenset(found)


@cache
def _cache_folder(module: str) -> str:
    """Give the folder for this content of a module; a private temporary one where the sources are read-only."""
    digest = hashlib.sha256()
    for name in sorted(_sources(module)):
        digest.update((_HERE / f"{name}.py").read_bytes())
    root = Path(os.environ.get("NUMBA_CACHE_DIR") or _HERE / "__pycache__")
    if not os.access(root if root.exists() else _HERE, os.W_OK):
        root = Path(tempfile.gettempdir()) / f"onelot-loops-{os.getuid()}"
    return str(root / f"loops-{digest.hexdigest()[:16]}")


def _compile(loop: Loop, **options: Any) -> Loop:
    """Hand a loop to numba."""
    if not is_compiled():
        return loop
    module = Path(loop.__code__.co_filename).stem
    made: Any = compile_loop(loop, lambda: _cache_folder(module), nogil=True, **options)
    return made  # type: ignore[no-any-return]


def compiled(loop: Loop) -> Loop:
    """Compile a loop over arrays at its first call; it then runs without the interpreter's lock.

    Parameters
    ----------
    loop
        Takes and gives integers, integer arrays and named tuples of them; calls only other compiled loops.

    Returns
    -------
    Loop
        With the same results; ``loop`` itself where nothing is compiled.
    """
    return _compile(loop)


def lean(loop: Loop) -> Loop:
    """Compile a loop that makes no array, which spares it the counting of references: three times as fast or more.

    Parameters
    ----------
    loop
        As for :func:`compiled`; it calls only lean and inlined loops.

    Returns
    -------
    Loop
        With the same results; ``loop`` itself where nothing is compiled.
    """
    return _compile(loop, _nrt=False)


def inlined(loop: Loop) -> Loop:
    """Compile a short lean loop into each loop that calls it: no call, no arguments to pass.

    Parameters
    ----------
    loop
        As for :func:`lean`.

    Returns
    -------
    Loop
        With the same results; ``loop`` itself where nothing is compiled.
    """
    return _compile(loop, _nrt=False, forceinline=True)

