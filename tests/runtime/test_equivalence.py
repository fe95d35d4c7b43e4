"""HotFrame changes nothing: each behaviour is that of the same site on plain Quart."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from quart_hotframe.runtime import routing
from tests.runtime import site as sites
from tests.runtime.behaviours import handling
from tests.runtime.behaviours import living
from tests.runtime.behaviours import rendering
from tests.runtime.behaviours import routing as routing_behaviours
from tests.runtime.site import Behaviour
from tests.runtime.site import BEHAVIOURS
from tests.runtime.site import observe
from tests.runtime.site import Site
from tests.runtime.site import without_protection

SUBJECTS = (routing_behaviours, handling, rendering, living)
EVERY = pytest.mark.parametrize("case", BEHAVIOURS, ids=lambda case: case.name)
PROTECTED = (
    "errors_that_nobody_handles",
    "sessions",
    "static_files",
    "url_for_an_unknown_endpoint",
    "views_that_redirect_and_abort",
)
"""Behaviours on which protection shows, in headers or error pages."""


async def outcome(case: Behaviour, folder: Path, serve: Any) -> list[Any]:
    site = Site(folder, **case.options)
    site.app.config |= case.config
    sought = case.build(site)
    async with serve(site):
        return await observe(site, sought)


async def expected(case: Behaviour, folder: Path) -> list[Any]:
    seen = await outcome(case, folder, sites.plain)
    for left in ("instance", "modules"):
        assert not (folder / left).exists()
    return seen


@EVERY
async def test_a_mounted_blueprint_behaves_as_on_quart(case: Behaviour, tmp_path: Path) -> None:
    wanted = await expected(case, tmp_path)
    assert_alike(await outcome(case, tmp_path, sites.mounted), wanted)


@EVERY
async def test_a_module_behaves_as_on_quart(case: Behaviour, tmp_path: Path) -> None:
    wanted = await expected(case, tmp_path)
    seen = await outcome(case, tmp_path, sites.as_modules)
    if case.contained:
        seen, wanted = statuses(seen), statuses(wanted)
    assert_alike(seen, wanted)


@EVERY
async def test_a_rebuilt_url_map_behaves_as_on_quart(
    case: Behaviour, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted = await expected(case, tmp_path)
    monkeypatch.setattr(routing, "PATH_COPYING", False)
    assert_alike(await outcome(case, tmp_path, sites.mounted), wanted)


@pytest.mark.parametrize("name", PROTECTED)
async def test_without_protection_it_behaves_exactly_so(name: str, tmp_path: Path) -> None:
    [case] = [one for one in BEHAVIOURS if one.name == name]
    off = replace(case, config={"HOTFRAME_SECURITY": "off"})
    wanted = await expected(off, tmp_path)
    assert await outcome(off, tmp_path, sites.mounted) == wanted
    protected = await outcome(case, tmp_path, sites.mounted)
    assert protected != wanted
    assert_alike(protected, wanted)


def assert_alike(seen: list[Any], wanted: list[Any]) -> None:
    """Assert that nothing differs but what protected routes have in addition, by default."""
    assert without_protection(seen) == without_protection(wanted)


def statuses(seen: list[Any]) -> list[Any]:
    """Return what was seen without headers and bodies: a module's error page names the module."""
    responses, log = seen
    return [[status for status, *_ in responses], log]


def test_the_table_is_long_enough() -> None:
    assert len(BEHAVIOURS) >= 60
    assert len({case.name for case in BEHAVIOURS}) == len(BEHAVIOURS)
