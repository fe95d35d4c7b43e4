"""One migration at a time: in this process, and among all that use the database."""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections.abc import AsyncIterator
from collections.abc import Awaitable
from collections.abc import Callable
from collections.abc import Iterator
from contextlib import asynccontextmanager
from contextlib import contextmanager

from sqlalchemy import text
from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.asyncio import AsyncConnection

from ...errors import MigrationBusy
from ...errors import MigrationError
from ..sqlite import BEGIN

log = logging.getLogger("quart_hotframe.migrations")

KEY = 0x686F74667261
"""The advisory lock of PostgreSQL that every migration of a database takes."""
TABLE_PATIENCE = 5.0
"""Seconds that a statement of a migration waits on PostgreSQL for whoever uses the table."""
SILENCE = 1.0
"""Seconds of waiting after which it is told."""
PAUSE = 0.05
"""Seconds between two attempts."""
BUSY = 5
"""What SQLite answers when another connection writes."""

_alembic = threading.Lock()
"""Alembic's ``op`` is one for the process; a thread's lock, as each thread may have a loop."""


@asynccontextmanager
async def alembic_alone(who: str, patience: float) -> AsyncIterator[None]:
    """Keep other migrations of this process out, in all its loops.

    :raises MigrationBusy: after *patience* seconds.
    """

    async def attempt() -> bool:
        return _alembic.acquire(blocking=False)

    await _wait(attempt, who, "another migration of this process", patience)
    try:
        yield
    finally:
        _alembic.release()


@asynccontextmanager
async def migrating(connection: AsyncConnection, who: str, patience: float) -> AsyncIterator[None]:
    """Hold one transaction and the database's lock; both end together.

    It commits at the end, and rolls back on an error.

    :raises MigrationBusy: after *patience* seconds.
    :raises MigrationError: for a database that is neither SQLite nor PostgreSQL.
    """
    begin = {"sqlite": _in_sqlite, "postgresql": _in_postgresql}.get(connection.dialect.name)
    if begin is None:
        raise MigrationError(
            f"Migrations are for SQLite and PostgreSQL, not for {connection.dialect.name}."
        )
    async with begin(connection, who, patience):
        yield


@asynccontextmanager
async def _in_postgresql(
    connection: AsyncConnection, who: str, patience: float
) -> AsyncIterator[None]:
    async def attempt() -> bool:
        query = text("SELECT pg_try_advisory_xact_lock(:key)")
        return bool(await connection.scalar(query, {"key": KEY}))

    async with connection.begin():
        what = f"another process that migrates this database (advisory lock {KEY})"
        await _wait(attempt, who, what, patience)
        # Whoever waits for a table lets all wait behind him that only want to read it.
        limit = text("SELECT set_config('lock_timeout', :limit, true)")
        await connection.execute(limit, {"limit": f"{TABLE_PATIENCE:g}s"})
        yield


@asynccontextmanager
async def _in_sqlite(connection: AsyncConnection, who: str, patience: float) -> AsyncIterator[None]:
    await connection.execution_options(**{BEGIN: None})
    enforced = bool(await connection.scalar(text("PRAGMA foreign_keys")))
    await connection.rollback()
    # A table that is made anew is dropped first, which would delete or refuse rows that refer to
    # it. The pragma is without effect inside of a transaction.
    await _enforce(connection, False)
    try:
        async with connection.begin():
            await _wait(
                lambda: _begin_immediate(connection), who,
                "another process that migrates or writes to this database", patience,
            )  # fmt: skip
            yield
    finally:
        await _enforce(connection, enforced)


async def _enforce(connection: AsyncConnection, on: bool) -> None:
    async with connection.begin():
        await _end_transaction(connection)
        await connection.exec_driver_sql(f"PRAGMA foreign_keys = {'ON' if on else 'OFF'}")


async def _begin_immediate(connection: AsyncConnection) -> bool:
    await _end_transaction(connection)
    try:
        await connection.exec_driver_sql("BEGIN IMMEDIATE")
    except OperationalError as error:
        if getattr(error.orig, "sqlite_errorcode", 0) & 0xFF != BUSY:
            raise
        return False
    return True


async def _end_transaction(connection: AsyncConnection) -> None:
    """End what listeners of an engine that is not ours have begun: nothing was done in it."""
    raw = await connection.get_raw_connection()
    if raw.driver_connection is not None and raw.driver_connection.in_transaction:
        await connection.exec_driver_sql("ROLLBACK")


async def _wait(
    attempt: Callable[[], Awaitable[bool]], who: str, what: str, patience: float
) -> None:
    end = time.monotonic() + patience
    with _told(f"Migrating {who} waits for {what}."):
        while not await attempt():
            if time.monotonic() > end:
                raise MigrationBusy(
                    f"Migrating {who} waited {patience:g} s for {what}. Nothing was changed; "
                    "try again when it has ended."
                )
            await asyncio.sleep(PAUSE)


@contextmanager
def _told(message: str) -> Iterator[None]:
    """Log a message, once, when what is done inside takes longer than a moment."""
    handle = asyncio.get_running_loop().call_later(SILENCE, log.warning, message)
    try:
        yield
    finally:
        handle.cancel()
