"""The broker of one process: each message once and in order, or it says that some were missed."""

from __future__ import annotations

import asyncio
from collections import defaultdict

import pytest
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies

from quart_hotframe.live.topics import Message
from quart_hotframe.live.topics import Missed
from quart_hotframe.live.topics.log import ENTRY
from quart_hotframe.live.topics.memory import MemoryBroker
from quart_hotframe.live.topics.memory import MemorySubscription
from tests.live.stream.conftest import Clock


def broker(
    most_bytes: int = 1_000_000, most_messages: int = 100, longest: float = 60,
    clock: Clock | None = None,
) -> MemoryBroker:  # fmt: skip
    return MemoryBroker(most_bytes, most_messages, longest, clock or Clock())


def taken(one: MemorySubscription) -> list[str]:
    found = []
    while (delivery := one.next()) is not None:
        found.append(delivery.text if isinstance(delivery, Message) else "missed")
    return found


async def test_who_follows_gets_each_message_once_and_in_order() -> None:
    one = broker()
    async with one.subscribe({"a": None}) as following:
        for text in "123":
            await one.publish("a", text)
        assert taken(following) == ["1", "2", "3"]
        assert taken(following) == []


async def test_a_cursor_is_where_it_goes_on() -> None:
    one = broker()
    before = one.position()
    first = await one.publish("a", "1")
    await one.publish("b", "of another topic")
    await one.publish("a", "2")
    for cursor, rest in ((before, ["1", "2"]), (first, ["2"]), (None, [])):
        async with one.subscribe({"a": cursor}) as following:
            assert taken(following) == rest


async def test_nothing_is_lost_between_reading_and_following_ten_thousand_times() -> None:
    """It is case 58 of the protocol: published after the cursor was noted, before it is used."""
    one = broker()
    for number in range(10_000):
        noted = one.position()
        await one.publish("orders", str(number))
        async with one.subscribe({"orders": noted}) as following:
            assert taken(following) == [str(number)]


async def test_of_ten_thousand_at_once_what_is_lost_is_told() -> None:
    one = broker(most_messages=256)
    noted = one.position()
    for number in range(10_000):
        await one.publish("orders", str(number))
    async with one.subscribe({"orders": noted}) as following:
        assert taken(following) == ["missed", *map(str, range(10_000 - 256, 10_000))]


@pytest.mark.parametrize(
    "limits",
    [{"most_messages": 3}, {"most_bytes": 3 * (ENTRY + 1)}],
)
async def test_who_is_too_slow_is_told_and_then_gets_the_rest(limits: dict[str, int]) -> None:
    one = broker(**limits)  # type: ignore[arg-type]
    async with one.subscribe({"a": None}) as following:
        for text in "12345":
            await one.publish("a", text)
        assert len(one.log) == 3
        assert taken(following) == ["missed", "3", "4", "5"]
        await one.publish("a", "6")
        assert taken(following) == ["6"]


async def test_messages_grow_old() -> None:
    clock = Clock()
    one = broker(clock=clock)
    noted = one.position()
    await one.publish("a", "old")
    clock.now += 61
    await one.publish("b", "new")
    async with one.subscribe({"a": noted, "b": noted}) as following:
        assert taken(following) == ["missed", "new"]


async def test_a_message_that_is_larger_than_all_room_is_missed() -> None:
    one = broker(most_bytes=10)
    async with one.subscribe({"a": None}) as following:
        await one.publish("a", "1")
        assert taken(following) == ["missed"]
    assert (len(one.log), one.log.topics) == (0, 0)


async def test_after_a_restart_everybody_has_missed_something() -> None:
    before, after = broker(), broker()
    cursor = await before.publish("a", "1")
    async with after.subscribe({"a": cursor}) as following:
        assert taken(following) == ["missed"]


async def test_topics_without_messages_and_followers_are_forgotten() -> None:
    clock = Clock()
    one = broker(clock=clock)
    for number in range(1000):
        await one.publish(f"orders.{number}", "1")
    clock.now += 61
    await one.publish("b", "1")
    assert one.log.topics == 1


async def test_publishing_does_not_wait_for_who_follows() -> None:
    one = broker()
    async with one.subscribe({"a": None}):
        publishing = one.publish("a", "1")
        with pytest.raises(StopIteration):
            publishing.send(None)


async def test_python_code_waits_for_messages() -> None:
    one = broker()
    async with one.subscribe({"a": None}) as following:
        waiting = asyncio.ensure_future(anext(following))
        await asyncio.sleep(0)
        await one.publish("a", "1")
        assert await waiting == Message("a", one.position(), "1")


async def test_topics_take_turns() -> None:
    one = broker()
    async with one.subscribe({"a": None, "b": None}) as following:
        for text in "123":
            await one.publish("a", "a" + text)
            await one.publish("b", "b" + text)
        assert taken(following) == ["a1", "b1", "a2", "b2", "a3", "b3"]


STEPS = strategies.lists(
    strategies.tuples(strategies.sampled_from(["publish"]), strategies.sampled_from("ab"))
    | strategies.sampled_from([("take", ""), ("leave", ""), ("wait", "")]),
    max_size=60,
)


@settings(deadline=None)
@given(STEPS, strategies.integers(1, 4))
async def test_whatever_happens_nothing_is_lost_silently(
    steps: list[tuple[str, str]], most: int
) -> None:
    clock = Clock()
    one = broker(most_messages=most, clock=clock)
    published: dict[str, list[str]] = defaultdict(list)
    seen: dict[str, int] = {"a": 0, "b": 0}
    cursors: dict[str, str | None] = dict.fromkeys("ab", one.position())
    following = await one.subscribe(cursors).__aenter__()

    def take() -> None:
        gaps = set()
        while (found := following.next()) is not None:
            cursors[found.topic] = found.cursor
            if isinstance(found, Missed):
                gaps.add(found.topic)
                continue
            place = published[found.topic].index(found.text)
            assert place == seen[found.topic] or (found.topic in gaps and place > seen[found.topic])
            gaps.discard(found.topic)
            seen[found.topic] = place + 1
        for topic, texts in published.items():
            assert seen[topic] == len(texts) or topic in gaps
        for topic in gaps:
            seen[topic] = len(published[topic])

    for number, (step, topic) in enumerate(steps):
        if step == "publish":
            published[topic].append(str(number))
            await one.publish(topic, str(number))
        elif step == "take":
            take()
        elif step == "wait":
            clock.now += 40
        else:
            take()
            await following.__aexit__(None, None, None)
            following = await one.subscribe(cursors).__aenter__()
    take()
    await following.__aexit__(None, None, None)
    assert len(one.log) <= 2 * most
