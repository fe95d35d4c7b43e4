from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
from blinker import Signal
from quart import Quart

from quart_hotframe import hooks
from quart_hotframe.errors import HookError
from quart_hotframe.errors import SetupError


@dataclass
class Order:
    number: int


def note(log: list[Any], label: str):
    def receiver(*args: Any, **kwargs: Any) -> str:
        log.append((label, args, kwargs))
        return label

    return receiver


def anote(log: list[Any], label: str):
    async def receiver(*args: Any, **kwargs: Any) -> str:
        log.append((label, args, kwargs))
        return label

    return receiver


async def test_an_event_is_a_blinker_signal_that_also_reaches_hooked_receivers(
    app: Quart, modules
) -> None:
    log: list[Any] = []
    with modules.load("shop"):
        order_paid = hooks.event("order.paid")
        hooks.on("order.*", priority=20)(anote(log, "hooked"))
        hooks.on(order_paid, priority=5)(note(log, "by object"))
    connected = order_paid.connect(anote(log, "connected"), weak=False)
    assert isinstance(order_paid, Signal)
    assert list(order_paid.receivers_for("me")) == [connected]
    async with app.app_context():
        results = await order_paid.send_async("me", order=1)
    assert log == [
        ("by object", (), {"order": 1}),
        ("hooked", (), {"order": 1}),
        ("connected", ("me",), {"order": 1}),
    ]
    assert [value for _, value in results] == ["by object", "hooked", "connected"]
    assert results[-1][0] is connected


async def test_a_hooked_failure_is_isolated_and_a_connected_one_raises_as_in_blinker(
    app: Quart, modules, caplog: pytest.LogCaptureFixture
) -> None:
    async def fail(*args: Any, **kwargs: Any) -> None:
        raise ValueError("no stock")

    with modules.load("shop"):
        order_paid = hooks.event("order.paid")
        hooks.on("order.paid")(fail)
    async with app.app_context():
        assert await order_paid.send_async("me") == []
        assert "of 'shop' failed" in caplog.text
        order_paid.connect(fail)
        with pytest.raises(ValueError, match="no stock"):
            await order_paid.send_async("me")


async def test_an_event_knows_whether_anything_listens(app: Quart, modules) -> None:
    with modules.load("shop"):
        order_paid = hooks.event("order.paid")
    async with app.app_context():
        assert not order_paid.has_receivers_for("me")
        with modules.load("shop"):
            hooks.on("order.*")(print)
        assert order_paid.has_receivers_for("me")


async def test_a_muted_event_reaches_nobody(app: Quart, modules) -> None:
    log: list[Any] = []
    with modules.load("shop"):
        order_paid = hooks.event("order.paid")
        hooks.on("order.paid", blocking=False)(note(log, "hooked"))
    async with app.app_context():
        with order_paid.muted():
            assert await order_paid.send_async("me") == []
            assert order_paid.send("me") == []
            assert await hooks.send("order.paid") == []
        assert await hooks.send("order.paid") == ["hooked"]
    assert len(log) == 1


@pytest.mark.parametrize("by", ["name", "object", "signal", "sync signal"])
async def test_a_payload_of_the_wrong_type_is_refused_before_anything_runs(
    app: Quart, modules, by: str
) -> None:
    log: list[Any] = []
    with modules.load("shop"):
        order_paid = hooks.event("order.paid", payload=Order)
        hooks.on("order.paid", blocking=False)(note(log, "hooked"))
    async with app.app_context():
        with pytest.raises(TypeError, match=r"'order\.paid' expects .*Order, got int"):
            if by == "name":
                await hooks.send("order.paid", 5)
            elif by == "object":
                await hooks.send(order_paid, 5)
            elif by == "signal":
                await order_paid.send_async("me", order=5)
            else:
                order_paid.send("me", order=5)
    assert log == []


