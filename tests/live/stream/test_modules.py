"""Open pages go on while the modules of their components change: nobody connects anew."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from quart_hotframe.testing import open_stream
from quart_hotframe.testing import StreamReader
from tests.live.conftest import CODE
from tests.live.conftest import Instance
from tests.live.conftest import instances_in
from tests.live.conftest import module_site
from tests.live.conftest import module_with
from tests.support.sites import becomes
from tests.support.sites import Site

from .conftest import STREAM

BOARD = """\
class Board(LiveComponent):
    count: int = 0

    @event
    async def add(self) -> None: self.count += 1

    @event(topic="orders")
    async def note(self) -> None: self.count += 10
"""
TICKING = (
    BOARD
    + """\

    @event(every=0.01)
    async def tick(self) -> None: self.count += 100
"""
)
NAMING = (
    BOARD
    + """\

    def context(self) -> dict[str, Any]:
        from quart_hotframe import current_module
        return {"name": current_module.name}
"""
)
MIGRATING = BOARD.replace("count: int = 0", "total: int = 0\n    state_version = 2").replace(
    "self.count", "self.total"
)
MIGRATING += """\

    @classmethod
    def migrate(cls, state: dict[str, Any], from_version: int) -> dict[str, Any]:
        return {"total": 1000 + state["count"]}
