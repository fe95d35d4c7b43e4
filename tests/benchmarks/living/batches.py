"""Runs events of one side in its own process: a line in asks for a batch, a line out has seconds.

::

    python -m tests.benchmarks.living.batches hotframe FOLDER ROWS
"""

from __future__ import annotations

import asyncio
import json
import logging
import sys
from pathlib import Path

from .asgi import Asking
from .asgi import Socket
from .asgi import started
from .kinds import site
from .visitors import VISITORS


async def main(kind: str, root: str, rows: str) -> None:
    """Answer until the input ends."""
    app = site(kind, Path(root), int(rows))
    async with started(app) as state:
        one = (
            Asking(app, VISITORS[kind](), state) if kind in VISITORS
            else Socket(app, state, int(rows))
        )  # fmt: skip
        await one.open()
        told = asyncio.StreamReader()
        loop = asyncio.get_running_loop()
        await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(told), sys.stdin)
        while line := await told.readline():
            print(json.dumps(await batch(one, int(rows), int(line))), flush=True)
        if isinstance(one, Socket):
            await one.close()


async def batch(one: Asking | Socket, rows: int, events: int) -> list[float]:
    """Return the seconds of so many events.

    :raises RuntimeError: what came back does not show the event.
    """
    found = []
    for number in range(events):
        seconds, html = await one.vote(number % rows)
        if html.count("<tr") < rows:
            raise RuntimeError(f"There are not {rows} rows in {html}")
        found.append(seconds)
    return found


if __name__ == "__main__":
    logging.disable(logging.CRITICAL)
    asyncio.run(main(*sys.argv[1:]))
