"""Modules that hook signals of Quart, of the host and of other extensions, whatever sends them."""

from __future__ import annotations

import asyncio
import gc
import weakref
from typing import Any

import pytest
from blinker import Signal
from quart import appcontext_popped
from quart import appcontext_pushed
from quart import request_finished
from quart import request_started

from tests.support import saving
from tests.support.sites import becomes
from tests.support.sites import Site

HEARS = """\
import asyncio
from quart_hotframe import hooks
from tests.support import saving

@hooks.on(saving.saved)
async def saved(sender, changes):
    await asyncio.sleep(0)
    saving.heard.append(("VERSION", changes))
    if changes == "slow":
        await saving.gate.wait()
        saving.heard.append("hook ended")
    if changes == "wrong":
        raise ValueError("no luck")
"""


LIFECYCLE = """\
from tests.support import saving

def disable():
    saving.heard.append("disabled")
"""


def hearing(version: str) -> dict[str, str]:
    return {"hooks.py": HEARS.replace("VERSION", version), "lifecycle.py": LIFECYCLE}


@pytest.fixture
async def heard(site: Site) -> list[Any]:
    """Let the host save in views with a plain send, also in a thread; return what is heard."""
    saving.gate = asyncio.Event()
    saving.heard.clear()

    @site.app.get("/save/<what>")
    async def save(what: str) -> str:
        saving.save(what)
        return "saved"

    @site.app.get("/thread/<what>")
    def save_in_thread(what: str) -> str:
        saving.save(what)
        return "saved"

    return saving.heard


@pytest.mark.parametrize("path", ["/save", "/thread"])
async def test_the_hosts_own_plain_send_works_on_and_the_module_hears(
    site: Site, heard: list[Any], path: str, caplog: pytest.LogCaptureFixture
) -> None:
    assert await site.get(f"{path}/0") == (200, "saved")
    await site.has("news", files=hearing("1"))
    assert await site.get(f"{path}/1") == (200, "saved")
    assert await site.get(f"{path}/wrong") == (200, "saved")
    await becomes(lambda: heard == [("1", "1"), ("1", "wrong")])
    await becomes(lambda: "'saved' of 'news' failed on event 'models-saved'" in caplog.text)
    await site.modules.upgrade("news", site.source("news", "2.0", files=hearing("2")))
    heard.clear()
    assert await site.get(f"{path}/2") == (200, "saved")
    await becomes(lambda: heard == [("2", "2")])
    await site.modules.disable("news")
    await site.modules.drained()
    assert await site.get(f"{path}/3") == (200, "saved")
    assert heard == [("2", "2"), "disabled"]
    await becomes(lambda: not saving.saved.receivers)


async def test_what_was_sent_before_a_module_goes_is_heard_before_it_is_gone(
    site: Site, heard: list[Any]
) -> None:
    await site.has("news", files=hearing("1"))
    mounted = site.modules.worker.mounting.mounted["news"]
    function = weakref.ref(mounted.package.import_("hooks").saved)
    saving.save("slow")
    users = site.hotframe.runtime.users_of(mounted.contribution)
    assert [pin.owner for pin in users] == ["news"]  # a drain sees it before it has begun
    del mounted, users
    await site.modules.disable("news")
    await becomes(lambda: heard == [("1", "slow")])
    saving.gate.set()
    await site.modules.drained()
    assert heard == [("1", "slow"), "hook ended", "disabled"]
    await becomes(lambda: gc.collect() is not None and function() is None)


@pytest.mark.parametrize("site", [{"HOTFRAME_DRAIN_TIMEOUT": 0.05}], indirect=True)
async def test_a_hook_that_hangs_is_cancelled_with_its_module(site: Site, heard: list[Any]) -> None:
    await site.has("news", files=hearing("1"))
    saving.save("slow")
    await becomes(lambda: heard == [("1", "slow")])
    await site.modules.disable("news")
    await site.modules.drained()
    await becomes(lambda: not saving.saved.receivers)


async def test_hooks_of_the_app_itself_follow_too(site: Site) -> None:
    signal, log = Signal(), list[Any]()

    @site.hotframe.hooks.on(signal)
    async def hear(sender: Any) -> None:
        log.append(sender)

    signal.send("loop")
    await asyncio.to_thread(signal.send, "thread")
    await becomes(lambda: log == ["loop", "thread"])


QUART = """\
from quart import appcontext_popped, appcontext_pushed, request_finished, request_started
from quart_hotframe import hooks
from tests.support import saving

for signal in (appcontext_pushed, request_started, request_finished, appcontext_popped):
    @hooks.on(signal)
    async def hear(sender, name=signal.name, **kwargs):
        saving.heard.append(name)

@hooks.on(request_finished, priority=20)
def last(sender, response):
    saving.heard.append(response.status_code)
"""


async def test_quarts_own_signals_are_awaited_where_they_are_sent(
    site: Site, heard: list[Any]
) -> None:
    names = [signal.name for signal in (
        appcontext_pushed, request_started, request_finished, appcontext_popped,
    )]  # fmt: skip
    await site.has("news", files={"hooks.py": QUART})
    heard.clear()
    assert await site.get("/news/") == (200, "news 1.0")
    assert heard == [*names[:3], 200, names[3]]
    await site.modules.disable("news")
    await site.modules.drained()
    heard.clear()
    await site.get("/save/1")
    assert heard == []
