"""What one worker alone knows of its modules reaches the others, and not at a high rate."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import AsyncIterator
from collections.abc import Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from quart_hotframe.errors import ModuleStateError
from quart_hotframe.modules import troubles
from quart_hotframe.modules.participants import Participant
from quart_hotframe.modules.participants import Trouble
from quart_hotframe.modules.stores.filestore import FileStore
from quart_hotframe.modules.troubles import LONGEST
from quart_hotframe.modules.troubles import Troubles
from tests.support.sites import serving
from tests.support.sites import Site

FAILS = """\
from itertools import count
from quart import request
from . import blueprint

numbers = count()

def refuse():
    raise ValueError(f"number {next(numbers)}" + request.args.get("more", ""))

@blueprint.get("/")
async def index(): return "well"

@blueprint.get("/bad")
async def bad(): refuse()
"""
CONFIG: dict[str, Any] = {"HOTFRAME_ERROR_THRESHOLD": 3, "HOTFRAME_POLL_INTERVAL": 0.02}


class CountingStore(FileStore):
    """A store that counts the reports."""

    reports: list[Mapping[str, Trouble]]

    async def report(self, found: Mapping[str, Trouble]) -> None:
        self.reports.append(found)
        await super().report(found)


def counting(site: Site) -> CountingStore:
    store = site.modules.store = CountingStore(site.instance)
    store.reports = []
    return store


@asynccontextmanager
async def pair(folder: Path) -> AsyncIterator[tuple[Site, Site]]:
    one, two = Site(folder, CONFIG), Site(folder, CONFIG)
    one.project.mkdir(parents=True)  # or they would join when they see that there is a store
    async with serving(one), serving(two):
        yield one, two


async def fail(site: Site, times: int = 3, query: str = "") -> None:
    for _ in range(times):
        assert (await site.get(f"/news/bad{query}"))[0] == 500


async def told(site: Site, name: str = "news") -> list[Trouble]:
    """Return what the workers tell of a module."""
    return list((await site.modules.troubles()).of(name).values())


async def told_becomes(site: Site, *states: str) -> list[Trouble]:
    async with asyncio.timeout(5):
        while [one.state for one in await told(site)] != list(states):
            await asyncio.sleep(0.01)
    return await told(site)


async def test_a_degraded_module_is_told_with_error_and_line_and_only_by_who_saw_it(
    tmp_path: Path,
) -> None:
    async with pair(tmp_path) as (one, two):
        await one.has("news", files={"views.py": FAILS})
        await fail(two)
        [trouble] = await told_becomes(one, "degraded")
        assert trouble.error == "ValueError: number 2 at news/views.py:8"
        assert (one.modules["news"].state, two.modules["news"].state) == ("active", "degraded")
        live = (await one.modules.store.participants()).values()
        assert {p.id: set(p.troubles) for p in live} == {
            one.modules.worker.id: set(), two.modules.worker.id: {"news"},
        }  # fmt: skip


async def test_a_module_that_one_worker_could_not_load_at_its_start_is_told(tmp_path: Path) -> None:
    one, two = Site(tmp_path, CONFIG), Site(tmp_path, CONFIG)
    one.write("news")
    async with serving(one):
        await one.modules.enable("news")
        one.write("news", files={"views.py": "\n1 / 0\n"})
        async with serving(two):
            [trouble] = await told(one)  # at once: it is told before the worker serves
            assert trouble.state == "failed"
            assert "views.py:2: ZeroDivisionError" in trouble.error
        assert await told(one) == []


@pytest.mark.parametrize("way", ["reset", "reload"])
async def test_what_one_worker_does_about_it_reaches_the_other(tmp_path: Path, way: str) -> None:
    async with pair(tmp_path) as (one, two):
        one.write("news", files={"views.py": FAILS})
        await one.modules.enable("news")
        await fail(two)
        await told_becomes(one, "degraded")
        await getattr(one.modules, way)("news")
        await told_becomes(one)
        assert two.modules["news"].state == "active"
        assert two.modules.watch.of("news").failed == 0
        await fail(two, 2)
        assert two.modules["news"].state == "active", "it counts anew"


async def test_nothing_is_reset_in_what_is_not_installed(tmp_path: Path) -> None:
    async with serving(Site(tmp_path, CONFIG)) as site:
        site.write("news")
        await site.modules.refresh()
        with pytest.raises(ModuleStateError, match="not enabled"):
            await site.modules.reset("news")


async def test_a_thousand_errors_are_not_a_thousand_reports(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(troubles, "INTERVAL", 3600.0)
    site = Site(tmp_path, CONFIG)
    store = counting(site)
    async with serving(site):
        await site.has("news", files={"views.py": FAILS})
        await fail(site)
        await told_becomes(site, "degraded")
        for _ in range(50):
            await fail(site, 20)
            await site.modules.worker.step()
        assert len(store.reports) == 1
        await site.modules.disable("news")  # another state is told at once
        assert store.reports[-1] == {}


async def test_the_latest_error_is_told_once_it_is_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(troubles, "INTERVAL", 0.0)
    async with serving(Site(tmp_path, CONFIG)) as site:
        await site.has("news", files={"views.py": FAILS})
        await fail(site, 3)
        await told_becomes(site, "degraded")
        await fail(site, 1, "?more=" + "x" * 2000 + "%20end")
        await site.modules.worker.step()
        [trouble] = await told(site)
        text, _, place = trouble.error.partition(" at ")
        assert text.startswith("ValueError: number 3xxx") and len(text) == LONGEST
        assert place == "news/views.py:8"


async def test_a_report_is_not_written_in_the_thread_of_the_event_loop(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    threads: list[int] = []
    replace = os.replace

    def noting(source: Path, target: Path) -> None:
        threads.append(threading.get_ident())
        replace(source, target)

    store = FileStore(tmp_path)
    await store.register(Participant.new("worker"))
    monkeypatch.setattr(os, "replace", noting)
    await store.report({"news": Trouble("degraded", "x")})
    assert threads and threading.get_ident() not in threads
    await store.unregister()


def test_equal_troubles_are_one_sentence() -> None:
    slow, broken = Trouble("degraded", "slow"), Trouble("failed", "broken")

    def worker(pid: int, **found: Trouble) -> Participant:
        return Participant(str(pid), pid, "worker", 0.0, troubles=found)

    command = Participant("c", 9, "command", 0.0)
    found = Troubles.told_by(
        [worker(3, a=slow), worker(1, a=slow, b=broken), worker(2, a=broken), command]
    )
    assert found.sentences("a") == [
        "degraded in 2 of 3 workers (pids 1, 3): slow", "failed in 1 of 3 workers (pid 2): broken",
    ]  # fmt: skip
    assert found.sentences("c") == []
