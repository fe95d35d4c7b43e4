"""Requests that go on while modules change, each compared with what was promised when it began."""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass
from dataclasses import field
from itertools import count

from tests.load.client import Connection

VIEWS = """\
import os
from . import blueprint

@blueprint.get("/")
async def index() -> str:
    return f"serves {text} in {{os.getpid()}}"
"""
KEPT = 20
"""So many requests go over one connection; the next connection may reach the other worker."""


@dataclass
class Watched:
    """A module under load.

    ``returned`` has what is served after each operation, once it has returned; ``coming`` what the
    one under way will serve.
    """

    path: str
    returned: list[str] = field(default_factory=list)
    coming: str | None = None
    after: int = 0
    pids: set[int] = field(default_factory=set)
    wrong: list[str] = field(default_factory=list)
    answers: int = 0

    async def ask(self, connection: Connection) -> None:
        """Ask once, and compare the answer with what was promised when the request began."""
        promised = len(self.returned) - 1
        try:
            status, headers = await connection.request(self.path)
            text = await connection.body(headers)
        except (OSError, EOFError, TimeoutError) as error:
            self.wrong.append(repr(error))
            connection.close()
            return
        found = re.fullmatch(r"serves (\S+) in (\d+)", text)
        allowed = {*self.returned[promised:], self.coming}
        self.answers += 1
        if status != 200 or found is None or found[1] not in allowed:
            self.wrong.append(f"{status} {text!r} is not of {allowed}")
        elif promised == len(self.returned) - 1 and self.coming is None:
            self.after += 1
            self.pids.add(int(found[2]))


async def keep_asking(port: int, watched: list[Watched], stop: asyncio.Event) -> None:
    connections = [Connection(port) for _ in watched]
    try:
        for number in count():
            for one, connection in zip(watched, connections, strict=True):
                await one.ask(connection)
                if number % KEPT == KEPT - 1:
                    connection.close()
            if stop.is_set():
                break
    finally:
        for connection in connections:
            connection.close()


def page(text: str) -> dict[str, str]:
    return {"views.py": VIEWS.format(text=text)}
