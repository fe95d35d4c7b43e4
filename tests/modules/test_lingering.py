"""Code that does not end when its module goes: it is given up, told, and cleaned up later."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from quart import Quart

from quart_hotframe.errors import LoadTimeout
from tests.runtime.visitor import Visitor
from tests.support.sites import becomes
from tests.support.sites import loaded_packages
from tests.support.sites import serving
from tests.support.sites import Site

QUICK = [{"HOTFRAME_DRAIN_TIMEOUT": 0.05, "HOTFRAME_LIFECYCLE_TIMEOUT": 0.2}]
pytestmark = pytest.mark.parametrize("site", QUICK, indirect=True)

STUBBORN = """\
import asyncio
import threading
from pathlib import Path
from quart import current_app, websocket
from . import blueprint

END, BEGUN = Path({end!r}), Path({begun!r})

async def stubborn(*args):
    BEGUN.touch()
    while not END.exists():
        try:
            await asyncio.sleep(0.01)
        except {swallows}:
            pass
    return "at last"

def blocking():
    BEGUN.touch()
    while not END.exists():
        threading.Event().wait(0.01)

@blueprint.get("/")
async def index(): return "{version}"

@blueprint.get("/request")
async def view(): return await stubborn()

@blueprint.get("/body")
async def body():
    async def chunks():
        yield "first"
        yield await stubborn()
    return chunks()

@blueprint.get("/background")
async def background():
    current_app.add_background_task(stubborn)
    return "begun"

tasks = []

@blueprint.get("/stray")
async def stray():
    tasks.append(asyncio.create_task(stubborn(), name="of the news"))
    return "begun"

@blueprint.get("/thread")
async def thread():
    threading.Thread(target=blocking, name="of the news", daemon=True).start()
    return "begun"
"""


class Stubborn:
    """A module that does not end until it is allowed to."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.end, self.begun = site.folder / "end", site.folder / "begun"

    def files(self, version: str, swallows: str, more: str = "") -> dict[str, str]:
        code = STUBBORN.format(
            end=str(self.end), begun=str(self.begun), version=version, swallows=swallows
        )
        return {"views.py": code + more}

    async def serves(self, version: str = "1.0", swallows: str = "BaseException") -> None:
        await self.site.has("news", version, files=self.files(version, swallows))

    async def hangs_in(self, path: str) -> Visitor:
        visitor = Visitor(self.site.app, path)
        await becomes(self.begun.exists)
        return visitor


@pytest.fixture
async def stubborn(site: Site) -> Any:
    made = Stubborn(site)
    yield made
    made.end.touch()
    await becomes(lambda: not news())


def news() -> list[str]:
    """Return the loaded code of the module."""
    return [name for name in loaded_packages() if ".news__" in name]


async def over(visitor: Visitor) -> None:
    """Wait until the server need not wait for a request any more."""
    await asyncio.wait({visitor.task}, timeout=5)
    assert visitor.task.done()
    visitor.task.exception()


WAYS = {
    "request": r"request GET /news/request is at \S+/views\.py:\d+",
    "body": r"(request GET /news/body|task '.+') is at \S+/views\.py:\d+",
    "background": r"task '.+' is at \S+/views\.py:\d+",
    "stray": r"task 'of the news' is at \S+/views\.py:\d+",
    "thread": r"thread 'of the news' is at \S+/views\.py:\d+",
}


@pytest.mark.parametrize("way", WAYS)
async def test_what_does_not_end_is_given_up_told_and_cleaned_up_when_it_ends(
    site: Site, stubborn: Stubborn, way: str, caplog: pytest.LogCaptureFixture
) -> None:
    await site.has("other")
    await stubborn.serves()
    visitor = await stubborn.hangs_in(f"/news/{way}")
    await site.modules.disable("news")
    await site.modules.drained()

    record = site.modules["news"]
    assert record.state == "failed_unload" and not record.enabled
    assert re.search(WAYS[way], record.failed_unload), record.failed_unload
    assert "a restart of this process is advised" in record.failed_unload
    assert caplog.text.count("a restart of this process is advised") == 1
    assert not site.hotframe.runtime.retired
    assert news()
    await over(visitor)

    assert await site.get("/other/") == (200, "other 1.0")
    await site.modules.upgrade("other", site.source("other", "2.0"))
    await site.modules.enable("news")
    assert await site.get("/news/") == (200, "1.0")
    assert site.modules["news"].state == "active" and site.modules["news"].failed_unload
    await site.modules.disable("news")

    stubborn.end.touch()
    await becomes(lambda: site.modules["news"].state == "disabled")
    assert site.modules["news"].failed_unload is None
    await becomes(lambda: not news())
    assert "1.0 has ended after all" in caplog.text
