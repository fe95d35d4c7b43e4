"""Engines: how connections are made, kept and given back, and what tells that they fail."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from pathlib import Path
from sqlite3 import OperationalError
from typing import Any

from sqlalchemy import AsyncAdaptedQueuePool
from sqlalchemy import Connection
from sqlalchemy import event
from sqlalchemy import ExceptionContext
from sqlalchemy import PoolProxiedConnection
from sqlalchemy import URL
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlalchemy.ext.asyncio import create_async_engine

from ..errors import DatabaseUnavailable
from .urls import is_file

log = logging.getLogger("quart_hotframe.database")

BEGIN = "hotframe_begin"
"""The execution option with the statement that begins a transaction of SQLite."""
READ_ONLY = "hotframe_read_only"
"""The execution option of what may not write."""
LATER = "hotframe_begins_later"
"""The value of :data:`BEGIN` for a transaction that begins with the first statement that writes.

What it reads before is what was committed at that moment, as on PostgreSQL.
"""
WRITING = "BEGIN IMMEDIATE"
"""What takes the only lock for writing at once: to take it later can fail without waiting."""
RETRY = 0.02
"""Seconds between two attempts to prepare a file of SQLite that others prepare, too."""


@dataclass(frozen=True)
class Options:
    """How the connections of one engine are made.

    :param pool_size: most connections at once.
    :param pool_timeout: seconds that somebody waits for one.
    :param timeout: seconds that connecting may take, and that SQLite waits for other writers.
    :param read_only: whether the database refuses to write.
    """

    pool_size: int
    pool_timeout: float
    timeout: float
    read_only: bool = False


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
        pool |= {"pool_timeout": options.pool_timeout, "pool_pre_ping": postgres}
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
    state = _State(url)
    event.listen(sync, "do_connect", state.connect)
    event.listen(sync, "handle_error", state.failed, retval=True)
    if url.get_backend_name() != "sqlite":
        return
    wal = is_file(url) and not options.read_only
    event.listen(sync, "connect", lambda connection, _: _prepare(connection, wal, options.timeout))
    event.listen(sync, "begin", _begin)
    event.listen(sync, "before_cursor_execute", _begin_to_write)


class _State:
    """Tells, in place of errors of drivers, that a database is away, and logs it once."""

    def __init__(self, url: URL) -> None:
        self.url = url
        self.away = False

    def connect(self, dialect: Any, record: Any, args: Any, kwargs: Any) -> Any:
        if is_file(self.url):
            Path(str(self.url.database)).absolute().parent.mkdir(parents=True, exist_ok=True)
        try:
            connection = dialect.connect(*args, **kwargs)
        except Exception as error:  # each driver has its own, and some are not even its own
            raise self._unavailable(error) from error
        if self.away:
            log.warning("The database at %s answers again.", self.url.render_as_string())
            self.away = False
        return connection

    def failed(self, context: ExceptionContext) -> BaseException | None:
        original = context.original_exception
        if context.is_pre_ping or not isinstance(original, Exception):
            return None  # the pool replaces that connection; a cancelled task says nothing
        if context.is_disconnect:
            return self._unavailable(original)
        options = context.connection.get_execution_options() if context.connection else {}
        if BEGIN in options and _is_busy(original):
            return DatabaseUnavailable(
                "Other transactions wrote to the database for too long. Raise "
                "HOTFRAME_DATABASE_TIMEOUT, or keep transactions shorter."
            )
        return None

    def _unavailable(self, error: BaseException | None) -> DatabaseUnavailable:
        where = self.url.render_as_string()
        if not self.away:
            log.error("The database at %s does not answer: %r", where, error)
            self.away = True
        return DatabaseUnavailable(f"The database at {where} does not answer: {error!r}")


def _is_busy(error: BaseException | None) -> bool:
    return getattr(error, "sqlite_errorname", "").startswith("SQLITE_BUSY")


def _prepare(connection: Any, wal: bool, timeout: float) -> None:
    connection.run_async(lambda driver: _prepare_sqlite(driver, wal, timeout))


async def _prepare_sqlite(driver: Any, wal: bool, timeout: float) -> None:
    await driver.execute("PRAGMA foreign_keys = ON")
    end = asyncio.get_running_loop().time() + timeout
    while wal:
        try:
            await driver.execute("PRAGMA journal_mode = WAL")
            return
        except OperationalError as error:  # SQLite does not wait here for others by itself
            if not _is_busy(error) or asyncio.get_running_loop().time() > end:
                raise
            await asyncio.sleep(RETRY)


def _begin(connection: Connection) -> None:
    options = connection.get_execution_options()
    connection.info[LATER] = False
    wanted = bool(options.get(READ_ONLY, False))
    if connection.info.get(READ_ONLY, False) != wanted:
        connection.exec_driver_sql(f"PRAGMA query_only = {int(wanted)}")
        connection.info[READ_ONLY] = wanted
    statement = options.get(BEGIN, "BEGIN")
    if statement != LATER:
        connection.exec_driver_sql(statement)
    connection.info[LATER] = statement == LATER


def _begin_to_write(connection: Connection, cursor: Any, statement: str, *others: Any) -> None:
    if connection.info.get(LATER) and not statement.lstrip()[:6].upper() == "SELECT":
        connection.info[LATER] = False
        connection.exec_driver_sql(WRITING)
