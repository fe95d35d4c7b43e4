"""The claim to live components, in one process; ``tests/workers`` has it in several."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from quart_hotframe.live_claim import FILE
from quart_hotframe.modules import locking
from quart_hotframe.testing import test_app as running_app
from tests.support.modules import write_file
from tests.support.modules import write_module
from tests.support.sites import Site

CODE = (
    "from quart_hotframe import LiveComponent\nclass Counter(LiveComponent):\n    count: int = 0\n"
)


def site(folder: Path, *, lives: bool = True) -> Site:
    if lives:
        write_file(folder / "app" / "components" / "counter.py", CODE)
        write_file(folder / "app" / "components" / "counter.html", "{{ count }}")
    return Site(folder, {"HOTFRAME_DRAIN_TIMEOUT": 0.05})


def claim_of(site: Site) -> Path:
    return site.hotframe.settings.folder_of_instance(site.app.instance_path) / FILE


async def test_a_serving_app_with_live_components_has_the_claim(tmp_path: Path) -> None:
    made = site(tmp_path)
    async with made.app.test_app():
        assert locking.try_lock(claim_of(made)) is None
    lock = locking.try_lock(claim_of(made))
    assert lock is not None
    lock.release()


async def test_an_app_without_live_components_has_no_file_of_it(tmp_path: Path) -> None:
    made = site(tmp_path, lives=False)
    async with made.app.test_app():
        assert not claim_of(made).exists()


async def test_who_starts_waits_for_who_leaves(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    made = site(tmp_path)
    made.hotframe._live_claim._patience = 5.0
    claim_of(made).parent.mkdir(parents=True)
    other = locking.try_lock(claim_of(made))
    assert other is not None
    other.sign()

    async def leave() -> None:
        while not caplog.records:
            await asyncio.sleep(0)
        other.release()

    async with asyncio.TaskGroup() as group:
        group.create_task(leave())
        async with made.app.test_app():
            assert locking.try_lock(claim_of(made)) is None
    assert "process" in caplog.records[0].getMessage()


async def test_who_is_refused_leaves_nothing_behind(tmp_path: Path) -> None:
    made = site(tmp_path)
    (tmp_path / "app" / "modules").mkdir()  # so that it is a participant
    claim_of(made).parent.mkdir(parents=True)
    other = locking.try_lock(claim_of(made))
    assert other is not None
    with pytest.raises(Exception, match="This worker is not started"):
        async with made.app.test_app():
            pass
    other.release()
    store = made.modules.store
    assert await store.participants() == {}
    assert await store.deaths() == []


async def test_two_apps_of_one_process_share_the_claim(tmp_path: Path) -> None:
    async with site(tmp_path).app.test_app(), site(tmp_path).app.test_app():
        pass


async def test_where_no_file_can_be_written_the_app_is_served(tmp_path: Path) -> None:
    made = site(tmp_path)
    write_file(claim_of(made).parent, "a file in the place of the folder")
    async with made.app.test_app():
        assert not made.hotframe._live_claim.is_held


@pytest.mark.parametrize("by", ["kit", "flag"])
async def test_apps_in_tests_claim_nothing(tmp_path: Path, by: str) -> None:
    made = site(tmp_path)
    if by == "kit":
        async with running_app(made.app):
            assert not claim_of(made).exists()
    else:
        made.app.testing = True
        async with made.app.test_app():
            assert not claim_of(made).exists()


async def test_a_command_claims_nothing(tmp_path: Path) -> None:
    made = site(tmp_path, lives=False)
    files = {"components/counter.py": CODE, "components/counter.html": "{{ count }}"}
    write_module(tmp_path / "app" / "modules", "shop", files=files)
    async with made.app.app_context(), made.hotframe.commanding():
        await made.modules.enable("shop")
        assert not claim_of(made).exists()
