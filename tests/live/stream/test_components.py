"""A stream brings what changes in the live components of its page."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from quart_hotframe.testing import open_stream
from quart_hotframe.testing import StreamEvent
from quart_hotframe.testing import StreamReader
from tests.live.conftest import Instance
from tests.live.conftest import LiveSite
from tests.support.sites import serving

from .conftest import STREAM

BOARD = """\
class Board(LiveComponent):
    last: str = ""
    heard: int = 0

    @event(topic="orders")
    async def note(self, name: str) -> None:
        self.last = name
        self.heard += 1

    @event
    async def clear(self) -> None:
        self.last = "-"
"""
ROOMS = """\
class Rooms(LiveComponent):
    room: str = "1"
    heard: int = 0

    def topics(self) -> list[str]:
        return ["room." + self.room]

    @event(topic="room.*")
    def note(self) -> None:
        self.heard += 1
"""


@pytest.fixture
async def live(tmp_path: Path) -> AsyncIterator[LiveSite]:
    async with serving(LiveSite(tmp_path, {"TEMPLATES_AUTO_RELOAD": True})) as made:
        made.component("board", "<b>{{ last }}</b> {{ heard }}", BOARD)
        yield made


def body_of(*instances: Instance, **more: Any) -> dict[str, Any]:
    return {
        "page": instances[0].page, "topics": {},
        "instances": {
            one.id: {
                "component": one.component, "handle": one.handle, "snapshot": one.snapshot,
                "version": one.version, "cursor": one.cursor,
            } | more for one in instances
        },
    }  # fmt: skip


async def load(live: LiveSite, name: str = "board") -> Instance:
    (found,) = await live.load(f'{{% component "{name}" %}}{{% endcomponent %}}')
    return found


async def patches(reader: StreamReader) -> StreamEvent:
    while (event := await reader.next()).name != "patches":
        assert event.name == "open", event
    return event


async def refusal(live: LiveSite, body: dict[str, Any]) -> tuple[int, Any, Any]:
    response = await live.client.post(STREAM, json=body, headers={"HF-Request": "live"})
    return response.status_code, await response.get_json(), response.headers


def html_of(event: StreamEvent) -> str:
    (patch,) = event.data["patches"]
    return str(patch["html"])


async def test_what_is_published_reaches_the_page(live: LiveSite) -> None:
    board = await load(live)
    async with open_stream(live.client, STREAM, body_of(board)) as reader:
        opening = await reader.next()
        assert opening.data["instances"][board.id]["version"] == 0
        await live.hotframe.live.publish("orders", "<tea>")
        event = await reader.next()
        assert (event.name, event.data["version"]) == ("patches", 1)
        assert html_of(event) == "<b>&lt;tea&gt;</b> 1"


async def test_what_was_published_between_the_page_and_its_stream_reaches_it(
    live: LiveSite,
) -> None:
    board = await load(live)
    await live.hotframe.live.publish("orders", "between")
    async with open_stream(live.client, STREAM, body_of(board)) as reader:
        assert html_of(await patches(reader)) == "<b>between</b> 1"


async def test_each_message_is_handled_once_however_often_a_page_comes_back(
    live: LiveSite,
) -> None:
    board = await load(live)
    for number in range(3):
        async with (
            open_stream(live.client, STREAM, body_of(board)) as first,
            open_stream(live.client, STREAM, body_of(board)) as second,
        ):
            await first.next()
            await second.next()
            await live.hotframe.live.publish("orders", "tea")
            for reader in (first, second):
                while f" {number + 1}" not in html_of(await patches(reader)):
                    pass


async def test_what_was_published_while_a_page_was_away_is_handled_when_it_comes_back(
    live: LiveSite,
) -> None:
    board = await load(live)
    for name in ("first", "away"):
        if name == "away":
            await live.hotframe.live.publish("orders", name)
        async with open_stream(live.client, STREAM, body_of(board)) as reader:
            await reader.next()
            if name == "first":
                await live.hotframe.live.publish("orders", name)
            while f"<b>{name}</b>" not in (html := html_of(await patches(reader))):
                pass
    assert html == "<b>away</b> 2"


async def test_who_lost_its_place_is_made_anew_and_handles_nothing_twice(live: LiveSite) -> None:
    board = await load(live)
    for heard in ("1", "2"):
        async with open_stream(live.client, STREAM, body_of(board)) as reader:
            await reader.next()
            await live.hotframe.live.publish("orders", "tea" + heard)
            while f"tea{heard}" not in (html := html_of(await patches(reader))):
                pass
            assert html == f"<b>tea{heard}</b> {heard}"
        live.hotframe.live.positions._known.clear()


async def test_who_comes_back_behind_gets_the_truth(live: LiveSite) -> None:
    board = await load(live)
    async with open_stream(live.client, STREAM, body_of(board)) as reader:
        handle = (await reader.next()).data["instances"][board.id]["handle"]
        await live.hotframe.live.publish("orders", "tea")
        await patches(reader)
    body = body_of(board, handle=handle, snapshot=None)
    async with open_stream(live.client, STREAM, body) as reader:
        event = await patches(reader)
        assert (event.data["version"], html_of(event)) == (1, "<b>tea</b> 1")


async def test_a_lost_state_asks_for_the_snapshot(live: LiveSite) -> None:
    board = await load(live)
    body = body_of(board, handle="never-given", snapshot=None)
    async with open_stream(live.client, STREAM, body) as reader:
        await reader.next()
        event = await reader.next()
        assert (event.name, event.data) == ("need", {"id": board.id})


async def test_a_component_that_is_not_there_is_gone(live: LiveSite) -> None:
    board = await load(live)
    async with open_stream(live.client, STREAM, body_of(board, component="app:none")) as reader:
        await reader.next()
        event = await reader.next()
        assert (event.name, event.data) == ("gone", {"id": board.id})


async def test_a_snapshot_of_somebody_else_is_refused(live: LiveSite) -> None:
    board = await load(live)
    other = await load(live, "board")
    board.snapshot = other.snapshot[:-3] + "AAA"
    headers = {"HF-Request": "live"}
    response = await live.client.post(STREAM, json=body_of(board), headers=headers)
    assert response.status_code in (400, 403)


@pytest.mark.parametrize("version", [-1, 2**53, 2**63, True, 1.0, "1", None])
async def test_a_version_that_is_none_is_refused(live: LiveSite, version: object) -> None:
    body = body_of(await load(live), version=version)
    status, answer, _ = await refusal(live, body)
    assert (status, answer["error"]["reason"]) == (400, "malformed")


async def test_forgeries_count_together_wherever_they_are_sent(live: LiveSite) -> None:
    board = await load(live)
    good = body_of(board)
    board.snapshot = "A" * 50 + board.snapshot[50:]
    body = body_of(board)
    assert [(await refusal(live, body))[0] for _ in range(10)] == [403] * 10
    status, answer, headers = await refusal(live, body)
    assert (status, answer["error"]["reason"]) == (429, "limit")
    assert headers["Cache-Control"] == "no-store"
    assert (await refusal(live, {**body, "instances": {}, "topics": {"a.b": None}}))[0] == 429
    assert (await board.send("clear")).status == 429
    form = {"hf_state": board.snapshot, "hf_seq": "1", "hf_version": "0"}
    assert (await live.client.post("/hotframe/live/form", form=form)).status_code == 429
    async with open_stream(live.client, STREAM, good) as reader:
        assert (await reader.next()).name == "open"


async def test_topics_of_a_pattern_are_those_that_the_component_names(live: LiveSite) -> None:
    live.component("rooms", "{{ heard }}", ROOMS)
    rooms = await load(live, "rooms")
    async with open_stream(live.client, STREAM, body_of(rooms)) as reader:
        await reader.next()
        await live.hotframe.live.publish("room.2")
        await live.hotframe.live.publish("room.1")
        assert html_of(await reader.next()) == "1"


async def test_a_component_that_cannot_name_its_topics_is_told(
    live: LiveSite, caplog: pytest.LogCaptureFixture
) -> None:
    live.component("rooms", "{{ heard }}", ROOMS.replace('["room." + self.room]', "[self.nothing]"))
    rooms = await load(live, "rooms")
    async with open_stream(live.client, STREAM, body_of(rooms)) as reader, asyncio.timeout(3):
        await reader.next()
        while not caplog.records:
            await asyncio.sleep(0)
    (record,) = caplog.records
    assert "'app:rooms' follows no topic" in record.getMessage()
    assert record.exc_info is not None and record.exc_info[0] is AttributeError


async def test_a_payload_that_does_not_fit_changes_nothing_and_is_told(
    live: LiveSite, caplog: pytest.LogCaptureFixture
) -> None:
    board = await load(live)
    async with open_stream(live.client, STREAM, body_of(board)) as reader:
        await reader.next()
        await live.hotframe.live.publish("orders", {"no": "text"})
        await live.hotframe.live.publish("orders", "tea")
        assert html_of(await reader.next()) == "<b>tea</b> 1"
    (record,) = [one for one in caplog.records if one.levelno >= logging.ERROR]
    assert "'orders'" in record.getMessage()


async def test_a_page_cannot_call_what_topics_call(live: LiveSite) -> None:
    board = await load(live)
    assert (await board.send("note", {"name": "x"})).status == 404


async def test_messages_that_are_missed_let_it_be_made_anew(live: LiveSite) -> None:
    board = await load(live)
    board.cursor = "lost-1"
    async with open_stream(live.client, STREAM, body_of(board)) as reader:
        event = await patches(reader)
        assert event.data["version"] == 1
