from __future__ import annotations

from collections.abc import AsyncIterator
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import pytest

from quart_hotframe.errors import SetupError
from quart_hotframe.hooks.receiver import make_receiver
from quart_hotframe.hooks.receiver import Once


async def pay(order: object) -> None: ...


class Callback:
    async def __call__(self, order: object) -> None: ...


@pytest.mark.parametrize("function", [pay, partial(pay, 1), Callback(), Callback().__call__])
def test_every_kind_of_async_callable_is_known_as_async(function: Any) -> None:
    assert make_receiver("event", "order.paid", function, "shop").is_async


def test_a_plain_callable_is_known_as_sync() -> None:
    assert not make_receiver("event", "order.paid", print, "shop").is_async


def generate() -> Iterator[int]:
    yield 1


async def generate_async() -> AsyncIterator[int]:
    yield 1


@pytest.mark.parametrize("function", [generate, generate_async])
def test_a_generator_is_refused_because_it_would_never_run(function: Any) -> None:
    with pytest.raises(SetupError, match=f"'{function.__name__}' of 'shop' is a generator"):
        make_receiver("event", "order.paid", function, "shop")


def test_something_not_callable_is_refused() -> None:
    with pytest.raises(SetupError, match="not callable"):
        make_receiver("event", "order.paid", 5, "shop")  # type: ignore[arg-type]


def test_a_priority_that_is_no_whole_number_is_refused() -> None:
    with pytest.raises(SetupError, match="whole number"):
        make_receiver("event", "order.paid", print, "shop", priority="5")  # type: ignore[arg-type]


def test_the_right_to_run_once_is_given_to_one_thread() -> None:
    for _ in range(50):
        once = Once()
        with ThreadPoolExecutor(8) as pool:
            taken = list(pool.map(lambda _, once=once: once.take(), range(16)))
        assert sum(taken) == 1
