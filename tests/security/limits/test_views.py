"""Limits of the app's own views: what a client sees, and what pages without a limit do not."""

from __future__ import annotations

from collections.abc import AsyncIterator
from functools import wraps
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from quart import Blueprint
from quart import Quart
from quart import request
from quart import ResponseReturnValue
from quart import websocket
from quart.testing import WebsocketResponseError
from quart.views import MethodView

from quart_hotframe import HotFrame
from quart_hotframe.errors import SetupError
from quart_hotframe.security import limit
from tests.support.sites import new_app


@pytest.fixture
def app(tmp_path: Path) -> Quart:
    return new_app(tmp_path, {})


@pytest.fixture
async def serving(app: Quart) -> AsyncIterator[HotFrame]:
    hotframe = HotFrame(app)
    add_views(app)
    async with app.test_app():
        yield hotframe


def add_views(app: Quart) -> None:
    @app.get("/below")
    @limit("2/minute")
    async def below() -> str:
        return "below"

    @limit("2/minute")
    @app.get("/above")
    async def above() -> str:
        return "above"

    @app.get("/own")
    @limit("1/minute", by=lambda: request.args.get("name"))
    async def own() -> str:
        return "own"

    async def nobody() -> None:
        return None

    @app.get("/exempt")
    @limit("1/minute", by=nobody)
    async def exempt() -> str:
        return "exempt"

    @app.get("/user")
    @limit("1/minute", by="user")
    async def user() -> str:
        return "user"

    @app.get("/plain")
    async def plain() -> str:
        return "plain"

    @app.websocket("/socket")
    @limit("1/minute")
    async def socket() -> None:
        await websocket.send("hello")


async def statuses(app: Quart, *paths: str, **options: Any) -> list[int]:
    client = app.test_client()
    return [(await client.get(path, **options)).status_code for path in paths]


async def test_a_limit_holds_below_and_above_the_route(app: Quart, serving: HotFrame) -> None:
    for path in ("/below", "/above"):
        assert await statuses(app, path, path, path) == [200, 200, 429]
    assert await statuses(app, *["/plain"] * 5) == [200] * 5


async def test_it_holds_in_an_app_that_does_not_serve(app: Quart) -> None:
    HotFrame(app)
    assert await statuses(app, "/below") == [404]
    add_views(app)
    assert await statuses(app, "/below", "/below", "/below", "/plain") == [200, 200, 429, 200]


def logged(view: Any) -> Any:
    @wraps(view)
    async def around() -> Any:
        return await view()

    return around


def below(app: Quart, view: Any) -> None:
    app.get("/late")(limit("1/minute")(view))


def above(app: Quart, view: Any) -> None:
    limit("1/minute")(app.get("/late")(view))


def above_what_wraps(app: Quart, view: Any) -> None:
    limit("1/minute")(logged(app.get("/late")(view)))


def of_a_method(app: Quart, view: Any) -> None:
    app.add_url_rule("/late", view_func=Misplaced.as_view("late"))


LATE = pytest.mark.parametrize(
    "when", ["at first", "after a request", "with modules", "after them"]
)


async def until(when: str, app: Quart, hotframe: HotFrame) -> None:
    """Let an app without limits that serves come to a certain point of its life."""
    if when == "after a request":
        assert await statuses(app, "/late") == [404]
    if when in ("with modules", "after them"):
        await hotframe.mount(Blueprint("other", __name__))
    if when == "after them":
        await hotframe.unmount("other")
    assert not app.before_request_funcs[None]


async def late() -> str:
    return "late"


@LATE
@pytest.mark.parametrize("place", [below, above])
async def test_it_holds_for_a_late_route(app: Quart, place: Any, when: str) -> None:
    hotframe = HotFrame(app)
    async with app.test_app():
        await until(when, app, hotframe)
        place(app, logged(late))
        assert await statuses(app, "/late", "/late") == [200, 429]
        await hotframe.mount(Blueprint("shop", __name__))
        assert await statuses(app, "/late") == [429]


@LATE
async def test_it_holds_for_a_late_blueprint(app: Quart, when: str) -> None:
    hotframe = HotFrame(app)
    blueprint = Blueprint("shop", __name__)
    blueprint.get("/late")(logged(late))
    async with app.test_app():
        await until(when, app, hotframe)
        app.register_blueprint(blueprint)
        assert await statuses(app, "/late", "/late") == [200, 200]
        limit("1/minute")(blueprint)
        assert await statuses(app, "/late", "/late") == [200, 429]


