"""Apps with sessions on the server, in every kind of store."""

from __future__ import annotations

from collections.abc import AsyncIterator
from collections.abc import Callable
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import make_url
from sqlalchemy import URL

from tests.support.databases import database_in
from tests.support.databases import in_thread
from tests.support.databases import url_of_sqlite
from tests.support.redis import requires_redis as requires_redis
from tests.support.visitors import Site

KINDS = [
    "memory",
    "sqlite",
    pytest.param("postgres", marks=pytest.mark.postgres),
    pytest.param("redis", marks=pytest.mark.redis),
]


@pytest.fixture
def clean_redis(requires_redis: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Give the URL of a Redis in which the keys of this test are its own, and go at its end."""
    import uuid

    import redis

    from quart_hotframe.backends import redis_sessions

    own = f"hotframe:test:{uuid.uuid4().hex}:"
    monkeypatch.setattr(redis_sessions, "ROOT", own)
    yield requires_redis
    with redis.Redis.from_url(requires_redis) as client:
        for key in client.scan_iter(own + "*"):
            client.delete(key)


@pytest.fixture(scope="session")
def own_postgres(requires_postgres: URL) -> Iterator[str]:
    """Return the URL of a database that the tests of sessions use one after the other."""
    with database_in(requires_postgres) as url:
        yield url


@pytest.fixture
def clean_postgres(own_postgres: str) -> str:
    """Return the URL of a database without sessions."""
    in_thread(dropped(own_postgres))
    return own_postgres


async def dropped(url: str) -> None:
    """Drop the table of the sessions."""
    import asyncpg

    dsn = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    connection = await asyncpg.connect(dsn, timeout=10)
    try:
        await connection.execute("DROP TABLE IF EXISTS hotframe_sessions")
    finally:
        await connection.close()


@pytest.fixture
def config_of(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[str], dict[str, Any]]:
    """Return what makes the settings for a kind of store."""

    def make(kind: str) -> dict[str, Any]:
        if kind == "redis":
            url = request.getfixturevalue("clean_redis")
            return {"HOTFRAME_SESSIONS": "redis", "HOTFRAME_REDIS_URL": url}
        if kind == "memory":
            return {"HOTFRAME_SESSIONS": "memory"}
        url = request.getfixturevalue("clean_postgres") if kind == "postgres" else (
            url_of_sqlite(tmp_path)
        )  # fmt: skip
        return {"HOTFRAME_SESSIONS": "database", "HOTFRAME_DATABASE_URL": url}

    return make


@pytest.fixture(params=KINDS)
async def site(
    request: pytest.FixtureRequest, tmp_path: Path, config_of: Callable[[str], dict[str, Any]]
) -> AsyncIterator[Site]:
    """Serve an app with sessions in each kind of store in turn."""
    made = Site(tmp_path, config_of(request.param))
    async with made.app.test_app():
        yield made


@pytest.fixture
async def quick(tmp_path: Path) -> AsyncIterator[Site]:
    """Serve an app with sessions in memory."""
    made = Site(tmp_path, {"HOTFRAME_SESSIONS": "memory"})
    async with made.app.test_app():
        yield made


@pytest.fixture
async def plain(tmp_path: Path) -> AsyncIterator[Site]:
    """Serve an app with Quart's own sessions."""
    made = Site(tmp_path, {})
    async with made.app.test_app():
        yield made


@pytest.fixture(params=["memory", ""])
async def any_kind(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Site]:
    """Serve an app with sessions in memory, and one with Quart's own."""
    made = Site(tmp_path, {"HOTFRAME_SESSIONS": request.param})
    async with made.app.test_app():
        yield made
