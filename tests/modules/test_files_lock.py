"""Nobody removes files of modules while another process takes some in, and the other way round."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from quart_hotframe.errors import StoreError
from quart_hotframe.modules import library
from quart_hotframe.modules.archive import unpack
from quart_hotframe.modules.library import Library
from tests.support.sites import Site


def another(site: Site) -> Library:
    """Return the library as another process has it: locks of two files exclude each other."""
    return Library(site.project, site.instance / "modules", site.modules.settings)


@pytest.mark.parametrize("kind", ["install", "upgrade"])
async def test_the_lock_is_held_while_a_version_is_taken_in(
    site: Site, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    held = []

    def noting(*args: Any, **options: Any) -> Path:
        with pytest.raises(StoreError, match=r"files\.lock is held by process \d+"):
            another(site).lock()
        held.append(kind)
        return unpack(*args, **options)

    if kind == "upgrade":
        await site.has("news")
    monkeypatch.setattr(library, "PATIENCE", 0.0)
    monkeypatch.setattr(library, "unpack", noting)
    arguments = ("news",) if kind == "upgrade" else ()
    await getattr(site.modules, kind)(*arguments, site.source("news", "2.0"))
    assert held == [kind]
    another(site).lock().release()


async def test_files_that_nothing_names_are_not_removed_while_another_has_the_lock(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    await site.has("news")
    coming = site.instance / "modules" / "news" / "2.0-just-taken-in"
    coming.mkdir()
    lock = await asyncio.to_thread(another(site).lock)
    with monkeypatch.context() as patch:
        patch.setattr(library, "PATIENCE", 0.0)
        with pytest.raises(StoreError, match=r"files\.lock is held"):
            await site.modules.worker.clean()
    assert coming.exists()
    lock.release()
    await site.modules.worker.clean()
    assert not coming.exists()
