"""Views that are put into ``app.view_functions`` by hand while the app serves."""

from __future__ import annotations

import copy
from collections.abc import AsyncIterator
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from quart import Blueprint
from quart import Quart

from quart_hotframe import HotFrame
from quart_hotframe.errors import SetupError
from quart_hotframe.security import guard
from quart_hotframe.security import IsStaff
from quart_hotframe.security import limit
from quart_hotframe.security import policy


@pytest.fixture
async def app(tmp_path: Path) -> AsyncIterator[Quart]:
    """Serve an app with a page."""
    app = Quart(__name__, instance_path=str(tmp_path))
    app.secret_key = "test" * 10
    app.config["HOTFRAME_SECURITY"] = "strict"
    HotFrame(app)

    @app.get("/")
    async def page() -> str:
        return "hello"

    async with app.test_app():
        yield app


def fresh() -> Callable[..., Any]:
    """Return a view, which nothing marks yet."""

    async def view() -> str:
        return "another"

    return view


async def statuses(app: Quart) -> list[int]:
    """Return the status of two answers."""
    client = app.test_client()
    return [(await client.get("/")).status_code for _ in range(2)]


@pytest.mark.parametrize("way", ["item", "update", "assign"])
async def test_the_limit_of_such_a_view_holds(app: Quart, way: str) -> None:
    limited = limit("1/minute")(fresh())
    if way == "item":
        app.view_functions["page"] = limited
    elif way == "update":
        app.view_functions.update(page=limited)
    else:
        app.view_functions = {**app.view_functions, "page": limited}
    assert await statuses(app) == [200, 429]


async def test_one_after_all_were_assigned_is_followed_too(app: Quart) -> None:
    app.view_functions = {**app.view_functions}
    app.view_functions["page"] = limit("1/minute")(fresh())
    assert await statuses(app) == [200, 429]


async def test_its_policy_holds_from_the_next_request_on(app: Quart) -> None:
    client = app.test_client()
    await client.get("/")
    app.view_functions["page"] = policy(headers={"X-Own": "yes"})(fresh())
    assert (await client.get("/")).headers["X-Own"] == "yes"


async def test_one_that_lost_its_guard_is_refused_and_fails(app: Quart) -> None:
    async def secret() -> str:
        return "secret"

    guard(IsStaff)(secret)
    with pytest.raises(SetupError, match="above the route of 'page'"):
        app.view_functions["page"] = secret
    app.config["PROPAGATE_EXCEPTIONS"] = False
    assert await statuses(app) == [500, 500]


async def test_it_is_refused_while_modules_are_mounted(app: Quart) -> None:
    hotframe: Any = app.extensions["hotframe"]
    await hotframe.mount(Blueprint("part", __name__))
    with pytest.raises(SetupError, match="use the methods of the app"):
        app.view_functions["page"] = fresh()
    app.endpoint("page")(limit("1/minute")(fresh()))
    assert await statuses(app) == [200, 429]
    await hotframe.unmount("part")
    app.view_functions["page"] = limit("3/minute")(fresh())
    assert await statuses(app) == [200, 200]


async def test_a_copy_of_the_registry_is_a_plain_dictionary(app: Quart) -> None:
    copied = copy.copy(app.view_functions)
    assert type(copied) is dict
    assert copied == app.view_functions
