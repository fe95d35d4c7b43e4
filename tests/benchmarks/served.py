"""Serves one of the two sites with Hypercorn until it is ended; prints a line when it listens."""

from __future__ import annotations

import asyncio
import signal
import sys
from pathlib import Path

from hypercorn.asyncio import serve
from hypercorn.config import Config

from . import sites


async def main(kind: str, root: str, count: str, port: str) -> None:
    """Serve on the loopback interface."""
    app = sites.SITES[kind](Path(root), int(count))
    config = Config()
    config.bind = [f"127.0.0.1:{port}"]
    config.errorlog = None
    end = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, end.set)

    @app.before_serving
    async def started() -> None:
        print("starts", flush=True)

    await serve(app, config, shutdown_trigger=end.wait)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
