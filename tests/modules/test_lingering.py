"""Code that does not end when its module goes: it is given up, told, and cleaned up later."""

from __future__ import annotations

import asyncio
import os
import re
from typing import Any

import pytest

from quart_hotframe.cli.condition import condition_of
from quart_hotframe.errors import LifecycleError
from quart_hotframe.errors import LoadError
from quart_hotframe.errors import LoadTimeout
from quart_hotframe.modules.records import Module
from tests.runtime.visitor import Visitor
from tests.support.sites import becomes
from tests.support.sites import loaded_packages
from tests.support.sites import serving
from tests.support.sites import Site

QUICK = [{"HOTFRAME_DRAIN_TIMEOUT": 0.05, "HOTFRAME_LIFECYCLE_TIMEOUT": 0.2,
          "HOTFRAME_LOAD_TIMEOUT": 2.0}]  # fmt: skip
pytestmark = [pytest.mark.parametrize("site", QUICK, indirect=True), pytest.mark.by_turns]

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
    await becomes(lambda: not any(one.failed_unload for one in site.modules))


def news() -> list[str]:
    """Return the loaded code of the module."""
    return [name for name in loaded_packages() if ".news__" in name]


async def over(visitor: Visitor) -> None:
    """Wait until the server need not wait for a request any more."""
    await asyncio.wait({visitor.task}, timeout=5)
    assert visitor.task.done() and visitor.task.exception() is None
    visitor.incoming.put_nowait({"type": "http.disconnect"})  # as servers say once they hung up


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
    async with asyncio.timeout(5):
        while not (troubles := await site.modules.troubles()).of("news"):
            await asyncio.sleep(0.01)
    told = condition_of(Module("news", "1.0", "disabled"), troubles)  # as a command sees it
    assert told.module.state == "failed_unload"
    assert f"failed_unload in 1 of 1 worker (pid {os.getpid()})" in told.sentences[0]

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


async def test_what_is_uninstalled_but_does_not_end_is_still_listed(
    site: Site, stubborn: Stubborn
) -> None:
    await stubborn.serves()
    visitor = await stubborn.hangs_in("/news/request")
    await site.modules.uninstall("news")
    await over(visitor)
    await site.modules.drained()
    assert [(one.name, one.version, one.state) for one in site.modules] == [
        ("news", "1.0", "failed_unload")
    ]
    assert len(list((site.instance / "modules" / "news").iterdir())) == 1  # its files are in use
    stubborn.end.touch()
    await becomes(lambda: "news" not in site.modules)


async def test_the_app_ends_though_a_module_does_not(
    site: Site, stubborn: Stubborn, caplog: pytest.LogCaptureFixture
) -> None:
    again = Site(site.folder, QUICK[0])
    again.write("news", files=stubborn.files("1.0", "BaseException"))
    async with asyncio.timeout(10):
        async with serving(again):
            await again.modules.enable("news")
            await (await Stubborn(again).hangs_in("/news/stray")).ends()
            views = again.modules.worker.mounting.mounted["news"].package.import_("views")
            [task] = views.tasks
            del views
    assert task not in asyncio.all_tasks() and not task.done()  # it does not hold the loop's end
    assert "task 'of the news' is at" in caplog.text
    await site.modules.disable("news")
    await site.modules.drained()
    stubborn.end.touch()
    await becomes(task.done)
    await becomes(lambda: not news())


LIFECYCLE = """\
from .views import stubborn as {function}
"""


@pytest.mark.parametrize("function", ["enable", "upgrade"])
async def test_an_operation_goes_on_when_a_function_of_a_module_does_not_end(
    site: Site, stubborn: Stubborn, function: str
) -> None:
    await site.has("news", "1.0")
    if function == "enable":
        await site.modules.disable("news")
        await site.modules.uninstall("news")
    files = stubborn.files("2.0", "BaseException")
    files["lifecycle.py"] = LIFECYCLE.format(function=function)
    source = site.source("news", "2.0", files=files)
    with pytest.raises(LifecycleError, match=rf"lifecycle\.{function}\(\) did not end within 0.2"):
        if function == "enable":
            await site.modules.install(source)
            await site.modules.enable("news")
        else:
            await site.modules.upgrade("news", source)
    await becomes(lambda: site.modules["news"].failed_unload)
    await site.has("other")
    assert await site.get("/other/") == (200, "other 1.0")
    if function == "upgrade":
        assert site.modules["news"].state == "active"
        assert await site.get("/news/") == (200, "news 1.0")


@pytest.mark.parametrize("function", ["before_app_serving", "after_app_serving"])
async def test_a_function_around_serving_that_does_not_end_holds_nothing(
    site: Site, stubborn: Stubborn, function: str
) -> None:
    files = stubborn.files("1.0", "BaseException", f"\nblueprint.{function}(stubborn)\n")
    enabling = site.has("news", "1.0", files=files)
    if function == "before_app_serving":
        with pytest.raises(LoadError, match="before serving"):
            await enabling
    else:
        await enabling
        await site.modules.disable("news")
        await site.modules.drained()
    await becomes(lambda: site.modules["news"].state == "failed_unload")
    await site.has("other")
    assert await site.get("/other/") == (200, "other 1.0")


