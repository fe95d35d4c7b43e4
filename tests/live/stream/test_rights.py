"""Who may follow is asked again while a stream is open."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

import pytest

from quart_hotframe.testing import StreamReader

from .conftest import FollowingSite

SERVER = {"HOTFRAME_SESSIONS": "memory", "HOTFRAME_LOGIN_URL": "/signin"}


async def bye_of(reader: StreamReader) -> dict[str, Any]:
    while (event := await reader.next()).name != "bye":
        pass
    assert await reader.chunk() == ""
    found: dict[str, Any] = event.data
    return found


async def test_after_a_minute_it_is_asked_again_and_then_it_goes_on(
    following: FollowingSite,
) -> None:
    ann = await following.login("ann")
    async with following.open(ann, await following.page(ann, "orders.1")) as reader:
        await reader.next()
        asked = following.asked
        following.clock.now += 59
        following.live.streams.look()
        await asyncio.sleep(0)
        assert following.asked == asked
        following.clock.now += 1
        following.live.streams.look()
        await asked_anew(following, asked)
        await following.live.publish("orders.1", 1)
        assert (await reader.next()).name == "topic"


async def asked_anew(following: FollowingSite, before: int) -> None:
    async with asyncio.timeout(5):
        while following.asked == before:
            await asyncio.sleep(0)


async def test_a_right_that_was_revoked_ends_it(following: FollowingSite) -> None:
    ann = await following.login("ann")
    async with following.open(ann, await following.page(ann, "orders.1")) as reader:
        await reader.next()
        following.refused.add(("ann", "orders.1"))
        following.clock.now += 60
        following.live.streams.look()
        assert await bye_of(reader) == {"reason": "stopped", "retry": None}


async def test_a_guard_that_fails_ends_it_and_is_told(
    following: FollowingSite, caplog: pytest.LogCaptureFixture
) -> None:
    ann = await following.login("ann")
    async with following.open(ann, await following.page(ann, "orders.1")) as reader:
        await reader.next()
        del following.refused
        following.clock.now += 60
        following.live.streams.look()
        assert (await bye_of(reader))["retry"] == 1000
    (record,) = [one for one in caplog.records if one.levelno >= logging.ERROR]
    assert "orders.1" in record.getMessage()


@pytest.mark.parametrize("following", [{}, SERVER], indirect=True)
async def test_a_logout_ends_the_streams_of_the_session_at_once(following: FollowingSite) -> None:
    ann, bob = await following.login("ann"), await following.login("bob")
    async with (
        following.open(ann, await following.page(ann, "orders.1")) as hers,
        following.open(bob, await following.page(bob, "orders.1")) as his,
    ):
        await hers.next()
        await his.next()
        await ann.post("/logout")
        assert (await bye_of(hers))["reason"] == "login"
        await following.live.publish("orders.1", 1)
        assert (await his.next()).name == "topic"


@pytest.mark.parametrize("following", [SERVER], indirect=True)
async def test_a_session_that_was_ended_elsewhere_ends_its_streams(
    following: FollowingSite,
) -> None:
    ann, other = await following.login("ann"), await following.login("ann")
    async with (
        following.open(ann, await following.page(ann, "orders.1")) as first,
        following.open(other, await following.page(other, "orders.1")) as second,
    ):
        await first.next()
        await second.next()
        sessions = following.hotframe.sessions
        async with following.app.test_request_context("/"):
            *_, oldest = await sessions.of_user("ann")
            await sessions.end(oldest.id)
        ended = {stream.visitor.session for stream in following.live.streams if stream.ends}
        assert ended == {oldest.id}
        async with following.app.test_request_context("/"):
            await sessions.end_all("ann")
        for reader in (first, second):
            assert await bye_of(reader) == {"reason": "login", "retry": None, "login": "/signin"}


@pytest.mark.parametrize("following", [SERVER], indirect=True)
async def test_a_user_who_is_another_now_ends_it(following: FollowingSite) -> None:
    ann = await following.login("ann")
    async with following.open(ann, await following.page(ann, "orders.1")) as reader:
        await reader.next()
        following.hotframe.users._call = following.app.ensure_async(lambda: None)
        following.clock.now += 60
        following.live.streams.look()
        assert (await bye_of(reader))["reason"] == "login"
