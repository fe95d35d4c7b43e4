"""Databases for tests: a file of SQLite, and one of PostgreSQL that is dropped after the last.

A test asks for ``database_url`` and runs once with each, or for ``sqlite_url`` or
``postgres_url``; the latter wants ``@pytest.mark.postgres`` too. ``HOTFRAME_TEST_POSTGRES`` names
a database of PostgreSQL whose user may create others.
"""

from __future__ import annotations

import asyncio
import os
import uuid
from collections.abc import Coroutine
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import make_url
from sqlalchemy import URL

from .requiring import absent
from .requiring import require_package

DEFAULT = "postgresql+asyncpg://postgres@127.0.0.1:5432/postgres"
PATIENCE = 10
"""Seconds that PostgreSQL has for its first answer."""
EMPTY = """
DO $$
DECLARE name text;
BEGIN
    PERFORM pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE datname = current_database() AND pid <> pg_backend_pid();
    FOR name IN SELECT nspname FROM pg_namespace
        WHERE nspname NOT LIKE 'pg\\_%' AND nspname <> 'information_schema'
    LOOP
        EXECUTE format('DROP SCHEMA %I CASCADE', name);
    END LOOP;
    CREATE SCHEMA public;
END $$
"""

_spare: list[str] = []
"""Empty databases that tests have used: making and dropping one takes a test's time."""


def url_of_postgres() -> URL:
    """Return the database from which others are created."""
    return make_url(os.environ.get("HOTFRAME_TEST_POSTGRES", DEFAULT))


def url_of_sqlite(folder: Path, name: str = "database.sqlite3") -> str:
    """Return the URL of a file that need not be there yet."""
    return f"sqlite+aiosqlite:///{folder / name}"


def in_thread(coroutine: Coroutine[Any, Any, Any]) -> Any:
    """Run a coroutine apart from the loop of the test, which may be about to begin."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, coroutine).result()


async def in_postgres(*statements: str, database: str | None = None) -> list[Any]:
    """Run statements outside of a transaction, and return the first value of each."""
    import asyncpg

    url = url_of_postgres().set(drivername="postgresql", database=database)
    dsn = url.render_as_string(hide_password=False)
    connection = await asyncpg.connect(dsn, timeout=PATIENCE)
    try:
        return [await connection.fetchval(statement) for statement in statements]
    finally:
        await connection.close()


@pytest.fixture(scope="session")
def requires_postgres() -> Iterator[URL]:
    """Return the URL of the database that ``HOTFRAME_TEST_POSTGRES`` names, which answers."""
    require_package("asyncpg")
    try:
        in_thread(in_postgres("SELECT 1"))
    except Exception as error:
        where = url_of_postgres().render_as_string()
        absent("postgres", f"PostgreSQL does not answer at {where} ({error!r}): start it.")
    yield url_of_postgres()
    while _spare:
        in_thread(in_postgres(f'DROP DATABASE "{_spare.pop()}" WITH (FORCE)'))


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """Return the URL of a file in the test's own folder that is not there yet."""
    return url_of_sqlite(tmp_path)


@contextmanager
def database_in(postgres: URL) -> Iterator[str]:
    """Give the URL of an empty database of PostgreSQL, which is emptied at the end."""
    if not _spare:
        _spare.append(f"hotframe_test_{uuid.uuid4().hex}")
        in_thread(in_postgres(f'CREATE DATABASE "{_spare[-1]}"'))
    name = _spare.pop()
    yield postgres.set(database=name).render_as_string(hide_password=False)
    in_thread(in_postgres(EMPTY, database=name))
    _spare.append(name)


@pytest.fixture
def postgres_url(requires_postgres: URL) -> Iterator[str]:
    """Return the URL of an empty database."""
    with database_in(requires_postgres) as url:
        yield url


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def database_url(request: pytest.FixtureRequest) -> str:
    """Return the URL of an empty database: the test runs with each kind."""
    url: str = request.getfixturevalue(f"{request.param}_url")
    return url
