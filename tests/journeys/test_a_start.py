"""Journey a, a start: settings, store, an open operation, the modules that are wanted, serving."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from quart_hotframe.errors import ConfigurationError
from quart_hotframe.modules.state import Operation
from quart_hotframe.modules.stores.filestore import FileStore
from tests.support.sites import serving
from tests.support.sites import Site


async def test_a_start_serves_what_the_store_wants_and_passes_over_what_is_broken(
    tmp_path: Path,
) -> None:
    yesterday = Site(tmp_path, {})
    yesterday.write("catalog")
    yesterday.write("shop", manifest='requires = ["catalog"]')
    yesterday.write("broken")
    async with serving(yesterday):
        for name in ("shop", "broken"):
            await yesterday.modules.enable(name)

    yesterday.write("broken", files={"views.py": "import nowhere\n"})
    order: list[str] = []
    today = Site(tmp_path, {})

    @today.app.before_serving
    async def before() -> None:
        order.append("app")
        assert (await today.get("/shop/"))[0] == 404  # modules come after the app's own start

    async with serving(today):
        order.append("serving")
        states = {module.name: module.state for module in today.modules}
        assert states == {"catalog": "active", "shop": "active", "broken": "failed"}
        assert await today.get("/shop/") == (200, "shop 1.0")
        assert "views.py:1: ModuleNotFoundError" in today.modules["broken"].error
    assert order == ["app", "serving"]


async def test_a_start_finishes_the_operation_that_a_dead_process_left(tmp_path: Path) -> None:
    site = Site(tmp_path, {})
    site.write("news")
    async with serving(site):
        await site.modules.enable("news")
    store = FileStore(site.instance)
    state = await store.read()
    target = {"news": replace(state.modules["news"], enabled=False)}
    left = Operation("1-dead", "disable", "news", target, coordinator="nobody")
    await store.change(lambda state: replace(state, operation=left))

    async with serving(Site(tmp_path, {})) as again:
        assert (await again.modules.store.read()).operation is None
        assert await again.get("/news/") == (200, "news 1.0")  # it was not committed
        await again.modules.disable("news")


async def test_a_wrong_setting_stops_the_app_before_it_starts(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="Did you mean 'HOTFRAME_MODULES'"):
        Site(tmp_path, {"HOTFRAME_MODULE": "news"})