async def test_a_typed_event_carries_exactly_one_payload(app: Quart, modules) -> None:
    with modules.load("shop"):
        hooks.event("order.paid", payload=Order)
    async with app.app_context():
        for args in ((), (Order(1), Order(2))):
            with pytest.raises(TypeError, match=f"one payload .* got {len(args)} values"):
                await hooks.send("order.paid", *args)


async def test_a_typed_payload_is_the_only_argument_however_it_was_sent(
    app: Quart, modules
) -> None:
    log: list[Any] = []
    order = Order(1)
    with modules.load("shop"):
        order_paid = hooks.event("order.paid", payload=Order, keyword="order")
        hooks.on("order.paid", blocking=False)(note(log, "hooked"))
    connected = order_paid.connect(anote(log, "connected"), weak=False)
    async with app.app_context():
        assert await hooks.send("order.paid", order) == ["hooked", "connected"]
        await hooks.send("order.paid", order=order)
        await order_paid.send_async(app, order=order)
    assert connected is not None
    assert log == [("hooked", (order,), {}), ("connected", (app,), {"order": order})] * 3


async def test_sending_by_name_isolates_connected_receivers_too(
    app: Quart, modules, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(sender: Any, **kwargs: Any) -> None:
        raise ValueError("no stock")

    with modules.load("shop"):
        order_paid = hooks.event("order.paid")
    order_paid.connect(fail)
    async with app.app_context():
        results = await hooks.send("order.paid", 1)
        assert [failure.owner for failure in results.errors] == ["(connected)"]
        with pytest.raises(HookError):
            await hooks.send("order.paid", 1, errors="raise")
        with pytest.raises(TypeError, match="by keyword"):
            await hooks.send("order.paid", 1, 2)


async def test_a_sync_send_calls_sync_receivers_and_reports_async_ones(
    app: Quart, modules, caplog: pytest.LogCaptureFixture
) -> None:
    log: list[Any] = []
    with modules.load("shop"):
        order_paid = hooks.event("order.paid")
        hooks.on("order.paid")(anote(log, "async"))
        hooks.on("order.paid")(note(log, "sync"))
    connected = order_paid.connect(note(log, "connected"), weak=False)
    async with app.app_context():
        results = order_paid.send("me", order=1)
    assert [value for _, value in results] == ["sync", "connected"]
    assert results[-1][0] is connected
    assert "of 'shop' is async and was not called" in caplog.text
    assert "send_async()" in caplog.text


async def test_a_sync_send_runs_async_receivers_through_the_senders_wrapper(
    app: Quart, modules
) -> None:
    def run(function: Any) -> Any:
        def plain(*args: Any, **kwargs: Any) -> Any:
            coroutine = function(*args, **kwargs)
            try:
                coroutine.send(None)
            except StopIteration as stop:
                return stop.value

        return plain

    log: list[Any] = []
    with modules.load("shop"):
        order_paid = hooks.event("order.paid")
        hooks.on("order.paid")(anote(log, "async"))
    async with app.app_context():
        ((_, value),) = order_paid.send("me", _async_wrapper=run)
    assert value == "async"


async def test_a_failure_in_a_sync_send_is_isolated(
    app: Quart, modules, caplog: pytest.LogCaptureFixture
) -> None:
    def fail() -> None:
        raise ValueError("no stock")

    log: list[Any] = []
    with modules.load("shop"):
        order_paid = hooks.event("order.paid")
        hooks.on("order.paid")(fail)
        hooks.on("order.paid", once=True)(note(log, "once"))
    async with app.app_context():
        assert [value for _, value in order_paid.send("me")] == ["once"]
        assert order_paid.send("me") == []
    assert "of 'shop' failed on event 'order.paid'" in caplog.text


@pytest.mark.parametrize("payload", [list[int], int | str, "Order"])
def test_a_payload_that_cannot_be_checked_is_refused(payload: Any) -> None:
    with pytest.raises(SetupError, match="plain class"):
        hooks.event("order.paid", payload=payload)


def test_an_event_with_a_wildcard_is_refused() -> None:
    with pytest.raises(SetupError, match="wildcard"):
        hooks.event("order.*")
