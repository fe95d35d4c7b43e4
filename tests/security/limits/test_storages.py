"""Counts in memory, Redis, SQLite and PostgreSQL: all count alike."""

from __future__ import annotations

import asyncio
import time
from bisect import bisect
from collections.abc import AsyncIterator
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from quart import Quart
from sqlalchemy import text

from quart_hotframe import HotFrame
from quart_hotframe.errors import ConfigurationError
from quart_hotframe.security import limit
from quart_hotframe.security.limits.storage import Hit
from quart_hotframe.security.limits.storage import LimitStorage
from quart_hotframe.storing import limits_for
from tests.support.redis import in_redis
from tests.support.redis import keys_of
from tests.support.sites import new_app

TABLES = ["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)]
SHARED = [pytest.param("redis", marks=pytest.mark.redis), *TABLES]
KINDS = ["memory", *SHARED]
BATCH = 100
"""Keys of one request in a flood."""
SPAN = 4.0
"""Seconds; there are never more keys than came in the busiest such span. Each counts for two."""


def settings_for(kind: str, request: pytest.FixtureRequest) -> dict[str, Any]:
    if kind == "memory":
        return {}
    if kind == "redis":
        url = request.getfixturevalue("requires_redis")
        return {"HOTFRAME_LIMITS": "redis", "HOTFRAME_REDIS_URL": url}
    url = request.getfixturevalue(f"{kind}_url")
    return {
        "HOTFRAME_LIMITS": "database",
        "HOTFRAME_DATABASE_URL": url,
        "HOTFRAME_STORE": "file",
    }


@pytest.fixture(params=KINDS)
async def app(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Quart]:
    app = new_app(tmp_path, settings_for(request.param, request))
    if request.param == "redis":
        app.name = request.getfixturevalue("own_name")
    app.config["HOTFRAME_LIMITS_TIMEOUT"] = 30.0
    HotFrame(app)
    async with app.test_app():
        yield app


@pytest.fixture
def storage(app: Quart) -> LimitStorage:
    found: LimitStorage = app.extensions["hotframe"]._limits._storage
    return found


async def test_many_at_once_pass_exactly_as_often_as_allowed(storage: LimitStorage) -> None:
    await storage.hit([Hit("warm", 1, 60)])
    outcomes = await asyncio.gather(*(storage.hit([Hit("key", 20, 3600)]) for _ in range(60)))
    assert sum(one.passed for one in outcomes) == 20


async def test_what_one_limit_refuses_counts_under_none(storage: LimitStorage) -> None:
    tight, wide = Hit("tight", 1, 3600), Hit("wide", 3, 3600)
    outcomes = [await storage.hit([wide, tight]) for _ in range(4)]
    assert [one.passed for one in outcomes] == [True, False, False, False]
    assert [window.current for window in outcomes[0].windows] == [1, 1]
    assert [(await storage.hit([wide])).passed for _ in range(3)] == [True, True, False]


async def test_time_gives_room_again(storage: LimitStorage) -> None:
    hit = Hit("short", 1, 1)
    assert [(await storage.hit([hit])).passed for _ in range(2)] == [True, False]
    async with asyncio.timeout(20):
        while not (await storage.hit([hit])).passed:
            await asyncio.sleep(0.05)
    outcome = await storage.hit([hit])
    assert not outcome.passed
    assert outcome.windows[0].previous == 1  # the window before is known


async def test_an_app_with_it(app: Quart) -> None:
    @app.get("/")
    @limit("2/hour")
    @limit("5/day", by=lambda: "\0'; DROP TABLE hotframe_limits --" * 1000)
    async def index() -> str:
        return ""

    client = app.test_client()
    answers = [await client.get("/") for _ in range(3)]
    assert [one.status_code for one in answers] == [200, 200, 429]
    assert answers[0].headers["RateLimit"] == '"1";r=1;t=3600, "2";r=4;t=86400'
    assert 3500 < int(answers[2].headers["Retry-After"]) <= 3601


@pytest.mark.redis
async def test_keys_in_redis_are_digests_and_end(own_name: str, requires_redis: str) -> None:
    from quart_hotframe.backends.redis_limits import RedisLimits

    storage = RedisLimits(requires_redis, f"hotframe:{own_name}:", 30)
    await storage.hit([Hit("a" * 32, 5, 60)])
    await storage.close()
    [key] = await keys_of(own_name)
    assert key.decode() == f"hotframe:{own_name}:limit:{'a' * 32}"
    assert 100_000 < await in_redis("PTTL", key) <= 120_000


async def in_table(storage: Any, statement: str, *rows: dict[str, Any]) -> Any:
    """Execute a statement where a storage has its table, and return its value."""
    async with storage._engine.begin() as connection:
        found = await connection.execute(text(statement), list(rows) or None)
        return None if rows else found.scalar()


@pytest.mark.parametrize("app", TABLES, indirect=True)
async def test_more_rows_that_expired_are_removed_than_come(storage: Any) -> None:
    await storage.hit([Hit("warm", 1, 3600)])
    await in_table(
        storage,
        "INSERT INTO hotframe_limits (key, start, count, previous_start, previous, expires)"
        " VALUES (:key, 1, 1, 0, 0, 2)",
        *({"key": f"old {number}"} for number in range(2000)),
    )
    for number in range(200):  # each request has several limits
        await storage.hit([Hit(f"new {number} {limit}", 1, 3600) for limit in range(4)])
    old = "SELECT count(*) FROM hotframe_limits WHERE key LIKE 'old%'"
    assert await in_table(storage, old) == 0
    assert await in_table(storage, "SELECT count(*) FROM hotframe_limits") == 801


def flood(number: int, seconds: int) -> list[Hit]:
    return [Hit(f"{number} {one}", 1_000_000, seconds) for one in range(BATCH)]


@pytest.mark.parametrize("keys", [1_000, pytest.param(1_000_000, marks=pytest.mark.soak)])
@pytest.mark.parametrize("app", SHARED, indirect=True)
async def test_nothing_stays_of_a_flood_of_distinct_keys(
    app: Quart, storage: Any, keys: int, record_property: Callable[[str, Any], None]
) -> None:
    async def size() -> int:
        if hasattr(storage, "_engine"):
            return int(await in_table(storage, "SELECT count(*) FROM hotframe_limits"))
        return len(await keys_of(app.name))

    sent: list[float] = []
    most = fastest = 0
    while BATCH * len(sent) < keys:
        sent.append(time.monotonic())
        fastest = max(fastest, len(sent) - bisect(sent, sent[-1] - SPAN))
        await storage.hit(flood(len(sent), 1))
        if len(sent) % 10 == 0:
            most = max(most, await size())
            assert most <= BATCH * fastest
    seconds = time.monotonic() - sent[0]
    async with asyncio.timeout(60):
        while await size() > BATCH:
            await storage.hit(flood(0, 3600))
    record_property("most_keys", most)
    print(f"{keys} keys in {seconds:.0f} s: at most {most} at the same time, nothing stayed")


def test_a_database_that_cannot_be_written_is_refused(tmp_path: Path) -> None:
    app = new_app(tmp_path, {"HOTFRAME_LIMITS": "database"})
    app.config["HOTFRAME_DATABASES_READ_ONLY"] = ["default"]
    with pytest.raises(ConfigurationError, match="HOTFRAME_LIMITS=database needs"):
        HotFrame(app)


@pytest.mark.parametrize(
    ("config", "told"),
    [
        ({"HOTFRAME_LIMITS": "redis"}, "HOTFRAME_REDIS_URL is missing"),
        ({"HOTFRAME_CACHE": "redis"}, "HOTFRAME_REDIS_URL is missing"),
        ({"HOTFRAME_LIMITS": "redis", "HOTFRAME_REDIS_URL": "locahost:secret"}, "must be like"),
        ({"HOTFRAME_LIMITS": "redes"}, "Did you mean 'redis'"),
        ({"HOTFRAME_LIMITS_AWAY": "open"}, "must be 'local' or 'closed'"),
        ({"HOTFRAME_LIMITS_TIMEOUT": 0}, "HOTFRAME_LIMITS_TIMEOUT must be more than 0"),
        ({"HOTFRAME_CACHE_TIMEOUT": 0.0}, "HOTFRAME_CACHE_TIMEOUT must be more than 0"),
        ({"HOTFRAME_CACHE": "disk"}, "must be 'memory' or 'redis'"),
    ],
)
def test_a_wrong_setting_is_told(config: dict[str, Any], told: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=told):
        HotFrame(new_app(tmp_path, config))


def test_the_url_of_redis_is_never_shown(tmp_path: Path) -> None:
    app = new_app(tmp_path, {"HOTFRAME_REDIS_URL": "redis://:secret@localhost"})
    hotframe = HotFrame(app)
    assert "secret" not in repr(hotframe.settings)
    assert limits_for(hotframe.settings, hotframe.db, "x", hotframe.users.identify)
