"""Sends events to a server over some connections: a line in asks for a batch.

::

    python -m tests.benchmarks.living.voters hotframe PORT ROWS CONNECTIONS

A batch is answered with the seconds of its events, and those that it took together.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time

from .visitors import VISITORS
from .wire import Asking
from .wire import Connection
from .wire import Socket

Voter = Asking | Socket


async def main(kind: str, port: str, rows: str, connections: str) -> None:
    """Answer until the input ends."""
    voters = [await _voter(kind, int(port), int(rows)) for _ in range(int(connections))]
    told = asyncio.StreamReader()
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(told), sys.stdin)
    while line := await told.readline():
        begin = time.perf_counter()
        each = int(line) // len(voters)
        found = await asyncio.gather(*(_votes(one, each, int(rows)) for one in voters))
        seconds = [one for batch in found for one in batch]
        print(json.dumps([seconds, time.perf_counter() - begin]), flush=True)


async def _voter(kind: str, port: int, rows: int) -> Voter:
    connection = await Connection.to(port)
    made: Voter = (
        Asking(connection, VISITORS[kind]()) if kind in VISITORS else Socket(connection, rows)
    )
    await made.open()
    return made


async def _votes(one: Voter, events: int, rows: int) -> list[float]:
    return [(await one.vote(number % rows))[0] for number in range(events)]


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
