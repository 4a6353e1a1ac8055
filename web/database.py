"""The unit of work at the edge: one session a request or job, one commit, dispatch only after it."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from flask import current_app, g, has_app_context
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.orm import Session

from catalog.database import make_engine, make_session_factory, writing

logger = logging.getLogger(__name__)

View = TypeVar("View", bound=Callable[..., Any])
"""Any: views take what their address holds and answer what Flask takes."""

OUTBOX = "onelot_outbox"
TRANSIENT_STATES = frozenset({"40001", "40P01", "55P03", "57P01", "08006", "08003"})
"""PostgreSQL: serialization failure, deadlock, lock not available, connection lost."""


class Database:
    """An engine with its sessions, and what must happen once a transaction is durable.

    Parameters
    ----------
    url
        As :func:`catalog.database.make_engine` takes it.
    """

    def __init__(self, url: str) -> None:
        self.engine = make_engine(url)
        self._make_session = make_session_factory(self.engine)
        self.dispatch: Callable[[tuple[int, ...]], None] = lambda ids: None
        """Called after a commit with the numbers of the background jobs it made."""

    def open_session(self) -> Session:
        """Open a session; the caller closes it."""
        return self._make_session()

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """Give a session whose changes are thrown away at the end."""
        session = self.open_session()
        try:
            yield session
        finally:
            session.rollback()
            session.close()

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        """Give a session that is committed when the block ends well, and rolled back when it does not."""
        with writing():
            session = self.open_session()
            try:
                yield session
                self.commit(session)
            except BaseException:
                session.rollback()
                raise
            finally:
                session.close()

    def commit(self, session: Session) -> None:
        """Commit, then wake the workers for the jobs that the transaction made."""
        session.flush()
        ids = tuple(session.info.pop(OUTBOX, ()))
        session.commit()
        if ids:
            self.dispatch(ids)

    def dispose(self) -> None:
        """Close every pooled connection."""
        self.engine.dispose()


def get_database() -> Database:
    """Give the database of the running application."""
    database: Database = current_app.extensions["onelot_database"]
    return database


def get_session() -> Session:
    """Give the session of this request, opened on first use; the edge commits it, nobody else."""
    if "onelot_session" not in g:
        g.onelot_session = get_database().open_session()
    session: Session = g.onelot_session
    return session


def keep_changes() -> None:
    """Commit this request even though its answer is a refusal (status 400 to 499)."""
    g.onelot_keeps_changes = True


def writes(view: View) -> View:
    """Mark a view that answers GET and may store something, such as a drawn document."""
    view.onelot_writes = True  # type: ignore[attr-defined]  # a mark that the application reads
    return view


def close_session(_error: BaseException | None = None) -> None:
    """Throw away what was not committed and give the connection back."""
    if has_app_context():
        session: Session | None = g.pop("onelot_session", None)
        if session is not None:
            session.rollback()
            session.close()


def is_transient(error: DBAPIError) -> bool:
    """Tell whether the same transaction may succeed when it is run again."""
    state = getattr(error.orig, "sqlstate", None)
    if state is not None:
        return state in TRANSIENT_STATES
    return isinstance(error, OperationalError) and "locked" in str(error.orig)
