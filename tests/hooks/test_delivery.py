from __future__ import annotations

import asyncio
import threading
import time
from contextvars import ContextVar
from typing import Any

import pytest
from quart import g
from quart import Quart

from quart_hotframe import hooks


async def ticks_during(awaitable: Any) -> int:
    """Count how often the loop came round while something else was awaited."""
    count = 0

    async def tick() -> None:
        nonlocal count
        while True:
            await asyncio.sleep(0.005)
            count += 1

    task = asyncio.create_task(tick())
    await awaitable
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    return count


def block(*args: Any, **kwargs: Any) -> None:
    time.sleep(0.2)


@pytest.mark.parametrize("with_app", [True, False])
@pytest.mark.parametrize("kind", ["send", "apply", "render_outlet", "when"])
async def test_a_sync_receiver_never_blocks_the_event_loop(
    app: Quart, modules, kind: str, with_app: bool
) -> None:
    async def filler() -> str:
        return ""

    with modules.load("shop"):
        hooks.on("x")(block)
        hooks.filter("x")(block)
        hooks.outlet("x")(block)
        hooks.outlet("y", when=block)(filler)
    table = modules.table_of_hooks()
    calls = {
        "send": lambda: table.send("x"),
        "apply": lambda: table.apply("x", 1),
        "render_outlet": lambda: table.render_outlet("x"),
        "when": lambda: table.render_outlet("y"),
    }
    if with_app:
        async with app.app_context():
            ticks = await ticks_during(calls[kind]())
    else:
        ticks = await ticks_during(calls[kind]())
    assert ticks >= 5


async def test_a_cheap_sync_receiver_runs_on_the_loop_and_a_plain_one_in_a_thread(modules) -> None:
    with modules.load("shop"):
        hooks.on("order.paid", blocking=False)(threading.get_ident)
        hooks.on("order.paid")(threading.get_ident)
    cheap, plain = await modules.table_of_hooks().send("order.paid")
    assert cheap == threading.get_ident() != plain


async def test_a_sync_receiver_sees_the_context_of_the_sender(app: Quart, modules) -> None:
    request_id: ContextVar[str] = ContextVar("request_id")
    with modules.load("shop"):
        hooks.on("order.paid")(lambda: (request_id.get(), g.user))
    request_id.set("r1")
    async with app.app_context():
        g.user = "ada"
        assert await hooks.send("order.paid") == [("r1", "ada")]


async def test_the_app_decides_how_sync_receivers_run(modules) -> None:
    class Careful(Quart):
        used = 0

        def sync_to_async(self, func: Any) -> Any:
            self.used += 1
            return super().sync_to_async(func)

    app = Careful("bazaar")
    with modules.load("shop"):
        hooks.on("order.paid")(lambda: None)
    async with app.app_context():
        await modules.table_of_hooks().send("order.paid")
    assert app.used == 1


@pytest.mark.parametrize("with_app", [True, False])
async def test_a_sync_receiver_that_raises_stop_iteration_does_not_hang_the_sender(
    app: Quart, modules, with_app: bool
) -> None:
    def take() -> Any:
        return next(iter(()))

    with modules.load("shop"):
        hooks.on("order.paid")(take)
    table = modules.table_of_hooks()
    if with_app:
        async with app.app_context():
            results = await asyncio.wait_for(table.send("order.paid"), 5)
    else:
        results = await asyncio.wait_for(table.send("order.paid"), 5)
    assert "StopIteration" in str(results.errors[0].exception)


async def test_a_plain_wrapper_around_an_async_function_is_awaited(modules) -> None:
    async def paid() -> str:
        return "paid"

    with modules.load("shop"):
        hooks.on("order.paid")(lambda: paid())
        hooks.on("order.paid", blocking=False)(lambda: paid())
    assert await modules.table_of_hooks().send("order.paid") == ["paid", "paid"]
