"""All tables of a subject: which there are, their rows as text, and dropping them."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from datetime import date
from datetime import time
from datetime import timedelta
from decimal import Decimal
from typing import Any
from typing import TextIO
from uuid import UUID

from alembic.script import ScriptDirectory
from sqlalchemy import Connection
from sqlalchemy import inspect
from sqlalchemy import MetaData
from sqlalchemy import select
from sqlalchemy import Table
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from ...errors import MigrationError
from .owning import tables_of
from .places import said
from .running import dangling
from .running import refers_to_nothing
from .subject import Subject

BATCH = 500
"""Rows that are read at once."""


def existing_tables(
    subject: Subject, directory: ScriptDirectory, connection: Connection
) -> list[str]:
    """Return the names of a subject's tables that the database has, in alphabetical order."""
    owned = tables_of(subject, directory, connection.dialect.name)
    return sorted(owned.intersection(inspect(connection).get_table_names()))


def drop(subject: Subject, directory: ScriptDirectory, connection: Connection) -> list[str]:
    """Drop a subject's tables and its version table; return the names of those it had.

    :raises MigrationError: when something that stays refers to them.
    """
    names = existing_tables(subject, directory, connection)
    before = dangling(connection)
    metadata = MetaData()
    metadata.reflect(connection, only=names)
    try:
        metadata.drop_all(connection, tables=[metadata.tables[name] for name in names])
    except DBAPIError as error:
        raise MigrationError(
            f"The tables of {subject.name!r} cannot be dropped, and nothing was changed: "
            f"{said(error)}"
        ) from error
    if more := dangling(connection) - before:
        raise MigrationError(refers_to_nothing(f"Dropping the tables of {subject.name!r}", more))
    quoted = connection.dialect.identifier_preparer.quote(subject.version_table)
    connection.execute(text(f"DROP TABLE IF EXISTS {quoted}"))
    return names


def write_rows(
    subject: Subject, directory: ScriptDirectory, connection: Connection, file: TextIO
) -> int:
    """Write a line of JSON for each row of a subject's tables, and return how many.

    ``{"table": "shop_product", "row": {"id": 1, …}}``. Numbers of exact size, dates, times and
    UUIDs are strings; bytes are base64.
    """
    names = existing_tables(subject, directory, connection)
    metadata = MetaData()
    metadata.reflect(connection, only=names)
    count = 0
    for table in (one for one in metadata.sorted_tables if one.name in names):
        for row in _rows(connection, table):
            json.dump({"table": table.name, "row": row}, file, default=_plain, ensure_ascii=False)
            file.write("\n")
            count += 1
    return count


def _rows(connection: Connection, table: Table) -> Iterator[dict[str, Any]]:
    query = select(table).order_by(*table.primary_key.columns)
    for row in connection.execution_options(yield_per=BATCH).execute(query).mappings():
        yield dict(row)


def _plain(value: Any) -> Any:
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if isinstance(value, (date, time)):
        return value.isoformat()
    if isinstance(value, timedelta):
        return value.total_seconds()
    if isinstance(value, (Decimal, UUID)):
        return str(value)
    raise TypeError(f"{type(value).__name__} cannot be written as JSON.")
