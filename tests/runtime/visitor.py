"""A client at the ASGI level, which sees each message when the app sends it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from quart import Blueprint
from quart import Quart

from quart_hotframe import HotFrame

LIMIT = 15.0
"""Seconds after which something that should happen is taken to have failed."""


class Visitor:
    """One request or websocket. ``messages`` are those that the app has sent so far.

    :param tells: say that the connection ended after the last message, as servers do.
    """

    def __init__(self, app: Any, path: str, kind: str = "http", *, tells: bool = True) -> None:
        scope = {
            "type": kind,
            "asgi": {"spec_version": "2.3"},
            "http_version": "1.1",
            "method": "GET",
            "scheme": "http" if kind == "http" else "ws",
            "path": path,
            "raw_path": path.encode(),
            "query_string": b"",
            "root_path": "",
            "headers": [(b"host", b"site.test")],
            "subprotocols": [],
            "extensions": {},
        }
        self.tells = tells
        self.messages: list[dict[str, Any]] = []
        self._arrived = asyncio.Condition()
        self.incoming: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        first = {"type": "http.request"} if kind == "http" else {"type": "websocket.connect"}
        self.incoming.put_nowait(first)
        self.task = asyncio.ensure_future(app(scope, self.incoming.get, self._take))

    async def _take(self, message: dict[str, Any]) -> None:
        async with self._arrived:
            self.messages.append(message)
            self._arrived.notify_all()
        if not self.tells:
            return
        if message["type"] == "http.response.body" and not message.get("more_body"):
            self.incoming.put_nowait({"type": "http.disconnect"})
        elif message["type"] == "websocket.close":
            self.incoming.put_nowait({"type": "websocket.disconnect", "code": message["code"]})

    @property
    def body(self) -> str:
        """What the body has so far, or what the socket said."""
        parts = [m.get("body") or (m.get("text") or "").encode() for m in self.messages]
        return b"".join(parts).decode()

    @property
    def status(self) -> int | None:
        return self.messages[0].get("status") if self.messages else None

    async def hears(self, text: str) -> None:
        """Wait until the body has this text."""
        async with asyncio.timeout(LIMIT), self._arrived:
            await self._arrived.wait_for(lambda: text in self.body)

    async def ends(self) -> str:
        """Wait for the end, and return the whole body."""
        await asyncio.wait_for(self.task, LIMIT)
        return self.body

    def says(self, text: str) -> None:
        """Send a message over the websocket."""
        self.incoming.put_nowait({"type": "websocket.receive", "bytes": None, "text": text})

    async def leaves(self) -> None:
        """Go away as a browser does."""
        kind = "websocket" if self.status is None else "http"
        self.incoming.put_nowait({"type": f"{kind}.disconnect", "code": 1001})
        await asyncio.wait([self.task], timeout=LIMIT)


def make_app(folder: Any, app: Quart | None = None, **settings: Any) -> Quart:
    """Return an app that keeps its instance folder to itself."""
    app = app or Quart("site", root_path=str(folder), instance_path=str(folder / "instance"))
    app.config["HOTFRAME_POLL_INTERVAL"] = 0.02
    app.config.update({f"HOTFRAME_{name.upper()}": value for name, value in settings.items()})
    return app


@asynccontextmanager
async def serving(app: Quart) -> AsyncIterator[HotFrame]:
    """Run the app's lifespan around the block."""
    hotframe = app.extensions.get("hotframe") or HotFrame(app)
    async with app.test_app():
        yield hotframe


async def swap(hotframe: HotFrame, blueprint: Blueprint) -> None:
    """Serve another blueprint of the same name from one moment to the next."""
    from quart_hotframe.runtime.scratch import register
    from quart_hotframe.runtime.scratch import Registration

    runtime = hotframe.runtime
    name = blueprint.name
    brought = register(runtime.host, name, [Registration(blueprint, {})])
    brought.items["hooks"] = ()
    others = [c for c in runtime.current.contributions.values() if c.owner != name]
    runtime.publish(runtime.compose([*others, brought]))


async def answer(app: Quart, path: str) -> tuple[int, str]:
    """Return status and body of one request."""
    response = await app.test_client().get(path)
    return response.status_code, await response.get_data(as_text=True)
