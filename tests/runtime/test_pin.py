"""Pins: who sees which generation, and until when."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from quart import Blueprint
from quart import Quart
from quart import request
from quart import Response

from quart_hotframe import HotFrame
from quart_hotframe.runtime import connection
from quart_hotframe.runtime.connection import Socket
from tests.runtime.visitor import answer
from tests.runtime.visitor import LIMIT
from tests.runtime.visitor import make_app
from tests.runtime.visitor import serving
from tests.runtime.visitor import swap
from tests.runtime.visitor import Visitor

PATIENCE = 0.01


def saying(version: str, name: str = "shop") -> Blueprint:
    blueprint = Blueprint(name, "site", url_prefix=f"/{name}")

    @blueprint.get("/")
    async def index() -> str:
        return version

    @blueprint.get(f"/{version}", endpoint=version)
    async def own() -> str:
        return version

    return blueprint


def views(app: Quart) -> set[str]:
    return {name for name in app.view_functions if name.startswith("shop.")}


async def test_a_stray_task_sees_the_pinned_version_during_and_the_current_one_after_its_request(
    tmp_path: Path,
) -> None:
    app = make_app(tmp_path)
    seen: list[set[str]] = []
    tasks: list[asyncio.Task[None]] = []
    ask, asked, done = asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def stray() -> None:
        await ask.wait()
        seen.append(views(app))
        asked.set()
        await done.wait()
        seen.append(views(app))

    @app.get("/start")
    async def start() -> str:
        tasks.append(asyncio.create_task(stray()))
        await asked.wait()
        return "started"

    async with serving(app) as hotframe:
        await hotframe.mount(saying("one"))
        visitor = Visitor(app, "/start")
        while not tasks:
            await asyncio.sleep(0)
        await swap(hotframe, saying("two"))
        ask.set()
        await visitor.ends()
        done.set()
        await asyncio.wait_for(tasks[0], LIMIT)
        assert seen == [{"shop.index", "shop.one"}, {"shop.index", "shop.two"}]
        assert not hotframe.runtime.retired


async def test_a_background_task_of_the_app_sees_the_current_version_also_during_its_request(
    tmp_path: Path,
) -> None:
    app = make_app(tmp_path)
    seen: list[set[str]] = []
    begun, go, done = asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def work() -> None:
        begun.set()
        await go.wait()
        seen.append(views(app))
        done.set()

    @app.get("/start")
    async def start() -> str:
        app.add_background_task(work)
        await done.wait()
        return "started"

    async with serving(app) as hotframe:
        await hotframe.mount(saying("one"))
        visitor = Visitor(app, "/start")
        await asyncio.wait_for(begun.wait(), LIMIT)
        await swap(hotframe, saying("two"))
        go.set()
        await visitor.ends()
    assert seen == [{"shop.index", "shop.two"}]


async def test_two_apps_in_one_process_are_independent(tmp_path: Path) -> None:
    one, two = make_app(tmp_path / "one"), make_app(tmp_path / "two")
    async with serving(one) as first, serving(two) as second:
        await first.mount(saying("of one"))
        await second.mount(saying("of two"))
        assert await answer(one, "/shop/") == (200, "of one")
        assert await answer(two, "/shop/") == (200, "of two")
        await first.unmount("shop")
        assert (await answer(one, "/shop/"))[0] == 404
        assert await answer(two, "/shop/") == (200, "of two")


async def test_an_app_inside_another_has_pins_of_its_own(tmp_path: Path) -> None:
    outer, inner = make_app(tmp_path / "outer"), make_app(tmp_path / "inner")
    own = outer.asgi_app

    async def dispatch(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http" and scope["path"].startswith("/inner"):
            inside: Any = {**scope, "path": scope["path"].removeprefix("/inner")}
            await inner(inside, receive, send)
        else:
            await own(scope, receive, send)

    outer.asgi_app = dispatch  # type: ignore[method-assign]
    async with serving(outer) as first, serving(inner) as second:
        await first.mount(saying("outer"))
        await second.mount(saying("inner"))
        assert await answer(outer, "/shop/") == (200, "outer")
        assert await answer(outer, "/inner/shop/") == (200, "inner")
        await swap(second, saying("new"))
        assert await answer(outer, "/inner/shop/") == (200, "new")
        assert await answer(outer, "/shop/") == (200, "outer")
        assert not first.runtime.current.pins and not second.runtime.current.pins


async def test_a_listener_that_fails_does_not_stop_a_swap(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(generation: Any) -> None:
        raise ValueError("a listener")

    async with serving(make_app(tmp_path)) as hotframe:
        hotframe.runtime.published.insert(0, fail)
        with caplog.at_level(logging.ERROR):
            await hotframe.mount(saying("one"))
        assert await answer(hotframe.app, "/shop/") == (200, "one")
        assert "A listener failed" in caplog.text


def leaving(steps: list[str]) -> Blueprint:
    """Return a blueprint whose stream and download take several steps to clean up."""
    blueprint = Blueprint("shop", __name__, url_prefix="/shop")

    async def endless() -> AsyncIterator[str]:
        yield "data: one\n\n"
        try:
            await asyncio.Event().wait()
        finally:
            for step in ("first", "second", "third"):
                await asyncio.sleep(4 * PATIENCE)
                steps.append(step)

    @blueprint.get("/events")
    async def events() -> Response:
        return Response(endless(), content_type="text/event-stream")

    @blueprint.get("/download")
    async def download() -> Response:
        return Response(endless(), content_type="text/csv")

    return blueprint


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let what cleans up take longer than the server has to tell of the end."""
    monkeypatch.setattr(connection, "PATIENCE", PATIENCE)


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("tells", [True, False], ids=["the server tells", "nobody tells"])
async def test_a_stream_that_is_told_to_end_cleans_up_undisturbed(
    tmp_path: Path, tells: bool
) -> None:
    steps: list[str] = []
    async with serving(make_app(tmp_path)) as hotframe:
        await hotframe.mount(leaving(steps))
        visitor = Visitor(hotframe.app, "/shop/events", tells=tells)
        await visitor.hears("data: one")
        await swap(hotframe, saying("two"))
        assert (await visitor.ends()).endswith("event: bye\ndata: changed\n\n")
        assert steps == ["first", "second", "third"]
        assert not hotframe.runtime.retired


