"""Getting the planning loops ready while a process starts."""

from __future__ import annotations

import gc
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
        set_memory_aside()
    except Exception:  # the work itself will say what is wrong
        logger.exception("the planning loops could not be warmed")


def set_memory_aside() -> None:
    """Spare what has been loaded by now from being searched for garbage: it stays as long as the process.

    A search through all of it would hold up a click for longer than the click itself takes.
    """
    gc.collect()
    gc.freeze()
