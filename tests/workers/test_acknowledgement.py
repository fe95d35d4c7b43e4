"""Once an operation has returned, no request gets what was served before it, from any worker."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.support.modules import write_module
from tests.support.servers import Farm
from tests.support.servers import Server
from tests.support.watching import keep_asking
from tests.support.watching import page
from tests.support.watching import Watched

pytestmark = [pytest.mark.server, pytest.mark.load, pytest.mark.timeout(300)]

CLIENTS = 12
AFTER = 60
"""So many requests that began after an operation returned are awaited before the next begins."""


async def operated(one: Watched, text: str, work: Callable[[], Any], server: Server) -> None:
    """Do an operation under load, and wait until enough requests came after it."""
    one.coming = text
    result = await asyncio.to_thread(work)
    one.returned.append(text)
    one.coming, one.after, one.pids = None, 0, set()
    assert list(result["acknowledged"].values()) == [True, True], result
    async with asyncio.timeout(60):
        while not one.wrong and (one.after < AFTER or one.pids != server.pids):
            await asyncio.sleep(0.01)


def write_notes(farm: Farm, text: str) -> Path:
    """Write the app's own module, which is edited in place."""
    return write_module(farm.folder / "app" / "modules", "notes", files=page(text))


async def test_requests_that_begin_after_an_operation_returned_get_its_result(farm: Farm) -> None:
    blog, notes = Watched("/blog/", ["1.0"]), Watched("/notes/", ["first"])
    sources = {v: farm.source("blog", v, files=page(v)) for v in ("1.0", "2.0", "3.0", "4.0")}
    write_notes(farm, "first")
    server = await asyncio.to_thread(farm.serve, 2)
    for arguments in (("install", sources["1.0"]), ("enable", "blog"), ("enable", "notes")):
        await asyncio.to_thread(server.done, *arguments)

    async def blog_does(text: str, by: Callable[..., Any], *arguments: Any) -> None:
        await operated(blog, text, lambda: by(*arguments), server)

    async def notes_become(text: str, by: Callable[..., Any]) -> None:
        await asyncio.to_thread(write_notes, farm, text)
        await operated(notes, text, lambda: by("reload", "notes"), server)

    stop = asyncio.Event()
    async with asyncio.TaskGroup() as group:
        for _ in range(CLIENTS):
            group.create_task(keep_asking(server.port, [blog, notes], stop))
        try:
            for by in (server.done, farm.command):
                await blog_does("2.0", by, "upgrade", "blog", sources["2.0"])
                await blog_does("1.0", by, "rollback", "blog")
                await blog_does("3.0", by, "upgrade", "blog", sources["3.0"])
                await notes_become(f"second-{by.__name__}", by)
                await notes_become(f"third-{by.__name__}", by)
                await blog_does("1.0", by, "rollback", "blog")
            await blog_does("4.0", server.done, "upgrade", "blog", sources["4.0"])
        finally:
            stop.set()
    assert blog.wrong == notes.wrong == []
    assert len(blog.returned) + len(notes.returned) - 2 == 13
    assert blog.answers > 13 * AFTER


def test_a_worker_that_stops_right_after_it_acknowledged_serves_the_result(farm: Farm) -> None:
    """The load above cannot hit the moment between the two; this stops a worker in it."""
    coordinator, other = farm.serve(), farm.serve()
    coordinator.done("install", farm.source("blog", "1.0"))
    coordinator.done("enable", "blog")
    farm.pause(other.process.pid, "told")
    coordinator.done("upgrade", "blog", farm.source("blog", "2.0"))
    farm.await_pause()
    assert other.ask("GET", "/blog/") == (200, "blog 2.0")
    farm.go_on()
