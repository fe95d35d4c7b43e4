from __future__ import annotations

import gc
import logging
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


def bridged(app: Quart, modules: Any) -> Bridge:
    bridge = Bridge(app, modules.table_of_hooks)
    bridge.update(modules.table_of_hooks())
    return bridge


class Host:
    """An app with hooks of its own, as HotFrame keeps them."""

    def __init__(self, name: str) -> None:
        self.app = Quart(name)
        self.registered: list[Hook] = []
        self.hooks = AppHooks(self.registered.append, lambda: self.table)
        self.table = HookTable()
        self.bridge = Bridge(self.app, lambda: self.table)

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


async def test_a_signal_sent_without_awaiting_reaches_receivers_that_say_so(
    app: Quart, modules, caplog: pytest.LogCaptureFixture
) -> None:
    log: list[str] = []
    signal = Signal()

    def fail(sender: Any) -> None:
        raise ValueError("no disk")

    async def late(sender: Any) -> None: ...

    with modules.load("news"):
        hooks.on(signal, sync_send=True)(fail)
        hooks.on(signal, sync_send=True)(lambda sender: log.append(sender))
    bridge = bridged(app, modules)
    table = modules.table_of_hooks()
    bridge.update(table)
    signal.send("sent")
    assert log == ["sent"]
    assert "of 'news' failed" in caplog.text
    with modules.load("news"):
        hooks.on(signal)(late)
    caplog.clear()
    signal.send("again")
    assert log == ["sent", "again"]
    assert [record.levelno for record in caplog.records] == [logging.ERROR] * 2
    assert "is async and was not called" in caplog.text
    bridge.close()


async def test_a_dispatcher_changes_when_the_way_of_sending_does(app: Quart, modules) -> None:
    log: list[str] = []
    signal = Signal()
    with modules.load("news"):
        hooks.on(signal, blocking=False)(lambda sender: log.append("first"))
    bridge = Bridge(app, modules.table_of_hooks)
    table = modules.table_of_hooks()
    bridge.update(table)
    await signal.send_async(None)
    with modules.load("shop"):
        hooks.on(signal, sync_send=True)(lambda sender: log.append("second"))
    newer = modules.table_of_hooks()
    bridge.update(newer)
    signal.send(None)
    assert log == ["first", "first", "second"]
    bridge.close()


def test_a_bridge_does_not_keep_its_app_alive() -> None:
    app = Quart("short")
    bridge = Bridge(app, HookTable)
    ended = weakref.ref(app)
    del app
    gc.collect()
    assert ended() is None
    bridge.close()