async def test_a_request_of_the_app_that_takes_long_is_no_failure_and_is_not_ended(
    site: Site, stubborn: Stubborn, caplog: pytest.LogCaptureFixture
) -> None:
    go = asyncio.Event()

    async def slow() -> str:
        stubborn.begun.touch()
        await go.wait()
        return "of the app"

    site.app.add_url_rule("/slow", "slow", slow)
    await stubborn.serves()
    visitor = await stubborn.hangs_in("/slow")
    await site.modules.disable("news")
    await site.modules.drained()
    assert news()  # the request may still use what the module brought
    assert site.modules["news"].state == "disabled" and "advised" not in caplog.text
    go.set()
    assert await visitor.ends() == "of the app"
    await becomes(lambda: not news())


async def test_an_import_that_does_not_end_is_told_until_it_does(
    site: Site, stubborn: Stubborn
) -> None:
    code = "from .views import blocking\nblocking()\n"
    site.write("news", files={**stubborn.files("1.0", "BaseException"), "tasks.py": code})
    with pytest.raises(LoadTimeout):
        await site.modules.enable("news")
    record = site.modules["news"]
    assert record.state == "failed_unload"
    expected = r"1\.0: thread 'hotframe-load-news' is at \S+/views\.py:\d+\. .*restart"
    assert re.match(expected, record.failed_unload)
    await site.has("other")
    assert await site.get("/other/") == (200, "other 1.0")
    stubborn.end.touch()
    await becomes(lambda: site.modules["news"].state == "available")
    await becomes(lambda: not news())


POLITE = """
@blueprint.get("/polite")
async def polite():
    tasks.append(asyncio.create_task(asyncio.Event().wait()))
    tasks.append(asyncio.create_task(waiting()))
    return "begun"

async def waiting():
    await asyncio.Event().wait()
"""


async def test_a_task_that_a_module_left_behind_is_cancelled_with_it(
    site: Site, caplog: pytest.LogCaptureFixture
) -> None:
    files = Stubborn(site).files("1.0", "BaseException", POLITE)
    await site.has("news", "1.0", files=files)
    assert await site.get("/news/polite") == (200, "begun")
    views = site.modules.worker.mounting.mounted["news"].package.import_("views")
    foreign, own = views.tasks
    del views
    await site.modules.disable("news")
    await site.modules.drained()
    assert own.cancelled() and not foreign.done()  # the second runs no code of the module
    assert site.modules["news"].state == "disabled" and "advised" not in caplog.text
    assert not news()
    foreign.cancel()


async def test_a_task_of_the_app_that_awaits_a_module_is_told_and_not_cancelled(
    site: Site, stubborn: Stubborn
) -> None:
    await stubborn.serves(swallows="ValueError")
    views = site.modules.worker.mounting.mounted["news"].package.import_("views")
    task = asyncio.create_task(of_the_app(views.stubborn), name="of the app")
    del views
    await becomes(stubborn.begun.exists)
    await site.modules.disable("news")
    await site.modules.drained()
    assert "task 'of the app' is at" in site.modules["news"].failed_unload
    stubborn.end.touch()
    assert await task == "at last"
    await becomes(lambda: not news())


async def of_the_app(function: Any) -> Any:
    return await function()


TICKS = """
    import asyncio
    from quart import current_app
    from . import blueprint

    async def tick():
        while True:
            current_app.config["SEEN"].append("{version}")
            await asyncio.sleep(0.01)

    @blueprint.before_app_serving
    async def begin():
        current_app.add_background_task(tick)
    """


async def test_a_task_that_begins_before_serving_outlives_the_version_before(site: Site) -> None:
    """It began while the version before was served, and is no user of that one."""
    seen = site.app.config["SEEN"] = list[str]()
    await site.has("loop", files={"hooks.py": TICKS.format(version="1.0")})
    await becomes(lambda: len(seen) > 3)
    new = site.source("loop", "2.0", files={"hooks.py": TICKS.format(version="2.0")})
    await site.modules.upgrade("loop", new)
    await site.modules.drained()
    seen.clear()
    await becomes(lambda: len(seen) > 3)
    assert set(seen) == {"2.0"}


async def test_a_task_that_begins_before_serving_holds_no_version_of_others(site: Site) -> None:
    """It began in a generation without its module, which others would be kept in for ever."""
    begins = """
        import asyncio
        from quart import current_app
        from . import blueprint

        @blueprint.before_app_serving
        async def begin():
            current_app.add_background_task(asyncio.sleep, 3600)
        """
    await site.has("other")
    await site.has("looping", files={"hooks.py": begins})
    await becomes(lambda: not site.hotframe.runtime.retired)
    await site.modules.upgrade("other", site.source("other", "2.0"))
    await asyncio.wait_for(site.modules.drained(), 3)
    assert not site.hotframe.runtime.retired
