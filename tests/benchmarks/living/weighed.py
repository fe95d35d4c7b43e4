"""Prints what travels for one changed row, as base64: ``{"up": …, "down": …}``.

::

    python -m tests.benchmarks.living.weighed hotframe FOLDER ROWS
"""

from __future__ import annotations

import asyncio
import json
import logging
import sys
from base64 import b64encode
from pathlib import Path

from .asgi import exchange
from .asgi import right
from .asgi import Socket
from .asgi import started
from .kinds import site
from .visitors import VISITORS

BEFORE = 3
"""Events that come before the one that is weighed: first ones carry more."""


async def main(kind: str, root: str, rows: str) -> None:
    """Print both."""
    app = site(kind, Path(root), int(rows))
    async with started(app) as state:
        if kind in VISITORS:
            visitor = VISITORS[kind]()
            visitor.came(right(await exchange(app, visitor.page(), state)))
            for _ in range(BEFORE + 1):
                request = visitor.vote(0)
                answer = right(await exchange(app, request, state))
                visitor.voted(answer)
            up, down = request.body, answer.body
        else:
            socket = Socket(app, state, int(rows))
            await socket.open()
            up, down = (text.encode() for text in await socket.weighed())
            await socket.close()
    print(json.dumps({"up": b64encode(up).decode(), "down": b64encode(down).decode()}))


if __name__ == "__main__":
    logging.disable(logging.CRITICAL)
    asyncio.run(main(*sys.argv[1:]))
