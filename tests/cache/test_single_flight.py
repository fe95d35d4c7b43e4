"""Many who want one value at a time, and what is forgotten while it is made."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from quart_hotframe.cache import Cache
from quart_hotframe.errors import SetupError


class Maker:
    """Makes values, each when the test says so."""

    def __init__(self) -> None:
        self.begun = 0
        self.go = asyncio.Event()
        self.fails = False

    async def __call__(self) -> int:
        self.begun += 1
        number = self.begun
        await self.go.wait()
        if self.fails:
            raise LookupError("no product")
        return number


async def until(condition: Callable[[], Any]) -> None:
    async with asyncio.timeout(20):
        while not condition():
            await asyncio.sleep(0)


def ask(cache: Cache, make: Maker, times: int, **options: Any) -> list[asyncio.Task[Any]]:
    call = {"ttl": 60, **options}
    return [asyncio.create_task(cache.get_or_set("key", make, **call)) for _ in range(times)]


async def test_one_makes_it_and_all_get_it(cache: Cache) -> None:
    make = Maker()
    tasks = ask(cache, make, 20)
    await until(lambda: make.begun)
    make.go.set()
    assert await asyncio.gather(*tasks) == [1] * 20
    assert await cache.get_or_set("key", make, ttl=60) == 1


async def test_each_gets_a_copy(cache: Cache) -> None:
    async def make() -> list[int]:
        await asyncio.sleep(0)
        return []

    found = await asyncio.gather(*(cache.get_or_set("copy", make, ttl=60) for _ in range(3)))
    found[0].append(1)
    assert found == [[1], [], []]


async def test_an_error_is_everybodys_and_is_not_kept(cache: Cache) -> None:
    make = Maker()
    make.fails = True
    tasks = ask(cache, make, 5)
    await until(lambda: make.begun)
    make.go.set()
    errors = await asyncio.gather(*tasks, return_exceptions=True)
    assert [type(error) for error in errors] == [LookupError] * 5
    assert make.begun == 1
    make.fails = False
    assert await cache.get_or_set("key", make, ttl=60) == 2


async def test_when_who_makes_it_is_cancelled_another_does(cache: Cache) -> None:
    make = Maker()
    first, *others = ask(cache, make, 1)
    await until(lambda: make.begun)
    others = ask(cache, make, 5)
    await asyncio.sleep(0.05)  # the others come to wait; if they did not yet, it is the same
    first.cancel()
    await until(lambda: make.begun == 2)
    make.go.set()
    assert await asyncio.gather(*others) == [2] * 5
    with pytest.raises(asyncio.CancelledError):
        await first
    assert make.begun == 2


async def test_who_waits_can_be_cancelled_alone(cache: Cache) -> None:
    make = Maker()
    tasks = ask(cache, make, 1)
    await until(lambda: make.begun)
    tasks += ask(cache, make, 2)
    await asyncio.sleep(0.05)
    tasks[2].cancel()
    make.go.set()
    assert await asyncio.gather(*tasks[:2]) == [1, 1]


@pytest.mark.parametrize("forget", ["tag", "key", "clear", "set"])
async def test_what_was_forgotten_meanwhile_is_not_kept(cache: Cache, forget: str) -> None:
    make = Maker()
    [task] = ask(cache, make, 1, tags=["product:7"])
    await until(lambda: make.begun)
    if forget == "tag":
        await cache.forget_tag("product:7")
    elif forget == "key":
        await cache.delete("key")
    elif forget == "clear":
        await cache.clear()
    else:
        await cache.set("key", "newer", ttl=60)
    late = ask(cache, make, 1, tags=["product:7"])
    if forget != "set":
        await until(lambda: make.begun == 2)  # who asks after it does not get the old one
    make.go.set()
    assert await task == 1
    wanted = "newer" if forget == "set" else 2
    assert await late[0] == wanted
    assert await cache.get("key") == wanted


async def test_what_was_forgotten_meanwhile_is_not_kept_where_nobody_asks(cache: Cache) -> None:
    make = Maker()
    [task] = ask(cache, make, 1, tags=["product:7"])
    await until(lambda: make.begun)
    await cache.forget_tag("product:7")
    make.go.set()
    assert await task == 1
    assert await cache.get("key") is None
    await cache.set("other", 1, ttl=60, tags=["product:7"])  # the tag is there again
    assert await cache.get("key") is None


async def test_a_tag_of_another_value_changes_nothing(cache: Cache) -> None:
    make = Maker()
    [task] = ask(cache, make, 1, tags=["product:7"])
    await until(lambda: make.begun)
    await cache.forget_tag("product:8")
    make.go.set()
    await task
    assert await cache.get("key") == 1


async def test_a_value_that_cannot_be_kept_is_told(cache: Cache) -> None:
    with pytest.raises(TypeError, match="no set"):
        await cache.get_or_set("key", lambda: {1, 2}, ttl=60)
    assert await cache.get_or_set("key", lambda: 3, ttl=60) == 3


async def test_who_asks_for_what_he_makes_is_told(cache: Cache) -> None:
    async def make() -> Any:
        return await cache.get_or_set("key", make, ttl=60)

    with pytest.raises(SetupError, match="asks for that value"):
        await cache.get_or_set("key", make, ttl=60)


async def test_nothing_of_it_stays(cache: Cache) -> None:
    make = Maker()
    make.go.set()
    await asyncio.gather(*ask(cache, make, 5, tags=["a"]))
    assert not cache._flights._flying
    assert not getattr(cache._storage, "_makings", None)
