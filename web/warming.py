"""Getting the planning loops ready while a process starts."""

from __future__ import annotations

import logging
import threading

logger = logging.getLogger(__name__)


def warm_in_background() -> threading.Thread:
    """Warm the planning loops in a thread that holds up neither the start nor the end of the process."""
    thread = threading.Thread(target=_warm, name="warm", daemon=True)
    thread.start()
    return thread


def _warm() -> None:
    try:
        from scheduling.engine.warm import describe, warm  # noqa: PLC0415  # loads the compiler, which takes its time

        seconds = warm()
        logger.info("%s, warm after %.1f s", describe(), seconds)
        from scheduling.firm_quoting import warm_up  # noqa: PLC0415  # loads the solver, which takes its time

        warm_up()
    except Exception:  # the work itself will say what is wrong
        logger.exception("the planning loops could not be warmed")