@LATE
async def test_it_holds_for_views_that_are_assigned_late(app: Quart, when: str) -> None:
    hotframe = HotFrame(app)
    async with app.test_app():
        await until(when, app, hotframe)
        app.add_url_rule("/late", "late")
        app.view_functions = {**app.view_functions, "late": limit("1/minute")(logged(late))}
        assert await statuses(app, "/late", "/late") == [200, 429]


@LATE
@pytest.mark.parametrize("place", [above_what_wraps, of_a_method])
async def test_a_late_route_that_its_limit_misses_is_refused(
    app: Quart, place: Any, when: str
) -> None:
    hotframe = HotFrame(app)
    async with app.test_app():
        await until(when, app, hotframe)
        with pytest.raises(SetupError, match="@limit (stands above a decorator|marks Misplaced)"):
            place(app, logged(late))
        [status] = await statuses(app, "/late")
        assert status in (404, 500)


async def test_an_answer_says_what_is_left_and_when_to_ask_again(
    app: Quart, serving: HotFrame
) -> None:
    client = app.test_client()
    first, second, third = [await client.get("/below") for _ in range(3)]
    assert first.headers["RateLimit-Policy"] == '"1";q=2;w=60'
    assert first.headers["RateLimit"] == '"1";r=1;t=60'
    assert second.headers["RateLimit"].startswith('"1";r=0;')
    assert "Retry-After" not in second.headers
    assert third.headers["RateLimit"].startswith('"1";r=0;')
    assert 1 <= int(third.headers["Retry-After"]) <= 61
    assert "text/html" in third.headers["Content-Type"]


async def test_who_asks_for_json_gets_json(app: Quart, serving: HotFrame) -> None:
    headers = {"Accept": "application/json"}
    client = app.test_client()
    answers = [await client.get("/below", headers=headers) for _ in range(3)]
    assert answers[2].status_code == 429
    assert answers[2].content_type == "application/json"
    assert (await answers[2].get_json())["error"] == "too_many_requests"
    assert "Retry-After" in answers[2].headers


async def test_the_apps_own_error_page_wins(app: Quart, serving: HotFrame) -> None:
    @app.errorhandler(429)
    async def slow_down(error: Exception) -> ResponseReturnValue:
        return "slow down", 429

    client = app.test_client()
    answers = [await client.get("/below") for _ in range(3)]
    assert await answers[2].get_data(as_text=True) == "slow down"
    assert "Retry-After" in answers[2].headers


async def test_pages_without_a_limit_have_no_header_of_it(app: Quart, serving: HotFrame) -> None:
    response = await app.test_client().get("/plain")
    assert {name.lower() for name in response.headers.keys()} == {"content-type", "content-length"}


async def test_an_app_without_limits_runs_nothing_of_them(app: Quart) -> None:
    ran = []

    @app.before_request
    async def note() -> None:
        ran.append(request.path)

    HotFrame(app)
    async with app.test_app():
        assert await statuses(app, "/", "/") == [404, 404]
        assert app.before_request_funcs[None] == [note]
        await app.test_client().get("/")
    assert ran == ["/", "/", "/"]  # also with the request in which the checks went


async def test_limits_are_checked_before_what_the_app_does(app: Quart) -> None:
    ran = []

    @app.before_request
    async def note() -> None:
        ran.append(request.path)

    HotFrame(app)
    add_views(app)
    async with app.test_app():
        assert await statuses(app, "/below", "/below", "/below") == [200, 200, 429]
    assert len(ran) == 2


async def test_a_function_says_who_is_counted(app: Quart, serving: HotFrame) -> None:
    asked = ["/own?name=a", "/own?name=b", "/own?name=a", "/own", "/own", "/exempt", "/exempt"]
    assert await statuses(app, *asked) == [200, 200, 429, 200, 200, 200, 200]


async def test_a_limit_by_user_needs_to_know_who_that_is(
    app: Quart, serving: HotFrame, caplog: pytest.LogCaptureFixture
) -> None:
    assert await statuses(app, "/user") == [500]
    assert "needs HOTFRAME_USER_LOADER" in caplog.text


async def test_users_are_counted_and_who_has_not_signed_in_by_address(app: Quart) -> None:
    async def load() -> Any:
        name = request.args.get("id")
        return SimpleNamespace(id=name, is_authenticated=True) if name else None

    app.config["HOTFRAME_USER_LOADER"] = load
    HotFrame(app)
    add_views(app)
    async with app.test_app():
        asked = ["/user?id=1", "/user?id=2", "/user?id=1", "/user", "/user"]
        assert await statuses(app, *asked) == [200, 200, 429, 200, 429]


