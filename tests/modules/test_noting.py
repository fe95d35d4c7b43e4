"""Why a module could not be loaded is known to those who look later, until it is loaded."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from quart_hotframe.errors import LoadError
from tests.support.sites import serving
from tests.support.sites import Site

BROKEN = {"views.py": "def price():\n    return 1 / 0\n\nprice()\n"}


async def seen_by_a_command(folder: Path) -> Any:
    """Return record and newest history, as a process sees them that serves nobody."""
    site = Site(folder, {})
    async with site.app.app_context(), site.hotframe.commanding():
        return site.modules["blog"], (await site.modules.operations())[0]


async def test_a_failed_load_at_start_is_known_after_the_process_until_it_is_loaded(
    tmp_path: Path,
) -> None:
    first = Site(tmp_path, {})
    async with serving(first):
        first.write("blog")
        await first.modules.enable("blog")
    first.write("blog", files=BROKEN)
    for _ in range(3):
        async with serving(Site(tmp_path, {})) as site:
            assert site.modules["blog"].state == "failed"
            journal = await site.modules.operations()
            assert [one.entries[0]["kind"] for one in journal] == ["load", "enable"]
    record, past = await seen_by_a_command(tmp_path)
    assert record.state == "failed"
    assert record.error.startswith("not loaded: ") and "views.py:2: ZeroDivis" in record.error
    assert past.traceback.count("views.py") >= 2 and "in price" in past.traceback
    assert "ZeroDivisionError: division by zero" in past.traceback

    first.write("blog")
    async with serving(Site(tmp_path, {})) as site:
        assert site.modules["blog"].state == "active" and site.modules["blog"].error is None
    record, _ = await seen_by_a_command(tmp_path)
    assert (record.state, record.error) == ("active", None)


async def test_the_traceback_of_a_failed_operation_is_kept(tmp_path: Path) -> None:
    async with serving(Site(tmp_path, {})) as site:
        site.write("blog")
        await site.modules.enable("blog")
        site.write("blog", files=BROKEN)
        with pytest.raises(LoadError):
            await site.modules.reload("blog")
    record, past = await seen_by_a_command(tmp_path)
    assert (record.state, record.error) == ("active", None)  # what served before served on
    assert past.entries[-1]["phase"] == "aborted" and "in price" in past.traceback


async def test_an_error_of_another_kind_is_not_taken_for_one_of_loading(site: Site) -> None:
    from dataclasses import replace

    site.write("blog")
    await site.modules.enable("blog")
    state = await site.modules.store.change(
        lambda now: replace(
            now, modules={"blog": replace(now.modules["blog"], error="2.0: too many errors")}
        )
    )
    async with serving(Site(site.folder, {})) as again:
        assert again.modules["blog"].error == "2.0: too many errors"
        assert (await again.modules.store.read()).modules == state.modules
