"""Values, time to live and tags, in memory and in Redis."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st

from quart_hotframe.cache import Cache
from quart_hotframe.cache.memory import MemoryCache
from quart_hotframe.cache.naming import Owner


async def test_a_value_is_kept_until_it_is_deleted(cache: Cache) -> None:
    assert await cache.get("key") is None
    assert await cache.get("key", "default") == "default"
    await cache.set("key", {"a": [1, "é"]}, ttl=60)
    assert await cache.get("key") == {"a": [1, "é"]}
    await cache.delete("key")
    assert await cache.get("key") is None
    await cache.delete("key")


async def test_nobody_can_change_a_kept_value(cache: Cache) -> None:
    value = {"names": ["a"]}
    await cache.set("key", value, ttl=60)
    value["names"].append("b")
    (await cache.get("key"))["names"].append("c")
    assert await cache.get("key") == {"names": ["a"]}


async def test_none_is_a_value_too(cache: Cache) -> None:
    made = []

    async def make() -> None:
        made.append(1)

    for _ in range(2):
        assert await cache.get_or_set("none", make, ttl=60) is None
    assert (made, await cache.get("none", "default")) == ([1], None)


async def test_a_value_ends_with_its_time(cache: Cache) -> None:
    await cache.set("short", 1, ttl=0.2)
    async with asyncio.timeout(20):
        while await cache.get("short") is not None:
            await asyncio.sleep(0.02)


async def test_forgetting_a_tag_forgets_what_has_it(cache: Cache) -> None:
    await cache.set("one", 1, ttl=60, tags=["product:1", "products"])
    await cache.set("two", 2, ttl=60, tags=["product:2", "products"])
    await cache.set("other", 3, ttl=60)
    await cache.forget_tag("product:1")
    assert [await cache.get(key) for key in ("one", "two", "other")] == [None, 2, 3]
    await cache.set("one", 4, ttl=60, tags=["product:1"])
    assert await cache.get("one") == 4
    await cache.forget_tag("products")
    assert [await cache.get(key) for key in ("one", "two", "other")] == [4, None, 3]
    await cache.clear()
    assert [await cache.get(key) for key in ("one", "two", "other")] == [None, None, None]


async def test_a_value_that_is_set_anew_has_only_its_new_tags(cache: Cache) -> None:
    await cache.set("key", 1, ttl=60, tags=["old"])
    await cache.set("key", 2, ttl=60, tags=["new"])
    await cache.forget_tag("old")
    assert await cache.get("key") == 2


HOSTILE = ["", "*", "a:b", "\0", "key\r\nFLUSHALL\r\n", "é\ud800", "'] redis.call('FLUSHALL') --"]


@pytest.mark.parametrize("text", [*HOSTILE, "x" * 100_000])
async def test_hostile_keys_and_tags_are_plain_names(cache: Cache, text: str) -> None:
    await cache.set("neighbour", 1, ttl=60, tags=["neighbour"])
    await cache.set(text, "value", ttl=60, tags=[text])
    assert await cache.get(text) == "value"
    await cache.forget_tag(text)
    assert (await cache.get(text), await cache.get("neighbour")) == (None, 1)


@given(st.text(), st.text())
def test_names_of_keys_differ_and_have_one_length(one: str, other: str) -> None:
    owner = Owner("app")
    assert (owner.key(one) == owner.key(other)) is (one == other)
    assert len(owner.key(one)) == 32 and owner.key(one) != owner.tags([one])[-1]


@pytest.mark.parametrize(
    ("arguments", "error", "told"),
    [
        ({"key": 5}, TypeError, "is text"),
        ({"ttl": 0}, ValueError, "ttl"),
        ({"ttl": float("nan")}, ValueError, "ttl"),
        ({"ttl": float("inf")}, ValueError, "ttl"),
        ({"tags": "products"}, TypeError, r"tags=\['products'\]"),
        ({"tags": [5]}, TypeError, "is text"),
        ({"tags": [str(n) for n in range(17)]}, ValueError, "at most 16"),
        ({"value": object()}, TypeError, "no object"),
    ],
)
async def test_wrong_arguments_are_told(
    arguments: dict[str, Any], error: type[Exception], told: str
) -> None:
    call = {"key": "key", "value": 1, "ttl": 60, **arguments}
    with pytest.raises(error, match=told):
        await Cache(MemoryCache(100_000)).set(**call)


@settings(max_examples=40)
@given(st.lists(st.tuples(st.sampled_from("sdfg"), st.sampled_from("abc"), st.integers(0, 2))))
async def test_memory_does_what_a_plain_dictionary_would(steps: list[tuple[str, str, int]]) -> None:
    cache = Cache(MemoryCache(1_000_000))
    plain: dict[str, int] = {}
    for step, key, number in steps:
        if step == "s":
            await cache.set(key, number, ttl=60, tags=[str(number)])
            plain[key] = number
        elif step == "d":
            await cache.delete(key)
            plain.pop(key, None)
        elif step == "f":
            await cache.forget_tag(str(number))
            plain = {name: value for name, value in plain.items() if value != number}
        assert await cache.get(key) == plain.get(key)
