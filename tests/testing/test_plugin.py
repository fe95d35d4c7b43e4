"""The plugin as a project uses it: what leaks fails the test and is named, what is clean passes."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.modules import write_module

pytestmark = pytest.mark.by_turns

pytest_plugins = ["pytester"]

CONFTEST = """
import pytest

@pytest.fixture(autouse=True)
def nothing_stays(assert_no_leaks): ...
"""
HEAD = """
import asyncio
import threading
from blinker import signal
from quart import Quart
from quart_hotframe import HotFrame
from quart_hotframe.testing import load_module
from quart_hotframe.testing import open_stream
from quart_hotframe.testing import test_app as serving

kept = []
ready = signal("ready")

def news():
    app = Quart("app")
    HotFrame(app).live.public("news")
    return app

"""
CLEAN = {
    "a_module": """
async def test_it():
    async with load_module("modules/shop") as running:
        assert (await running.client.get("/shop/")).status_code == 200
        await running.hotframe.modules.reload("shop")
""",
    "a_task": """
async def test_it():
    kept.append(asyncio.create_task(asyncio.sleep(0.01), name="late"))
""",
    "a_receiver": """
def test_it():
    def late(sender): ...
    with ready.connected_to(late):
        pass
""",
    "a_stream": """
async def test_it():
    app = Quart("app")
    @app.get("/stream")
    async def stream():
        async def lines():
            yield "line"
        return lines()
    assert (await app.test_client().get("/stream")).status_code == 200
""",
}
CLEAN |= {
    "a_stream_of_a_page_and_a_subscription": """
async def test_it():
    async with serving(news()) as running:
        async with (
            running.hotframe.live.subscribe("news") as messages,
            open_stream(running.client, "/hotframe/topics?topic=news") as stream,
        ):
            await stream.chunk()
            await running.hotframe.live.publish("news", "tea")
            assert (await stream.next()).data["payload"] == "tea"
"""
}
LEAKING = {
    "a_subscription": (
        """
async def test_it():
    async with serving(news()) as running:
        kept.append(running.hotframe.live.subscribe("news"))
        await kept[0].__aenter__()
""",
        ["*  a subscription of the topic 'news'"],
    ),
    "a_stream_of_an_app_that_never_ends": (
        """
async def test_it():
    stream = open_stream(news().test_client(), "/hotframe/topics?topic=news")
    kept.append(stream)
    await (await stream.__aenter__()).chunk()
""",
        ["*  an open stream that follows 'news'"],
    ),
    "a_module": (
        """
async def test_it():
    async with load_module("modules/shop") as running:
        kept.append(running.import_module("views"))
""",
        ["*  module hotframe_modules.shop__*.views", "*    held by a list of 1"],
    ),
    "a_task": (
        """
async def test_it():
    kept.append(asyncio.create_task(asyncio.Event().wait(), name="late"))
""",
        ["*  task <Task pending name='late' *"],
    ),
    "a_task_of_a_loop_of_its_own": (
        """
def test_it():
    kept.append(asyncio.new_event_loop())
    kept.append(kept[0].create_task(asyncio.Event().wait(), name="late"))
""",
        ["*  task <Task pending name='late' *"],
    ),
    "a_receiver": (
        """
def test_it():
    def late(sender): ...
    kept.append(late)
    ready.connect(late)
""",
        ["*  receiver function test_it.test_it.<locals>.late of signal 'ready'"],
    ),
    "a_stream": (
        """
async def test_it():
    app = Quart("app")
    @app.get("/stream")
    async def stream():
        async def lines():
            yield "line"
            await asyncio.Event().wait()
        return lines()
    connection = app.test_client().request("/stream")
    await connection.__aenter__()
    await connection.receive()
    kept.append(connection)
""",
        ["*  task <Task pending *ASGIHTTPConnection.handle_request*"],
    ),
    "a_thread": (
        """
def test_it():
    threading.Thread(target=threading.Event().wait, name="late", daemon=True).start()
""",
        ["*  thread 'late'"],
    ),
}


@pytest.fixture
def project(pytester: pytest.Pytester) -> pytest.Pytester:
    """A project with a module, whose conftest.py looks for leaks after every test."""
    pytester.makeconftest(CONFTEST)
    pytester.makeini(
        "[pytest]\nasyncio_mode = auto\nasyncio_default_fixture_loop_scope = function\n"
    )
    write_module(pytester.path / "modules", "shop")
    return pytester


@pytest.mark.parametrize("what", CLEAN)
def test_a_test_that_leaves_nothing_passes(project: pytest.Pytester, what: str) -> None:
    project.makepyfile(test_it=HEAD + CLEAN[what])
    project.runpytest_subprocess().assert_outcomes(passed=1)


@pytest.mark.parametrize("what", LEAKING)
def test_what_a_test_leaves_is_named(project: pytest.Pytester, what: str) -> None:
    code, lines = LEAKING[what]
    project.makepyfile(test_it=HEAD + code)
    done = project.runpytest_subprocess()
    done.assert_outcomes(passed=1, errors=1)
    done.stdout.fnmatch_lines(["*The test left behind:", *lines])


def test_a_task_that_a_fixture_ends_is_no_leak(project: pytest.Pytester) -> None:
    project.makepyfile(
        test_it=HEAD
        + """
import pytest

@pytest.fixture
async def worker():
    task = asyncio.create_task(asyncio.Event().wait())
    yield task
    task.cancel()

async def test_it(worker):
    assert not worker.done()
"""
    )
    project.runpytest_subprocess().assert_outcomes(passed=1)


def test_a_project_that_does_not_ask_is_left_alone(project: pytest.Pytester) -> None:
    (project.path / "conftest.py").unlink()
    project.makepyfile(test_it=HEAD + LEAKING["a_task"][0])
    project.runpytest_subprocess().assert_outcomes(passed=1)


def test_the_plugin_imports_nothing_that_it_does_not_need(tmp_path: Path) -> None:
    # Coverage begins after plugins are imported, and others pay for what they do not use.
    code = (
        "import sys, pytest; before = set(sys.modules); import quart_hotframe.testing.plugin; "
        "print(*sorted(set(sys.modules) - before))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    new = [name for name in done.stdout.split() if not name.startswith("_")]
    assert new == [
        "quart_hotframe",
        "quart_hotframe.lazy",
        "quart_hotframe.testing",
        "quart_hotframe.testing.plugin",
    ]
