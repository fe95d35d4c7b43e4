"""Sessions in a table of a database. The table is made when the first session is stored."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from contextlib import asynccontextmanager
from typing import Any
from typing import Protocol

from sqlalchemy import Column
from sqlalchemy import CursorResult
from sqlalchemy import delete
from sqlalchemy import Double
from sqlalchemy import Executable
from sqlalchemy import func
from sqlalchemy import insert
from sqlalchemy import inspect
from sqlalchemy import MetaData
from sqlalchemy import Row
from sqlalchemy import select
from sqlalchemy import String
from sqlalchemy import Table
from sqlalchemy import Text
from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncConnection

from ...errors import SessionsUnavailable
from ...errors import StoreError
from .record import Change
from .record import MOST
from .record import Record

SESSIONS = Table(
    "hotframe_sessions",
    MetaData(),
    Column("id", String(64), primary_key=True),
    Column("user_id", String(800), index=True),
    Column("created", Double, nullable=False),
    Column("seen", Double, nullable=False),
    Column("expires", Double, nullable=False, index=True),
    Column("agent", String(200), nullable=False),
    Column("address", String(200), nullable=False),
    Column("data", Text, nullable=False),
)
"""``id`` is a hash, ``user_id`` is JSON, ``data`` is JSON with a text of JSON for each key."""
FEW = 10
"""Most expired sessions that go for each new one: more than come, so they do not pile up."""
_LOCK = 0x486F745365737369
"""The advisory lock of PostgreSQL under which the table is made."""


class Transaction(Protocol):
    """One transaction."""

    connection: AsyncConnection

    @property
    def is_postgres(self) -> bool:
        """Whether the database is PostgreSQL, and not SQLite."""
        ...

    async def execute(self, statement: Executable) -> CursorResult[Any]:
        """Execute a statement."""
        ...


class Connections(Protocol):
    """Makes transactions; what goes wrong with the database is a ``StoreError``."""

    def is_absent(self) -> bool:
        """Say whether there is no database."""
        ...

    def reading(self) -> AbstractAsyncContextManager[Transaction]:
        """Begin what reads, by one statement."""
        ...

    def writing(self) -> AbstractAsyncContextManager[Transaction]:
        """Begin a transaction that is committed at the end of the block."""
        ...

    def keep(self) -> None:
        """Keep connections from now on."""
        ...

    async def close(self) -> None:
        """Close the connections that were kept."""
        ...


class TableStore:
    """A :class:`~.record.SessionStore` in SQLite or PostgreSQL.

    :param connections: apart from those of the app, whose requests hold theirs while they save.
    """

    def __init__(self, connections: Connections) -> None:
        self._connections = connections
        self._made = False

    async def read(self, identifier: str) -> Record | None:
        """Return a session; see the protocol."""
        rows = await self._rows(select(SESSIONS).where(SESSIONS.c.id == identifier))
        return _record(rows[0]) if rows else None

    async def create(self, record: Record) -> None:
        """Add a session; see the protocol."""
        async with self._writing() as transaction:
            await transaction.execute(insert(SESSIONS).values(_row(record)))
            old = select(SESSIONS.c.id).where(SESSIONS.c.expires <= record.seen).limit(FEW)
            old = old.with_for_update(skip_locked=True)
            await transaction.execute(delete(SESSIONS).where(SESSIONS.c.id.in_(old)))

    async def update(self, identifier: str, change: Change) -> bool:
        """Apply a change; see the protocol."""
        here = SESSIONS.c.id == identifier
        async with self._writing() as transaction:
            locked = select(SESSIONS.c.data).where(here).with_for_update()
            data = (await transaction.execute(locked)).scalar()
            if data is None:
                return False
            record = change.applied_to(json.loads(data))
            await transaction.execute(update(SESSIONS).where(here).values(_row(record)))
        return True

    async def end(self, identifier: str) -> bool:
        """Remove a session; see the protocol."""
        async with self._writing() as transaction:
            gone = await transaction.execute(delete(SESSIONS).where(SESSIONS.c.id == identifier))
            return gone.rowcount > 0

    async def of_user(self, user: str) -> list[Record]:
        """Return the sessions of a user; see the protocol."""
        found = select(SESSIONS).where(SESSIONS.c.user_id == user)
        return [_record(row) for row in await self._rows(
            found.order_by(SESSIONS.c.seen.desc()).limit(MOST)
        )]  # fmt: skip

    async def end_user(self, user: str, keep: str | None) -> None:
        """Remove the sessions of a user; see the protocol."""
        gone = delete(SESSIONS).where(SESSIONS.c.user_id == user, SESSIONS.c.id != (keep or ""))
        async with self._writing() as transaction:
            await transaction.execute(gone)

    def keep(self) -> None:
        """Keep connections; see the protocol."""
        self._connections.keep()

    async def close(self) -> None:
        """Close the connections; see the protocol."""
        await self._connections.close()

    async def _rows(self, statement: Executable) -> Sequence[Row[Any]]:
        async with self._reported():
            if not self._made and not await self._is_there():
                return []
            async with self._connections.reading() as transaction:
                return (await transaction.execute(statement)).all()

    async def _is_there(self) -> bool:
        if self._connections.is_absent():
            return False
        async with self._connections.reading() as transaction:
            self._made = await transaction.connection.run_sync(
                lambda sync: inspect(sync).has_table(SESSIONS.name)
            )
        return self._made

    @asynccontextmanager
    async def _writing(self) -> AsyncIterator[Transaction]:
        async with self._reported(), self._connections.writing() as transaction:
            if not self._made:
                await self._make(transaction)
            yield transaction
        self._made = True

    async def _make(self, transaction: Transaction) -> None:
        if transaction.is_postgres:
            await transaction.execute(select(func.pg_advisory_xact_lock(_LOCK)))
        await transaction.connection.run_sync(SESSIONS.metadata.create_all)

    @asynccontextmanager
    async def _reported(self) -> AsyncIterator[None]:
        try:
            yield
        except StoreError as error:
            self._made = False  # look again whether the table is there
            raise SessionsUnavailable(f"Sessions cannot be used: {error}") from error


def _row(record: Record) -> dict[str, Any]:
    return {
        "id": record.id,
        "user_id": record.user,
        "created": record.created,
        "seen": record.seen,
        "expires": record.expires,
        "agent": record.agent,
        "address": record.address,
        "data": json.dumps(dict(record.values)),
    }


def _record(row: Row[Any]) -> Record:
    values: dict[str, str] = json.loads(row.data)
    return Record(row.id, values, row.created, row.seen, row.expires, row.agent, row.address)
