from __future__ import annotations

from contextvars import copy_context

import pytest

from quart_hotframe import hooks
from quart_hotframe.errors import SetupError
from quart_hotframe.hooks import collecting
from quart_hotframe.hooks import Collector
from quart_hotframe.hooks import Receiver


def test_hooks_go_to_the_module_whose_import_runs() -> None:
    shop, reviews = Collector("shop"), Collector("reviews")
    with collecting(shop):
        hooks.on("order.paid")(print)
        with collecting(reviews):
            hooks.filter("price")(abs)
        hooks.outlet("footer")(str)
    assert [(hook.kind, hook.owner) for hook in shop.hooks if isinstance(hook, Receiver)] == [
        ("event", "shop"),
        ("outlet", "shop"),
    ]
    assert [hook.owner for hook in reviews.hooks if isinstance(hook, Receiver)] == ["reviews"]


def test_the_files_of_a_module_may_be_imported_one_after_the_other() -> None:
    collector = Collector("shop")
    for name in ("order.paid", "order.sent"):
        with collecting(collector):
            hooks.on(name)(print)
    assert len(collector.hooks) == 2


def test_a_decorated_function_stays_the_function() -> None:
    with collecting(Collector("shop")):
        assert hooks.on("order.paid")(print) is print


@pytest.mark.parametrize("register", [hooks.on, hooks.filter, hooks.outlet])
def test_registering_outside_a_load_says_what_to_write(register) -> None:
    with pytest.raises(SetupError, match=r"hotframe\.hooks\.on"):
        register("order.paid")


def test_a_task_that_outlives_the_import_cannot_register() -> None:
    with collecting(Collector("shop")):
        later = copy_context()
    with pytest.raises(SetupError, match="after it was loaded"):
        later.run(lambda: hooks.on("order.paid")(print))


def test_a_decorator_without_a_name_says_what_to_write() -> None:
    with collecting(Collector("shop")), pytest.raises(SetupError, match=r'@hooks\.on\("order'):
        hooks.on(print)  # type: ignore[arg-type]
