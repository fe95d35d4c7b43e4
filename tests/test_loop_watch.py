"""What a developer is told of code that holds the event loop: file, line, module and request."""

from __future__ import annotations

import asyncio
import logging
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import AsyncIterator
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from quart import render_template

from quart_hotframe import loop_watch
from tests.support.sites import Site

LOGGER = "quart_hotframe.loop"
LONG = 0.2
SETTINGS = {"HOTFRAME_LOOP_WATCH": True, "HOTFRAME_LOOP_WATCH_MS": 50}
BLOCKING = """
    import time
    from . import blueprint

    @blueprint.get("/")
    async def index():
        time.sleep(0.2)
        return "slept"
    """


class Watched(Site):
    """An app whose loop is watched, and what was told."""

    caplog: pytest.LogCaptureFixture

    def told(self, place: str) -> list[str]:
        """Return the messages about a place; a busy machine may have others."""
        found = [one.getMessage() for one in self.caplog.records if one.name == LOGGER]
        return [one for one in found if one.startswith(f"{place}: ")]

    async def is_told(self, place: str) -> str:
        """Return the message about a place as soon as it is there."""
        async with asyncio.timeout(5):
            while not self.told(place):
                await asyncio.sleep(0.01)
        return self.told(place)[0]

    async def answers(self, view: Callable[[], Any]) -> None:
        """Serve a view."""
        self.app.get("/page")(view)
        assert (await self.client.get("/page")).status_code == 200


