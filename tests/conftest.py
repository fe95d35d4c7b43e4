"""What every test gets: a clean environment, a check for leaks, and what it may require.

A test asks for a program of this machine by a fixture (``requires_chromium``). Where the program
is absent the test is skipped, unless ``HOTFRAME_TEST_REQUIRE`` names it: then the test fails.
``HOTFRAME_TEST_REQUIRE=all`` demands everything and turns any other skip into a failure too.
"""

from __future__ import annotations

import asyncio
import gc
import inspect
import os
import shutil
import signal
import sys
import threading
import time
from collections.abc import AsyncIterator
from collections.abc import Callable
from collections.abc import Generator
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from typing import TypeVar
from weakref import WeakSet

import pytest
from quart import appcontext_pushed
from quart import Quart

from quart_hotframe import HotFrame
from quart_hotframe.testing.leaks import find_held
from tests.support.databases import database_url
from tests.support.databases import postgres_url
from tests.support.databases import requires_postgres
from tests.support.databases import sqlite_url
from tests.support.requiring import absent
from tests.support.requiring import REQUIRE
from tests.support.requiring import require_package
from tests.support.requiring import required
from tests.support.turns import take_turns

__all__ = ["database_url", "postgres_url", "requires_postgres", "sqlite_url"]

T = TypeVar("T")

GRACE = 2.0
"""Seconds that tasks and threads may take to end after a test."""
CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


@pytest.fixture(scope="session")
def requires_chromium() -> str:
    """Return the path of Chromium; ``HOTFRAME_TEST_CHROMIUM`` names another one."""
    chosen = os.environ.get("HOTFRAME_TEST_CHROMIUM")
    names = (chosen,) if chosen else CHROMIUM_NAMES
    for name in names:
        if path := shutil.which(name):
            return path
    absent("chromium", f"None of {', '.join(names)} is on PATH: install Chromium.")


@pytest.fixture(scope="session")
def requires_uvicorn() -> str:
    """Return the name of the package that serves with Uvicorn."""
    return require_package("uvicorn")


@pytest.fixture(scope="session")
def requires_granian() -> str:
    """Return the name of the package that serves with Granian."""
    return require_package("granian")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what takes long, so that nobody waits for it at the end."""
    items.sort(key=lambda item: item.get_closest_marker("server") is None)


def pytest_itemcollected(item: pytest.Item) -> None:
    take_turns(item)


def pytest_collection_finish() -> None:
    """Keep what was imported so far out of later collections of garbage, which modules cause."""
    gc.collect()
    gc.freeze()


def _forbid_skip(report: pytest.TestReport | pytest.CollectReport) -> None:
    if "all" not in required() or not report.skipped or hasattr(report, "wasxfail"):
        return
    reason = report.longrepr[-1] if isinstance(report.longrepr, tuple) else report.longrepr
    report.outcome = "failed"
    report.longrepr = f"{reason}\n{REQUIRE}=all allows no skip."


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    _forbid_skip(report)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    report = yield
    _forbid_skip(report)
    return report


@pytest.fixture(scope="session", autouse=True)
def plain_environment() -> Iterator[None]:
    """Take the caller's own settings of HotFrame and Quart away for the whole run."""
    with pytest.MonkeyPatch.context() as patch:
        for key in list(os.environ):
            if key.startswith(("HOTFRAME_", "QUART_")) and not key.startswith("HOTFRAME_TEST_"):
                patch.delenv(key)
        yield


@dataclass(frozen=True)
class ProcessState:
    """What a test must leave as it was."""

    environment: dict[str, str]
    handlers: dict[int, Any]
    threads: frozenset[threading.Thread]
    packages: frozenset[str]

    @classmethod
    def now(cls) -> ProcessState:
        return cls(_environment(), _handlers(), _threads(), _packages())


def _environment() -> dict[str, str]:
    return {key: value for key, value in os.environ.items() if key != "PYTEST_CURRENT_TEST"}


def _handlers() -> dict[int, Any]:
    # pytest-timeout owns SIGALRM and lets go of it early when a test fails.
    numbers = signal.valid_signals() - {signal.SIGALRM}
    return {number: signal.getsignal(number) for number in numbers}


def _threads() -> frozenset[threading.Thread]:
    # The loop's own executor ("asyncio_0", …) is joined when pytest-asyncio closes the loop.
    return frozenset(
        thread
        for thread in threading.enumerate()
        if not thread.daemon and not thread.name.startswith("asyncio_")
    )


def _packages() -> frozenset[str]:
    return frozenset(name for name in sys.modules if name.startswith("hotframe_modules."))


def _left_over(find: Callable[[], frozenset[T]], before: frozenset[T]) -> frozenset[T]:
    end = time.monotonic() + GRACE
    while (left := find() - before) and time.monotonic() < end:
        time.sleep(0.01)
    return left


def _changed(before: dict[Any, Any], after: dict[Any, Any]) -> list[str]:
    keys = before.keys() | after.keys()
    return sorted(str(key) for key in keys if before.get(key) != after.get(key))


def _restore(before: ProcessState) -> None:
    for key in _environment().keys() - before.environment.keys():
        del os.environ[key]
    os.environ.update(before.environment)
    for number, handler in before.handlers.items():
        if signal.getsignal(number) != handler:
            signal.signal(number, handler)
    for name in _packages() - before.packages:
        sys.modules.pop(name, None)


@pytest.fixture(autouse=True)
def no_process_leaks() -> Iterator[None]:
    """Fail a test that leaves threads, module packages, signal handlers or variables behind."""
    before = ProcessState.now()
    yield
    found = {
        "threads": sorted(thread.name for thread in _left_over(_threads, before.threads)),
        "packages in sys.modules": sorted(_packages() - before.packages),
        "signal handlers": _changed(before.handlers, _handlers()),
        "environment variables": _changed(before.environment, _environment()),
    }
    _restore(before)
    leaks = [f"{kind}: {', '.join(names)}" for kind, names in found.items() if names]
    if leaks:
        pytest.fail("The test left behind " + "; ".join(leaks), pytrace=False)


@pytest.fixture
async def tasks_end() -> AsyncIterator[None]:
    before = asyncio.all_tasks()
    apps: WeakSet[Quart] = WeakSet()

    async def note(app: Quart, **more: object) -> None:
        apps.add(app)

    with appcontext_pushed.connected_to(note):
        yield
    await _tasks_end(before)
    found = [one.extensions.get("hotframe") for one in apps]
    if leaks := find_held([one.live.streams for one in found if isinstance(one, HotFrame)]):
        pytest.fail(f"The test left behind {', '.join(map(str, leaks))}", pytrace=False)


async def _tasks_end(before: set[asyncio.Task[Any]]) -> None:
    left = asyncio.all_tasks() - before - {asyncio.current_task()}
    if left:
        _, left = await asyncio.wait(left, timeout=GRACE)
    if left:
        names = ", ".join(sorted(repr(task.get_coro()) for task in left))
        pytest.fail(f"The test left tasks running: {names}", pytrace=False)


@pytest.fixture(autouse=True)
def no_task_leaks(request: pytest.FixtureRequest, no_process_leaks: None) -> None:
    """Fail an async test that leaves tasks, open streams or subscriptions behind."""
    if inspect.iscoroutinefunction(getattr(request.node, "obj", None)):
        request.getfixturevalue("tasks_end")
