"""Counts of rate limits in the database, which all workers share. Its clock is what counts."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Sequence
from typing import Any

from sqlalchemy import BigInteger
from sqlalchemy import case
from sqlalchemy import Column
from sqlalchemy import ColumnElement
from sqlalchemy import delete
from sqlalchemy import Double
from sqlalchemy import func
from sqlalchemy import MetaData
from sqlalchemy import select
from sqlalchemy import String
from sqlalchemy import Table
from sqlalchemy.dialects import postgresql
from sqlalchemy.dialects import sqlite
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.ext.asyncio import AsyncEngine

from ..errors import DatabaseUnavailable
from ..security.limits.storage import Hit
from ..security.limits.storage import Outcome
from ..security.limits.window import fits
from ..security.limits.window import Window
from .outage import Outage

LIMITS = Table(
    "hotframe_limits",
    MetaData(),
    Column("key", String(32), primary_key=True),
    Column("start", Double, nullable=False),
    Column("count", BigInteger, nullable=False),
    Column("previous_start", Double, nullable=False),
    Column("previous", BigInteger, nullable=False),
    Column("expires", Double, nullable=False, index=True),
)
"""``start`` and ``expires`` are by the clock of the database, in seconds."""
SWEEP_EVERY, SWEEP = 100, 300
"""After so many keys of a process, so many rows that expired are removed: more than came."""
INSERTS: dict[str, Any] = {"postgresql": postgresql.insert, "sqlite": sqlite.insert}
_LOCK = 0x486F744C696D6974
"""The advisory lock of PostgreSQL under which the table is made."""


class SqlLimits:
    """Counts in a table: one statement for each limit, all in one transaction.

    A request that does not fit is rolled back, so it is not counted. Two requests with one
    key wait for each other, so nobody passes between reading and writing.

    :param make: makes an engine whose transactions may write.
    :param where: the address of the database without its password, for messages.
    :param timeout: seconds to wait for the database.
    """

    def __init__(self, make: Callable[[], AsyncEngine], where: str, timeout: float) -> None:
        self._make = make
        self._engine: AsyncEngine | None = None
        self._made = False
        self._unswept = 0
        failures = (SQLAlchemyError, DatabaseUnavailable)
        self._outage = Outage(f"The database at {where} (HOTFRAME_LIMITS)", timeout, failures)

    async def hit(self, hits: Sequence[Hit]) -> Outcome:
        """Count a request under all keys or under none."""
        async with self._outage.asking():
            if self._engine is None:
                self._engine = self._make()
            async with self._engine.connect() as connection:
                if not self._made:
                    await _make_table(connection)
                    self._made = True
                outcome = await _count(connection, hits)
                self._unswept += len(hits)
                if self._unswept >= SWEEP_EVERY:
                    self._unswept -= SWEEP_EVERY
                    await _sweep(connection)
        return outcome

    async def close(self) -> None:
        """Close the connections."""
        engine, self._engine = self._engine, None
        if engine is not None:
            await engine.dispose()


async def _make_table(connection: AsyncConnection) -> None:
    async with connection.begin():
        if connection.dialect.name == "postgresql":
            await connection.execute(select(func.pg_advisory_xact_lock(_LOCK)))
        await connection.run_sync(LIMITS.metadata.create_all)


async def _sweep(connection: AsyncConnection) -> None:
    keys = select(LIMITS.c.key).where(LIMITS.c.expires < _now(connection)).limit(SWEEP)
    async with connection.begin():
        await connection.execute(
            delete(LIMITS).where(LIMITS.c.key.in_(keys.with_for_update(skip_locked=True)))
        )


async def _count(connection: AsyncConnection, hits: Sequence[Hit]) -> Outcome:
    found: dict[str, Any] = {}
    async with connection.begin() as transaction:
        for one in sorted(hits):  # in one order, or two requests could wait for each other
            found[one.key] = (await connection.execute(_upsert(connection, one))).one()
        rows = [found[one.key] for one in hits]
        windows = [Window(r.start, r.count, r.previous_start, r.previous) for r in rows]
        passed = all(
            fits(window, one.limit, row.now, one.seconds)
            for one, window, row in zip(hits, windows, rows, strict=True)
        )
        if not passed:
            await transaction.rollback()
    return Outcome(passed, max(row.now for row in rows), windows)


def _upsert(connection: AsyncConnection, hit: Hit) -> Any:
    """Return the statement that counts: ``window.counted`` in SQL."""
    now, old = _now(connection), LIMITS.c
    over = now >= old.start + hit.seconds
    expires = now + 2 * hit.seconds
    statement = INSERTS[connection.dialect.name](LIMITS).values(
        key=hit.key, start=now, count=1, previous_start=0.0, previous=0, expires=expires
    )
    changed = {
        "start": case((over, now), else_=old.start),
        "count": case((over, 1), else_=old.count + 1),
        "previous_start": case((over, old.start), else_=old.previous_start),
        "previous": case((over, old.count), else_=old.previous),
        "expires": expires,
    }
    return statement.on_conflict_do_update(index_elements=["key"], set_=changed).returning(
        *(old[name] for name in ("start", "count", "previous_start", "previous")),
        now.label("now"),
    )


def _now(connection: AsyncConnection) -> ColumnElement[float]:
    """Return the clock of the database: one value within a statement."""
    if connection.dialect.name == "postgresql":
        return func.extract("epoch", func.statement_timestamp()).cast(Double)
    return (func.julianday("now", type_=Double) - 2440587.5) * 86400.0
