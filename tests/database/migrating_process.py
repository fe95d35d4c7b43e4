"""A process that migrates: ``python -m tests.database.migrating_process URL FOLDER NAME``."""

from __future__ import annotations

import asyncio
import logging
import sys
from pathlib import Path

from sqlalchemy.ext.asyncio import create_async_engine

from quart_hotframe.database.migrations import Migrator
from tests.support.migrations import subject_in


async def main(url: str, folder: str, name: str) -> None:
    engine = create_async_engine(url)
    try:
        done = await Migrator(engine).upgrade(subject_in(Path(folder), name))
    finally:
        await engine.dispose()
    print(",".join(done), flush=True)


if __name__ == "__main__":
    logging.basicConfig(level=logging.WARNING, format="%(message)s")
    asyncio.run(main(*sys.argv[1:]))
