"""Ordinary apps behave byte for byte as before when HotFrame and a module are added."""

from __future__ import annotations

import asyncio
import itertools
from typing import Any

import pytest
from quart import Quart

from .sites import CROSS
from .stock import STOCK
from .stock import with_hotframe

PATHS = ["/", "/framed", "/hook", "/form", "/login", "/me", "/logout", "/crash", "/nowhere"]
PATHS += [f"/fail/{code}" for code in (400, 403, 405, 410, 413, 429, 500, 503)]
BODIES = [b"", b"x=%3Cb%3E", b"x=1&csrf_token=own-token", b"user=ada&csrf_token=own-token"]
SENT: list[dict[str, str]] = [
    {},
    {"Accept": "application/json"},
    {"Cookie": "session=broken"},
    {"Host": "evil.example", "X-Forwarded-For": "1.2.3.4", "X-Forwarded-Proto": "https"},
    CROSS,
]


async def raw(app: Quart, method: str, path: str, headers: Any, body: bytes) -> Any:
    """Return all that the app sends, as it sends it."""
    form = [(b"content-type", b"application/x-www-form-urlencoded")] if body else []
    scope: Any = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": method,
        "scheme": "http", "path": path, "raw_path": path.encode(), "query_string": b"",
        "root_path": "", "client": ("127.0.0.1", 1), "server": ("localhost", 80), "extensions": {},
        "headers": [(b"host", b"localhost"), *form]
        + [(name.lower().encode(), value.encode()) for name, value in headers.items()],
    }  # fmt: skip
    sent: list[Any] = []
    over = asyncio.Event()
    messages = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive() -> Any:
        if messages:
            return messages.pop()
        await over.wait()
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        sent.append(message)
        if message["type"] == "http.response.body" and not message.get("more_body"):
            over.set()

    await app(scope, receive, send)
    return sent


async def answers(app: Quart) -> dict[Any, Any]:
    seen: dict[Any, Any] = {}
    methods = ("GET", "POST", "PUT", "OPTIONS", "HEAD")
    async with app.test_app():
        for path, sent, body in itertools.product(PATHS, SENT, BODIES):
            for method in methods if not body else ("POST",):
                key = method, path, tuple(sent), body
                seen[key] = await raw(app, method, path, sent, body)
        client: Any = app.test_client()
        for path in ("/login", "/me", "/me", "/logout", "/me"):
            for ask in (client.post, client.get):
                response = await ask(path, form={"user": "ada"}, headers=CROSS)
                seen[path, ask.__name__, len(seen)] = response.status_code, await response.data
    return seen


@pytest.fixture(autouse=True)
def one_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let signed cookies, which have the time in them, be the same."""
    monkeypatch.setattr("itsdangerous.timed.time.time", lambda: 1_800_000_000.0)


@pytest.mark.parametrize("security", ["report", "off"])
@pytest.mark.parametrize("name", STOCK)
async def test_an_ordinary_app_sends_the_same_bytes(name: str, security: str) -> None:
    plain = await answers(STOCK[name]())
    assert await answers(with_hotframe(STOCK[name](), HOTFRAME_SECURITY=security)) == plain


@pytest.mark.parametrize("name", STOCK)
async def test_a_strict_app_does_not(name: str) -> None:
    plain = await answers(STOCK[name]())
    strict = await answers(with_hotframe(STOCK[name](), HOTFRAME_SECURITY="strict", SECRET_KEY="x"))
    assert sum(strict[key] != plain[key] for key in plain) > 100


async def test_a_socket_of_the_app_is_open_to_all() -> None:
    app = with_hotframe(STOCK["scripts"]())
    async with app.test_app():
        async with app.test_client().websocket("/ws", headers=CROSS) as socket:
            assert await socket.receive() == "hello"


async def test_the_module_beside_it_is_protected() -> None:
    app = with_hotframe(STOCK["scripts"]())
    async with app.test_app():
        response = await app.test_client().get("/module/")
        assert "Content-Security-Policy" in response.headers
