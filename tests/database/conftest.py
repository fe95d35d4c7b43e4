"""An engine for each kind of database."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.ext.asyncio import create_async_engine

from quart_hotframe.database.migrations import Migrator
from tests.support.databases import database_url as database_url
from tests.support.databases import postgres_url as postgres_url
from tests.support.databases import requires_postgres as requires_postgres
from tests.support.databases import sqlite_url as sqlite_url
from tests.support.shelf import Base
from tests.support.sites import serving
from tests.support.sites import Site


@pytest.fixture
async def site(tmp_path: Path, request: pytest.FixtureRequest) -> AsyncIterator[Site]:
    async with serving(Site(tmp_path, getattr(request, "param", {}))) as made:
        yield made


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


@pytest.fixture
async def session(engine: AsyncEngine) -> AsyncIterator[AsyncSession]:
    """Return a session in a database with the tables of the shelf."""
    async with engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)
    async with AsyncSession(engine, expire_on_commit=False) as made:
        yield made


def _look_at_foreign_keys(connection: Any, _: Any) -> None:
    cursor = connection.cursor()
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.close()
