"""Subjects with revision files, written for a test."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from textwrap import dedent
from textwrap import indent
from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy import inspect
from sqlalchemy import MetaData
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlalchemy.ext.asyncio import create_async_engine

from quart_hotframe.database.migrations import Migrator
from quart_hotframe.database.migrations import Subject

REVISION = """\
\"\"\"{message}\"\"\"

import sqlalchemy as sa
from alembic import op

revision = {id!r}
down_revision = {down!r}


def upgrade() -> None:
{upgrade}


def downgrade() -> None:
{downgrade}
"""


def subject_in(folder: Path, name: str, metadata: MetaData | None = None) -> Subject:
    """Return a subject whose folder need not exist."""
    return Subject(name, metadata, folder / name / "migrations")


def write_revision(
    subject: Subject, id: str, down: str | tuple[str, ...] | None = None, *,
    upgrade: str = "pass", downgrade: str = "pass", message: str = "A change.",
) -> Path:  # fmt: skip
    """Write one revision file and return its path; the code may be indented."""
    subject.versions.mkdir(parents=True, exist_ok=True)
    path = subject.versions / f"{id}.py"
    bodies = {"upgrade": _body(upgrade), "downgrade": _body(downgrade)}
    path.write_text(REVISION.format(message=message, id=id, down=down, **bodies), encoding="utf-8")
    return path


def table(name: str, *columns: str) -> str:
    """Return the code that makes a table with a key and more columns, given as code."""
    more = "".join(f", {one}" for one in columns)
    return f'op.create_table("{name}", sa.Column("id", sa.Integer, primary_key=True){more})'


async def tables(engine: AsyncEngine) -> set[str]:
    """Return the names of all tables."""
    async with engine.connect() as connection:
        return set(await connection.run_sync(lambda one: inspect(one).get_table_names()))


async def columns(engine: AsyncEngine, name: str) -> set[str]:
    """Return the names of a table's columns."""
    async with engine.connect() as connection:
        found = await connection.run_sync(lambda one: inspect(one).get_columns(name))
        return {column["name"] for column in found}


def _body(code: str) -> str:
    return indent(dedent(code).strip(), "    ")


@pytest.fixture
async def engine(database_url: str) -> AsyncIterator[AsyncEngine]:
    """Give an engine as an app would have it: SQLite looks at foreign keys and begins itself."""
    if database_url.startswith("sqlite"):
        engine = create_async_engine(database_url, connect_args={"isolation_level": None})
        event.listen(engine.sync_engine, "connect", _look_at_foreign_keys)
        event.listen(engine.sync_engine, "begin", lambda one: one.exec_driver_sql("BEGIN"))
    else:
        engine = create_async_engine(database_url)
    yield engine
    await engine.dispose()


@pytest.fixture
def migrator(engine: AsyncEngine) -> Migrator:
    return Migrator(engine)


def _look_at_foreign_keys(connection: Any, _: Any) -> None:
    cursor = connection.cursor()
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.close()
