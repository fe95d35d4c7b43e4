"""Those who follow a topic may see each other, where its declaration says so."""

from __future__ import annotations

import asyncio
from pathlib import Path

from tests.support.sites import serving

from .conftest import FollowingSite


async def left(following: FollowingSite, streams: int) -> None:
    async with asyncio.timeout(5):
        while len(following.live.streams) > streams:
            await asyncio.sleep(0)


async def test_who_comes_and_goes_is_told_to_those_who_are_there(following: FollowingSite) -> None:
    ann, bob = await following.login("ann"), await following.login("bob")
    async with following.open(ann, await following.page(ann, "room.1")) as hers:
        await hers.next()
        present = (await hers.next()).data["present"]
        assert [*present.values()] == ["ann"]
        async with following.open(bob, await following.page(bob, "room.1")) as his:
            await his.next()
            assert sorted((await his.next()).data["present"].values()) == ["ann", "bob"]
            joined = await hers.next()
            while joined.data["shown"] != "bob":  # she is told of herself, too
                joined = await hers.next()
            assert (joined.name, joined.data["name"]) == ("presence", "room.1")
            assert sorted(await following.live.present("room.1")) == ["ann", "bob"]
        await left(following, 1)
        assert sorted(await following.live.present("room.1")) == ["ann", "bob"]
        following.clock.now += 5
        following.live.streams.look()
        assert (await hers.next()).data["left"] == joined.data["joined"]
        assert await following.live.present("room.1") == ["ann"]


async def test_who_comes_back_soon_has_not_left(following: FollowingSite) -> None:
    ann, bob = await following.login("ann"), await following.login("bob")
    given = await following.page(bob, "room.1")
    async with following.open(ann, await following.page(ann, "room.1")) as hers:
        await hers.next()
        async with following.open(bob, given) as his:
            await his.next()
        await left(following, 1)
        following.clock.now += 4
        async with following.open(bob, given) as his:
            await his.next()
            following.clock.now += 4
            following.live.streams.look()
            await following.live.publish("room.1", "end")
            names = []
            while (event := await hers.next()).name != "topic":
                names.append(event)
        assert not any("left" in event.data for event in names)


async def test_somebody_with_two_pages_is_there_once(following: FollowingSite) -> None:
    ann = await following.login("ann")
    given = await following.page(ann, "room.1")
    async with following.open(ann, given) as first:
        await first.next()
        async with following.open(ann, given) as second:
            await second.next()
            assert await following.live.present("room.1") == ["ann"]
        await left(following, 1)
        following.clock.now += 60
        following.live.streams.presence.look()
        assert await following.live.present("room.1") == ["ann"]


async def test_nobody_is_shown_on_topics_that_do_not_say_so(following: FollowingSite) -> None:
    ann = await following.login("ann")
    async with following.open(ann, await following.page(ann, "orders.1")) as reader:
        assert (await reader.next()).name == "open"
        assert await following.live.present("orders.1") == []


async def test_no_id_of_a_user_is_told(following: FollowingSite) -> None:
    following.live.authorise("quiet")(lambda user: True)
    following.live.authorise("quie*", presence=lambda user: "somebody")(lambda user: True)
    ann = await following.login("ann-4711")
    async with following.open(ann, await following.page(ann, "quiet")) as reader:
        await reader.next()
        assert [*(await reader.next()).data["present"].values()] == ["somebody"]
        assert "4711" not in reader.raw


async def test_nobody_who_may_come_back_outlives_the_app(tmp_path: Path) -> None:
    async with serving(FollowingSite(tmp_path, {})) as following:
        ann = await following.login("ann")
        async with following.open(ann, await following.page(ann, "room.1")) as reader:
            await reader.next()
        await left(following, 0)
        assert len([*following.live.streams.presence]) == 1
    assert [*following.live.streams.presence] == []
    assert not following.live.streams.presence.is_watching


async def test_nothing_of_it_stays_when_all_have_gone(following: FollowingSite) -> None:
    ann = await following.login("ann")
    async with following.open(ann, await following.page(ann, "room.1")) as reader:
        await reader.next()
    await left(following, 0)
    following.clock.now += 5
    following.live.streams.look()
    presence = following.live.streams.presence
    assert (presence._topics, len(presence._leaving)) == ({}, 0)
    assert following.live.streams._watching is None
