"""Loaders of users: what they may be, how they fail, and what apps have already."""

from __future__ import annotations

import asyncio
import threading
from typing import Any

import pytest
from quart import Quart
from quart import request
from quart import session
from sqlalchemy import text

from quart_hotframe import db
from quart_hotframe import HotFrame
from quart_hotframe.errors import ConfigurationError
from quart_hotframe.security import current_user
from quart_hotframe.security import guard
from quart_hotframe.security import IsAuthenticated
from quart_hotframe.security import load_user
from tests.support.people import answer
from tests.support.people import app_with
from tests.support.people import Person
from tests.support.ports import free_port
from tests.support.requiring import require_package

PAGE = "no function"


async def test_a_sync_loader_does_not_hold_the_loop() -> None:
    threads: list[int] = []

    def load() -> Any:
        threads.append(threading.get_ident())
        return Person(7) if request.headers.get("Visitor") else None

    client = app_with(load)
    assert await answer(client, headers={"Visitor": "x"}) == (200, "secret 7")
    assert (await answer(client))[0] == 401
    assert threading.get_ident() not in threads


@pytest.mark.parametrize(("error", "status"), [(KeyError("user"), 500), (PermissionError(), 500)])
async def test_a_loader_that_fails_lets_nobody_in(error: Exception, status: int) -> None:
    calls: list[int] = []

    async def load() -> Any:
        calls.append(1)
        raise error

    client = app_with(load)

    @client.app.get("/anonymous")
    @guard(~IsAuthenticated)
    async def anonymous() -> str:
        return "secret"

    @client.app.errorhandler(500)
    async def own(failure: Any) -> tuple[str, int]:
        with pytest.raises(type(error)):
            await load_user()
        return "own page", 500

    for path in ("/", "/anonymous"):
        assert await answer(client, path) == (status, "own page")
    assert len(calls) == 2


async def test_a_loader_that_asks_for_the_user_does_not_wait_for_itself(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def load() -> Any:
        return await load_user()

    assert (await asyncio.wait_for(answer(app_with(load)), 5))[0] == 500
    assert "asks for the user, whom it is to return itself" in caplog.text


async def test_a_database_that_is_away_is_503() -> None:
    require_package("asyncpg")

    async def load() -> Any:
        await db.session.scalar(text("SELECT 1"))
        return Person()

    away = f"postgresql+asyncpg://nobody@127.0.0.1:{free_port()}/nothing"
    client = app_with(load, HOTFRAME_DATABASE_URL=away, HOTFRAME_STORE="file")
    async with client.app.test_app():
        assert (await answer(client))[0] == 503


async def test_without_a_loader_everybody_is_anonymous(caplog: pytest.LogCaptureFixture) -> None:
    client = app_with("")
    assert [(await answer(client))[0] for _ in range(3)] == [401] * 3
    assert caplog.text.count("HOTFRAME_USER_LOADER is not set") == 1


async def load_nobody() -> None:
    """Find nobody."""


@pytest.mark.parametrize("name", [f"{__name__}:load_nobody", f"{__name__}.load_nobody"])
async def test_a_loader_may_be_named(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOTFRAME_USER_LOADER", name)
    app = Quart(__name__)
    HotFrame(app)

    @app.get("/")
    async def page() -> str:
        return repr(await load_user())

    async with app.test_app() as serving:
        assert await answer(serving.test_client()) == (200, "<Anonymous>")


@pytest.mark.parametrize("name", ["nowhere:load", f"{__name__}:absent", f"{__name__}:PAGE"])
async def test_a_loader_that_is_not_there_stops_the_start(name: str) -> None:
    app = app_with(name).app
    with pytest.raises(ConfigurationError, match=f"HOTFRAME_USER_LOADER: '{name}'"):
        await app.startup()
    await app.shutdown()


def test_a_loader_of_another_type_stops_the_start() -> None:
    with pytest.raises(ConfigurationError, match="like 'accounts.users:load'"):
        app_with(7)


async def test_an_app_within_a_request_of_another_has_its_own_user() -> None:
    async def load() -> Any:
        return Person(1)

    inside = app_with(lambda: None).app
    client = app_with(load)

    @client.app.get("/inside")
    @guard(IsAuthenticated)
    async def within() -> str:
        requests = [{"type": "http.request", "body": b"", "more_body": False}]
        sent: list[Any] = []
        answered = asyncio.Event()

        async def receive() -> Any:
            if requests:
                return requests.pop()
            await answered.wait()
            return {"type": "http.disconnect"}

        async def send(message: Any) -> None:
            sent.append(message)
            if not message.get("more_body", True):
                answered.set()

        await inside.asgi_app({**request.scope, "path": "/"}, receive, send)
        return str(sent[0]["status"])

    assert await answer(client, "/inside") == (200, "401")


# -- what apps have already ----------------------------------------------------------------------


async def test_quart_auth() -> None:
    require_package("quart_auth")
    from quart_auth import AuthUser
    from quart_auth import current_user as signed_in
    from quart_auth import login_user
    from quart_auth import logout_user
    from quart_auth import QuartAuth

    async def load() -> Any:
        return signed_in

    client = app_with(load, QUART_AUTH_COOKIE_SECURE=False)
    QuartAuth(client.app)

    @client.app.post("/in")
    async def sign_in() -> str:
        login_user(AuthUser("ann"))
        return "in"

    @client.app.post("/out")
    async def sign_out() -> str:
        logout_user()
        return "out"

    @client.app.get("/name")
    @guard(IsAuthenticated)
    async def name() -> str:
        user: Any = current_user
        return f"{user.auth_id}"

    assert (await answer(client, "/name"))[0] == 401
    await client.post("/in")
    assert await answer(client, "/name") == (200, "ann")
    await client.post("/out")
    assert (await answer(client, "/name"))[0] == 401


async def test_the_session_of_flask_login() -> None:
    from flask import Flask
    from flask import session as flask_session

    flask = Flask(__name__)
    flask.secret_key = "for tests"

    @flask.get("/")
    def sign_in() -> str:
        flask_session.update({"_user_id": "42", "_fresh": True, "_id": "f" * 128})
        return "in"

    cookie = flask.test_client().get("/").headers["Set-Cookie"].partition(";")[0]

    async def load() -> Any:
        found = session.get("_user_id")
        return Person(int(found)) if found else None

    client = app_with(load)
    assert (await answer(client))[0] == 401
    assert await answer(client, headers={"Cookie": cookie}) == (200, "secret 42")
    assert (await answer(client, headers={"Cookie": cookie[:-1]}))[0] == 401