async def test_forwarded_headers_change_nothing(app: Quart, serving: HotFrame) -> None:
    found = []
    for number in range(3):
        headers = {"X-Forwarded-For": f"192.0.2.{number}", "Forwarded": f"for=192.0.2.{number}"}
        found += await statuses(app, "/below", headers=headers)
    assert found == [200, 200, 429]


async def test_a_network_of_ipv6_is_one_client(app: Quart, serving: HotFrame) -> None:
    async def ask(address: str) -> int:
        scope = {"client": (address, 1)}
        response = await app.test_client().get("/below", scope_base=scope)
        return response.status_code

    network = "2001:db8:1:2"
    found = [await ask(f"{network}::{n}") for n in (1, 2, 3)]
    assert [*found, await ask("2001:db8:1:3::1")] == [200, 200, 429, 200]


async def test_a_websocket_is_refused_before_it_opens(app: Quart, serving: HotFrame) -> None:
    async with app.test_client().websocket("/socket") as first:
        assert await first.receive() == "hello"
    with pytest.raises(WebsocketResponseError) as caught:
        async with app.test_client().websocket("/socket") as second:
            await second.receive()
    assert caught.value.response.status_code == 429


async def test_a_blueprint_is_limited_as_one(app: Quart) -> None:
    blueprint = Blueprint("shop", __name__, url_prefix="/shop")
    inner = Blueprint("admin", __name__, url_prefix="/admin")

    @blueprint.get("/")
    @inner.get("/")
    async def index() -> str:
        return "index"

    limit("3/minute")(blueprint)
    limit("1/minute")(inner)
    blueprint.register_blueprint(inner)
    app.register_blueprint(blueprint)
    HotFrame(app)
    async with app.test_app():
        # What the inner limit refuses is not counted by the outer one.
        asked = ["/shop/", "/shop/admin/", "/shop/admin/", "/shop/", "/shop/"]
        assert await statuses(app, *asked) == [200, 200, 429, 200, 429]


class Orders(MethodView):
    decorators = [limit("1/minute")]

    async def get(self) -> str:
        return "orders"


class Misplaced(MethodView):
    @limit("1/minute")
    async def get(self) -> str:
        return "misplaced"


async def test_a_class_based_view_is_limited_by_its_decorators(app: Quart) -> None:
    HotFrame(app)
    app.add_url_rule("/orders", view_func=Orders.as_view("orders"))
    async with app.test_app():
        assert await statuses(app, "/orders", "/orders") == [200, 429]


async def test_a_limit_of_a_method_is_refused_at_the_start(app: Quart) -> None:
    HotFrame(app)
    of_a_method(app, None)
    with pytest.raises(SetupError, match=r"decorators = \[limit"):
        await app.startup()
    await app.shutdown()


async def test_a_limit_above_a_decorator_above_the_route_is_refused_at_the_start(
    app: Quart,
) -> None:
    HotFrame(app)
    above_what_wraps(app, logged(late))
    with pytest.raises(SetupError, match=r"test_views.py:\d+: @limit stands above a decorator"):
        await app.startup()
    await app.shutdown()


async def test_one_function_may_be_served_with_a_limit_around_it_and_without(app: Quart) -> None:
    HotFrame(app)
    view = logged(late)
    app.add_url_rule("/limited", "limited", limit("1/minute")(logged(view)))
    app.add_url_rule("/free", "free", view)
    async with app.test_app():
        asked = ["/limited", "/limited", "/free", "/free"]
        assert await statuses(app, *asked) == [200, 429, 200, 200]


async def test_limits_between_other_decorators_are_in_place(app: Quart) -> None:
    HotFrame(app)
    app.get("/late")(logged(limit("2/minute")(logged(limit("9/minute")(logged(late))))))
    async with app.test_app():
        assert await statuses(app, "/late", "/late", "/late") == [200, 200, 429]


async def test_two_apps_in_one_process_count_apart(tmp_path: Path) -> None:
    apps = [new_app(tmp_path / name, {}) for name in ("one", "two")]
    for app in apps:
        HotFrame(app)
        add_views(app)
        assert await statuses(app, "/below", "/below", "/below") == [200, 200, 429]
