"""An operation does not hold the event loop: other tasks get their turns while it goes on."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from collections.abc import Awaitable
from collections.abc import Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tests.support.modules import write_file
from tests.support.sites import Site

WAITS = """\
import time
from pathlib import Path

def wait():
    end = time.monotonic() + {seconds}
    Path({begun!r}).touch()
    while not Path({go!r}).exists():
        time.sleep(0.001)
        if time.monotonic() > end:
            Path({held!r}).touch()
            return
"""
BEATS = 100
"""So many turns must the loop take while the module's code waits for them."""


class Heart:
    """Beats once a turn of the loop; what waits may go on after so many beats."""

    def __init__(self, folder: Path) -> None:
        self.begun, self.go, self.held = folder / "begun", folder / "go", folder / "held"

    def waits(self, seconds: float = 10.0) -> str:
        """Return code whose ``wait()`` blocks its thread until the heart has beaten."""
        names = {name: str(getattr(self, name)) for name in ("begun", "go", "held")}
        return WAITS.format(seconds=seconds, **names)

    async def beat(self) -> None:
        beats = 0
        while beats < BEATS:
            await asyncio.sleep(0)
            beats += self.begun.exists()
        self.go.touch()

    @asynccontextmanager
    async def beating(self) -> AsyncIterator[None]:
        task = asyncio.create_task(self.beat())
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


async def enable(site: Site, waits: str) -> None:
    await site.has("news", "1.0", files={"tasks.py": f"{waits}\nwait()\n"})


async def upgrade(site: Site, waits: str) -> None:
    await site.has("news", "1.0")
    files = {"tasks.py": f"{waits}\nwait()\n"}
    await site.modules.upgrade("news", site.source("news", "2.0", files=files))


async def reload_of_what_it_needs(site: Site, waits: str) -> None:
    site.write("base")
    site.write("news", manifest='requires = ["base"]')
    await site.modules.enable("news")
    write_file(site.project / "news" / "tasks.py", f"{waits}\nwait()\n")
    await site.modules.reload("base")


async def disable(site: Site, waits: str) -> None:
    await site.has("news", "1.0", files={"lifecycle.py": f"{waits}\ndisable = wait\n"})
    await site.modules.disable("news")
    await site.modules.drained()


async def uninstall(site: Site, waits: str) -> None:
    code = f"{waits}\nfrom . import blueprint\nblueprint.after_app_serving(wait)\n"
    await site.has("news", "1.0", files={"tasks.py": code})
    await site.modules.uninstall("news")
    await site.modules.drained()


OPERATIONS: list[Callable[[Site, str], Awaitable[None]]] = [
    enable, upgrade, reload_of_what_it_needs, disable, uninstall,
]  # fmt: skip


@pytest.mark.parametrize("operation", OPERATIONS)
async def test_the_loop_turns_while_code_of_a_module_blocks_an_operation(
    site: Site, tmp_path: Path, operation: Callable[[Site, str], Awaitable[None]]
) -> None:
    heart = Heart(tmp_path)
    async with heart.beating():
        await operation(site, heart.waits())
    assert heart.begun.exists() and heart.go.exists() and not heart.held.exists()


async def test_a_loop_that_is_held_is_seen(tmp_path: Path) -> None:
    heart = Heart(tmp_path)
    async with heart.beating():
        exec(f"{heart.waits(0.1)}\nwait()", {})
    assert heart.held.exists() and not heart.go.exists()
