"""Guards in the wrong place, and what is no guard."""

from __future__ import annotations

from functools import wraps
from typing import Any

import pytest
from quart import Blueprint
from quart import websocket
from quart.testing import WebsocketResponseError
from quart.views import MethodView

from quart_hotframe.errors import SetupError
from quart_hotframe.security import AllowAny
from quart_hotframe.security import guard
from quart_hotframe.security import HasPermission
from quart_hotframe.security import IsAuthenticated
from quart_hotframe.security import IsStaff
from quart_hotframe.security import IsSuperuser
from tests.support.people import GuardedSite
from tests.support.sites import serving


def logged(function: Any) -> Any:
    @wraps(function)
    async def around() -> Any:
        return await function()

    return around


ABOVE = pytest.mark.parametrize(
    "decorate",
    [
        lambda app, f: guard(IsStaff)(app.get("/")(f)),
        lambda app, f: guard(IsStaff)(logged(app.get("/")(f))),
        lambda app, f: guard(IsStaff)(app.get("/")(guard(IsAuthenticated)(f))),
        lambda app, f: guard(IsStaff)(app.get("/")(logged(f))),
    ],
)
TOLD = r"test_guard_placing.py:\d+: @guard stands above the route"


@ABOVE
async def test_a_guard_above_its_route_stops_the_start(guarded: GuardedSite, decorate: Any) -> None:
    async def page() -> str:
        return "secret"

    decorate(guarded.app, page)
    for _ in range(2):
        with pytest.raises(SetupError, match=TOLD) as e:
            await guarded.app.startup()
        assert "Write @guard below the route" in str(e.value)
        await guarded.app.shutdown()


LATE = pytest.mark.parametrize(
    "when", ["at first", "after a request", "with modules", "after them"]
)


async def until(when: str, people: GuardedSite) -> None:
    """Let a site that serves come to a certain point of its life."""
    if when == "after a request":
        assert await people.status("/") == 404
    if when in ("with modules", "after them"):
        await people.hotframe.mount(Blueprint("other", __name__))
    if when == "after them":
        await people.hotframe.unmount("other")


@LATE
@ABOVE
async def test_a_guard_above_a_late_route_is_refused_and_the_page_not_served(
    people: GuardedSite, decorate: Any, when: str, caplog: pytest.LogCaptureFixture
) -> None:
    async def page() -> str:
        return "secret"

    await until(when, people)
    with pytest.raises(SetupError, match=TOLD):
        decorate(people.app, page)
    for _ in range(2):
        assert await people.status("/", "staff") == 500
        assert "@guard stands above the route of 'page'" in caplog.text
        await people.hotframe.mount(Blueprint("another", __name__))
        caplog.clear()
        await people.hotframe.unmount("another")


@LATE
async def test_a_late_route_without_the_guard_that_its_view_has_elsewhere_is_refused(
    people: GuardedSite, when: str
) -> None:
    async def page() -> str:
        return "secret"

    guard(IsStaff)(page)
    await until(when, people)
    with pytest.raises(SetupError, match=TOLD):
        people.app.add_url_rule("/", "page", page)
    undone = people.hotframe.runtime.current.composed
    assert await people.status("/", "staff") == (404 if undone else 500)


@LATE
async def test_a_late_route_with_its_guard_in_place_serves(people: GuardedSite, when: str) -> None:
    await until(when, people)

    @people.app.get("/")
    @guard(IsStaff)
    async def page() -> str:
        return "secret"

    assert [await people.status("/", one) for one in ("", "staff")] == [401, 200]


async def test_a_late_socket_without_its_guard_does_not_open(people: GuardedSite) -> None:
    async def socket() -> None:
        await websocket.send("secret")

    with pytest.raises(SetupError, match=TOLD):
        guard(IsStaff)(people.app.websocket("/socket")(socket))
    with pytest.raises(WebsocketResponseError) as refused:
        async with people.client.websocket("/socket") as opened:
            await opened.receive()
    assert refused.value.response.status_code == 500


async def test_a_late_blueprint_with_a_guard_above_a_route_is_refused(
    people: GuardedSite,
) -> None:
    late = Blueprint("late", __name__)

    @guard(IsStaff)
    @late.get("/one")
    async def one() -> str:
        return "secret"

    @late.get("/two")
    @guard(IsStaff)
    async def two() -> str:
        return "secret"

    with pytest.raises(SetupError, match="above the route of 'late.one'"):
        people.app.register_blueprint(late)
    assert [await people.status(path) for path in ("/one", "/two")] == [500, 401]


