"""Two apps over one folder, which behave like two workers."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from quart_hotframe.errors import LifecycleError
from quart_hotframe.errors import LoadError
from quart_hotframe.errors import OperationAborted
from quart_hotframe.modules.worker import Worker
from tests.support.sites import becomes
from tests.support.sites import loaded_packages
from tests.support.sites import serving
from tests.support.sites import Site

CONFIG: dict[str, Any] = {"HOTFRAME_OPERATION_TIMEOUT": 5.0}


@asynccontextmanager
async def pair(folder: Path, **config: Any) -> AsyncIterator[tuple[Site, Site]]:
    one, two = Site(folder, {**CONFIG, **config}), Site(folder, {**CONFIG, **config})
    one.project.mkdir(parents=True)  # or they would join when they see that there is a store
    async with serving(one), serving(two):
        yield one, two


def worker(site: Site) -> Worker:
    found: Worker = site.modules.worker
    return found


def noting(log: Path, function: str, text: str) -> str:
    """Return a ``lifecycle.py`` with a function that adds a text to a file."""
    return f"""\
from pathlib import Path

def {function}:
    with Path({str(log)!r}).open("a") as file:
        file.write(f"{text}")
"""


async def both(sites: tuple[Site, Site], text: str) -> None:
    assert [await site.get("/blog/") for site in sites] == [(200, text), (200, text)]


async def test_every_worker_serves_the_result_when_the_operation_returns(tmp_path: Path) -> None:
    async with pair(tmp_path) as sites:
        one, two = sites
        await one.has("blog")
        await both(sites, "blog 1.0")
        assert set(one.modules.acknowledged) == {worker(one).id, worker(two).id}
        await two.modules.upgrade("blog", two.source("blog", "2.0"))
        await both(sites, "blog 2.0")
        await one.modules.rollback("blog")
        await both(sites, "blog 1.0")
        await one.modules.disable("blog")
        assert (await two.get("/blog/"))[0] == 404


async def test_edited_files_of_the_project_are_reloaded_in_every_worker(tmp_path: Path) -> None:
    async with pair(tmp_path) as sites:
        one, two = sites
        one.write("blog")
        await one.modules.enable("blog")
        one.write("blog", files={"views.py": """\
            from . import blueprint
            @blueprint.get("/")
            async def index(): return "edited"
        """})  # fmt: skip
        await two.modules.reload("blog")
        await both(sites, "edited")


async def test_a_worker_that_missed_a_reload_loads_edited_files_all_the_same(
    tmp_path: Path,
) -> None:
    async with pair(tmp_path, HOTFRAME_OPERATION_TIMEOUT=0.3) as sites:
        one, two = sites
        one.write("blog")
        await one.modules.enable("blog")
        following = worker(two)._following
        assert following is not None
        following.cancel()  # two hangs; the operation cannot be prepared by all
        one.write("blog", files={"views.py": """\
            from . import blueprint
            @blueprint.get("/")
            async def index(): return "edited"
        """})  # fmt: skip
        with pytest.raises(OperationAborted, match="HOTFRAME_OPERATION_TIMEOUT"):
            await one.modules.reload("blog")
        assert await one.get("/blog/") == (200, "blog 1.0")
        await worker(two).store.unregister()
        await one.modules.reload("blog")
        await worker(two).store.register(worker(two).identity)
        await worker(two).step()
        await both(sites, "edited")


async def test_the_failure_of_this_process_is_raised_as_it_is(tmp_path: Path) -> None:
    async with pair(tmp_path) as sites:
        one, _ = sites
        await one.has("blog")
        broken = one.source("blog", "2.0", files={"views.py": "1 / 0\n"})
        with pytest.raises(LoadError, match=r"views\.py:1"):
            await one.modules.upgrade("blog", broken)
        await both(sites, "blog 1.0")


async def test_a_lifecycle_function_that_fails_aborts_everywhere(tmp_path: Path) -> None:
    async with pair(tmp_path) as sites:
        one, two = sites
        await one.has("blog")
        before = loaded_packages()
        code = "def upgrade(old, new): raise ValueError('no')\n"
        with pytest.raises(LifecycleError, match="no"):
            await one.modules.upgrade("blog", one.source("blog", "2.0", files={
                "lifecycle.py": code,
            }))  # fmt: skip
        await both(sites, "blog 1.0")
        await becomes(lambda: loaded_packages() == before)


async def test_the_lifecycle_functions_of_a_disabled_module_run_at_uninstall(
    tmp_path: Path,
) -> None:
    log = tmp_path / "log"
    code = noting(log, "uninstall(keep_data)", "{keep_data} ")
    async with pair(tmp_path) as sites:
        one, two = sites
        await one.has("base")
        await one.has("blog", manifest='requires = ["base"]', files={"lifecycle.py": code})
        await one.modules.disable("blog")
        await one.modules.disable("base")
        await two.modules.uninstall("blog", data="drop")
        await two.modules.drained()
        assert log.read_text() == "False "
        assert loaded_packages() == frozenset()


async def test_a_cascade_is_followed_by_all_and_taken_back_by_another(tmp_path: Path) -> None:
    log = tmp_path / "log"
    async with pair(tmp_path) as sites:
        one, two = sites
        for name, needs in (("base", ""), ("blog", 'requires = ["base"]')):
            code = noting(log, "uninstall(keep_data)", f"{name} ")
            await one.has(name, manifest=needs, files={"lifecycle.py": code})
        await two.modules.disable("base", cascade=True)
        assert [(await site.get("/blog/"))[0] for site in sites] == [404, 404]
        await one.modules.enable("base")
        await both(sites, "blog 1.0")
        await two.modules.uninstall("base", cascade=True)
        for site in sites:
            await site.modules.drained()
        assert log.read_text() == "blog base "
        await becomes(lambda: not list((one.instance / "modules").glob("[a-z]*")))
        assert loaded_packages() == frozenset()


async def test_files_stay_while_another_worker_still_serves_them(tmp_path: Path) -> None:
    slow = """\
        import asyncio
        from pathlib import Path
        from . import blueprint
        go = Path(__file__).parent / "module.toml"
        @blueprint.get("/slow")
        async def slow():
            for _ in range(30): await asyncio.sleep(0.01)
            return go.read_text()
    """
    async with pair(tmp_path) as (one, two):
        await one.has("blog", files={"views.py": slow})
        folder = one.instance / "modules" / "blog"
        request = asyncio.create_task(two.get("/blog/slow"))
        await becomes(lambda: bool(two.hotframe.runtime.current.pins))
        await one.modules.uninstall("blog")
        assert folder.exists()
        status, text = await request
        assert (status, 'name = "blog"' in text) == (200, True)
        await becomes(lambda: not folder.exists())


async def test_a_command_beside_workers_loads_nothing(tmp_path: Path) -> None:
    site, command = Site(tmp_path, CONFIG), Site(tmp_path, CONFIG)
    async with serving(site):
        await site.has("blog")
        before = loaded_packages()
        async with command.app.app_context(), command.hotframe.commanding():
            await command.modules.upgrade("blog", site.source("blog", "2.0"))
            assert command.modules.acknowledged == {worker(site).id: True}
            assert command.modules["blog"].version == "2.0"
            assert worker(command).mounting.mounted == {}
        assert await site.get("/blog/") == (200, "blog 2.0")
        await site.modules.drained()
        assert len(loaded_packages()) == len(before)


async def test_a_command_alone_checks_and_runs_what_a_worker_would(tmp_path: Path) -> None:
    log = tmp_path / "log"
    code = noting(log, "enable()", "enabled ")
    command = Site(tmp_path, CONFIG)
    async with command.app.app_context(), command.hotframe.commanding():
        await command.has("blog", files={"lifecycle.py": code})
        assert command.modules.acknowledged == {}
    assert log.read_text() == "enabled "
    async with serving(Site(tmp_path, CONFIG)) as site:
        assert await site.get("/blog/") == (200, "blog 1.0")
    assert log.read_text() == "enabled "


async def test_two_that_change_one_module_at_once_take_turns(tmp_path: Path) -> None:
    async with pair(tmp_path) as (one, two):
        await one.has("blog")
        done = await asyncio.gather(
            one.modules.disable("blog"), two.modules.disable("blog"), return_exceptions=True
        )
        assert sorted(type(result).__name__ for result in done) == ["Module", "ModuleStateError"]
        assert (await one.modules.store.read()).operation is None


async def test_taking_a_version_back_twice_happens_once(tmp_path: Path) -> None:
    async with pair(tmp_path, HOTFRAME_PROVISIONAL_SECONDS=60) as sites:
        one, two = sites
        await one.has("blog")
        await one.modules.upgrade("blog", one.source("blog", "2.0"))
        await asyncio.gather(*(site.modules.take_back("blog", "it failed") for site in sites))
        await both(sites, "blog 1.0")
        kinds = [entry.entries[0]["kind"] for entry in await two.modules.operations()]
        assert kinds.count("rollback") == 1


async def test_an_operation_goes_on_when_its_caller_is_cancelled(tmp_path: Path) -> None:
    async with pair(tmp_path) as (one, two):
        await one.modules.install(one.source("blog"))
        asked = asyncio.create_task(one.modules.enable("blog"))
        await becomes(lambda: bool(worker(one).leading))
        asked.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asked
        while (await two.get("/blog/"))[0] != 200:
            await asyncio.sleep(0.01)
        await becomes(lambda: not worker(one).leading)
        assert (await one.modules.store.read()).operation is None


async def test_clearing_up_after_many_operations_at_once_leaves_threads_to_get_on(
    tmp_path: Path,
) -> None:
    async with serving(Site(tmp_path, CONFIG)) as site:
        await site.has("blog")
        asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(2))
        async with asyncio.timeout(10):
            await asyncio.gather(*(worker(site).clean() for _ in range(6)))
        assert (await site.get("/blog/"))[0] == 200


SAFE = {"HOTFRAME_SAFE_MODE": True}


async def test_a_worker_in_safe_mode_asks_another_to_run_the_functions(tmp_path: Path) -> None:
    log = tmp_path / "log"
    code = noting(log, "install()", "installed ") + noting(log, "disable()", "disabled ")
    safe, other = Site(tmp_path, {**CONFIG, **SAFE}), Site(tmp_path, CONFIG)
    safe.project.mkdir(parents=True)  # or the other would join when it sees that there is a store
    async with serving(safe), serving(other):
        await safe.has("blog", files={"lifecycle.py": code})
        assert log.read_text() == "installed "
        assert await other.get("/blog/") == (200, "blog 1.0")
        assert (await safe.get("/blog/"))[0] == 404
        await safe.modules.disable("blog")
        await other.modules.drained()
        assert log.read_text() == "installed disabled "


async def test_in_safe_mode_alone_only_what_runs_no_function_is_done(tmp_path: Path) -> None:
    log = tmp_path / "log"
    code = noting(log, "disable()", "disabled ")
    async with serving(Site(tmp_path, CONFIG)) as site:
        await site.has("blog", files={"lifecycle.py": code})
    async with serving(Site(tmp_path, {**CONFIG, **SAFE})) as safe:
        await safe.modules.install(safe.source("news"))
        before = await safe.snapshot()
        with pytest.raises(OperationAborted, match="safe mode.*without HOTFRAME_SAFE_MODE"):
            await safe.modules.enable("news")
        await safe.is_as(before)
        await safe.modules.disable("blog")
        await safe.modules.drained()
        assert (await safe.modules.store.read()).owed == ()
    async with serving(Site(tmp_path, CONFIG)) as again:
        assert (await again.get("/blog/"))[0] == 404
        assert not log.exists()


async def test_a_worker_that_is_woken_while_it_ends_ends(site: Site) -> None:
    worker = site.modules.worker
    async with asyncio.timeout(20):
        worker.wake.set()
        await worker.stop()
