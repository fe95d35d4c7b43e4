"""What a process does for each module when it starts, and what it does once for all of them."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from quart_hotframe.modules.manifest import Manifest
from quart_hotframe.modules.stores.filestore import FileStore
from tests.support.sites import serving
from tests.support.sites import Site

NAMES = ["blog", "news", "shop"]


async def serve_once(folder: Path, names: list[str]) -> None:
    """Start a site with modules and end it; it may have run there before."""
    site = Site(folder, {"HOTFRAME_MODULES": names, "HOTFRAME_POLL_INTERVAL": 3600})
    for name in names:
        site.write(name)
    async with serving(site):
        assert list(site.modules.worker.mounting.mounted) == names


async def test_the_manifest_of_each_module_is_read_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await serve_once(tmp_path, NAMES)
    read, parse = Counter[str](), Manifest.parse

    def counting(text: str, path: str, **options: Any) -> Manifest:
        manifest = parse(text, path, **options)
        read[manifest.name] += 1
        return manifest

    monkeypatch.setattr(Manifest, "parse", counting)
    await serve_once(tmp_path, NAMES)
    assert read == dict.fromkeys(NAMES, 1)


async def test_without_migrations_nobody_is_asked_who_else_serves(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked, participants = [], FileStore.participants

    async def noting(store: FileStore) -> Any:
        asked.append(store)
        return await participants(store)

    monkeypatch.setattr(FileStore, "participants", noting)
    await serve_once(tmp_path, NAMES)
    assert not asked
