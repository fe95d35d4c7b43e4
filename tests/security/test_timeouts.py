"""Views of the app itself that take too long, and what is placed on them meanwhile."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from quart import Quart
from quart.views import MethodView

from quart_hotframe import HotFrame
from quart_hotframe.errors import SetupError
from quart_hotframe.security import guard
from quart_hotframe.security import limit
from quart_hotframe.security import policy

SHORT = 0.05


def app_with(security: str) -> Quart:
    """Return an app under *security*."""
    app = Quart(__name__)
    app.secret_key = "test" * 10
    app.config["HOTFRAME_SECURITY"] = security
    HotFrame(app)
    return app


def hanging() -> Callable[..., Any]:
    """Return a view that never ends, which nothing marks yet."""

    async def hang() -> str:
        await asyncio.Event().wait()
        return "too late"

    return hang


async def status_of(app: Quart, path: str = "/") -> int:
    """Return the status of an answer, which may not take long."""
    async with asyncio.timeout(10):
        return (await app.test_client().get(path)).status_code


async def test_a_view_of_the_app_that_hangs_is_ended_under_strict() -> None:
    app = app_with("strict")
    app.get("/")(policy(timeout=SHORT)(hanging()))
    async with app.test_app():
        async with asyncio.timeout(10):
            answer = await app.test_client().get("/")
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "10")


@pytest.mark.parametrize("security", ["report", "off"])
async def test_a_view_of_the_app_is_served_as_it_is_under_other_settings(security: str) -> None:
    app = app_with(security)

    @app.get("/")
    @policy(timeout=SHORT)
    async def view() -> str:
        return "hello"

    async with app.test_app():
        assert app.view_functions["view"] is view
        assert await status_of(app) == 200


async def test_a_guard_that_hangs_is_ended_too() -> None:
    async def never(user: Any) -> bool:
        return bool(await hanging()())

    async def load() -> Any:
        return await hanging()()

    app = Quart(__name__)
    app.secret_key = "test" * 10
    app.config |= {"HOTFRAME_SECURITY": "strict", "HOTFRAME_USER_LOADER": load}
    HotFrame(app)
    app.get("/")(policy(timeout=SHORT)(guard(never)(hanging())))
    async with app.test_app():
        assert await status_of(app) == 503


async def test_views_of_a_class_are_ended() -> None:
    class Slow(MethodView):
        decorators = [policy(timeout=SHORT)]  # noqa: RUF012

        async def get(self) -> str:
            return await hanging()()

    app = app_with("strict")
    app.add_url_rule("/", view_func=Slow.as_view("slow"))
    async with app.test_app():
        assert await status_of(app) == 503


async def test_a_view_that_comes_while_the_app_serves_has_its_time() -> None:
    app = app_with("strict")
    async with app.test_app():
        app.get("/below", endpoint="below")(policy(timeout=SHORT)(hanging()))

        @policy(timeout=SHORT)
        @app.get("/above")
        async def above() -> str:
            return await hanging()()

        assert await status_of(app, "/below") == 503
        assert await status_of(app, "/above") == 503


async def test_what_is_placed_above_a_view_that_has_its_time_holds_too() -> None:
    app = app_with("strict")
    async with app.test_app():

        @limit("1/minute")
        @policy(csrf=False)
        @policy(timeout=60)
        @app.post("/")
        async def view() -> str:
            return "hello"

        client = app.test_client()
        statuses = [(await client.post("/")).status_code for _ in range(2)]
    assert statuses == [200, 429]


async def test_a_guard_above_the_route_of_such_a_view_is_still_refused() -> None:
    app = app_with("strict")
    async with app.test_app():

        @policy(timeout=60)
        @app.get("/")
        async def view() -> str:
            return "secret"

        with pytest.raises(SetupError, match="above the route of 'view'"):
            guard(lambda user: False)(view)
        app.config["PROPAGATE_EXCEPTIONS"] = False
        assert await status_of(app) == 500
