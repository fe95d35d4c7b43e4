"""Guards before views, class-based views, blueprints and sockets of the app's own."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from quart import abort
from quart import Blueprint
from quart import request
from quart import websocket
from quart.testing import WebsocketResponseError
from quart.views import MethodView

from quart_hotframe.errors import AuthenticationRequired
from quart_hotframe.errors import PermissionDenied
from quart_hotframe.security import AllowAny
from quart_hotframe.security import allows
from quart_hotframe.security import check
from quart_hotframe.security import current_user
from quart_hotframe.security import guard
from quart_hotframe.security import HasPermission
from quart_hotframe.security import IsAuthenticated
from quart_hotframe.security import IsStaff
from quart_hotframe.security import IsSuperuser
from tests.support.people import GuardedSite
from tests.support.people import PEOPLE
from tests.support.people import Person
from tests.support.sites import serving

VISITORS = ["", *PEOPLE]


def view(people: GuardedSite, wanted: Any, path: str = "/") -> list[str]:
    """Add a guarded view, and return where it notes that it ran."""
    ran: list[str] = []

    @people.app.route(path, methods=["GET", "POST"], endpoint=path.strip("/") or "root")
    @guard(wanted)
    async def guarded() -> str:
        ran.append(request.method)
        return "secret"

    return ran


def is_ann(user: Any) -> bool:
    return bool(user.id == 1)


def is_staff_at_home(user: Any, asked: Any) -> bool:
    return bool(asked.path == "/" and user.id == 2)


@pytest.mark.parametrize(
    ("wanted", "may"),
    [
        (AllowAny, VISITORS),
        (IsAuthenticated, ["ann", "staff", "root", "editor", "keeper"]),
        (IsStaff, ["staff"]),
        (IsSuperuser, ["root"]),
        (~IsAuthenticated, ["", "expired"]),
        (IsStaff | IsSuperuser, ["staff", "root"]),
        (IsAuthenticated & ~IsStaff, ["ann", "root", "editor", "keeper"]),
        (is_ann, ["ann"]),
        (is_staff_at_home, ["staff"]),
        (IsStaff | (lambda user: user.id == 1), ["ann", "staff"]),
        ((lambda user: user.id < 3) & IsStaff, ["staff"]),
        ((lambda user: user.id == 1) | IsStaff, ["ann", "staff"]),
        (~(IsStaff | (lambda user: user.id == 1)), ["root", "editor", "keeper"]),
        (HasPermission("site.view"), ["root"]),
        (HasPermission("site.view") & HasPermission("site.none"), []),
        (HasPermission("site.none") | IsStaff, ["staff"]),
        (HasPermission("site.none") & IsStaff, []),
        (~HasPermission("site.none"), []),
        (~(HasPermission("site.none") | IsStaff), []),
    ],
    ids=lambda one: getattr(one, "__name__", repr(one)),
)
@pytest.mark.parametrize("guarded", [{"HOTFRAME_PERMISSIONS": "site.view"}], indirect=True)
async def test_who_is_let_in(guarded: GuardedSite, wanted: Any, may: list[str]) -> None:
    ran = view(guarded, wanted)
    client = guarded.app.test_client()
    for visitor in VISITORS:
        response = await client.get("/", headers={"Visitor": visitor})
        signed_in = visitor not in ("", "expired")
        expected = 200 if visitor in may else 403 if signed_in else 401
        assert response.status_code == expected, visitor
        assert (b"secret" in await response.get_data()) == (visitor in may)
    assert len(ran) == len(may)


async def test_every_way_to_write_a_view(people: GuardedSite) -> None:
    @people.app.get("/sync")
    @guard(IsStaff)
    def sync() -> str:
        return "secret"

    @people.app.get("/streamed")
    @guard(IsStaff)
    async def streamed() -> Any:
        yield b"secret"

    class Orders(MethodView):
        decorators = [guard(IsStaff)]  # noqa: RUF012

        async def get(self) -> str:
            return "secret"

    people.app.add_url_rule("/class", view_func=Orders.as_view("class"))
    for path in ("/sync", "/streamed", "/class"):
        assert await people.status(path) == 401
        assert await people.status(path, "ann") == 403
        response = await people.asks(path, "staff")
        assert await response.get_data() == b"secret"


def shelves(people: GuardedSite, folder: Any) -> Blueprint:
    """Return a guarded blueprint with a view, a socket, static files and a nested blueprint."""
    (folder / "static").mkdir()
    (folder / "static" / "plan.txt").write_text("secret")
    outer = Blueprint("outer", __name__, static_folder=str(folder / "static"), url_prefix="/outer")
    inner = Blueprint("inner", __name__, url_prefix="/inner")
    guard(IsStaff)(outer)

    @outer.get("/page")
    @inner.get("/page")
    async def page() -> str:
        return "secret"

    @outer.websocket("/socket")
    async def socket() -> None:
        await websocket.send("secret")

    outer.register_blueprint(inner)
    people.app.register_blueprint(outer)
    return outer


async def test_a_blueprint_with_all_that_belongs_to_it(guarded: GuardedSite, tmp_path: Any) -> None:
    shelves(guarded, tmp_path)
    view(guarded, AllowAny, "/outside")
    async with serving(guarded) as people:
        for path in ("/outer/page", "/outer/inner/page", "/outer/static/plan.txt"):
            for method in ("GET", "HEAD"):
                assert await people.status(path, method=method) == 401
                assert await people.status(path, "ann", method=method) == 403
                assert await people.status(path, "staff", method=method) == 200
        assert await people.status("/outside") == 200
        assert await people.status("/outer/static/absent.txt") == 401
        assert await people.status("/outer/absent") == 404
        assert await people.status("/outer/page", method="POST") == 405


async def test_sockets_are_refused_before_they_are_accepted(
    guarded: GuardedSite, tmp_path: Any
) -> None:
    shelves(guarded, tmp_path)

    @guarded.app.websocket("/own")
    @guard(IsStaff)
    async def own() -> None:
        await websocket.send(f"secret {current_user.id}")

    async with serving(guarded) as people:
        for path in ("/outer/socket", "/own"):
            for visitor, status in (("", 401), ("ann", 403)):
                with pytest.raises(WebsocketResponseError) as caught:
                    async with people.client.websocket(path, headers={"Visitor": visitor}) as one:
                        await one.receive()
                assert caught.value.response.status_code == status
            async with people.client.websocket(path, headers={"Visitor": "staff"}) as one:
                assert str(await one.receive()).startswith("secret")
    assert guarded.lookups == ["/outer/socket"] * 3 + ["/own"] * 3


async def test_the_methods_of_a_page_are_told_to_all_and_nothing_else(
    guarded: GuardedSite, tmp_path: Any
) -> None:
    shelves(guarded, tmp_path)
    ran = view(guarded, IsStaff)

    @guarded.app.route("/own", methods=["OPTIONS"])
    @guard(IsStaff)
    async def own() -> str:
        return "secret"

    async with serving(guarded) as people:
        for path in ("/", "/outer/page"):
            response = await people.asks(path, method="OPTIONS")
            assert (response.status_code, await response.get_data()) == (200, b"")
            assert "GET" in response.headers["Allow"]
        assert await people.status("/own", method="OPTIONS") == 401
    assert ran == []


# -- functions of the app's own ------------------------------------------------------------------


async def test_a_function_is_asked_about_a_subject_and_may_wait(people: GuardedSite) -> None:
    async def owns(user: Any, order: dict[str, Any]) -> bool:
        await asyncio.sleep(0)
        return bool(order["owner"] == user.id)

    async with people.app.app_context():
        ann = Person(1)
        await check(owns, subject={"owner": 1}, user=ann)
        assert await allows(owns, subject={"owner": 1}, user=ann)
        assert not await allows(owns, subject={"owner": 2}, user=ann)
        with pytest.raises(PermissionDenied):
            await check(owns, subject={"owner": 2}, user=ann)
        with pytest.raises(AuthenticationRequired):
            await check(owns, subject={"owner": 1}, user=None)


async def test_what_nobody_owns_is_not_that_of_somebody_without_a_name(
    people: GuardedSite,
) -> None:
    async with people.app.app_context():
        for wanted in (lambda user, order: order is None, lambda user: user.id is None):
            assert not await allows(wanted, user=None)
            assert not await allows(~(IsStaff | wanted), user=None)


@pytest.mark.parametrize("found", [1, "yes", [], None, object()])
async def test_a_function_that_returns_no_truth_value_lets_nobody_in(
    guarded: GuardedSite, found: Any
) -> None:
    ran = view(guarded, lambda user: found)
    assert await guarded.status("/", "root") == 500
    assert ran == []


async def test_a_guard_that_fails_lets_nobody_in(guarded: GuardedSite) -> None:
    def fails(user: Any) -> bool:
        raise KeyError("gone")

    ran = view(guarded, fails | IsAuthenticated)
    view(guarded, ~(IsStaff | fails), "/negated")
    assert await guarded.status("/", "root") == 500
    assert await guarded.status("/negated", "ann") == 500
    assert ran == []


async def test_a_guard_may_hide_a_page(guarded: GuardedSite) -> None:
    view(guarded, lambda user: user.id == 1 or abort(404))
    assert [await guarded.status("/", one) for one in ("", "ann", "staff")] == [401, 200, 404]


async def test_nobody_comes_in_while_a_guard_waits(guarded: GuardedSite) -> None:
    asked, answered = asyncio.Event(), asyncio.Event()

    async def waits(user: Any) -> bool:
        asked.set()
        await answered.wait()
        return False

    ran = view(guarded, waits | IsStaff)
    asking = asyncio.create_task(guarded.status("/", "staff"))
    await asked.wait()
    assert ran == []
    answered.set()
    assert await asking == 200
