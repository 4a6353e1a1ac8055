"""The database kernel: declarative base, naming convention, UTC time type, engine and transactions."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any, TypeVar

from sqlalchemy import DateTime, Dialect, Engine, MetaData, create_engine, event
from sqlalchemy.orm import DeclarativeBase, Session, sessionmaker
from sqlalchemy.types import TypeDecorator

NAMING_CONVENTION = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}

_is_writing: ContextVar[bool] = ContextVar("onelot_is_writing", default=False)
_READ = "onelot_read_once"

Item = TypeVar("Item")


class Base(DeclarativeBase):
    """Base of every row class."""

    metadata = MetaData(naming_convention=NAMING_CONVENTION)


class UtcDateTime(TypeDecorator[datetime]):
    """An aware UTC moment; naive moments are refused on the way in."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Turn an aware moment into UTC; raise ValueError for a naive one."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment without a time zone cannot be stored")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Give back an aware UTC moment."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def make_engine(url: str) -> Engine:
    """Create the engine for a database address.

    SQLite gets a write-ahead log, foreign keys, a busy wait, and transactions that begin deferred for
    reading and immediate inside :func:`writing`, so that a check and its write cannot be separated.

    Parameters
    ----------
    url
        ``sqlite:///path`` or ``postgresql+psycopg://…``; a plain ``postgresql://`` is accepted too.

    Returns
    -------
    Engine
        An engine that connects on first use.
    """
    if url.startswith("postgresql://"):
        url = "postgresql+psycopg://" + url.removeprefix("postgresql://")
    if not url.startswith("sqlite"):
        return create_engine(url, pool_pre_ping=True, pool_size=10, max_overflow=20)
    engine = create_engine(url, connect_args={"timeout": 30, "check_same_thread": False})

    @event.listens_for(engine, "connect")
    def _prepare(connection: Any, _record: object) -> None:  # Any: the driver's own class
        connection.isolation_level = None  # SQLAlchemy's begin event below decides
        for pragma in ("journal_mode=WAL", "foreign_keys=ON", "synchronous=FULL",
                       "busy_timeout=30000"):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _begin(connection: Any) -> None:  # Any: SQLAlchemy's event signature
        connection.exec_driver_sql("BEGIN IMMEDIATE" if _is_writing.get() else "BEGIN")

    return engine


def make_session_factory(engine: Engine) -> sessionmaker[Session]:
    """Create the factory of sessions; rows stay readable after the commit."""
    return sessionmaker(engine, expire_on_commit=False)


@contextmanager
def writing() -> Iterator[None]:
    """Mark the transactions begun inside as writing ones: SQLite takes its write lock at once.

    The edge wraps a POST request or a job in it; reading requests stay outside.
    """
    token = _is_writing.set(True)
    try:
        yield
    finally:
        _is_writing.reset(token)


def read_once(session: Session, key: Hashable, read: Callable[[], Item | None]) -> Item | None:
    """Give what this reading transaction has read under a key, reading it the first time.

    One page asks for the same rows from many sides. A transaction that may write reads anew each time, and so does the
    next transaction; what was not found is looked for again.

    Parameters
    ----------
    session
        Only read.
    key
        What is read: equal keys mean the same rows.
    read
        Reads it; None when it is not there.
    """
    if _is_writing.get():
        return read()
    transaction, known = session.info.get(_READ, (None, {}))
    if transaction is None or transaction is not session.get_transaction():
        known = {}
    if key in known:
        item: Item = known[key]
        return item
    found = read()
    if found is not None:
        known[key] = found
        session.info[_READ] = (session.get_transaction(), known)
    return found
