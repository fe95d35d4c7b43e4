"""Publishes to many streams without a server, and prints the seconds until the last one has it.

::

    python -m tests.benchmarks.living.streams_inside hotframe FOLDER STREAMS TIMES
"""

from __future__ import annotations

import asyncio
import json
import logging
import sys
import time
from pathlib import Path
from typing import Any

from .asgi import Application
from .asgi import exchange
from .asgi import right
from .asgi import scope_of
from .asgi import started
from .kinds import site
from .listening import FIRST
from .listening import publishing
from .listening import stream_of


class Listeners:
    """The streams, and how many of them have what is waited for."""

    def __init__(self, app: Application, state: dict[str, Any]) -> None:
        self._app = app
        self._state = state
        self._mark = FIRST
        self._left = 0
        self._all = asyncio.Event()
        self._tasks: list[asyncio.Future[Any]] = []

    def wait_for(self, mark: bytes, count: int) -> None:
        """Begin to wait until so many have been sent something."""
        self._mark, self._left = mark, count
        self._all.clear()

    async def all_have_it(self) -> None:
        """Go on when they have."""
        await self._all.wait()

    async def open(self, kind: str, count: int) -> None:
        """Open so many."""
        self.wait_for(FIRST, count)
        self._tasks = [asyncio.ensure_future(self._listen(kind)) for _ in range(count)]
        await self.all_have_it()

    async def _listen(self, kind: str) -> None:
        request = stream_of(kind)
        waiting = [{"type": "http.request", "body": request.body, "more_body": False}]

        async def receive() -> Any:
            if waiting:
                return waiting.pop()
            return await asyncio.Future()

        async def send(message: Any) -> None:
            if self._mark in message.get("body", b""):
                self._left -= 1
                if not self._left:
                    self._all.set()

        await self._app(scope_of(request, self._state), receive, send)

    async def close(self) -> None:
        """Go away."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)


async def main(kind: str, root: str, streams: str, times: str) -> None:
    """Print the seconds of each."""
    app, count, found = site(kind, Path(root), 1), int(streams), []
    async with started(app) as state:
        listeners = Listeners(app, state)
        await listeners.open(kind, count)
        for number in range(int(times)):
            request, mark = publishing(number)
            listeners.wait_for(mark, count)
            begin = time.perf_counter()
            right(await exchange(app, request, state))
            await listeners.all_have_it()
            found.append(time.perf_counter() - begin)
        await listeners.close()
    print(json.dumps(found[1:]))


if __name__ == "__main__":
    logging.disable(logging.CRITICAL)
    asyncio.run(main(*sys.argv[1:]))
