"""Ending: when asked to, with what is found so far; and at once, whatever a search that does not stop still does."""

from __future__ import annotations

import os
import signal
import sys
import time
from contextlib import suppress
from pathlib import Path
from types import FrameType
from typing import Any

_MOST_AGE_BY_WORK = 4
_NOTICE = b"onelot: ending with the best plan so far; ask once more to end without an answer\n"


class Interruption:
    """SIGINT and SIGTERM as a wish to end: noted the first time; the second time the work is broken off.

    A context manager. Signals that the process was told to ignore, as in the background of a script, stay ignored.
    """

    def __init__(self) -> None:
        self.number: int | None = None
        self._before: dict[int, Any] = {}  # whatever handled the signal

    def __enter__(self) -> Interruption:
        """Begin to note signals."""
        for number in (signal.SIGINT, signal.SIGTERM):
            if signal.getsignal(number) not in (signal.SIG_IGN, None):
                self._before[number] = signal.signal(number, self._note)
        return self

    def __exit__(self, *_: object) -> None:
        """Let signals do what they did before."""
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def is_asked(self) -> bool:
        """Tell whether a signal came."""
        return self.number is not None

    @property
    def exit_code(self) -> int:
        """The exit code by which shells know the signal; 0 when none came."""
        return 0 if self.number is None else 128 + self.number

    # Neither lock nor buffer may be touched here: the signal may have come while either was in use.
    def _note(self, number: int, _: FrameType | None) -> None:
        if self.number is not None:
            raise KeyboardInterrupt
        self.number = number
        with suppress(OSError):
            os.write(2, _NOTICE)


def seconds_since_start() -> float:
    """Give the seconds since the process began, starting the interpreter included.

    Its work alone would be too little on a busy machine. Its age alone may be far too much: that counts from the
    beginning of a script that became this process at its end.

    Returns
    -------
    float
        From the seconds of work to four times that.
    """
    worked = time.process_time()
    try:
        began = int(Path("/proc/self/stat").read_bytes().rsplit(b")", 1)[1].split()[19]) / os.sysconf("SC_CLK_TCK")
        age = time.clock_gettime(time.CLOCK_BOOTTIME) - began
    except (OSError, ValueError, IndexError, AttributeError):
        age = worked  # not Linux
    return min(max(worked, age), _MOST_AGE_BY_WORK * worked)


def end_at_once(code: object) -> None:
    """Leave the process at once after planning, which has nothing to tidy up.

    Otherwise the interpreter would wait for threads, such as one inside a compilation, and free memory piece by piece.

    Parameters
    ----------
    code
        What ``sys.exit`` was given.
    """
    if "web.cli.plan" in sys.modules:
        for stream in (sys.stdout, sys.stderr):
            with suppress(OSError, ValueError, AttributeError):  # nobody reads, or it was closed before
                stream.flush()
        os._exit(code if isinstance(code, int) else 1 if code else 0)