async def test_a_late_blueprint_that_fails_half_way_leaves_no_page_without_its_guard(
    people: GuardedSite,
) -> None:
    late = Blueprint("late", __name__)

    @guard(IsStaff)
    @late.get("/one")
    async def one() -> str:
        return "secret"

    @late.record
    def fail(state: Any) -> None:
        raise ValueError("half way")

    with pytest.raises(SetupError, match="above the route of 'late.one'"):
        people.app.register_blueprint(late)
    assert await people.status("/one") == 500


async def test_a_guard_elsewhere_says_nothing_about_a_page_that_was_served_from_the_start(
    guarded: GuardedSite,
) -> None:
    async def page() -> str:
        return "for everybody"

    guarded.app.add_url_rule("/", "page", page)
    async with serving(guarded) as people:
        guard(IsStaff)(page)
        people.app.add_url_rule("/late", "late", logged(page))
        assert [await people.status(path) for path in ("/", "/late")] == [200, 200]


async def test_before_the_start_views_may_be_given_a_guard(guarded: GuardedSite) -> None:
    @guarded.app.get("/")
    async def page() -> str:
        return "secret"

    guarded.app.view_functions["page"] = guard(IsStaff)(guarded.app.view_functions["page"])
    async with serving(guarded) as people:
        assert [await people.status("/", one) for one in ("", "staff")] == [401, 200]


@pytest.mark.parametrize("first", ["route", "start", "guard"])
async def test_an_app_that_has_ended_refuses_at_its_next_start(
    guarded: GuardedSite, first: str
) -> None:
    async def page() -> str:
        return "secret"

    if first == "start":
        guarded.app.add_url_rule("/", "page", page)
    async with serving(guarded):
        pass
    if first == "route":
        guarded.app.add_url_rule("/", "page", page)
    guard(IsStaff)(page)
    if first == "guard":
        guarded.app.add_url_rule("/", "page", page)
    with pytest.raises(SetupError, match=TOLD):
        await guarded.app.startup()
    await guarded.app.shutdown()


async def test_a_guard_that_has_nothing_to_do_with_the_app_changes_nothing_in_it(
    people: GuardedSite,
) -> None:
    async def page() -> str:
        return "page"

    before = people.hotframe.runtime.current
    guard(IsStaff)(page)
    assert people.hotframe.runtime.current is before


async def test_guards_between_other_decorators_are_in_place(guarded: GuardedSite) -> None:
    @guarded.app.get("/")
    @logged
    @guard(IsStaff)
    @guard(IsAuthenticated)
    @logged
    async def page() -> str:
        return "secret"

    async with serving(guarded) as people:
        assert [await people.status("/", one) for one in ("", "ann", "staff")] == [401, 403, 200]


async def test_views_of_any_kind_serve_with_a_guard_and_without(guarded: GuardedSite) -> None:
    class Page:
        __hash__ = None  # type: ignore[assignment]
        __slots__ = ()
        __name__ = "page"

        def __call__(self) -> str:
            return "page"

    guarded.app.add_url_rule("/all", "all", Page())
    guarded.app.add_url_rule("/staff", "staff", guard(IsStaff)(Page()))
    async with serving(guarded) as people:
        assert [await people.status(path) for path in ("/all", "/staff")] == [200, 401]
        assert await people.status("/staff", "staff") == 200


async def test_one_function_may_be_served_with_a_guard_and_to_everybody(
    guarded: GuardedSite,
) -> None:
    async def page() -> str:
        return "page"

    guarded.app.add_url_rule("/staff", "staff", guard(IsStaff)(page))
    guarded.app.add_url_rule("/all", "all", guard(AllowAny)(page))
    async with serving(guarded) as people:
        assert [await people.status(path) for path in ("/staff", "/all")] == [401, 200]


@pytest.mark.parametrize(
    "wrong",
    [lambda: IsStaff and IsSuperuser, lambda: IsStaff or IsSuperuser, lambda: not IsStaff],
)
def test_words_that_would_drop_a_guard_are_refused(wrong: Any) -> None:
    with pytest.raises(SetupError, match="combine with '&'"):
        wrong()


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ("shop.edit", "write HasPermission\\('shop.edit'\\)"),
        (HasPermission, "is no guard"),
        (7, "is no guard"),
        (lambda: True, "needs 0 arguments"),
        (lambda user, subject, more: True, "needs 3 arguments"),
    ],
)
def test_what_is_no_guard_is_refused_at_once(wrong: Any, told: str) -> None:
    with pytest.raises(SetupError, match=told):
        guard(wrong)
    with pytest.raises(SetupError, match=told):
        IsStaff & wrong


def test_what_can_have_no_guard_is_refused_at_once(guarded: GuardedSite) -> None:
    class Orders(MethodView):
        pass

    with pytest.raises(SetupError, match="decorators = "):
        guard(IsStaff)(Orders)
    with pytest.raises(SetupError, match="a view or a blueprint"):
        guard(IsStaff)(guarded.app)
