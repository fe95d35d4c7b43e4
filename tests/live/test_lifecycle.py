"""Instances that go while something of them still runs, come again, or are very many."""

from __future__ import annotations

import asyncio
import gc
import tracemalloc

import pytest

from quart_hotframe.live.held import Held
from quart_hotframe.live.stream.stream import Stream
from quart_hotframe.live.topics.memory import MemorySubscription
from quart_hotframe.testing import open_stream
from quart_hotframe.testing.client import client_of

from .conftest import COUNTER
from .conftest import Instance
from .conftest import instances_in
from .conftest import LiveSite
from .conftest import TEMPLATE
from .test_background import work

CHILD = """\
go = asyncio.Event()


class Row(LiveComponent):
    name: Prop[str]
    likes: int = 0

    @event
    async def like(self) -> None: self.likes += 1

    @event
    async def wait(self) -> None:
        self.likes += 10
        await go.wait()

    @event
    async def release(self) -> None: go.set()
"""
PARENT = """\
class Table(LiveComponent):
    names: list[str] = ["tea", "jam"]

    @event
    async def show(self, names: list[str]) -> None: self.names = names
"""
CHILDREN = (
    '{% for name in names %}{% component "row" key=name name=name %}{% endcomponent %}{% endfor %}'
)


async def table(live: LiveSite) -> list[Instance]:
    live.component("row", "{{ name }} {{ likes }};", CHILD)
    live.component("table", CHILDREN, PARENT)
    return await live.load('{% component "table" %}{% endcomponent %}')


async def test_an_instance_that_is_removed_while_its_event_runs(live: LiveSite) -> None:
    parent, tea, jam = await table(live)
    running = asyncio.ensure_future(tea.send("wait"))
    await asyncio.sleep(0)
    assert tea.id not in (await parent.send("show", {"names": ["jam"]})).html
    await jam.send("release")
    assert (await running).html == "tea 10;"
    assert (await parent.send("show", {"names": ["jam"]})).body["patches"] == []
    assert (await jam.send("like")).html == "jam 1;"


async def test_an_instance_that_comes_again_begins_anew(live: LiveSite) -> None:
    parent, tea, _ = await table(live)
    await tea.send("like")
    await parent.send("show", {"names": []})
    answer = await parent.send("show", {"names": ["tea"]})
    (again,) = instances_in(answer.html, live.client, parent.page)
    assert again.id == tea.id and again.version > tea.version
    again.seq = tea.seq  # a page counts on
    assert (await again.send("like")).html == "tea 1;"
    assert (await tea.send("like", seq=1)).html == "tea 1;"  # what it sent before comes late


async def test_a_background_event_ends_after_its_page_and_state_are_gone(
    live: LiveSite, caplog: pytest.LogCaptureFixture
) -> None:
    gone, held, listener = await work(live)
    (other,) = await live.load('{% component "work" %}{% endcomponent %}')
    await gone.send("start", {"steps": 1})
    await live.forget()
    with held.listening(listener):
        await other.send("release")
        assert await listener.html() == "1/0"
        assert await listener.html() == "1/0 0"
    assert "failed" not in caplog.text
    assert (await other.send("click")).html == "0/1"


async def visit(live: LiveSite) -> None:
    """Look at a page, click, listen for a while, and leave."""
    client = client_of(live.app)
    live.client = client
    (one,) = await live.load()
    assert (await one.send("add")).status == 200
    known = {"component": one.component, "handle": one.handle, "version": one.version}
    body = {"page": one.page, "topics": {}, "instances": {one.id: known}}
    async with open_stream(client, "/hotframe/live/stream", body) as reader:
        assert (await reader.next()).name == "open"


async def living() -> dict[str, int]:
    """Return how many objects there are of what pages cost."""
    for _ in range(3):  # some end in the loop when they are collected
        gc.collect()
        await asyncio.sleep(0)
    kinds = (Held, Stream, MemorySubscription)
    return {kind.__name__: sum(type(one) is kind for one in gc.get_objects()) for kind in kinds}


@pytest.mark.parametrize("live", [{"HOTFRAME_LIVE_SIZE": 50_000}], indirect=True)
@pytest.mark.parametrize("pages", [100, pytest.param(10_000, marks=pytest.mark.soak)])
@pytest.mark.timeout(1200)
@pytest.mark.by_turns
async def test_pages_that_are_left_cost_nothing(live: LiveSite, pages: int) -> None:
    live.component("counter", TEMPLATE, COUNTER)
    tracemalloc.start()
    try:
        for _ in range(60):
            await visit(live)
        before, start = await living(), tracemalloc.get_traced_memory()[0]
        for _ in range(pages):
            await visit(live)
        after, end = await living(), tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()
    assert after == before
    assert before["Stream"] == before["MemorySubscription"] == 0
    assert before["Held"] < 50
    assert (end - start) / pages < 5000  # the clients of the test cost something, too
