"""Engines: how connections are made, kept and given back, and what tells that they fail."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import AsyncAdaptedQueuePool
from sqlalchemy import event
from sqlalchemy import ExceptionContext
from sqlalchemy import PoolProxiedConnection
from sqlalchemy import URL
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlalchemy.ext.asyncio import create_async_engine

from ..errors import DatabaseUnavailable
from . import sqlite
from .sqlite import BEGIN
from .sqlite import is_busy
from .sqlite import READ_ONLY
from .urls import is_file

log = logging.getLogger("quart_hotframe.database")


@dataclass(frozen=True)
class Options:
    """How the connections of one engine are made.

    :param pool_size: most connections at once.
    :param pool_timeout: seconds that somebody waits for one.
    :param timeout: seconds that connecting may take, and that SQLite waits for other writers.
    :param read_only: whether the database refuses to write.
    :param separate: for somebody who asks all the time and says by itself that the database is
        away: connections are not tried before they are used, the log says nothing, and what is
        cancelled ends at once.
    """

    pool_size: int
    pool_timeout: float
    timeout: float
    read_only: bool = False
    separate: bool = False


class Pool(AsyncAdaptedQueuePool):
    """A pool that says in our own words that all of its connections are taken."""

    def connect(self) -> PoolProxiedConnection:
        """Return a connection as soon as one is free."""
        try:
            return super().connect()
        except PoolTimeout as error:
            raise DatabaseUnavailable(
                f"All {self.size()} connections to the database are in use. Raise "
                "HOTFRAME_DATABASE_POOL_SIZE, or keep transactions shorter."
            ) from error


def make_engine(url: URL, options: Options) -> AsyncEngine:
    """Return an engine for a database. Nothing is connected or written before its first use."""
    postgres = url.get_backend_name() == "postgresql"
    arguments: dict[str, Any] = {"timeout": options.timeout}
    pool: dict[str, Any] = {}
    if not postgres:
        arguments["isolation_level"] = None  # the driver's own BEGIN comes too late for a snapshot
    if postgres or is_file(url):
        pool = {"poolclass": Pool, "pool_size": options.pool_size, "max_overflow": 0}
        pool |= {
            "pool_timeout": options.pool_timeout,
            "pool_pre_ping": postgres and not options.separate,
        }
    if not postgres:
        pool["pool_reset_on_return"] = None  # sqlite.listen() does it
    engine = create_async_engine(url, connect_args=arguments, **pool)
    _listen(engine, url, options)
    return read_only(engine) if options.read_only else engine


def read_only(engine: AsyncEngine) -> AsyncEngine:
    """Return a view of an engine whose transactions cannot write."""
    return engine.execution_options(
        **{READ_ONLY: True, BEGIN: "BEGIN", "postgresql_readonly": True}
    )


def beginning(engine: AsyncEngine, statement: str) -> AsyncEngine:
    """Return a view of an engine whose transactions begin with a statement, on SQLite."""
    return engine.execution_options(**{BEGIN: statement})


def _listen(engine: AsyncEngine, url: URL, options: Options) -> None:
    sync = engine.sync_engine
    state = _State(url, options.separate)
    event.listen(sync, "do_connect", state.connect)
    event.listen(sync, "handle_error", state.failed, retval=True)
    if url.get_backend_name() == "sqlite":
        wal = is_file(url) and not options.read_only
        sqlite.listen(engine, wal=wal, timeout=options.timeout)


class _State:
    """Tells, in place of errors of drivers, that a database is away, and logs it once."""

    def __init__(self, url: URL, separate: bool) -> None:
        self.url = url
        self._logged = not separate
        self._hurried = separate and url.get_backend_name() == "postgresql"
        self.away = False

    def connect(self, dialect: Any, record: Any, args: Any, kwargs: Any) -> Any:
        if is_file(self.url):
            Path(str(self.url.database)).absolute().parent.mkdir(parents=True, exist_ok=True)
        try:
            connection = dialect.connect(*args, **kwargs)
        except Exception as error:  # each driver has its own, and some are not even its own
            raise self._unavailable(error) from error
        if self.away and self._logged:
            log.warning("The database at %s answers again.", self.url.render_as_string())
            self.away = False
        return connection

    def failed(self, context: ExceptionContext) -> BaseException | None:
        original = context.original_exception
        if self._hurried and isinstance(original, asyncio.CancelledError):
            _terminate(context)
        if context.is_pre_ping or not isinstance(original, Exception):
            return None  # the pool replaces that connection; a cancelled task says nothing
        if context.is_disconnect:
            return self._unavailable(original)
        options = context.connection.get_execution_options() if context.connection else {}
        if BEGIN in options and is_busy(original):
            return DatabaseUnavailable(
                "Other transactions wrote to the database for too long. Raise "
                "HOTFRAME_DATABASE_TIMEOUT, or keep transactions shorter."
            )
        return None

    def _unavailable(self, error: BaseException | None) -> DatabaseUnavailable:
        where = self.url.render_as_string()
        if not self.away and self._logged:
            log.error("The database at %s does not answer: %r", where, error)
            self.away = True
        return DatabaseUnavailable(f"The database at {where} does not answer: {error!r}")


def _terminate(context: ExceptionContext) -> None:
    """End a connection at once: SQLAlchemy waits two seconds for a server that is silent."""
    connection = context.connection
    if connection is not None and not connection.invalidated:
        driver: Any = connection.connection.driver_connection
        driver.terminate()
