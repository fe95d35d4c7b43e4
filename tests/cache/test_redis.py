"""The cache in Redis: shared by workers, and a miss while Redis is away."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from quart_hotframe import HotFrame
from quart_hotframe.backends import outage
from quart_hotframe.backends.redis_cache import RedisCache
from quart_hotframe.cache import Cache
from quart_hotframe.cache import flights
from tests.support.redis import in_redis
from tests.support.redis import keys_of
from tests.support.redis import through
from tests.support.relay import Relay
from tests.support.servers import farm
from tests.support.sites import new_app

pytestmark = pytest.mark.redis
COMMAND = (
    "hypercorn", "--workers", "{workers}", "--bind", "127.0.0.1:{port}",
    "tests.support.limited:app",
)  # fmt: skip


@pytest.fixture
async def two(own_name: str, requires_redis: str) -> AsyncIterator[tuple[Cache, Cache]]:
    """Two caches that share one Redis, as two workers do."""
    made = [Cache(RedisCache(requires_redis, f"hotframe:{own_name}:", 30)) for _ in range(2)]
    yield made[0], made[1]
    for one in made:
        await one.close()


@pytest.fixture
async def behind(
    own_name: str, redis_relay: Relay, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Cache]:
    """The cache of an app that reaches Redis through the relay."""
    monkeypatch.setattr(outage, "PAUSE", 0.1)
    app = new_app(tmp_path, {"HOTFRAME_CACHE": "redis", "HOTFRAME_REDIS_URL": through(redis_relay)})
    app.config["HOTFRAME_CACHE_TIMEOUT"] = 5.0
    app.name = own_name
    hotframe = HotFrame(app)
    async with app.test_app():
        yield hotframe.cache


async def mended(cache: Cache, relay: Relay) -> None:
    await relay.mend()
    async with asyncio.timeout(20):
        while cache._storage._outage._since is not None:  # type: ignore[attr-defined]
            await cache.get("anything")
            await asyncio.sleep(0.02)


async def test_while_redis_is_away_nothing_is_found_and_all_works(
    behind: Cache, redis_relay: Relay, caplog: pytest.LogCaptureFixture
) -> None:
    await behind.set("key", 1, ttl=60)
    await redis_relay.cut()
    made = itertools.count(2)
    for number in (2, 3, 4):
        assert await behind.get("key") is None
        assert await behind.get_or_set("key", lambda: next(made), ttl=60) == number
    await behind.set("other", 3, ttl=60)
    await mended(behind, redis_relay)
    assert await behind.get("key") == 1
    told = [one for one in caplog.records if one.name == "quart_hotframe.backends"]
    assert len(told) == 2


async def test_what_was_forgotten_while_redis_was_away_is_gone_when_it_is_back(
    behind: Cache, redis_relay: Relay
) -> None:
    for name in ("tagged", "deleted", "set", "kept"):
        await behind.set(name, "old", ttl=60, tags=[name])
    await redis_relay.cut()
    await behind.forget_tag("tagged")
    await behind.delete("deleted")
    await behind.set("set", "new", ttl=60)
    await mended(behind, redis_relay)
    found = [await behind.get(name) for name in ("tagged", "deleted", "set", "kept")]
    assert found == [None, None, None, "old"]


async def test_too_much_to_forget_forgets_everything(behind: Cache, redis_relay: Relay) -> None:
    await behind.set("kept", "old", ttl=60)
    await redis_relay.cut()
    for number in range(1500):
        await behind.forget_tag(f"tag {number}")
    assert len(behind._owing._owed) <= 1001
    await mended(behind, redis_relay)
    assert await behind.get("kept") is None


async def test_two_processes_make_a_value_once(two: tuple[Cache, Cache]) -> None:
    made = []
    go = asyncio.Event()

    async def make() -> int:
        made.append(1)
        await go.wait()
        return len(made)

    tasks = [asyncio.create_task(one.get_or_set("key", make, ttl=60)) for one in two * 3]
    async with asyncio.timeout(20):
        while not made:
            await asyncio.sleep(0)
    await asyncio.sleep(0.1)
    go.set()
    assert await asyncio.gather(*tasks) == [1] * 6


async def test_one_process_forgets_what_the_other_makes(
    two: tuple[Cache, Cache], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(flights, "PATIENCE", 3600.0)
    first, second = two
    begun, go = asyncio.Event(), asyncio.Event()

    async def old() -> str:
        begun.set()
        await go.wait()
        return "old"

    task = asyncio.create_task(first.get_or_set("key", old, ttl=60, tags=["product:7"]))
    await begun.wait()
    await second.forget_tag("product:7")
    async with asyncio.timeout(20):
        assert await second.get_or_set("key", lambda: "new", ttl=60, tags=["product:7"]) == "new"
    go.set()
    assert await task == "old"
    assert [await one.get("key") for one in two] == ["new", "new"]


async def test_a_process_that_died_while_it_made_a_value_is_not_waited_for_long(
    two: tuple[Cache, Cache], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(flights, "PATIENCE", 0.2)
    dead, alive = two
    never = asyncio.Event()

    async def hang() -> None:
        await never.wait()

    task = asyncio.create_task(dead.get_or_set("key", hang, ttl=60))
    async with asyncio.timeout(20):
        while not await keys_of_making(dead):
            await asyncio.sleep(0.01)
        assert await alive.get_or_set("key", lambda: "made", ttl=60) == "made"
    assert await dead.get("key") == "made"
    task.cancel()
    await asyncio.wait([task])


async def keys_of_making(cache: Cache) -> list[bytes]:
    prefix = cache._storage._making  # type: ignore[attr-defined]
    found: list[bytes] = await in_redis("KEYS", f"{prefix}*")
    return found


async def test_all_keys_end_by_themselves(two: tuple[Cache, Cache], own_name: str) -> None:
    await two[0].set("key", 1, ttl=60, tags=["a", "*"])
    await two[0].get_or_set("other", lambda: 1, ttl=5)
    keys = await keys_of(own_name)
    assert len(keys) == 5  # two values, two tags, and the tag of everything
    for key in keys:
        assert 0 < await in_redis("PTTL", key) <= 60_000


@pytest.mark.server
def test_two_workers_share_the_cache(own_name: str, requires_redis: str, tmp_path: Path) -> None:
    with farm(tmp_path) as made:
        made.environment.update({
            "HOTFRAME_CACHE": "redis", "HOTFRAME_REDIS_URL": requires_redis,
            "HOTFRAME_CACHE_TIMEOUT": "20", "SERVED_NAME": own_name,
        })  # fmt: skip
        server = made.serve(2, COMMAND)
        with ThreadPoolExecutor(10) as threads:
            first = set(threads.map(lambda _: server.ask("GET", "/cached/key"), range(40)))
        server.ask("POST", "/forget")
        server.ask("GET", "/cached/key")
        server.stop()
    assert len(first) == 1
    assert (tmp_path / "made.txt").read_text() == "key\nkey\n"
