from __future__ import annotations

import asyncio
import gc
import threading
import weakref
from typing import Any

import pytest
from blinker import Signal
from quart import current_app
from quart import Quart
from quart import request_finished
from quart.signals import websocket_received

from quart_hotframe import hooks
from quart_hotframe.hooks import AppHooks
from quart_hotframe.hooks import Bridge
from quart_hotframe.hooks import Hook
from quart_hotframe.hooks import HookTable
from tests.support.sites import becomes


def start(owner: str, coroutine: Any) -> asyncio.Task[Any]:
    return asyncio.get_running_loop().create_task(coroutine)


def bridged(app: Quart, modules: Any) -> Bridge:
    bridge = Bridge(app, modules.table_of_hooks, start)
    bridge.update(modules.table_of_hooks())
    return bridge


class Host:
    """An app with hooks of its own, as HotFrame keeps them."""

    def __init__(self, name: str) -> None:
        self.app = Quart(name)
        self.registered: list[Hook] = []
        self.hooks = AppHooks(self.registered.append, lambda: self.table)
        self.table = HookTable()
        self.bridge = Bridge(self.app, lambda: self.table, start)

    def publish(self) -> None:
        self.table = HookTable.merge([("app", self.registered)])
        self.bridge.update(self.table)


async def test_a_signal_of_quart_reaches_hooked_receivers_in_order_and_isolated(
    app: Quart, modules, caplog: pytest.LogCaptureFixture
) -> None:
    log: list[str] = []

    @app.get("/")
    async def index() -> str:
        return "ok"

    with modules.load("news"):

        @hooks.on(request_finished, priority=20)
        def count(sender: Quart, response: Any) -> None:
            log.append(f"sync {sender.name} {response.status_code}")

        @hooks.on(request_finished)
        def fail(sender: Quart, response: Any) -> None:
            raise ValueError("no disk")

        @hooks.on(request_finished, priority=5)
        async def first(sender: Quart, response: Any) -> None:
            log.append("async")

    bridge = bridged(app, modules)
    response = await app.test_client().get("/")
    assert response.status_code == 200
    assert log == ["async", "sync bazaar 200"]
    assert "of 'news' failed on event 'request-finished'" in caplog.text
    bridge.close()


async def test_a_removed_module_is_not_called_and_the_signal_is_left(app: Quart, modules) -> None:
    log: list[str] = []
    signal = Signal()
    with modules.load("news"):
        hooks.on(signal, blocking=False)(lambda sender: log.append("news"))
    bridge = bridged(app, modules)
    old = modules.table_of_hooks()
    bridge.update(old)
    await signal.send_async(None)
    modules.remove("news")
    bridge.update(modules.table_of_hooks())
    assert signal.receivers, "an older generation still drains"
    await signal.send_async(None)
    assert log == ["news"]
    bridge.forget(old)
    assert not signal.receivers


async def test_a_table_that_was_collected_is_noticed_without_being_told(
    app: Quart, modules
) -> None:
    signal = Signal()
    with modules.load("news"):
        hooks.on(signal)(print)
    bridge = bridged(app, modules)
    assert signal.receivers
    modules.remove("news")
    gc.collect()
    bridge.update(modules.table_of_hooks())
    assert not signal.receivers


async def test_one_dispatcher_serves_any_number_of_receivers_and_generations(
    app: Quart, modules
) -> None:
    signal = Signal()
    with modules.load("news"):
        for _ in range(3):
            hooks.on(signal)(print)
    bridge = bridged(app, modules)
    tables = [modules.table_of_hooks() for _ in range(3)]
    for table in tables:
        bridge.update(table)
    assert len(signal.receivers) == 1
    bridge.close()
    assert not signal.receivers


async def test_two_apps_in_one_process_do_not_hear_each_other() -> None:
    heard: list[str] = []
    hosts = [Host("one"), Host("two")]
    for host in hosts:
        for signal in (request_finished, websocket_received):
            host.hooks.on(signal, blocking=False)(
                lambda sender, host=host, **kwargs: heard.append(host.app.name)
            )
        host.publish()
    await request_finished.send_async(hosts[0].app, response=None)
    assert heard == ["one"]
    heard.clear()
    async with hosts[1].app.app_context():
        await request_finished.send_async(current_app, response=None)
    assert heard == ["two"]
    heard.clear()
    await websocket_received.send_async("a message, which names no app")
    assert sorted(heard) == ["one", "two"]
    for host in hosts:
        host.bridge.close()


async def test_an_app_that_ends_leaves_nothing_on_a_signal_of_the_process() -> None:
    signal = Signal()

    def run() -> weakref.ref[Quart]:
        host = Host("short")
        host.hooks.on(signal)(print)
        host.publish()
        assert signal.receivers
        return weakref.ref(host.app)

    app = run()
    gc.collect()
    assert app() is None
    assert not signal.receivers


