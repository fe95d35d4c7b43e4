from __future__ import annotations

import asyncio
import gc
import logging
import weakref
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quart_hotframe import hooks
from quart_hotframe.errors import ClashError
from quart_hotframe.errors import HookError
from quart_hotframe.errors import SetupError
from quart_hotframe.hooks import collecting
from quart_hotframe.hooks import Collector
from quart_hotframe.hooks import HookTable


def answer(value: Any):
    async def receiver(*args: Any, **kwargs: Any) -> Any:
        return value

    return receiver


def fail(*args: Any, **kwargs: Any) -> Any:
    raise ValueError("no stock")


placements = st.lists(
    st.tuples(st.integers(0, 3), st.integers(-2, 2), st.sampled_from(["a.b", "a.*", "**"])),
    max_size=12,
)


@given(placements)
def test_receivers_run_by_priority_then_owner_then_registration(
    placed: list[tuple[int, int, str]],
) -> None:
    collectors = [Collector(f"module{number}") for number in range(4)]
    for position, (owner, priority, name) in enumerate(placed):
        with collecting(collectors[owner]):
            hooks.on(name, priority=priority)(answer((priority, owner, position)))
    table = HookTable.merge((collector.owner, collector.hooks) for collector in collectors)
    expected = sorted((priority, owner, i) for i, (owner, priority, _) in enumerate(placed))
    assert asyncio.run(table.send("a.b")) == expected


async def test_a_removed_owner_is_not_called_and_the_others_keep_their_order(modules) -> None:
    for owner in ("shop", "reviews", "news"):
        with modules.load(owner):
            hooks.on("order.paid")(answer(owner))
    before = modules.table_of_hooks()
    modules.remove("reviews")
    assert await modules.table_of_hooks().send("order.paid") == ["shop", "news"]
    assert await before.send("order.paid") == ["shop", "reviews", "news"]


async def test_a_failing_receiver_is_logged_with_its_owner_and_the_rest_run(
    modules, caplog: pytest.LogCaptureFixture
) -> None:
    with modules.load("shop"):
        hooks.on("order.paid")(answer("first"))
        hooks.on("order.paid", blocking=False)(fail)
        hooks.on("order.paid")(answer("last"))
    results = await modules.table_of_hooks().send("order.paid")
    assert results == ["first", "last"]
    (failure,) = results.errors
    assert (failure.owner, failure.receiver) == ("shop", "fail")
    assert isinstance(failure.exception, ValueError)
    (record,) = caplog.records
    assert (record.name, record.levelno) == ("quart_hotframe.hooks", logging.ERROR)
    assert "'fail' of 'shop' failed on event 'order.paid'" in record.getMessage()
    assert record.exc_info and record.exc_info[1] is failure.exception


async def test_the_first_failure_stops_a_sender_that_asks_for_it(modules) -> None:
    ran: list[str] = []
    with modules.load("shop"):
        hooks.on("order.paid", blocking=False)(lambda: ran.append("first"))
        hooks.on("order.paid", blocking=False)(fail)
        hooks.on("order.paid", blocking=False)(lambda: ran.append("never"))
    with pytest.raises(HookError, match="'fail' of 'shop'.*order.paid.*no stock") as caught:
        await modules.table_of_hooks().send("order.paid", errors="raise")
    assert isinstance(caught.value.__cause__, ValueError)
    assert ran == ["first"]


async def test_a_mistyped_error_policy_is_refused_before_anything_runs() -> None:
    with pytest.raises(ValueError, match='"collect" or "raise"'):
        await HookTable().send("order.paid", errors="rise")  # type: ignore[arg-type]


@pytest.mark.parametrize("error", [asyncio.CancelledError, KeyboardInterrupt])
async def test_cancelling_and_interrupting_are_not_isolated(modules, error) -> None:
    async def stop() -> None:
        raise error

    with modules.load("shop"):
        hooks.on("order.paid")(stop)
        hooks.filter("price")(lambda value: value)
    with pytest.raises(error):
        # Not awaited by the loop itself: it would end the whole run on an interrupt.
        modules.table_of_hooks().send("order.paid").send(None)


async def test_the_payload_reaches_the_receivers(modules) -> None:
    with modules.load("shop"):
        hooks.on("order.paid", blocking=False)(lambda order, note: (order, note))
    assert await modules.table_of_hooks().send("order.paid", 7, note="x") == [(7, "x")]


