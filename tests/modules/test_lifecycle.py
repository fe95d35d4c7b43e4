from __future__ import annotations

import pytest

from quart_hotframe.errors import LifecycleError
from tests.support.sites import becomes
from tests.support.sites import Site

NOTING = """\
from quart import current_app
from quart_hotframe import current_module

def note(*call):
    current_app.extensions.setdefault("calls", []).append((current_module.name, VERSION, *call))

VERSION = {version!r}

def install(): note("install")
async def enable(): note("enable")
async def upgrade(from_version, to_version): note("upgrade", from_version, to_version)
def disable(): note("disable")
async def uninstall(keep_data): note("uninstall", keep_data)
"""


def noting(version: str) -> dict[str, str]:
    return {"lifecycle.py": NOTING.format(version=version)}


def calls(site: Site) -> list[tuple]:
    return site.app.extensions.get("calls", [])


@pytest.mark.parametrize("data", ["keep", "drop"])
async def test_functions_run_once_each_in_order_with_their_arguments(site: Site, data: str) -> None:
    site.app.extensions["calls"] = []
    await site.has("base", files=noting("1.0"))
    await site.has("news", manifest='requires = ["base"]', files=noting("1.0"))
    assert calls(site) == [
        ("base", "1.0", "install"),
        ("base", "1.0", "enable"),
        ("news", "1.0", "install"),
        ("news", "1.0", "enable"),
    ]
    calls(site).clear()
    new = site.source("news", "2.0", manifest='requires = ["base"]', files=noting("2.0"))
    await site.modules.upgrade("news", new)
    await site.modules.rollback("news")
    assert calls(site) == [
        ("news", "2.0", "upgrade", "1.0", "2.0"),
        ("news", "1.0", "upgrade", "2.0", "1.0"),
    ]
    calls(site).clear()
    await site.modules.disable("base", cascade=True)
    await site.modules.drained()
    assert calls(site) == [("news", "1.0", "disable"), ("base", "1.0", "disable")]
    calls(site).clear()
    await site.modules.enable("news")
    assert calls(site) == [("base", "1.0", "enable"), ("news", "1.0", "enable")]
    calls(site).clear()
    await site.modules.uninstall("news", data=data)
    await site.modules.drained()
    kept = data == "keep"
    assert calls(site) == [("news", "1.0", "disable"), ("news", "1.0", "uninstall", kept)]


async def test_a_cascade_runs_the_functions_of_each_and_is_taken_back_whole(site: Site) -> None:
    site.app.extensions["calls"] = []
    needs = 'requires = ["base"]'
    await site.has("base", files=noting("1.0"))
    for name in ("news", "off"):
        await site.has(name, manifest=needs, files=noting("1.0"))
    await site.modules.disable("off")
    await site.modules.drained()
    serves = {one.name: one.state for one in site.modules}
    await site.modules.disable("base", cascade=True)
    await site.modules.drained()
    calls(site).clear()
    await site.modules.enable("base")
    assert {one.name: one.state for one in site.modules} == serves
    assert calls(site) == [("base", "1.0", "enable"), ("news", "1.0", "enable")]
    assert await site.get("/news/") == (200, "news 1.0")
    calls(site).clear()
    await site.modules.uninstall("base", data="drop", cascade=True)
    await site.modules.drained()
    assert calls(site) == [
        ("off", "1.0", "uninstall", False),  # it was not served, and needs what departs
        ("news", "1.0", "disable"),
        ("news", "1.0", "uninstall", False),
        ("base", "1.0", "disable"),
        ("base", "1.0", "uninstall", False),
    ]
    assert len(site.modules) == 0
    await becomes(lambda: not list((site.instance / "modules").glob("[a-z]*")))


HANGS = "import asyncio\nasync def {function}(*args): await asyncio.Event().wait()\n"
RAISES = "def {function}(*args):\n    raise RuntimeError('no luck')\n"
FAILING = {
    "raises": (RAISES, "failed: RuntimeError: no luck"),
    "hangs": (HANGS, "did not end within 0.1 s"),
    "exits": ("def {function}(*args): raise SystemExit(3)\n", "SystemExit"),
}
SOON = [{"HOTFRAME_LIFECYCLE_TIMEOUT": 0.1}]


@pytest.mark.parametrize("site", SOON, indirect=True)
@pytest.mark.parametrize("case", FAILING)
@pytest.mark.parametrize("function", ["install", "enable"])
async def test_install_and_enable_that_fail_change_nothing(
    site: Site, function: str, case: str
) -> None:
    code, message = FAILING[case]
    files = {"lifecycle.py": code.format(function=function)}
    await site.modules.install(site.source("news", files=files))
    before = await site.snapshot("/news/")
    with pytest.raises(LifecycleError, match=rf"news: lifecycle.{function}\(\).*{message}"):
        await site.modules.enable("news")
    await site.is_as(before)
    await site.modules.upgrade("news", site.source("news", "1.1"))
    await site.modules.enable("news")
    assert await site.get("/news/") == (200, "news 1.1")


@pytest.mark.parametrize("site", SOON, indirect=True)
@pytest.mark.parametrize("case", FAILING)
async def test_an_upgrade_function_that_fails_leaves_the_old_version_serving(
    site: Site, case: str
) -> None:
    code, message = FAILING[case]
    await site.has("news", "1.0")
    before = await site.snapshot("/news/")
    broken = {"lifecycle.py": code.format(function="upgrade")}
    with pytest.raises(LifecycleError, match=message):
        await site.modules.upgrade("news", site.source("news", "2.0", files=broken))
    await site.is_as(before)
    await site.modules.upgrade("news", site.source("news", "2.0"))
    assert await site.get("/news/") == (200, "news 2.0")


@pytest.mark.parametrize("site", SOON, indirect=True)
@pytest.mark.parametrize("case", FAILING)
@pytest.mark.parametrize("function", ["disable", "uninstall"])
async def test_a_function_that_fails_at_the_end_keeps_no_module(
    site: Site, function: str, case: str, caplog: pytest.LogCaptureFixture
) -> None:
    code, message = FAILING[case]
    await site.has("news", files={"lifecycle.py": code.format(function=function)})
    await site.modules.uninstall("news")
    await site.modules.drained()
    assert (await site.get("/news/"))[0] == 404
    assert "news" not in site.modules
    assert f"lifecycle.{function}()" in caplog.text
    await becomes(lambda: not (site.instance / "modules" / "news").exists())


async def test_a_disabled_module_still_hears_of_its_removal(site: Site) -> None:
    site.app.extensions["calls"] = []
    await site.has("news", files=noting("1.0"))
    await site.modules.disable("news")
    await site.modules.drained()
    calls(site).clear()
    await site.modules.uninstall("news")
    await site.modules.drained()
    assert calls(site) == [("news", "1.0", "uninstall", True)]
