"""There are only so many streams, and each lives as long as its client takes what it sends."""

from __future__ import annotations

from contextlib import AsyncExitStack

import pytest

from quart_hotframe.live.stream.rights import Visitor
from quart_hotframe.live.stream.stream import Stream
from quart_hotframe.testing import open_stream

from .conftest import body_of
from .conftest import FollowingSite
from .conftest import PUBLIC


@pytest.mark.parametrize(
    ("following", "status"),
    [({"HOTFRAME_STREAMS": 2}, 503), ({"HOTFRAME_STREAMS_PER_SESSION": 2}, 429),
     ({"HOTFRAME_STREAMS_PER_ADDRESS": 2}, 429)],
    indirect=["following"],
)  # fmt: skip
async def test_too_many_streams_are_refused_until_one_is_closed(
    following: FollowingSite, status: int
) -> None:
    ann = await following.login("ann")
    given = await following.page(ann, "orders.1")
    async with AsyncExitStack() as stack:
        for _ in range(2):
            await (await stack.enter_async_context(following.open(ann, given))).next()
        headers = {"HF-Request": "live"}
        response = await ann.post("/hotframe/live/stream", json=body_of(given), headers=headers)
        assert (response.status_code, response.headers["Retry-After"]) == (status, "5")
        assert (await response.get_json())["error"]["reason"] == "limit"
    async with following.open(ann, given) as reader:
        assert (await reader.next()).name == "open"


@pytest.mark.parametrize("following", [{"HOTFRAME_STREAMS_PER_SESSION": 1}], indirect=True)
async def test_the_limit_of_a_session_is_not_that_of_others(following: FollowingSite) -> None:
    ann, bob = await following.login("ann"), await following.login("bob")
    async with (
        following.open(ann, await following.page(ann, "orders.1")) as hers,
        following.open(bob, await following.page(bob, "orders.1")) as his,
        open_stream(following.visitor(), f"{PUBLIC}?topic=prices") as public,
    ):
        assert (await hers.next()).name == (await his.next()).name == "open"
        assert await public.chunk()


@pytest.mark.parametrize("following", [{"HOTFRAME_STREAMS": 1}], indirect=True)
async def test_a_stream_that_never_began_keeps_no_place(following: FollowingSite) -> None:
    streams = following.live.streams
    async with following.app.test_request_context("/"):
        for _ in range(2):
            streams.admit(Stream(streams, Visitor(), {}))  # its client went before it began


async def test_who_asks_for_the_headers_gets_those_alone(following: FollowingSite) -> None:
    response = await following.visitor().head(f"{PUBLIC}?topic=prices")
    assert response.status_code == 200
    assert response.headers["Content-Type"] == "text/event-stream; charset=utf-8"
    assert len(following.live.streams) == 0


async def test_a_quiet_stream_shows_that_it_lives(following: FollowingSite) -> None:
    async with open_stream(following.visitor(), f"{PUBLIC}?topic=prices") as reader:
        await reader.chunk()
        following.clock.now += 14
        following.live.streams.look()
        following.clock.now += 1
        following.live.streams.look()
        assert await reader.chunk() == ": beat\n\n"
        await following.live.publish("prices", 1)
        assert (await reader.next()).data["payload"] == 1
