from __future__ import annotations

import pytest

from quart_hotframe.errors import LoadError
from tests.support.sites import serving
from tests.support.sites import Site

SERVING = """\
from quart import Blueprint, current_app
from quart_hotframe import current_module

blueprint = Blueprint("news", __name__)

def note(*call):
    current_app.extensions["calls"].append((current_module.version, *call))

@blueprint.before_app_serving
async def before():
    note("before")

@blueprint.while_app_serving
async def around():
    note("opened")
    yield
    note("closed")

@blueprint.after_app_serving
def after():
    note("after")
"""


async def test_a_late_module_opens_once_before_it_serves_and_closes_once_it_went(
    site: Site,
) -> None:
    calls = site.app.extensions["calls"] = []
    await site.has("news", files={"__init__.py": SERVING})
    assert calls == [("1.0", "before"), ("1.0", "opened")]
    calls.clear()
    await site.modules.upgrade("news", site.source("news", "2.0", files={"__init__.py": SERVING}))
    await site.modules.drained()
    opened = [("2.0", "before"), ("2.0", "opened")]
    assert calls == [*opened, ("1.0", "closed"), ("1.0", "after")]
    calls.clear()
    await site.modules.disable("news")
    await site.modules.drained()
    assert calls == [("2.0", "closed"), ("2.0", "after")]


async def test_a_module_closes_when_serving_ends(site: Site) -> None:
    site.app.extensions["calls"] = []
    await site.has("news", files={"__init__.py": SERVING})
    again = Site(site.folder, {})
    calls = again.app.extensions["calls"] = []
    async with serving(again):
        pass
    assert [what for _, what in calls] == ["before", "opened", "closed", "after"]


FAILING = {
    "async": "@blueprint.before_app_serving\nasync def bad(): raise RuntimeError('no luck')\n",
    "sync": "def before(): raise RuntimeError('no luck')\nblueprint.before_app_serving(before)",
    "exit": "async def before(): raise SystemExit('no luck')\nblueprint.before_app_serving(before)",
    "while": "async def around():\n    raise RuntimeError('no luck')\n    yield\n"
    "blueprint.while_app_serving(around)",
}


@pytest.mark.parametrize("case", FAILING)
async def test_a_function_before_serving_that_fails_changes_nothing(site: Site, case: str) -> None:
    calls = site.app.extensions["calls"] = []
    await site.has("news", "1.0")
    before = await site.snapshot("/news/")
    broken = site.source(
        "news", "2.0", files={"__init__.py": SERVING + FAILING[case], "views.py": ""}
    )
    with pytest.raises(LoadError, match="news: before serving: .*no luck"):
        await site.modules.upgrade("news", broken)
    await site.is_as(before)
    assert ("2.0", "after") not in calls  # what never served does not end its serving
    await site.modules.upgrade("news", site.source("news", "2.0"))
    assert await site.get("/news/") == (200, "news 2.0")


@pytest.mark.parametrize("site", [{"HOTFRAME_LIFECYCLE_TIMEOUT": 0.1}], indirect=True)
async def test_a_function_before_serving_that_hangs_is_given_up(site: Site) -> None:
    await site.has("news", "1.0")
    before = await site.snapshot("/news/")
    hangs = "import asyncio\nblueprint.before_app_serving(asyncio.Event().wait)\n"
    broken = site.source("news", "2.0", files={"views.py": "from . import blueprint\n" + hangs})
    with pytest.raises(LoadError, match="before serving"):
        await site.modules.upgrade("news", broken)
    await site.is_as(before)


@pytest.mark.parametrize("error", ["RuntimeError", "SystemExit"])
async def test_a_function_after_serving_that_fails_keeps_no_module(
    site: Site, error: str, caplog: pytest.LogCaptureFixture
) -> None:
    code = f"async def after(): raise {error}('no luck')\nblueprint.after_app_serving(after)\n"
    await site.has("news", files={"views.py": "from . import blueprint\n" + code})
    await site.modules.disable("news")
    await site.modules.drained()
    assert "Module 'news' failed when its serving ended" in caplog.text
    assert site.modules["news"].state == "disabled"
