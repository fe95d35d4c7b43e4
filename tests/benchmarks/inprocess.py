"""Requests straight into the ASGI application, without a server: what HotFrame itself adds."""

from __future__ import annotations

import asyncio
import gc
import time
from collections.abc import AsyncIterator
from collections.abc import Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from quart import Quart

from . import sites
from .pairs import in_turn
from .pairs import Measure
from .table import Row

Headers = Sequence[tuple[bytes, bytes]]

MODULES = 20
REQUESTS = 300
ROUNDS = 31
PATHS = {
    "hello of the app": "/",
    "Jinja page of the app": "/page",
    "hello of a module": "/part7/",
    "Jinja page of a module": "/part7/page",
}


def scope_of(path: str, cookie: str = "", headers: Headers = ()) -> dict[str, Any]:
    """Return what a server gives for ``GET path``."""
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "root_path": "",
        "headers": [
            (b"host", b"127.0.0.1"),
            (b"accept", b"*/*"),
            *([(b"cookie", cookie.encode())] if cookie else []),
            *headers,
        ],
        "client": ("127.0.0.1", 40000),
        "server": ("127.0.0.1", 80),
        "extensions": {},
        "state": {},
    }


async def get(app: Quart, path: str, cookie: str = "", headers: Headers = ()) -> int:
    """Ask the application once and return the status."""
    status = 0
    waiting = [{"type": "http.request", "body": b"", "more_body": False}]
    ended = asyncio.Event()

    async def receive() -> Any:
        if waiting:
            return waiting.pop()
        await ended.wait()
        return {"type": "http.disconnect"}  # as servers say after the last message

    async def send(message: Any) -> None:
        nonlocal status
        status = message.get("status", status)
        if message["type"] == "http.response.body" and not message.get("more_body"):
            ended.set()

    await app(scope_of(path, cookie, headers), receive, send)  # type: ignore[arg-type]
    return status


def seconds_per_request(
    app: Quart, path: str, requests: int, cookie: str = "", headers: Headers = ()
) -> Measure:
    """Return a measure of the time that *requests* requests take, one after the other."""

    async def measure() -> float:
        gc.collect()
        begin = time.perf_counter()
        for _ in range(requests):
            if await get(app, path, cookie, headers) != 200:
                raise RuntimeError(f"{path} did not answer 200 on {app.name}.")
        return (time.perf_counter() - begin) / requests

    return measure


@asynccontextmanager
async def both(root: Path) -> AsyncIterator[tuple[Quart, Quart]]:
    """Start the site twice, plain and through HotFrame."""
    sites.write(root, MODULES)
    first, second = sites.plain(root, MODULES), sites.hotframe(root, MODULES)
    async with first.test_app(), second.test_app():
        yield first, second


async def run(root: Path, scale: float) -> AsyncIterator[Row]:
    """Yield a row for each kind of page."""
    rounds, requests = max(int(ROUNDS * scale), 3), max(int(REQUESTS * scale), 20)
    async with both(root) as (plain, hotframe):
        for what, path in PATHS.items():
            pair = await in_turn(
                seconds_per_request(plain, path, requests),
                seconds_per_request(hotframe, path, requests),
                rounds,
            )
            yield Row(
                f"{what}, in process",
                f"{pair.plain * 1e6:.0f} µs",
                f"{pair.hotframe * 1e6:.0f} µs",
                1 / pair.ratio,
                ">= 0.97",
            )
