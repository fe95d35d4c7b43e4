"""The board of the tutorial, in the test's own process."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from quart_hotframe.testing import assert_rendered
from quart_hotframe.testing import dispatch_event
from quart_hotframe.testing import mount_component
from quart_hotframe.testing import MountedComponent
from quart_hotframe.testing import RunningApp
from quart_hotframe.testing import test_app as running_app
from tests.support.bazaar import ROOT

BOARD = ROOT / "examples" / "board"


@pytest.fixture
async def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[RunningApp]:
    monkeypatch.setenv("HOTFRAME_INSTANCE_FOLDER", str(tmp_path))
    spec = importlib.util.spec_from_file_location("board_app", BOARD / "app.py")
    assert spec is not None and spec.loader is not None
    module: Any = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, spec.name, module)
    spec.loader.exec_module(module)
    async with running_app(module.app) as running:
        yield running


def columns(board: MountedComponent) -> list[str]:
    """Return what stands in each column."""
    parts = board.html.split("<section ")[1:]
    return [part.split("<ul>")[1] for part in parts]


async def test_a_card_is_added_renamed_moved_and_deleted(site: RunningApp) -> None:
    board = await mount_component(site, "board:board")
    await dispatch_event(board, "add", new="  Buy tea ")
    assert "<p>Buy tea</p>" in columns(board)[0]
    await dispatch_event(board, "edit", {"id": 1})
    assert_rendered(board, 'value="Buy tea"')
    await dispatch_event(board, "rename", title="<b>Mint</b>")
    await dispatch_event(board, "move", {"id": 1, "to": 2})
    assert ["&lt;b&gt;Mint" in column for column in columns(board)] == [False, False, True]
    other = await mount_component(site, "board:board")
    assert columns(other)[2].count("<li ") == 1
    await dispatch_event(other, "delete", {"id": 1})
    assert "<li " not in other.html


async def test_each_change_is_told_to_the_other_pages(site: RunningApp) -> None:
    board = await mount_component(site, "board:board")
    async with site.hotframe.live.subscribe("board") as messages:
        await dispatch_event(board, "add", new="tea")
        await dispatch_event(board, "move", {"id": 1, "to": 1})
        await dispatch_event(board, "delete", {"id": 1})
        for _ in range(3):
            assert messages.next() is not None
        assert messages.next() is None


async def test_what_makes_no_sense_changes_nothing(site: RunningApp) -> None:
    board = await mount_component(site, "board:board")
    await dispatch_event(board, "add", new="   ")
    await dispatch_event(board, "add", new="x" * 81)
    assert "<li " not in board.html
    await dispatch_event(board, "add", new="tea")
    for to in (-1, 3, "2"):
        await dispatch_event(board, "move", {"id": 1, "to": to}, status=422)
    for event in ("met", "changed"):
        await dispatch_event(board, event, status=404)
    assert "<p>tea</p>" in columns(board)[0]


async def test_a_card_that_somebody_deleted_meanwhile_is_no_error(site: RunningApp) -> None:
    board = await mount_component(site, "board:board")
    await dispatch_event(board, "add", new="tea")
    await dispatch_event(board, "edit", {"id": 1})
    await dispatch_event(await mount_component(site, "board:board"), "delete", {"id": 1})
    await dispatch_event(board, "rename", title="coffee")
    for event, args in (("edit", {}), ("move", {"to": 1}), ("delete", {})):
        await dispatch_event(board, event, {"id": 1, **args})
    assert "<li " not in board.html


async def test_the_page_follows_the_topic_on_which_people_see_each_other(site: RunningApp) -> None:
    page = await (await site.client.get("/")).get_data(as_text=True)
    assert '<main hf-topic="' in page and 'hf-live="board:board"' in page


def test_it_is_short() -> None:
    files = [*BOARD.rglob("*.py"), *BOARD.rglob("*.html")]
    lines = [line for file in files for line in file.read_text("utf-8").splitlines()]
    assert len(files) == 6
    assert len([line for line in lines if line]) < 150
