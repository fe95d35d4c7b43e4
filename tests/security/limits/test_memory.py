"""Counts in memory: room for a fixed number of keys, and who goes when it is full."""

from __future__ import annotations

import gc
import tracemalloc
from collections.abc import Callable
from typing import Any

import pytest

from quart_hotframe.security.limits.memory import MemoryLimits
from quart_hotframe.security.limits.storage import Hit


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


async def used_up(limits: MemoryLimits, key: str, limit: int = 5) -> bool:
    return not (await limits.hit([Hit(key, limit, 60)])).passed


async def test_each_key_has_its_own_count() -> None:
    limits = MemoryLimits(10)
    assert [await used_up(limits, "a", 2) for _ in range(3)] == [False, False, True]
    assert not await used_up(limits, "b", 2)


async def test_a_request_that_one_limit_refuses_counts_under_none() -> None:
    limits = MemoryLimits(10)
    tight, wide = Hit("tight", 1, 60), Hit("wide", 3, 60)
    outcomes = [(await limits.hit([wide, tight])).passed for _ in range(6)]
    assert outcomes == [True, False, False, False, False, False]
    assert [(await limits.hit([wide])).passed for _ in range(3)] == [True, True, False]


async def test_time_gives_room_again() -> None:
    clock = Clock()
    limits = MemoryLimits(10, clock)
    assert [await used_up(limits, "a", 1) for _ in range(2)] == [False, True]
    clock.now = 60.1
    assert not await used_up(limits, "a", 1)


async def flood(limits: MemoryLimits, keys: int) -> None:
    for number in range(keys):
        await limits.hit([Hit(f"flood {number}", 5, 60)])


async def test_a_flood_of_keys_does_not_reset_the_counts_of_others() -> None:
    limits = MemoryLimits(1000)
    for _ in range(5):
        await used_up(limits, "victim")
    await flood(limits, 30_000)
    assert len(limits) == 1000
    assert await used_up(limits, "victim")


async def test_what_has_expired_goes_before_what_counts() -> None:
    clock = Clock()
    limits = MemoryLimits(100, clock)
    for number in range(90):
        for _ in range(5):
            await used_up(limits, f"old {number}")
    clock.now = 121
    for number in range(10):
        await used_up(limits, f"new {number}")
    await flood(limits, 40)
    assert len(limits) == 100
    assert [limits._window(f"new {n}").current for n in range(10)] == [1] * 10  # type: ignore[union-attr]


async def memory_of(keys: int, size: int = 1500) -> int:
    gc.collect()
    tracemalloc.start()
    try:
        limits = MemoryLimits(size)
        await flood(limits, keys)
        gc.collect()
        return tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()


async def test_many_distinct_keys_take_no_more_memory() -> None:
    full = await memory_of(2_000)
    assert await memory_of(15_000) < full * 1.2
    assert full < 1500 * 1024


@pytest.mark.soak
async def test_a_million_distinct_keys_take_no_more_memory(
    record_property: Callable[[str, Any], None],
) -> None:
    full, flooded = await memory_of(100_000, 50_000), await memory_of(1_000_000, 50_000)
    record_property("bytes", flooded)
    print(f"{full} bytes when it is full, {flooded} after a million keys")
    assert flooded < full * 1.1
