"""Connections of the store to its database, apart from those of the app.

So requests that use all of the app's connections do not stop operations. Each transaction is
short, and whatever goes wrong with the database is a ``StoreError``.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from collections.abc import Awaitable
from collections.abc import Callable
from collections.abc import Iterator
from contextlib import asynccontextmanager
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from typing import NamedTuple
from typing import TypeVar

from sqlalchemy import CursorResult
from sqlalchemy import Executable
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.ext.asyncio import AsyncEngine

from ...errors import DatabaseUnavailable
from ...errors import StoreError

T = TypeVar("T")


class Engines(NamedTuple):
    """An engine for single statements that read, and the same for transactions that write."""

    read: AsyncEngine
    write: AsyncEngine


class Transaction:
    """One transaction, each part of which must end in time.

    :param limit: ends the part that runs.
    :param patience: seconds for one part.
    """

    def __init__(
        self, connection: AsyncConnection, limit: asyncio.Timeout, patience: float
    ) -> None:
        self.connection = connection
        self._limit = limit
        self._patience = patience

    @property
    def is_postgres(self) -> bool:
        """Whether the database is PostgreSQL, and not SQLite."""
        return self.connection.dialect.name == "postgresql"

    async def execute(self, statement: Executable) -> CursorResult[Any]:
        """Execute a statement."""
        return await self.connection.execute(statement)

    async def apart(self, awaited: Awaitable[T]) -> T:
        """Await what has nothing to do with the database, for as long as it takes."""
        self._limit.reschedule(None)
        try:
            return await awaited
        finally:
            self._limit.reschedule(asyncio.get_running_loop().time() + self._patience)


class Connections:
    """Makes transactions.

    :param make: makes engines with a small pool of their own.
    :param where: the address of the database without its password, for messages.
    :param file: where SQLite has the database.
    :param patience: seconds that one part of a transaction may take, with waiting for others.
    """

    def __init__(
        self, make: Callable[[], Engines], where: str, file: Path | None, patience: float = 10.0
    ) -> None:
        self.where = where
        self._make = make
        self._file = file
        self._patience = patience
        self._kept: Engines | None = None

    def is_absent(self) -> bool:
        """Say whether there is no database: SQLite would make its file by being asked."""
        return self._file is not None and not self._file.exists()

    def keep(self) -> None:
        """Keep connections from now on for what comes next, in the running loop."""
        if self._kept is None:
            self._kept = self._make()

    async def close(self) -> None:
        """Close the connections that were kept."""
        kept, self._kept = self._kept, None
        if kept is not None:
            await kept.read.dispose()

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[Transaction]:
        """Begin what reads, by one statement."""
        async with self._engines() as engines, self._begun(engines.read) as transaction:
            yield transaction

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[Transaction]:
        """Begin a transaction that is committed at the end of the block."""
        async with self._engines() as engines, self._begun(engines.write) as transaction:
            yield transaction
            await transaction.connection.commit()

    @asynccontextmanager
    async def alone(self) -> AsyncIterator[AsyncConnection]:
        """Give a connection that nobody uses afterwards."""
        with self._reported():
            async with self._engines() as engines, engines.read.connect() as connection:
                try:
                    yield connection
                finally:
                    await connection.invalidate()

    @asynccontextmanager
    async def _engines(self) -> AsyncIterator[Engines]:
        if self._kept is not None:
            yield self._kept
            return
        engines = self._make()
        try:
            yield engines
        finally:
            await engines.read.dispose()

    @asynccontextmanager
    async def _begun(self, engine: AsyncEngine) -> AsyncIterator[Transaction]:
        with self._reported():
            async with asyncio.timeout(self._patience) as limit, engine.connect() as connection:
                await connection.begin()
                yield Transaction(connection, limit, self._patience)

    @contextmanager
    def _reported(self) -> Iterator[None]:
        try:
            yield
        except StoreError:
            raise
        except TimeoutError as error:
            raise StoreError(
                f"the store in {self.where} did not answer within {self._patience:g} s. Another"
                " process holds it, or the database is away."
            ) from error
        except DatabaseUnavailable as error:
            _check_cancelled(error)
            raise StoreError(str(error)) from error
        except Exception as error:  # each driver has its own, and some are not even its own
            _check_cancelled(error)
            raise StoreError(
                f"the store in {self.where} cannot be used: {error}. Check that the database"
                " answers, and that its user may create tables and write in them."
            ) from error


def _check_cancelled(error: Exception) -> None:
    """Let a cancelled task end, also when the driver made another error of it."""
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError from error
