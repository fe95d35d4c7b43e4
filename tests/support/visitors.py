"""An app with sessions, and visitors with cookies of their own."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any
from typing import cast

from quart import Quart
from quart import request
from quart import session
from quart import websocket

from quart_hotframe import HotFrame
from quart_hotframe.security.sessions.interface import ServerSessionInterface

from .sites import new_app

COOKIE = "session"


class Visitor:
    """A browser with cookies of its own."""

    def __init__(self, app: Quart) -> None:
        self.client = app.test_client()

    @property
    def cookie(self) -> str | None:
        """The session's cookie."""
        jar: Any = self.client.cookie_jar
        return next((one.value for one in jar if one.name == COOKIE), None)

    @cookie.setter
    def cookie(self, value: str) -> None:
        self.client.set_cookie("localhost", COOKIE, value)

    async def get(self, path: str, **options: Any) -> tuple[int, str]:
        """Return status and body of an answer."""
        response = await self.client.get(path, **options)
        return response.status_code, await response.get_data(as_text=True)

    async def text(self, path: str, **options: Any) -> str:
        """Return the body of an answer with status 200."""
        status, body = await self.get(path, **options)
        assert status == 200, body
        return body


class Site:
    """An app whose pages change and show the session.

    ``now`` is what the clock of its sessions says.
    """

    def __init__(self, folder: Path, config: dict[str, Any]) -> None:
        self.app = new_app(folder, {"SECRET_KEY": "secret", **config})
        self.hotframe = HotFrame(self.app)
        self.now = 1_900_000_000.0
        self.holding = asyncio.Event()
        self.release = asyncio.Event()
        interface = self.app.session_interface
        if isinstance(interface, ServerSessionInterface):
            interface._clock = lambda: self.now
        self._add_routes()

    @property
    def store(self) -> Any:
        """The store of the sessions."""
        return cast(ServerSessionInterface, self.app.session_interface).store

    def visitor(self, cookie: str | None = None) -> Visitor:
        """Return a new visitor."""
        made = Visitor(self.app)
        if cookie is not None:
            made.cookie = cookie
        return made

    async def logged_in(self, user: str = "7") -> Visitor:
        """Return a visitor who has logged in."""
        visitor = self.visitor()
        await visitor.text(f"/login/{user}")
        return visitor

    def _add_routes(self) -> None:
        app, sessions = self.app, self.hotframe.sessions

        @app.get("/plain")
        async def plain() -> str:
            return "plain"

        @app.get("/show")
        async def show() -> dict[str, Any]:
            return {key: session[key] for key in session if not key.startswith("hf_")}

        @app.get("/who")
        async def who() -> str:
            return sessions.user_id or "nobody"

        @app.get("/set/<key>/<value>")
        async def set_(key: str, value: str) -> str:
            session[key] = value
            return "set"

        @app.get("/delete/<key>")
        async def delete(key: str) -> str:
            del session[key]
            return "deleted"

        @app.get("/hold/<key>/<value>")
        async def hold(key: str, value: str) -> str:
            session[key] = value
            self.holding.set()
            await self.release.wait()
            return "held"

        @app.get("/login/<user>")
        async def login(user: str) -> str:
            await sessions.login(user)
            return "in"

        @app.get("/logout")
        async def logout() -> str:
            await sessions.logout()
            return "out"

        @app.get("/rotate")
        async def rotate() -> str:
            await sessions.rotate()
            return "rotated"

        @app.get("/generation")
        async def generation() -> str:
            return sessions.generation()

        @app.get("/of/<user>")
        async def of_user(user: str) -> list[dict[str, Any]]:
            return [vars(one) for one in await sessions.of_user(user)]

        @app.get("/end/<id>")
        async def end(id: str) -> str:
            return str(await sessions.end(id))

        @app.get("/end_all/<user>")
        async def end_all(user: str) -> str:
            await sessions.end_all(user, except_current="others" in request.args)
            return "ended"

        @app.websocket("/socket")
        async def socket() -> None:
            while (message := str(await websocket.receive())) != "end":
                key, _, value = message.partition("=")
                session[key] = value
                await websocket.send(str(dict(session)))
