"""Leaks are found, and the failure says who holds what."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

from blinker import Signal

from quart_hotframe.testing import find_leaks
from quart_hotframe.testing import load_module
from quart_hotframe.testing import Snapshot
from tests.support.modules import write_module


class Holder:
    """Keeps what it should not."""

    kept: Any = None


async def load_and_keep(folder: Path, holder: Holder, submodule: str = "views") -> None:
    async with load_module(folder) as running:
        holder.kept = running.import_module(submodule).index


def texts(before: Snapshot) -> str:
    return "\n".join(map(str, find_leaks(before, grace=0.1)))


async def test_a_module_that_came_and_went_leaves_nothing(
    tmp_path: Path, assert_no_leaks: None
) -> None:
    folder = write_module(tmp_path / "modules", "shop")
    async with load_module(folder) as running:
        assert (await running.client.get("/shop/")).status_code == 200
        await running.hotframe.modules.reload("shop")


def test_a_function_that_is_kept_is_found_with_its_holder(tmp_path: Path) -> None:
    before, holder = Snapshot.now(), Holder()
    # A loop of its own: one that runs on keeps contexts in the timers that were cancelled.
    asyncio.run(load_and_keep(write_module(tmp_path / "modules", "shop"), holder))
    found = texts(before)
    assert ".views.index" in found
    assert f"{__name__}.Holder object" in found
    holder.kept = None
    assert find_leaks(before) == []


async def test_what_was_there_before_is_no_leak(tmp_path: Path) -> None:
    holder = Holder()
    await load_and_keep(write_module(tmp_path / "modules", "shop"), holder)
    assert find_leaks(Snapshot.now()) == []


async def test_a_receiver_that_stays_connected_is_found() -> None:
    signal = Signal("doc")
    before = Snapshot.now()

    def receiver(sender: object) -> None: ...

    signal.connect(receiver)
    assert "1 receivers of" in texts(before)
    signal.disconnect(receiver)
    assert find_leaks(before) == []


async def test_a_task_that_still_runs_is_found() -> None:
    before = Snapshot.now()
    event = asyncio.Event()
    task = asyncio.create_task(event.wait(), name="late")
    assert "late" in texts(before)
    event.set()
    await task
    assert find_leaks(before) == []


def test_a_thread_that_still_runs_is_found() -> None:
    before, event = Snapshot.now(), threading.Event()
    thread = threading.Thread(target=event.wait, name="late")
    thread.start()
    assert "thread 'late'" in texts(before)
    event.set()
    thread.join()
    assert find_leaks(before) == []


async def test_a_served_module_counts_as_left_behind(tmp_path: Path) -> None:
    before = Snapshot.now()
    async with load_module(write_module(tmp_path / "modules", "shop")):
        found = await asyncio.to_thread(texts, before)
    assert "sys.modules['hotframe_modules.shop" in found
    assert "with shop" in found


LEAKING = """
import asyncio
import pytest
from quart_hotframe.testing import load_module

kept = []

async def load():
    async with load_module({folder!r}) as running:
        kept.append(running.import_module("views"))

def test_it(assert_no_leaks):
    asyncio.run(load())
"""


def test_the_fixture_fails_the_test_that_leaks(tmp_path: Path) -> None:
    folder = write_module(tmp_path / "modules", "shop")
    (tmp_path / "test_it.py").write_text(LEAKING.format(folder=str(folder)), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "--rootdir", str(tmp_path), "test_it.py"],
        cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 1, done.stdout + done.stderr
    assert "1 passed, 1 error" in done.stdout
    assert "The test left behind:" in done.stdout
    assert "module hotframe_modules.shop" in done.stdout