"""


def files(code: str = BOARD, template: str = "<b>{{ count }}</b>") -> dict[str, str | bytes]:
    topics = "from quart_hotframe.live.topics import public\n\npublic('orders')\n"
    use = '{% component "board" %}{% endcomponent %}'
    return {"topics.py": topics, **module_with("board", CODE + code, template, use)}


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    """A site that serves version 1.0 of a shop with a board."""
    async with module_site(tmp_path) as made:
        await made.has("shop", files=files())
        yield made


async def upgrade(site: Site, version: str = "2.0", *content: str) -> None:
    await site.modules.upgrade("shop", site.source("shop", version, files=files(*content)))


async def board_of(site: Site) -> Instance:
    response = await site.client.get("/shop/")
    (one,) = instances_in(await response.get_data(as_text=True), site.client, "p" * 22)
    return one


def opened(one: Instance) -> Any:
    known = {"component": one.component, "handle": one.handle, "snapshot": one.snapshot,
             "version": one.version, "cursor": one.cursor}  # fmt: skip
    body = {"page": one.page, "topics": {}, "instances": {one.id: known}}
    return open_stream(one.client, STREAM, body)


@asynccontextmanager
async def following(site: Site) -> AsyncIterator[tuple[Instance, StreamReader]]:
    """Load the page and listen to what changes on it."""
    one = await board_of(site)
    await one.send("add")
    async with opened(one) as reader:
        assert (await reader.next()).name == "open"
        yield one, reader


async def shows(reader: StreamReader, html: str) -> None:
    """Assert that the page comes to show something."""
    while html not in str((await reader.next()).data.get("patches")):
        pass


async def gone(reader: StreamReader) -> str:
    """Return the id of what the page is told to be gone."""
    while (event := await reader.next()).name != "gone":
        assert event.name == "open" or not event.data["patches"], event
    return str(event.data["id"])


async def test_a_new_version_shows_itself_with_the_state(site: Site) -> None:
    async with following(site) as (_, reader):
        await upgrade(site, "2.0", NAMING, "<i>{{ count }} {{ name }}</i>")
        await shows(reader, "<i>1 shop</i>")
        await site.modules.rollback("shop")
        await shows(reader, "<b>1</b>")


async def test_a_new_version_migrates_what_is_shown(site: Site) -> None:
    async with following(site) as (one, reader):
        await upgrade(site, "2.0", MIGRATING, "<b>{{ total }}</b>")
        await shows(reader, "<b>1001</b>")
        assert "<b>1002</b>" in (await one.send("add")).html


async def test_a_state_that_fits_no_more_begins_anew(site: Site) -> None:
    async with following(site) as (one, reader):
        failing = MIGRATING.replace('{"total": 1000 + state["count"]}', '{"total": "none"}')
        await upgrade(site, "2.0", failing, "<b>{{ total }}</b>")
        await shows(reader, "<b>0</b>")
        assert "<b>1</b>" in (await one.send("add")).html


async def test_a_template_that_fails_leaves_the_page_as_it_was(
    site: Site, caplog: pytest.LogCaptureFixture
) -> None:
    async with following(site) as (_, reader):
        await upgrade(site, "2.0", BOARD, "{{ 1 // 0 if count == 1 else count }}")
        await site.hotframe.live.publish("orders")
        await shows(reader, "11")
    assert "'shop:board' could not be shown" in caplog.text


async def test_timers_and_topics_go_on_in_the_new_version(site: Site) -> None:
    async with following(site) as (_, reader):
        await upgrade(site, "2.0", TICKING)
        await shows(reader, "<b>101</b>")
        await upgrade(site, "3.0", TICKING, "<i>{{ count }}</i>")
        await site.hotframe.live.publish("orders")
        await shows(reader, "11</i>")


async def test_a_topic_of_the_new_version_is_followed(site: Site) -> None:
    async with following(site) as (_, reader):
        await upgrade(site, "2.0", BOARD.replace('"orders"', '"sales"'))
        await shows(reader, "<b>1</b>")
        await site.hotframe.live.publish("orders")
        await site.hotframe.live.publish("sales")
        await shows(reader, "<b>11</b>")


async def test_what_is_published_while_versions_change_is_handled_once(site: Site) -> None:
    async with following(site) as (one, reader):
        for number in range(2, 6):
            publishing = [site.hotframe.live.publish("orders") for _ in range(5)]
            await asyncio.gather(upgrade(site, f"{number}.0"), *publishing)
        await shows(reader, "<b>201</b>")
        assert "<b>202</b>" in (await one.send("add")).html


async def test_a_message_that_is_being_handled_is_handled_to_its_end(site: Site) -> None:
    waiting, go = asyncio.Event(), asyncio.Event()

    async def wait() -> None:
        waiting.set()
        await go.wait()

    site.app.extensions["wait"] = wait
    slow = (
        "\n        from quart import current_app\n        await current_app.extensions['wait']()\n"
    )
    code = BOARD.replace("self.count += 10", f"{slow}        self.count += 10")
    await upgrade(site, "1.5", code)
    async with following(site) as (_, reader):
        await site.hotframe.live.publish("orders")
        await waiting.wait()
        before = site.hotframe.runtime.current
        upgrading = asyncio.ensure_future(upgrade(site, "2.0", BOARD, "<i>{{ count }}</i>"))
        await becomes(lambda: site.hotframe.runtime.current is not before)
        go.set()
        await upgrading
        await shows(reader, "<i>11</i>")


async def test_a_disabled_module_takes_its_components_and_brings_them_back(site: Site) -> None:
    async with following(site) as (one, reader):
        await site.modules.disable("shop")
        assert await gone(reader) == one.id
        await site.modules.enable("shop")
        await shows(reader, "<b>1</b>")
        await site.hotframe.live.publish("orders")
        await shows(reader, "<b>11</b>")


async def test_a_page_that_comes_while_it_is_disabled_gets_them_when_they_are_back(
    site: Site,
) -> None:
    one = await board_of(site)
    await one.send("add")
    await site.modules.disable("shop")
    async with opened(one) as reader:
        assert (await reader.next()).name == "open"
        assert await gone(reader) == one.id
        await site.modules.enable("shop")
        await shows(reader, "<b>1</b>")
        await site.hotframe.live.publish("orders")
        await shows(reader, "<b>11</b>")


async def test_a_new_version_that_comes_while_a_stream_is_opened_shows_itself(site: Site) -> None:
    quiet = BOARD.replace('topic="orders"', "every=1000")
    await upgrade(site, "1.5", quiet)
    one = await board_of(site)
    await one.send("add")

    @site.app.after_request
    async def change(response: Any) -> Any:
        if response.mimetype == "text/event-stream":
            await upgrade(site, "2.0", quiet, "<i>{{ count }}</i>")
        return response

    async with opened(one) as reader:
        await shows(reader, "<i>1</i>")


async def test_other_modules_come_and_go_without_a_word(site: Site) -> None:
    async with following(site) as (_, reader):
        await site.has("blog", files={})
        await site.modules.disable("blog")
        await site.hotframe.live.publish("orders")
        event = await reader.next()
        while not event.data["patches"]:
            event = await reader.next()
        assert "<b>11</b>" in str(event.data)