async def test_a_wildcard_receiver_keeps_its_place_among_exact_ones(modules) -> None:
    with modules.load("shop"):
        hooks.on("order.paid", priority=1)(answer("first"))
        hooks.on("order.paid", priority=3)(answer("last"))
    with modules.load("audit"):
        hooks.on("order.*", priority=2)(answer("audit"))
    table = modules.table_of_hooks()
    assert await table.send("order.paid") == ["first", "audit", "last"]
    assert await table.send("order.sent") == ["audit"]
    assert await table.send("invoice.sent") == []


async def test_a_pattern_cannot_be_sent() -> None:
    with pytest.raises(SetupError, match="wildcard"):
        await HookTable().send("order.*")


async def test_once_means_once_under_concurrent_sends_and_across_generations(modules) -> None:
    ran = 0

    async def count() -> None:
        nonlocal ran
        await asyncio.sleep(0)
        ran += 1

    with modules.load("shop"):
        hooks.on("order.paid", once=True)(count)
    tables = [modules.table_of_hooks() for _ in range(5)]
    await asyncio.gather(*(table.send("order.paid") for table in tables * 4))
    assert ran == 1


async def test_a_filter_that_fails_is_skipped_and_the_value_passes_on(
    modules, caplog: pytest.LogCaptureFixture
) -> None:
    async def double(price: int, factor: int) -> int:
        return price * factor

    with modules.load("shop"):
        hooks.filter("price", priority=20)(lambda price, factor: price + 1)
        hooks.filter("price", priority=15)(fail)
        hooks.filter("price")(double)
    assert await modules.table_of_hooks().apply("price", 10, 2) == 21
    assert "'fail' of 'shop' failed on filter 'price'" in caplog.text


async def test_a_value_without_filters_comes_back_as_it_is() -> None:
    value = object()
    assert await HookTable().apply("price", value) is value


async def test_events_filters_and_outlets_of_one_name_do_not_mix(modules) -> None:
    with modules.load("shop"):
        hooks.on("x")(answer("event"))
        hooks.filter("x")(answer("filter"))
        hooks.outlet("x")(answer("outlet"))
    table = modules.table_of_hooks()
    assert await table.send("x") == ["event"]
    assert await table.apply("x", 1) == "filter"
    assert await table.render_outlet("x") == "outlet"


def test_an_event_declared_twice_names_both_owners(modules) -> None:
    for owner in ("shop", "pay"):
        with modules.load(owner):
            hooks.event("order.paid")
    with pytest.raises(ClashError, match="'order.paid' is declared by 'shop' and by 'pay'"):
        modules.table_of_hooks()


async def test_a_dropped_table_frees_its_functions(modules) -> None:
    def load() -> list[weakref.ref[Any]]:
        class Order: ...

        async def thank(order: Order) -> None: ...

        def footer() -> str:
            return ""

        with modules.load("shop"):
            hooks.on("order.*")(thank)
            hooks.outlet("footer", when=footer)(footer)
            event = hooks.event("order.paid", payload=Order)
        return [weakref.ref(value) for value in (Order, thank, footer, event)]

    held = load()
    table = modules.table_of_hooks()
    await table.send("order.sent", 1)
    await table.render_outlet("footer")
    assert all(reference() is not None for reference in held)
    modules.remove("shop")
    del table
    gc.collect()
    assert [reference() for reference in held] == [None] * 4


async def test_who_listens_is_known_before_anything_is_sent(modules) -> None:
    with modules.load("shop"):
        hooks.on("order.paid")(fail)
        hooks.filter("order.kept")(fail)
        sent = hooks.event("order.sent")
    table = modules.table_of_hooks()
    names = ("order.paid", "order.kept", "order.sent")
    assert [table.hears(name) for name in names] == [True, False, False]
    sent.connect(fail)
    assert table.hears("order.sent")


@pytest.mark.parametrize(
    ("name", "ending", "may"),
    [
        ("order.paid", "paid", True),
        ("order.*", "paid", True),
        ("order.**", "paid", True),
        ("order.pa?d", "paid", True),
        ("paid.order", "paid", False),
        ("order.unpaid", "paid", False),
    ],
)
async def test_a_table_knows_whether_a_last_part_may_be_heard(
    modules, name: str, ending: str, may: bool
) -> None:
    with modules.load("shop"):
        hooks.on(name)(fail)
    assert modules.table_of_hooks().may_hear(["sent", ending]) is may
