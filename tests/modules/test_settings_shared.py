"""Several processes that share a store change settings at once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from quart_hotframe.errors import SettingsError
from tests.support.sites import becomes
from tests.support.sites import serving
from tests.support.sites import Site
from tests.support.stores import KINDS
from tests.support.stores import url_for

ROUNDS = 5
MODEL = """\
from pydantic import BaseModel, model_validator


class Settings(BaseModel):
    least: int = 1
    most: int = 10
    a: int = 0
    b: int = 0

    @model_validator(mode="after")
    def in_order(self):
        assert self.least <= self.most
        return self
"""


@pytest.fixture(params=KINDS)
async def sites(tmp_path: Path, request: pytest.FixtureRequest) -> AsyncIterator[tuple[Site, Site]]:
    """Two apps that share a store of each kind in turn, and the module ``shop``."""
    url = url_for(request.param, tmp_path, request)
    config = {"HOTFRAME_DATABASE_URL": url, "HOTFRAME_STORE": "database" if url else "file"}
    async with serving(Site(tmp_path, config)) as one:
        await one.has("shop", files={"settings.py": MODEL})
        async with serving(Site(tmp_path, config)) as other:
            yield one, other


def has(site: Site, values: dict[str, Any]) -> bool:
    return values.items() <= dict(site.modules["shop"].settings).items()


async def test_what_two_set_at_once_is_all_kept_and_served_by_both(
    sites: tuple[Site, Site],
) -> None:
    one, other = sites
    for number in range(1, ROUNDS + 1):
        await asyncio.gather(
            one.modules.configure("shop", a=number), other.modules.configure("shop", b=number)
        )
    for site in sites:
        await becomes(partial(has, site, {"a": ROUNDS, "b": ROUNDS}))


async def test_what_two_set_at_once_fits_together(sites: tuple[Site, Site]) -> None:
    one, other = sites
    done = await asyncio.gather(
        one.modules.configure("shop", least=8), other.modules.configure("shop", most=5),
        return_exceptions=True,
    )  # fmt: skip
    refused = [error for error in done if isinstance(error, BaseException)]
    assert [type(error) for error in refused] == [SettingsError]
    stored = (await one.modules.store.read()).settings["shop"]
    assert stored in ({"least": 8}, {"most": 5})


async def test_the_data_of_an_uninstall_takes_the_settings_along_everywhere(
    sites: tuple[Site, Site],
) -> None:
    one, other = sites
    await one.modules.configure("shop", a=7)
    await becomes(partial(has, other, {"a": 7}))
    await other.modules.uninstall("shop", data="drop")
    assert (await one.modules.store.read()).settings == {}


@pytest.mark.postgres
async def test_postgres_wakes_the_others_at_once(tmp_path: Path, postgres_url: str) -> None:
    config = {"HOTFRAME_DATABASE_URL": postgres_url, "HOTFRAME_POLL_INTERVAL": 60.0}
    first, second = (Site(tmp_path / name, config) for name in ("a", "b"))
    for site in (first, second):
        site.write("shop", manifest="[settings]\na = 0\n")
    async with serving(first), serving(second), asyncio.timeout(20):
        await first.modules.enable("shop")
        await first.modules.configure("shop", a=7)
        await becomes(partial(has, second, {"a": 7}))
