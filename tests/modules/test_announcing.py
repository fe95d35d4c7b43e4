from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from quart_hotframe import signals
from quart_hotframe.errors import LoadError
from quart_hotframe.modules.announcing import announcements
from quart_hotframe.modules.state import Wanted
from tests.support.sites import becomes
from tests.support.sites import serving
from tests.support.sites import Site

ONE = Wanted("blog", "1.0", "1.0-a", enabled=True)
TWO = Wanted("blog", "2.0", "2.0-b", enabled=True, previous="1.0-a", previous_version="1.0")
OFF = replace(ONE, enabled=False)

CASES: dict[str, tuple[Wanted | None, Wanted | None, Any, dict[str, Any]]] = {
    "enabled": (OFF, ONE, signals.module_enabled, {}),
    "new": (None, ONE, signals.module_enabled, {}),
    "disabled": (ONE, OFF, signals.module_disabled, {}),
    "uninstalled": (ONE, None, signals.module_disabled, {}),
    "quarantined": (ONE, replace(ONE, quarantined="x"), signals.module_disabled, {}),
    "upgraded": (ONE, TWO, signals.module_upgraded, {"previous": "1.0"}),
    "rolled back": (
        TWO, ONE, signals.module_rolled_back, {"previous": "2.0", "automatic": False},
    ),
    "taken back": (
        TWO, replace(ONE, error="x"), signals.module_rolled_back,
        {"previous": "2.0", "automatic": True},
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_each_change_has_its_signal(case: str) -> None:
    old, new, signal, arguments = CASES[case]
    before, after = ({"blog": one} if one else {} for one in (old, new))
    assert list(announcements(before, after)) == [(signal, "blog", arguments)]
    assert list(announcements(before, before)) == []


async def test_the_signals_arrive_with_records_and_a_failing_receiver_harms_nobody(
    tmp_path: Path,
) -> None:
    site = Site(tmp_path, {})
    seen: list[tuple[str, Any]] = []

    def receiver(name: str) -> Any:
        def receive(app: Any, **arguments: Any) -> None:
            seen.append((name, getattr(arguments.get("module"), "version", None)))
            raise ValueError("a receiver that fails")

        return receive

    names = ("module_installed", "module_enabled", "module_upgraded", "module_uninstalled",
             "operation_started", "operation_finished")  # fmt: skip
    kept = [(getattr(signals, name), receiver(name)) for name in names]
    for signal, receive in kept:
        signal.connect(receive, site.app)
    async with serving(site):
        await site.has("blog")
        await site.modules.upgrade("blog", site.source("blog", "2.0"))
        await site.modules.uninstall("blog")
        expected = {
            ("module_installed", "1.0"), ("module_enabled", "1.0"), ("module_upgraded", "2.0"),
            ("module_uninstalled", "2.0"),
        }  # fmt: skip
        await becomes(lambda: expected <= set(seen))
    assert seen.count(("operation_started", None)) == 4
    assert seen.count(("operation_finished", None)) == 4


async def test_each_module_of_a_cascade_is_announced(tmp_path: Path) -> None:
    seen: list[str] = []

    async def note(app: Any, module: Any, data: str) -> None:
        seen.append(f"{module.name} {module.version} {data}")

    with signals.module_uninstalled.connected_to(note):
        async with serving(Site(tmp_path, {})) as site:
            await site.has("base")
            await site.has("news", manifest='requires = ["base"]')
            await site.modules.uninstall("base", data="drop", cascade=True)
            assert seen == ["news 1.0 drop", "base 1.0 drop"]


async def test_a_module_that_fails_is_told_at_start_and_at_an_operation(tmp_path: Path) -> None:
    seen: list[tuple[str, str]] = []

    async def note(app: Any, module: Any, exception: Exception) -> None:
        seen.append((module.name, str(exception).rpartition("/")[2]))

    with signals.module_failed.connected_to(note):
        async with serving(Site(tmp_path, {})) as site:
            site.write("blog")
            await site.modules.enable("blog")
            site.write("blog", files={"views.py": "1 / 0\n"})
            with pytest.raises(LoadError):
                await site.modules.reload("blog")
            assert seen == [("blog", "views.py:1: ZeroDivisionError: division by zero")]
        seen.clear()
        async with serving(Site(tmp_path, {})):
            assert seen == [("blog", "views.py:1: ZeroDivisionError: division by zero")]
