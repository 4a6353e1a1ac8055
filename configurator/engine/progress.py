"""How a compilation tells how far it is, and how it is stopped. Knows no solver and no clock."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

Report = Callable[[str, float], None]
"""Takes the name of a phase and how much of it is done, from 0 to 1."""


class CompilationStopped(Exception):
    """The caller asked the compilation to stop before it was through."""


@dataclass(frozen=True, slots=True)
class Watch:
    """Hands progress to whoever waits, and a wish to stop to whoever works.

    Attributes
    ----------
    progress
        Called with phase and share; None tells nobody.
    should_stop
        Asked now and then; None never stops.
    """

    progress: Report | None = None
    should_stop: Callable[[], bool] | None = None

    def report(self, phase: str, share: float = 0.0) -> None:
        """Tell how far a phase is, and stop when that is wished.

        Raises
        ------
        CompilationStopped
            When the caller wishes to stop.
        """
        self.check()
        if self.progress is not None:
            self.progress(phase, min(max(share, 0.0), 1.0))

    def check(self) -> None:
        """Stop when that is wished.

        Raises
        ------
        CompilationStopped
            When the caller wishes to stop.
        """
        if self.should_stop is not None and self.should_stop():
            raise CompilationStopped


UNWATCHED = Watch()
"""Nobody waits, nobody stops."""
