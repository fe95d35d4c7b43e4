"""Leaks are found, and the failure says who holds what."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path
from typing import Any

from blinker import NamedSignal

from quart_hotframe.testing import find_leaks
from quart_hotframe.testing import load_module
from quart_hotframe.testing import Snapshot
from tests.support.modules import write_module


class Holder:
    """Keeps what it should not."""

    kept: Any = None

    def receive(self, sender: object) -> None: ...


def receiver(sender: object) -> None: ...


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
    signal = NamedSignal("doc")
    before = Snapshot.now()

    holder = Holder()
    signal.connect(receiver)
    signal.connect(holder.receive)
    found = texts(before)
    assert f"receiver function {__name__}.receiver of signal 'doc'" in found
    assert f"receiver method {__name__}.Holder.receive of signal 'doc'" in found
    signal.disconnect(receiver)
    signal.disconnect(holder.receive)
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
