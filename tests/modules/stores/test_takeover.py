"""An app that begins to use a database keeps the modules that its store in files had."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from quart_hotframe.errors import StoreError
from quart_hotframe.modules.state import Operation
from quart_hotframe.modules.state import State
from quart_hotframe.modules.stores.filestore import MOVED
from tests.support.sites import serving
from tests.support.sites import Site
from tests.support.stores import Place


@pytest.fixture
def place(tmp_path: Path, database_url: str) -> Place:
    return Place(tmp_path, database_url)


@pytest.fixture
def files(tmp_path: Path) -> Place:
    """The store in files of the same app."""
    return Place(tmp_path)


def folder_of(place: Place) -> Path:
    return place.folder / "instance" / "hotframe"


async def test_what_was_served_is_served_again(tmp_path: Path, database_url: str) -> None:
    before = Site(tmp_path, {})
    async with serving(before):
        await before.has("blog")
    after = Site(tmp_path, {"HOTFRAME_DATABASE_URL": database_url, "HOTFRAME_STORE": "database"})
    async with serving(after):
        assert await after.get("/blog/") == (200, "blog 1.0")
        kinds = [one.entries[0]["kind"] for one in await after.modules.operations()]
        assert kinds == ["enable", "install"], "the history comes along"
        await after.modules.upgrade("blog", after.source("blog", "2.0"))
    again = Site(tmp_path, {"HOTFRAME_DATABASE_URL": database_url, "HOTFRAME_STORE": "database"})
    async with serving(again):
        assert await again.get("/blog/") == (200, "blog 2.0"), "it is taken over once"


async def test_it_is_taken_over_once_by_many_at_the_same_time(place: Place, files: Place) -> None:
    old = files.open()
    state = await old.change(lambda state: replace(state, revision=5, initialised=True))
    await old.journal("op1", {"phase": "prepare"})
    found = await asyncio.gather(*(place.open().read() for _ in range(4)))
    assert found == [state] * 4
    [history] = await place.open().operations()
    assert len(history.entries) == 1


async def test_a_change_takes_over_first(place: Place, files: Place) -> None:
    await files.open().change(lambda state: replace(state, revision=5, initialised=True))
    store = place.open()
    assert await store.changed(State())
    assert (await store.change(lambda s: replace(s, revision=s.revision + 1))).revision == 6
    assert await place.open().read() == await store.read()


async def test_a_store_that_has_a_state_keeps_it(place: Place, files: Place) -> None:
    store = place.open()
    state = await store.change(lambda state: replace(state, revision=2, initialised=True))
    await files.open().change(lambda state: replace(state, revision=5, initialised=True))
    assert not await store.changed(state)
    assert await place.open().read() == state
    assert not (folder_of(files) / MOVED).exists()


async def test_going_back_to_files_is_explained(place: Place, files: Place) -> None:
    state = await files.open().change(lambda state: replace(state, revision=5, initialised=True))
    await place.open().read()
    mark = folder_of(files) / MOVED
    for attempt in (files.open().read, lambda: files.open().change(lambda state: state)):
        with pytest.raises(StoreError, match=f"taken over into .*HOTFRAME_STORE.*remove {mark}"):
            await attempt()
    mark.unlink()
    assert await files.open().read() == state


async def test_an_open_operation_is_ended_by_the_store_that_has_it(
    place: Place, files: Place
) -> None:
    operation = Operation("op1", "enable", "blog", {})
    await files.open().change(lambda state: replace(state, revision=5, operation=operation))
    with pytest.raises(StoreError, match=r"the enable of 'blog' is open.*HOTFRAME_STORE=file"):
        await place.open().read()
    await files.open().change(lambda state: replace(state, operation=None))
    assert (await place.open().read()).revision == 5
