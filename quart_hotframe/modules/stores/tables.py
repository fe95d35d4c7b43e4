"""The tables of the store in a database. They are made when somebody needs the store."""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger
from sqlalchemy import Boolean
from sqlalchemy import Column
from sqlalchemy import ColumnElement
from sqlalchemy import Connection
from sqlalchemy import Double
from sqlalchemy import func
from sqlalchemy import insert
from sqlalchemy import inspect
from sqlalchemy import Integer
from sqlalchemy import literal_column
from sqlalchemy import MetaData
from sqlalchemy import select
from sqlalchemy import String
from sqlalchemy import Table
from sqlalchemy import Text
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

from .connections import Transaction

METADATA = MetaData()
STATE = Table(
    "hotframe_store",
    METADATA,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("version", BigInteger, nullable=False),
    Column("state", Text),
)
"""One row. ``version`` rises with every change; ``state`` is JSON."""
PARTICIPANTS = Table(
    "hotframe_store_participants",
    METADATA,
    Column("id", String(64), primary_key=True),
    Column("host", String(200), nullable=False),
    Column("heartbeat", Double, nullable=False),
    Column("silent", Boolean, nullable=False, default=False),
    Column("data", Text, nullable=False),
)
"""``heartbeat`` is by the clock of the database; ``data`` is what the participant told."""
DEATHS = Table(
    "hotframe_store_deaths",
    METADATA,
    Column("id", String(64), primary_key=True),
    Column("noticed", Double, nullable=False),
    Column("data", Text, nullable=False),
)
JOURNAL = Table(
    "hotframe_store_journal",
    METADATA,
    Column("number", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
    Column("operation", String(64), nullable=False, index=True),
    Column("entry", Text, nullable=False),
)
ONLY = 1
"""The id of the one row of :data:`STATE`."""
_LOCK = 0x486F744672616D65
"""The advisory lock of PostgreSQL under which the tables are made."""


class DatabaseClock(FunctionElement[float]):
    """The seconds since the epoch, by the clock of the database."""

    type = Double()
    inherit_cache = True


@compiles(DatabaseClock, "postgresql")
def _clock_of_postgres(element: Any, compiler: Any, **options: Any) -> str:
    return "CAST(EXTRACT(EPOCH FROM clock_timestamp()) AS double precision)"


@compiles(DatabaseClock, "sqlite")
def _clock_of_sqlite(element: Any, compiler: Any, **options: Any) -> str:
    return "((julianday('now') - 2440587.5) * 86400.0)"


def now() -> ColumnElement[float]:
    """Return an expression for the seconds since the epoch, by the clock of the database."""
    return DatabaseClock()


async def are_there(transaction: Transaction) -> bool:
    """Say whether the tables were made."""
    return await transaction.connection.run_sync(_has_tables)


def _has_tables(connection: Connection) -> bool:
    return inspect(connection).has_table(STATE.name)


async def make(transaction: Transaction) -> None:
    """Make the tables that are absent; many processes may try at the same time."""
    if transaction.is_postgres:
        await transaction.execute(select(func.pg_advisory_xact_lock(_LOCK)))
    await transaction.connection.run_sync(METADATA.create_all)
    found = await transaction.execute(select(literal_column("1")).select_from(STATE))
    if found.first() is None:
        await transaction.execute(insert(STATE).values(id=ONLY, version=0))