@pytest.mark.usefixtures("impatient")
async def test_a_long_answer_that_outlives_its_drain_is_broken_off(tmp_path: Path) -> None:
    steps: list[str] = []
    async with serving(make_app(tmp_path, drain_timeout=0.05)) as hotframe:
        await hotframe.mount(leaving(steps))
        visitor = Visitor(hotframe.app, "/shop/download")
        await visitor.hears("data: one")
        await hotframe.unmount("shop")
        assert await visitor.ends() == "data: one\n\n"
        assert visitor.messages[-1].get("more_body"), "the server must not take it for whole"
        assert steps == ["first", "second", "third"]
        assert not hotframe.runtime.retired


async def test_a_socket_is_closed_also_by_a_server_that_waits_for_those_who_read(
    tmp_path: Path,
) -> None:
    """As Granian: it sends no close while somebody waits in its receive()."""
    runtime = HotFrame(make_app(tmp_path)).runtime
    incoming: asyncio.Queue[Any] = asyncio.Queue()
    transport, sent = asyncio.Lock(), list[str]()

    async def receive() -> Any:
        async with transport:
            return await incoming.get()

    async def send(message: Any) -> None:
        async with transport:
            sent.append(message["type"])

    socket = Socket(runtime, {}, receive, send)
    socket.lasting = True
    incoming.put_nowait({"type": "websocket.connect"})
    await socket.receive()
    reading = asyncio.ensure_future(socket.receive())
    await asyncio.sleep(0)
    socket.close()
    heard = await asyncio.wait_for(reading, LIMIT)
    assert heard == {"type": "websocket.disconnect", "code": 1012}
    assert sent == ["websocket.close"]


async def test_a_call_within_a_call_gives_the_pin_back(tmp_path: Path) -> None:
    app = make_app(tmp_path)
    inner, swapped = asyncio.Event(), asyncio.Event()

    @app.get("/outer")
    async def outer() -> list[str]:
        inner.set()
        await swapped.wait()

        async def nothing(message: Any) -> None: ...

        queue: asyncio.Queue[Any] = asyncio.Queue()
        for kind in ("http.request", "http.disconnect"):
            queue.put_nowait({"type": kind})
        scope: Any = {**request.scope, "path": "/shop/"}
        await app.asgi_app(scope, queue.get, nothing)
        return sorted(views(app))

    async with serving(app) as hotframe:
        await hotframe.mount(saying("one"))
        visitor = Visitor(app, "/outer")
        await inner.wait()
        await swap(hotframe, saying("two"))
        swapped.set()
        assert "shop.one" in await visitor.ends()


async def test_nobody_is_pinned_after_requests_that_failed(tmp_path: Path) -> None:
    app = make_app(tmp_path)

    @app.get("/fail")
    async def fail() -> str:
        raise asyncio.CancelledError

    async with serving(app) as hotframe:
        await hotframe.mount(saying("one"))
        visitor = Visitor(app, "/fail")
        visitor.incoming.put_nowait({"type": "http.disconnect"})
        await asyncio.wait([visitor.task], timeout=LIMIT)
        assert not hotframe.runtime.current.pins
