"""Serves one of the sides with Hypercorn, one worker, until it is ended.

::

    python -m tests.benchmarks.living.serving hotframe FOLDER ROWS PORT
"""

from __future__ import annotations

import asyncio
import logging
import signal
import sys
from pathlib import Path

from hypercorn.asyncio import serve
from hypercorn.config import Config

from .kinds import site


async def main(kind: str, root: str, rows: str, port: str) -> None:
    """Serve on the loopback interface."""
    config = Config()
    config.bind = [f"127.0.0.1:{port}"]
    config.backlog = 4096
    config.errorlog = None
    config.keep_alive_max_requests = 10_000_000  # of one voter
    config.keep_alive_timeout = 600  # while it is the turn of others
    end = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, end.set)
    await serve(site(kind, Path(root), int(rows)), config, shutdown_trigger=end.wait)


if __name__ == "__main__":
    logging.disable(logging.CRITICAL)
    asyncio.run(main(*sys.argv[1:]))