@pytest.fixture
async def site(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> AsyncIterator[Watched]:
    site = Watched(tmp_path, SETTINGS)
    site.caplog = caplog
    caplog.set_level(logging.WARNING, LOGGER)
    async with site.app.test_app():
        yield site


def line_of(mark: str, file: str | Path = __file__) -> str:
    """Return ``file:line`` of the line that ends with a mark."""
    lines = Path(file).read_text(encoding="utf-8").splitlines()
    (number,) = [n for n, line in enumerate(lines, 1) if line.endswith(mark)]
    return f"{file}:{number}"


async def test_a_blocking_call_of_a_module_is_told_with_file_line_and_request(
    site: Watched,
) -> None:
    folder = site.write("shop", files={"views.py": BLOCKING})
    await site.modules.enable("shop")
    await site.client.get("/shop/")
    place = line_of("time.sleep(0.2)", folder / "views.py")
    message = await site.is_told(place)
    assert re.fullmatch(
        re.escape(place) + r": module 'shop' held the event loop for \d+ ms during request "
        r"GET /shop/; nobody else was served meanwhile\. .* await asyncio\.to_thread\(…\)\.",
        message,
    )
    (milliseconds,) = map(int, re.findall(r"(\d+) ms", message))
    assert milliseconds >= 150


async def sleeps() -> str:
    time.sleep(LONG)  # of the app
    return ""


async def waits_in_a_library() -> str:
    subprocess.run(["sleep", str(LONG)], check=True)  # waits in a library
    return ""


async def holds_the_interpreter() -> str:
    re.match(r"(a|a)*b", "a" * 20)  # holds the interpreter
    return ""


@pytest.mark.parametrize(
    ("view", "mark"),
    [
        (sleeps, "of the app"),
        (waits_in_a_library, "# waits in a library"),
        (holds_the_interpreter, "# holds the interpreter"),
    ],
)
async def test_the_innermost_line_of_the_user_is_told(
    site: Watched, view: Callable[[], Any], mark: str
) -> None:
    await site.answers(view)
    message = await site.is_told(line_of(mark))
    assert ": the app held the event loop for " in message
    assert " during request GET /page;" in message


async def test_a_loop_of_python_is_told_with_its_function(site: Watched) -> None:
    def compute() -> None:
        until = time.monotonic() + LONG
        while time.monotonic() < until:  # one of two lines
            pass  # one of two lines

    site.app.get("/page")(_calling(compute))
    await site.client.get("/page")
    file, line = line_of("until:  # one of two lines").rsplit(":", 1)
    either = f"{file}:{line}", f"{file}:{int(line) + 1}"
    async with asyncio.timeout(5):
        while not any(map(site.told, either)):
            await asyncio.sleep(0.01)


def _calling(function: Callable[[], None]) -> Callable[[], Any]:
    async def view() -> str:
        function()
        return ""

    return view


async def test_in_a_template_its_own_line_is_told(site: Watched) -> None:
    template = site.folder / "app" / "templates" / "slow.html"
    template.parent.mkdir(parents=True, exist_ok=True)
    template.write_text("one\n\n{{ seconds | slow }}\n", encoding="utf-8")
    site.app.add_template_filter(time.sleep, "slow")

    async def view() -> str:
        return await render_template("slow.html", seconds=LONG)

    await site.answers(view)
    assert "the app held" in await site.is_told(f"{template}:3")


async def test_what_is_no_request_is_told_without_one(site: Watched) -> None:
    asyncio.get_running_loop().call_soon(time.sleep, LONG)
    asyncio.get_running_loop().call_soon(lambda: time.sleep(LONG))  # in no request
    message = await site.is_told(line_of("# in no request"))
    assert " during " not in message


async def test_a_place_is_told_once(site: Watched) -> None:
    await site.answers(sleeps)
    await site.is_told(line_of("# of the app"))
    await site.client.get("/page")
    site.app.get("/later")(_calling(lambda: time.sleep(LONG)))  # told later
    await site.client.get("/later")
    await site.is_told(line_of("# told later"))
    assert len(site.told(line_of("# of the app"))) == 1


async def test_no_more_places_are_told_than_are_kept(
    site: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    await site.answers(sleeps)
    await site.is_told(line_of("# of the app"))
    monkeypatch.setattr(loop_watch, "KEPT", 1)
    site.app.get("/more")(_calling(lambda: time.sleep(LONG)))  # one too many
    await site.client.get("/more")
    await asyncio.sleep(0.1)
    assert not site.told(line_of("# one too many"))


async def test_what_goes_on_is_told_before_it_ends(
    site: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loop_watch, "PATIENCE", 0.1)
    told = threading.Event()
    monkeypatch.setattr(loop_watch.log, "warning", lambda message: told.set())
    site.app.get("/page")(_calling(lambda: _raise_unless(told.wait(5))))
    assert (await site.client.get("/page")).status_code == 200


def _raise_unless(fine: bool) -> None:
    assert fine


async def test_what_is_awaited_or_runs_in_a_thread_is_not_told(site: Watched) -> None:
    async def view() -> str:
        await asyncio.sleep(LONG)
        await asyncio.to_thread(time.sleep, LONG)
        return ""

    def sync_view() -> str:
        time.sleep(LONG)
        return ""

    await site.answers(view)
    site.app.get("/sync")(sync_view)
    await site.client.get("/sync")
    assert not [one for one in site.caplog.messages if __file__ in one]


STOPPED = """
import asyncio, logging, sys, time
from quart_hotframe.loop_watch import LoopWatch

async def main():
    logging.basicConfig(stream=sys.stdout, format="%(message)s")
    watch = LoopWatch(0.4)
    print("ready", flush=True)
    for _ in range(140):
        until = time.process_time() + 0.01
        while time.process_time() < until:
            pass
        await asyncio.sleep(0)
    watch.stop()

asyncio.run(main())
"""


def test_nobody_is_told_of_a_process_that_was_stopped() -> None:
    command = [sys.executable, "-c", STOPPED]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        os.kill(process.pid, signal.SIGSTOP)
        os.waitid(os.P_PID, process.pid, os.WSTOPPED)
        threading.Event().wait(0.8)
        os.kill(process.pid, signal.SIGCONT)
        assert process.communicate(timeout=20)[0] == ""
        assert process.returncode == 0


@pytest.mark.parametrize(
    ("debug", "settings", "watched"),
    [
        (True, {}, True),
        (False, {}, False),
        (False, {"HOTFRAME_LOOP_WATCH": True}, True),
        (True, {"HOTFRAME_LOOP_WATCH": False}, False),
        (True, {"HOTFRAME_LOOP_WATCH_MS": 0}, False),
    ],
)
async def test_it_watches_in_debug_mode_or_where_it_is_told_to(
    tmp_path: Path, debug: bool, settings: dict[str, Any], watched: bool
) -> None:
    site = Site(tmp_path, settings)
    site.app.debug = debug
    async with site.app.test_app():
        assert _is_watched() == watched
    assert not _is_watched()


def _is_watched() -> bool:
    return any(one.name == "hotframe-loop-watch" for one in threading.enumerate())
