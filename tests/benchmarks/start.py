"""A program that starts a site and answers one request, then prints what memory that took."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import psutil
from quart.testing import TestApp

from . import sites
from .inprocess import get

PATIENCE = 600
"""Seconds to start: valgrind, which counts instructions, makes it fifty times as slow."""


async def main(kind: str, root: str, count: str, path: str) -> None:
    """Print the resident memory in MiB at the first answer."""
    app = sites.SITES[kind](Path(root), int(count))
    async with TestApp(app, startup_timeout=PATIENCE):
        if await get(app, path) != 200:
            raise SystemExit(f"{path} did not answer 200.")
        print(_resident(), flush=True)


def _resident() -> float:
    mebibytes: float = psutil.Process().memory_info().rss / 2**20
    return mebibytes


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
