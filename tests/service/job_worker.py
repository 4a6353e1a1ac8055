"""A real worker process for the tests of background work: ``python -m tests.service.job_worker``.

It knows one more kind of work than the product: ``test.slow`` tells by a file with its process number that it began,
waits until a file lets it go on, and then makes an account, which is an effect that must not happen twice.
"""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from web import accounts
from web.factory import create_app
from web.jobs.kinds import JobKind, Payload, Work
from web.settings import load_settings
from web.worker import get_background


def wait_for_permission(work: Work) -> Any:  # Any: nothing is handed on
    """Tell that the slow part began, and wait for the file that lets it go on."""
    folder = Path(work.payload["folder"])
    (folder / f"began-{os.getpid()}").touch()
    while not (folder / "go").exists():
        time.sleep(0.02)


def make_account(session: Session, work: Work, _prepared: Any) -> Payload:  # Any: as above
    """Make an account whose login counts how often this happened."""
    number = len(accounts.list_users(session)) + 1
    accounts.add_user(session, login=f"effect-{number}", name="", role="sales", password="long enough",
                      now=work.now())
    return {"number": number}


SLOW = JobKind("test.slow", prepare=wait_for_permission, apply=make_account)


def main() -> int:
    """Be a worker until killed."""
    app = create_app(load_settings())
    background = get_background(app)
    background.queue_name = sys.argv[1]
    background.runner.kinds.add(SLOW)
    return background.run_forever()


if __name__ == "__main__":
    sys.exit(main())