class Listeners:
    """Receivers of every kind in a module, and what they did."""

    def __init__(self, modules: Any, signal: Signal) -> None:
        self.log: list[str] = []
        self.threads: dict[str, threading.Thread] = {}
        with modules.load("news"):
            hooks.on(signal, priority=1)(self.awaits)
            hooks.on(signal, priority=2)(self.fails)
            hooks.on(signal, priority=3)(self.blocks)
            hooks.on(signal, priority=4, blocking=False)(self.plain)
            hooks.on(signal, priority=5)(self.last)

    def note(self, name: str, sender: Any) -> str:
        self.log.append(f"{name} {sender}")
        self.threads[name] = threading.current_thread()
        return name

    async def awaits(self, sender: Any, **kwargs: Any) -> str:
        await asyncio.sleep(0.001)
        return self.note("awaits", sender)

    async def fails(self, sender: Any, **kwargs: Any) -> None:
        raise ValueError("no disk")

    def blocks(self, sender: Any, **kwargs: Any) -> str:
        return self.note("blocks", sender)

    def plain(self, sender: Any, **kwargs: Any) -> str:
        return self.note("plain", sender)

    async def last(self, sender: Any, **kwargs: Any) -> str:
        return self.note("last", sender)


async def test_a_plain_send_in_a_loop_goes_on_and_the_others_follow_in_order(
    app: Quart, modules, caplog: pytest.LogCaptureFixture
) -> None:
    signal = Signal()
    own: list[Any] = []

    def of_the_host(sender: Any) -> str:
        own.append(sender)
        return "own"

    signal.connect(of_the_host)
    heard = Listeners(modules, signal)
    bridge = bridged(app, modules)
    results = dict(signal.send("host"))
    assert own == ["host"]
    assert results.pop(of_the_host) == "own"
    assert list(results.values()) == [["plain"]]
    assert heard.log == ["plain host"]
    await bridge.followers.finish(5)
    assert heard.log == ["plain host", "awaits host", "blocks host", "last host"]
    assert heard.threads["blocks"] is not threading.current_thread()
    assert "of 'news' failed" in caplog.text
    bridge.close()


@pytest.mark.parametrize("wrapped", [False, True])
async def test_send_async_awaits_all_with_or_without_a_wrapper(
    app: Quart, modules, wrapped: bool
) -> None:
    signal = Signal()
    heard = Listeners(modules, signal)
    bridge = bridged(app, modules)
    wrapper: Any = app.ensure_async if wrapped else None
    await signal.send_async("host", _sync_wrapper=wrapper)
    assert heard.log == ["awaits host", "blocks host", "plain host", "last host"]
    assert heard.threads["blocks"] is not threading.current_thread()
    bridge.close()


async def test_a_thread_runs_the_sync_ones_and_hands_the_others_to_the_loop_that_serves(
    app: Quart, modules
) -> None:
    signal = Signal()
    heard = Listeners(modules, signal)
    bridge = bridged(app, modules)
    bridge.followers.serve()

    def send() -> list[str]:
        signal.send("host")
        return list(heard.log)

    assert (await asyncio.to_thread(send))[:2] == ["blocks host", "plain host"]
    await becomes(lambda: "last host" in heard.log)
    assert heard.log == ["blocks host", "plain host", "awaits host", "last host"]
    assert heard.threads["blocks"] is not threading.current_thread()
    assert heard.threads["awaits"] is threading.current_thread()
    await bridge.followers.finish(5)
    bridge.close()


def test_a_thread_beside_no_loop_runs_the_sync_ones_and_logs_the_others(
    app: Quart, modules, caplog: pytest.LogCaptureFixture
) -> None:
    signal = Signal()
    heard = Listeners(modules, signal)
    bridge = bridged(app, modules)
    signal.send("host")
    assert heard.log == ["blocks host", "plain host"]
    told = [record.getMessage() for record in caplog.records]
    assert len(told) == 3
    assert all("is async and was not called" in text for text in told)
    assert "while the app does not serve" in told[0]
    bridge.close()


async def test_a_loop_that_was_closed_is_no_reason_for_a_send_to_raise(
    app: Quart, modules, caplog: pytest.LogCaptureFixture
) -> None:
    signal = Signal()
    Listeners(modules, signal)
    bridge = bridged(app, modules)

    async def serve() -> None:
        bridge.followers.serve()

    await asyncio.to_thread(asyncio.run, serve())
    await asyncio.to_thread(signal.send, "host")
    assert "is async and was not called" in caplog.text
    bridge.close()


async def test_a_sender_within_a_sender_is_told_apart(app: Quart, modules) -> None:
    log: list[str] = []
    outer, inner = Signal(), Signal()
    with modules.load("news"):

        @hooks.on(outer)
        async def relay(sender: Any) -> None:
            inner.send("inner")
            log.append("outer")

        @hooks.on(inner)
        async def hear(sender: Any) -> None:
            log.append("inner")

    bridge = bridged(app, modules)
    await outer.send_async("x")
    assert log == ["outer"]
    await bridge.followers.finish(5)
    assert log == ["outer", "inner"]
    bridge.close()


async def test_what_takes_too_long_at_the_end_is_cancelled(app: Quart, modules) -> None:
    signal = Signal()
    with modules.load("news"):

        @hooks.on(signal)
        async def hang(sender: Any) -> None:
            await asyncio.Event().wait()

    bridge = bridged(app, modules)
    signal.send("x")
    await bridge.followers.finish(0.01)
    assert len(asyncio.all_tasks()) == 1
    bridge.close()


def test_a_bridge_does_not_keep_its_app_alive() -> None:
    app = Quart("short")
    bridge = Bridge(app, HookTable, start)
    ended = weakref.ref(app)
    del app
    gc.collect()
    assert ended() is None
    bridge.close()
