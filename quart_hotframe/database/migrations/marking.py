"""A mark that the migrations of an operation have run, written in their transaction."""

from __future__ import annotations

from sqlalchemy import Column
from sqlalchemy import Connection
from sqlalchemy import delete
from sqlalchemy import insert
from sqlalchemy import inspect
from sqlalchemy import MetaData
from sqlalchemy import select
from sqlalchemy import String
from sqlalchemy import Table

MARK = Table("hotframe_operation", MetaData(), Column("id", String(64), primary_key=True))
"""It has one row, that of the last operation: only one is open at a time."""


def mark(connection: Connection, operation: str) -> None:
    """Note that the migrations of an operation have run, in place of those of the last one."""
    MARK.create(connection, checkfirst=True)
    connection.execute(delete(MARK))
    connection.execute(insert(MARK).values(id=operation))


def is_marked(connection: Connection, operation: str) -> bool:
    """Say whether the migrations of an operation have run."""
    if not inspect(connection).has_table(MARK.name):
        return False
    return bool(connection.scalar(select(MARK.c.id).where(MARK.c.id == operation)))
