"""Notifications of PostgreSQL, with asyncpg."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncConnection

PROBE = 30.0
"""Seconds after which a connection on which nothing was heard is tried."""


async def hear(connection: AsyncConnection, channel: str, heard: Callable[[], None]) -> None:
    """Call a function for each notification, until the connection ends.

    It is called at the beginning too, because something may have been missed before. A network
    that swallows everything is found by a query now and then.

    :param connection: one that nobody else uses meanwhile, nor afterwards.
    :raises OSError: the connection does not answer any more; so do other errors of asyncpg.
    """
    driver: Any = (await connection.get_raw_connection()).driver_connection
    ended = asyncio.Event()
    driver.add_termination_listener(lambda _: ended.set())
    await driver.add_listener(channel, lambda *_: heard())
    heard()
    while not ended.is_set():
        try:
            async with asyncio.timeout(PROBE):
                await ended.wait()
        except TimeoutError:
            await driver.execute("SELECT 1", timeout=PROBE)
