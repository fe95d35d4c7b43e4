from __future__ import annotations

import pytest
from quart import Quart

from quart_hotframe import hooks
from quart_hotframe.errors import SetupError
from quart_hotframe.hooks import AppHooks
from quart_hotframe.hooks import collecting
from quart_hotframe.hooks import Collector
from quart_hotframe.hooks import Event
from quart_hotframe.hooks import Hook
from quart_hotframe.hooks import HookTable
from quart_hotframe.hooks import Receiver


@pytest.mark.parametrize(
    "use",
    [
        lambda: hooks.send("order.paid"),
        lambda: hooks.apply("price", 1),
        lambda: hooks.render_outlet("footer"),
    ],
)
def test_using_hooks_outside_an_app_context_says_what_to_do(use) -> None:
    with pytest.raises(SetupError, match=r"app\.app_context\(\)"):
        use()


async def test_an_app_without_hotframe_is_named() -> None:
    async with Quart("bare").app_context():
        with pytest.raises(SetupError, match=r"'bare' has no HotFrame: call HotFrame\(app\)"):
            await hooks.send("order.paid")


async def test_the_hooks_of_an_app_belong_to_it_and_need_no_load_and_no_context() -> None:
    registered: list[Hook] = []
    own = AppHooks(registered.append, lambda: HookTable.merge([("app", registered)]))

    @own.on("order.paid", blocking=False)
    def thank(order: int) -> str:
        return f"thanks for {order}"

    own.filter("price")(lambda price: price + 1)
    own.outlet("footer")(lambda: "<hr>")
    order_paid = own.event("order.paid", payload=int)
    assert [hook.owner for hook in registered if isinstance(hook, Receiver)] == ["app"] * 3
    assert await own.send("order.paid", 7) == ["thanks for 7"]
    assert await own.apply("price", 1) == 2
    assert await own.render_outlet("footer") == "<hr>"
    assert [value for _, value in await order_paid.send_async(None, order=7)] == ["thanks for 7"]
    with pytest.raises(TypeError):
        await own.send("order.paid", "7")


def test_the_hooks_of_an_app_stay_the_apps_while_a_module_is_loaded() -> None:
    registered: list[Hook] = []
    own = AppHooks(registered.append, HookTable)
    collector = Collector("shop")
    with collecting(collector):
        own.on("order.paid")(print)
    assert len(registered) == 1 and collector.hooks == ()


async def test_an_event_declared_outside_a_load_is_only_its_owners(app: Quart, modules) -> None:
    order_paid = hooks.event("order.paid", payload=int)
    assert isinstance(order_paid, Event)
    async with app.app_context():
        with pytest.raises(TypeError):
            await hooks.send(order_paid, "seven")
        assert await hooks.send("order.paid", "seven") == []


async def test_a_sender_sees_the_hooks_of_its_own_app(modules) -> None:
    with modules.load("shop"):
        hooks.on("order.paid", blocking=False)(lambda: "shop")
    one, two = Quart("one"), Quart("two")
    one.extensions["hotframe"] = modules
    two.extensions["hotframe"] = type(modules)()
    async with one.app_context():
        assert await hooks.send("order.paid") == ["shop"]
    async with two.app_context():
        assert await hooks.send("order.paid") == []


@pytest.mark.parametrize("register", [hooks.on, hooks.filter, hooks.outlet])
def test_a_malformed_name_is_refused_at_registration(register) -> None:
    with collecting(Collector("shop")), pytest.raises(SetupError, match="no name for a hook"):
        register("order paid")
