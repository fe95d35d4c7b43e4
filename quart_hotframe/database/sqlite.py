"""What a connection to SQLite gets, how its transactions begin, and what is undone at their end.

Events of an engine would cost more than what is done here: SQLAlchemy joins their listeners anew
for each connection that is taken. Those of the dialect and of the pool cost a call.
"""

from __future__ import annotations

import asyncio
from sqlite3 import OperationalError
from typing import Any

from sqlalchemy import Connection
from sqlalchemy import event
from sqlalchemy import ExecutionContext
from sqlalchemy import PoolResetState
from sqlalchemy.ext.asyncio import AsyncEngine

BEGIN = "hotframe_begin"
"""The execution option with the statement that begins a transaction; ``None`` for who does so."""
READ_ONLY = "hotframe_read_only"
"""The execution option of what may not write."""
LATER = "hotframe_begins_later"
"""The value of :data:`BEGIN` for a transaction that begins with the first statement that writes.

What it reads before is what was committed at that moment, as on PostgreSQL.
"""
WRITING = "BEGIN IMMEDIATE"
"""What takes the only lock for writing at once: to take it later can fail without waiting."""
RETRY = 0.02
"""Seconds between two attempts to prepare a file that others prepare, too."""
BEGUN = "hotframe_begun"
"""The entry of a connection with the transaction whose first statement it has seen."""


def listen(engine: AsyncEngine, *, wal: bool, timeout: float) -> None:
    """Prepare the connections of an engine, and begin their transactions.

    :param wal: whether readers and a writer need not wait for each other.
    :param timeout: seconds to wait for others who prepare the same file.
    """
    sync = engine.sync_engine
    event.listen(sync, "connect", lambda connection, _: _prepare(connection, wal, timeout))
    event.listen(sync, "reset", _reset)
    for name in ("do_execute", "do_executemany"):
        event.listen(sync, name, _before_statement)
    event.listen(sync, "do_execute_no_params", _before_bare_statement)


def is_busy(error: BaseException | None) -> bool:
    """Say whether an error means that others hold the lock."""
    return getattr(error, "sqlite_errorname", "").startswith("SQLITE_BUSY")


def _prepare(connection: Any, wal: bool, timeout: float) -> None:
    connection.run_async(lambda driver: _prepare_driver(driver, wal, timeout))


async def _prepare_driver(driver: Any, wal: bool, timeout: float) -> None:
    await driver.execute("PRAGMA foreign_keys = ON")
    end = asyncio.get_running_loop().time() + timeout
    while wal:
        try:
            await driver.execute("PRAGMA journal_mode = WAL")
            return
        except OperationalError as error:  # SQLite does not wait here for others by itself
            if not is_busy(error) or asyncio.get_running_loop().time() > end:
                raise
            await asyncio.sleep(RETRY)


def _before_statement(
    cursor: Any, statement: str, parameters: Any, context: ExecutionContext
) -> None:
    connection = context.root_connection
    transaction = connection.get_transaction()
    if transaction is None:  # SQLAlchemy itself looks at a new connection
        return
    info = connection.info
    if info.get(BEGUN) is not transaction:
        _begin(connection, info)
        info[BEGUN] = transaction
    if info[LATER] and statement.lstrip()[:6].upper() != "SELECT":
        _run(connection, WRITING)
        info[LATER] = False


def _before_bare_statement(cursor: Any, statement: str, context: ExecutionContext) -> None:
    _before_statement(cursor, statement, None, context)


def _begin(connection: Connection, info: dict[Any, Any]) -> None:
    options = connection.get_execution_options()
    wanted = bool(options.get(READ_ONLY, False))
    if info.get(READ_ONLY, False) != wanted:
        _run(connection, f"PRAGMA query_only = {int(wanted)}")
        info[READ_ONLY] = wanted
    statement = options.get(BEGIN, "BEGIN")
    info[LATER] = statement == LATER
    if statement not in (LATER, None):
        _run(connection, statement)


def _run(connection: Connection, statement: str) -> None:
    cursor = connection.connection.cursor()
    try:
        cursor.execute(statement)
    finally:
        cursor.close()


def _reset(connection: Any, record: Any, state: PoolResetState) -> None:
    """Roll back only where something is open: it takes a way to the driver's thread and back."""
    if record is not None:  # else the connection was detached from the pool
        record.info.pop(BEGUN, None)
    if state.asyncio_safe and not state.transaction_was_reset:
        if connection.driver_connection.in_transaction:
            connection.rollback()
