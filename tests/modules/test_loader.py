"""The thread that loads: shared by loads that end, given up with one that hangs."""

from __future__ import annotations

import asyncio
import threading
from contextvars import ContextVar
from pathlib import Path
from typing import Any

import pytest

from quart_hotframe.errors import LoadTimeout
from quart_hotframe.modules.loader import Loader
from tests.support.sites import becomes
from tests.support.sites import Site

seen = ContextVar("seen", default="nothing")


async def run(loader: Loader, work: Any, timeout: float = 5, module: str = "blog") -> Any:
    return await loader.run(module, work, timeout, ignore, ignore)


def ignore(what: Any) -> None: ...


async def test_work_that_ends_shares_a_daemon_thread_that_ends_with_the_block() -> None:
    with Loader() as loader:
        first = await run(loader, threading.current_thread)
        with pytest.raises(ZeroDivisionError):
            await run(loader, lambda: 1 / 0)
        assert await run(loader, threading.current_thread, module="shop") is first
        assert (first.daemon, first.name) == (True, "hotframe-load-shop")
    await becomes(lambda: not first.is_alive())


async def test_what_work_sets_in_its_context_is_not_seen_by_the_next() -> None:
    with Loader() as loader:
        await run(loader, lambda: seen.set("by the first"))
        assert await run(loader, seen.get) == "nothing"


async def test_work_that_hangs_does_not_hold_what_comes_after_it() -> None:
    go = threading.Event()
    late: list[str] = []
    stuck: list[threading.Thread] = []

    def work() -> str:
        go.wait(5)
        return "result"

    with Loader() as loader:
        with pytest.raises(LoadTimeout, match="'blog' did not end within 0.01 s"):
            await loader.run("blog", work, 0.01, late.append, stuck.append)
        (thread,) = stuck
        assert thread.name == "hotframe-load-blog"
        assert await run(loader, threading.current_thread) is not thread
    go.set()
    await becomes(lambda: late == ["result"])
    await becomes(lambda: not thread.is_alive())


async def test_a_result_for_which_nobody_waits_any_more_is_handed_over() -> None:
    go, begun = threading.Event(), threading.Event()
    late: list[str] = []

    def work() -> str:
        begun.set()
        go.wait(5)
        return "result"

    with Loader() as loader:
        waiting = asyncio.create_task(loader.run("blog", work, 5, late.append, ignore))
        await becomes(begun.is_set)
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
    go.set()
    await becomes(lambda: late == ["result"])


@pytest.mark.parametrize("site", [{"HOTFRAME_LOAD_TIMEOUT": 0.5}], indirect=True)
async def test_modules_beside_one_that_hangs_are_loaded(site: Site, tmp_path: Path) -> None:
    end = tmp_path / "end"
    waiting = f"""\
        import time
        from pathlib import Path
        while not Path({str(end)!r}).exists():
            time.sleep(0.005)
        """
    for name in ("blog", "news", "shop"):
        site.write(name)
        await site.modules.enable(name)
    site.write("news", files={"tasks.py": waiting})
    mounting = site.modules.worker.mounting
    try:
        names = ("blog", "news", "shop")
        prepared = await mounting.prepare(site.modules.worker.state.modules, names, {*names})
        assert [one.name for one in prepared.fresh] == ["blog", "shop"]
        await mounting.discard(prepared)
    finally:
        end.touch()
    await becomes(lambda: "news" not in mounting.lingering)
