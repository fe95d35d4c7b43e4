"""Streams: those of owners that stay move on, those of changed owners are told and end."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from quart import Blueprint
from quart import Response
from quart import websocket

from quart_hotframe import HotFrame
from tests.runtime.visitor import LIMIT
from tests.runtime.visitor import make_app
from tests.runtime.visitor import serving
from tests.runtime.visitor import swap
from tests.runtime.visitor import Visitor


def streaming(name: str, version: str, gate: asyncio.Event | None = None) -> Blueprint:
    """Return a blueprint with an endless stream and a socket that carry the version."""
    blueprint = Blueprint(name, "site", url_prefix=f"/{name}")
    ticks: asyncio.Queue[str] = asyncio.Queue()

    @blueprint.get("/events")
    async def events() -> Response:
        if gate is not None:
            await gate.wait()

        async def body() -> AsyncIterator[str]:
            yield f"data: {version}\n\n"
            while True:
                yield f"data: {await ticks.get()}\n\n"

        response = Response(body(), mimetype="text/event-stream")
        response.timeout = None
        return response

    @blueprint.websocket("/ws")
    async def ws() -> None:
        while True:
            await websocket.send(f"{version} " + str(await websocket.receive()))

    @blueprint.post("/tick")
    async def tick() -> str:
        ticks.put_nowait("tick")
        return ""

    return blueprint


def seen_by(hotframe: HotFrame, pins: Any = None) -> set[int]:
    """Return the numbers of the generations that somebody uses."""
    runtime = hotframe.runtime
    return {g.number for g in (runtime.current, *runtime.retired) if g.pins}


async def test_a_stream_of_a_changed_owner_gets_a_goodbye_and_ends(tmp_path: Path) -> None:
    async with serving(make_app(tmp_path)) as hotframe:
        await hotframe.mount(streaming("shop", "one"))
        old = hotframe.runtime.current.contributions["shop"]
        visitor = Visitor(hotframe.app, "/shop/events")
        await visitor.hears("data: one")
        await swap(hotframe, streaming("shop", "two"))
        assert (await visitor.ends()).endswith("event: bye\ndata: changed\n\n")
        assert visitor.messages[-1]["more_body"] is False
        assert old.unused.is_set()


async def test_nothing_follows_a_goodbye(tmp_path: Path) -> None:
    blueprint, texts = Blueprint("shop", "site", url_prefix="/shop"), asyncio.Queue[str]()

    @blueprint.get("/events")
    async def events() -> Response:
        async def body() -> AsyncIterator[str]:
            while True:
                yield f"data: {await texts.get()}\n\n"

        response = Response(body(), mimetype="text/event-stream")
        response.timeout = None
        return response

    async with serving(make_app(tmp_path)) as hotframe:
        await hotframe.mount(blueprint)
        visitor = Visitor(hotframe.app, "/shop/events", tells=False)
        texts.put_nowait("first")
        await visitor.hears("data: first")
        await swap(hotframe, streaming("shop", "two"))
        await visitor.hears("bye")
        texts.put_nowait("late")
        assert (await visitor.ends()).endswith("event: bye\ndata: changed\n\n")


async def test_a_stream_of_another_owner_goes_on_in_the_newest_generation(tmp_path: Path) -> None:
    async with serving(make_app(tmp_path)) as hotframe:
        await hotframe.mount(streaming("shop", "one"))
        await hotframe.mount(streaming("blog", "blog"))
        visitor = Visitor(hotframe.app, "/blog/events")
        await visitor.hears("data: blog")
        for version in ("two", "three"):
            await swap(hotframe, streaming("shop", version))
            assert seen_by(hotframe) == {hotframe.runtime.current.number}
        await hotframe.app.test_client().post("/blog/tick")
        await visitor.hears("data: tick")
        assert "bye" not in visitor.body
        await visitor.leaves()


async def test_a_stream_of_the_app_moves_too(tmp_path: Path) -> None:
    app = make_app(tmp_path)
    app.register_blueprint(streaming("own", "app"))
    async with serving(app) as hotframe:
        visitor = Visitor(app, "/own/events")
        await visitor.hears("data: app")
        await hotframe.mount(streaming("shop", "one"))
        await hotframe.unmount("shop")
        assert not hotframe.runtime.retired
        await visitor.leaves()


async def test_a_websocket_of_a_changed_owner_is_closed_with_1012(tmp_path: Path) -> None:
    async with serving(make_app(tmp_path)) as hotframe:
        await hotframe.mount(streaming("shop", "one"))
        visitor = Visitor(hotframe.app, "/shop/ws", "websocket")
        visitor.says("hello")
        await visitor.hears("one hello")
        await swap(hotframe, streaming("shop", "two"))
        await visitor.ends()
        assert visitor.messages[-1]["type"] == "websocket.close"
        assert visitor.messages[-1]["code"] == 1012
        assert not hotframe.runtime.retired


class Slow:
    """Puts a gate before what the server is asked to send to the one who visits."""

    def __init__(self, hotframe: HotFrame) -> None:
        [pin] = hotframe.runtime.current.pins
        self.gate, self.asked = asyncio.Event(), asyncio.Event()
        self._send = pin._send  # type: ignore[attr-defined]
        pin._send = self.send  # type: ignore[attr-defined]

    async def send(self, message: Any) -> None:
        self.asked.set()
        await self.gate.wait()
        await self._send(message)


async def settle() -> None:
    """Let everything go on that can."""
    for _ in range(20):
        await asyncio.sleep(0)


async def test_the_app_does_not_end_before_its_socket_is_closed(tmp_path: Path) -> None:
    """Granian would close the connection without a code."""
    async with serving(make_app(tmp_path)) as hotframe:
        await hotframe.mount(streaming("shop", "one"))
        visitor = Visitor(hotframe.app, "/shop/ws", "websocket")
        visitor.says("hello")
        await visitor.hears("one hello")
        server = Slow(hotframe)
        await swap(hotframe, streaming("shop", "two"))
        await server.asked.wait()
        await settle()
        assert not visitor.task.done()
        server.gate.set()
        await visitor.ends()
        assert visitor.messages[-1]["code"] == 1012


async def test_a_stream_that_ends_by_itself_during_its_goodbye_is_told_all(tmp_path: Path) -> None:
    last = asyncio.Event()
    blueprint = Blueprint("shop", "site", url_prefix="/shop")

    @blueprint.get("/events")
    async def events() -> Response:
        async def body() -> AsyncIterator[str]:
            yield "data: one\n\n"
            await last.wait()

        return Response(body(), mimetype="text/event-stream")

    async with serving(make_app(tmp_path)) as hotframe:
        await hotframe.mount(blueprint)
        visitor = Visitor(hotframe.app, "/shop/events")
        await visitor.hears("data: one")
        server = Slow(hotframe)
        await swap(hotframe, streaming("shop", "two"))
        await server.asked.wait()
        last.set()
        await settle()
        server.gate.set()
        assert (await visitor.ends()).endswith("event: bye\ndata: changed\n\n")
        assert visitor.messages[-1]["more_body"] is False


async def test_a_goodbye_that_the_client_does_not_take_is_given_up(tmp_path: Path) -> None:
    async with serving(make_app(tmp_path, drain_timeout=0.05)) as hotframe:
        await hotframe.mount(streaming("shop", "one"))
        visitor = Visitor(hotframe.app, "/shop/ws", "websocket")
        visitor.says("hello")
        await visitor.hears("one hello")
        Slow(hotframe)
        async with asyncio.timeout(LIMIT):
            await hotframe.unmount("shop")
        await visitor.ends()
        assert not hotframe.runtime.retired


async def test_a_websocket_of_another_owner_stays_open(tmp_path: Path) -> None:
    async with serving(make_app(tmp_path)) as hotframe:
        await hotframe.mount(streaming("shop", "one"))
        await hotframe.mount(streaming("blog", "blog"))
        visitor = Visitor(hotframe.app, "/blog/ws", "websocket")
        visitor.says("first")
        await visitor.hears("blog first")
        await swap(hotframe, streaming("shop", "two"))
        visitor.says("second")
        await visitor.hears("blog second")
        await visitor.leaves()


async def test_a_request_that_becomes_a_stream_after_a_swap_is_told_at_once(
    tmp_path: Path,
) -> None:
    gate = asyncio.Event()
    async with serving(make_app(tmp_path)) as hotframe:
        await hotframe.mount(streaming("shop", "one", gate))
        visitor = Visitor(hotframe.app, "/shop/events")
        while not hotframe.runtime.current.pins:
            await asyncio.sleep(0)
        await swap(hotframe, streaming("shop", "two"))
        gate.set()
        assert "event: bye" in await visitor.ends()
        assert not hotframe.runtime.retired


async def test_a_client_that_left_during_the_goodbye_leaves_nothing_behind(
    tmp_path: Path,
) -> None:
    async with serving(make_app(tmp_path)) as hotframe:
        await hotframe.mount(streaming("shop", "one"))
        visitor = Visitor(hotframe.app, "/shop/events")
        await visitor.hears("data: one")

        async def fail(message: Any) -> None:
            visitor.incoming.put_nowait({"type": "http.disconnect"})
            raise ConnectionResetError("gone")

        [pin] = hotframe.runtime.current.pins
        pin._send = fail  # type: ignore[attr-defined]
        await swap(hotframe, streaming("shop", "two"))
        await asyncio.wait([visitor.task])
        assert not hotframe.runtime.retired
