"""The cache in memory: bounded, and the values that nobody asked for longest go first."""

from __future__ import annotations

import gc
import tracemalloc
from collections.abc import Callable
from typing import Any

import pytest

from quart_hotframe.cache import Cache
from quart_hotframe.cache.memory import ENTRY
from quart_hotframe.cache.memory import MemoryCache


async def test_what_nobody_asked_for_longest_goes_first() -> None:
    storage = MemoryCache(4 * (ENTRY + 1000))
    cache = Cache(storage)
    for name in "abc":
        await cache.set(name, "x" * 500, ttl=60)
    await cache.get("a")
    for name in "de":
        await cache.set(name, "x" * 500, ttl=60)
    assert [bool(await cache.get(name)) for name in "abcde"] == [True, False, True, True, True]


async def test_a_value_too_large_is_returned_and_not_kept() -> None:
    storage = MemoryCache(10_000)
    cache = Cache(storage)
    await cache.set("small", 1, ttl=60)
    assert len(await cache.get_or_set("large", lambda: "x" * 20_000, ttl=60)) == 20_000
    assert (await cache.get("large"), await cache.get("small")) == (None, 1)


async def test_a_value_of_many_megabytes_is_never_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("quart_hotframe.cache.facade.LARGEST", 100)
    cache = Cache(MemoryCache(1_000_000))
    await cache.set("key", 1, ttl=60)
    await cache.set("key", "x" * 200, ttl=60)
    assert await cache.get("key") is None


async def test_values_that_ended_and_tags_without_values_leave_nothing() -> None:
    now = [0.0]
    storage = MemoryCache(100_000, lambda: now[0])
    cache = Cache(storage)
    for number in range(10):
        await cache.set(str(number), 1, ttl=5, tags=[f"tag {number}"])
    now[0] = 5.0
    for number in range(10):
        assert await cache.get(str(number)) is None
    assert not storage._entries and not storage._tags
    assert storage._room == 100_000


async def memory_of(entries: int, size: int) -> int:
    gc.collect()
    tracemalloc.start()
    try:
        cache = Cache(MemoryCache(size))
        for number in range(entries):
            await cache.set(f"key {number}", number, ttl=600, tags=[f"tag {number}"])
        gc.collect()
        return tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()


async def test_many_distinct_keys_take_no_more_than_what_is_set() -> None:
    size = 500_000
    full = await memory_of(1_000, size)
    assert full < size
    assert await memory_of(6_000, size) < size


@pytest.mark.soak
async def test_a_million_distinct_keys_take_no_more_than_what_is_set(
    record_property: Callable[[str, Any], None],
) -> None:
    size = 32 * 1024 * 1024
    taken = await memory_of(1_000_000, size)
    record_property("bytes", taken)
    print(f"{taken} bytes of {size} after a million keys")
    assert taken < size
