"""A store that cannot be used at start: the app serves, says why, and its modules come later."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from quart_hotframe import signals
from quart_hotframe.errors import StoreError
from quart_hotframe.modules import locking
from tests.support.sites import becomes
from tests.support.sites import serving
from tests.support.sites import Site


@pytest.fixture
async def stopped(tmp_path: Path) -> Site:
    """A site that has served two modules, one of which cannot be loaded any more."""
    async with serving(Site(tmp_path, {})) as site:
        await site.has("news")
        site.write("blog")
        await site.modules.enable("blog")
        site.write("blog", files={"views.py": "1/0\n"})
    again = Site(tmp_path, {})
    again.app.add_url_rule("/host", "host", lambda: "host")
    return again


def damage(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:40])


def replace_by_folder(file: Path) -> None:
    file.unlink()
    file.mkdir()


def newer(file: Path) -> None:
    file.write_text(file.read_text().replace('"format": 1', '"format": 99'))


def put_back(file: Path, content: bytes) -> None:
    if file.is_dir():
        file.rmdir()
    file.write_bytes(content)


DAMAGES = {"damaged": damage, "a folder": replace_by_folder, "from the future": newer}


@pytest.mark.parametrize("case", DAMAGES)
async def test_the_app_starts_without_its_store_and_modules_come_when_it_is_back(
    stopped: Site, case: str, caplog: pytest.LogCaptureFixture
) -> None:
    file = stopped.instance / "state.json"
    good, failed = file.read_bytes(), []

    async def told(app: object, **what: object) -> None:
        failed.append(what["module"].name)  # type: ignore[attr-defined]

    DAMAGES[case](file)
    with signals.module_failed.connected_to(told):
        async with serving(stopped) as site:
            assert await site.get("/host") == (200, "host")
            assert (await site.get("/news/"))[0] == 404
            record = site.modules["blog"]
            assert record.state == "pending" and str(file) in record.error
            with pytest.raises(StoreError, match="state.json"):
                await site.modules.enable("blog")
            await asyncio.sleep(5 * site.hotframe.settings.poll_interval)
            assert caplog.text.count("No module is served until the store can be used") == 1
            assert "cannot be followed" not in caplog.text  # told once, not at each look
            put_back(file, good)
            await becomes(lambda: "news" in site.modules.worker.mounting.mounted)
            assert await site.get("/news/") == (200, "news 1.0")
            await becomes(lambda: site.modules["blog"].state == "failed")
            await becomes(lambda: failed == ["blog"])
            site.write("blog")
            await site.modules.reload("blog")
            assert await site.get("/blog/") == (200, "blog 1.0")


async def test_an_app_whose_store_is_locked_by_another_starts_when_the_wait_is_over(
    tmp_path: Path,
) -> None:
    site = Site(tmp_path, {"HOTFRAME_MODULES": ["blog"]})
    site.write("blog")
    site.modules.store._patience = 0.1
    site.instance.mkdir(parents=True)
    lock = locking.try_lock(site.instance / "lock")
    assert lock is not None
    async with serving(site):
        assert site.modules["blog"].state == "pending"
        assert "lock is held by" in site.modules["blog"].error
        lock.release()
        await becomes(lambda: "blog" in site.modules.worker.mounting.mounted)
        await becomes(lambda: site.modules["blog"].state == "active")
        assert await site.get("/blog/") == (200, "blog 1.0")


async def test_a_store_that_breaks_while_the_app_serves_changes_nothing(
    stopped: Site, caplog: pytest.LogCaptureFixture
) -> None:
    file = stopped.instance / "state.json"
    async with serving(stopped) as site:
        good = file.read_bytes()
        damage(file)
        await becomes(lambda: "cannot be followed" in caplog.text)
        assert await site.get("/news/") == (200, "news 1.0")
        put_back(file, good)
        await site.has("other")
        assert await site.get("/other/") == (200, "other 1.0")


async def test_a_command_says_that_the_store_cannot_be_used(stopped: Site) -> None:
    damage(stopped.instance / "state.json")
    with pytest.raises(StoreError, match="state.json is damaged"):
        async with stopped.app.app_context(), stopped.hotframe.commanding():
            pass
