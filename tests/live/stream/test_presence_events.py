"""A live component hears who comes to a topic and who leaves it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import pytest
from quart import request

from quart_hotframe.security import AllowAny
from quart_hotframe.testing import open_stream
from quart_hotframe.testing import StreamReader
from quart_hotframe.testing.client import client_of
from tests.live.conftest import Instance
from tests.live.conftest import LiveSite
from tests.support.sites import serving

from .conftest import followed_in
from .conftest import STREAM
from .test_components import body_of
from .test_components import html_of

ROOM = """\
class Room(LiveComponent):
    names: list[str] = []

    @event(presence="room")
    def met(self, present: list[str]) -> None:
        self.names = sorted(present)
"""
ROOMS = """\
class Room(LiveComponent):
    here: list[str] = []
    said: int = 0

    def topics(self) -> list[str]:
        return ["room.1"]

    @event(topic="*.*")
    def heard(self) -> None:
        self.said += 1

    @event(presence="room.*")
    def met(self, present: list[str]) -> None:
        self.here = present
"""


@pytest.fixture
async def live(tmp_path: Path) -> AsyncIterator[LiveSite]:
    async with serving(LiveSite(tmp_path, {"TEMPLATES_AUTO_RELOAD": True})) as made:
        made.component("room", "{{ names|join(' ') }}", ROOM)
        made.hotframe.live.authorise("room", presence=_name)(AllowAny)
        made.hotframe.live.authorise("room.*", presence=_name)(AllowAny)
        made.hotframe.live.authorise("hall")(AllowAny)
        yield made


def _name(user: object) -> str:
    return request.headers.get("X-Name", "")


async def enter(live: LiveSite, topic: str = "room") -> tuple[Instance, dict[str, str]]:
    text = f'<p {{{{ topic("{topic}") }}}}></p>{{% component "room" %}}{{% endcomponent %}}'
    (room,) = await live.load(text, client=client_of(live.app))
    return room, followed_in(live.html)


def opening(
    place: tuple[Instance, dict[str, str]], name: str
) -> AbstractAsyncContextManager[StreamReader]:
    room, topics = place
    body = body_of(room) | {"topics": topics}
    return open_stream(room.client, STREAM, body, headers={"X-Name": name})


async def shows(reader: StreamReader, html: str) -> None:
    while (event := await reader.next()).name != "patches" or html_of(event) != html:
        pass


async def test_it_hears_who_is_there_and_who_comes_and_goes(
    live: LiveSite, caplog: pytest.LogCaptureFixture
) -> None:
    hers, his = await enter(live), await enter(live)
    async with opening(hers, "ann") as reader:
        await shows(reader, "ann")
        async with opening(his, "bob") as other:
            await shows(other, "ann bob")
            await shows(reader, "ann bob")
        streams = live.hotframe.live.streams
        async with asyncio.timeout(3):
            while len(streams) > 1:
                await asyncio.sleep(0)
        streams.presence._clock = lambda: 1e9
        streams.presence.look()
        await shows(reader, "ann")
    assert caplog.records == []  # where nobody signs in, users are not asked for


async def test_who_comes_back_hears_who_is_there_now(live: LiveSite) -> None:
    hers, his = await enter(live), await enter(live)
    async with opening(hers, "ann") as reader:
        await shows(reader, "ann")
    async with opening(his, "bob") as other:
        await shows(other, "ann bob")
        async with opening(hers, "ann") as reader:
            await shows(reader, "ann bob")


async def test_of_a_pattern_it_hears_the_topics_that_the_component_names(live: LiveSite) -> None:
    live.component("room", "{{ here|join }} {{ said }}", ROOMS)
    async with opening(await enter(live, "room.1"), "ann") as reader:
        await shows(reader, "ann 0")
        await live.hotframe.live.publish("room.1")
        await shows(reader, "ann 1")
    async with opening(await enter(live, "room.2"), "bob") as reader:
        await shows(reader, "ann 0")  # he stands elsewhere


async def test_a_page_cannot_call_it(live: LiveSite) -> None:
    room, _ = await enter(live)
    assert (await room.send("met", {"present": ["nobody"]})).status == 404


@pytest.mark.parametrize("topic", ["hall", "rom"])
async def test_a_topic_on_which_nobody_is_seen_is_told(
    live: LiveSite, topic: str, caplog: pytest.LogCaptureFixture
) -> None:
    live.component("room", "", ROOM.replace('"room"', f'"{topic}"'))
    async with opening(await enter(live), "ann") as reader:
        await reader.next()
        async with asyncio.timeout(3):
            while not caplog.records:
                await asyncio.sleep(0)
    assert f"{topic!r}" in caplog.records[0].getMessage()
    assert "authorise" in caplog.records[0].getMessage()
