"""Files go when their module, their login or their process does."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from quart_hotframe.modules.locking import try_lock
from quart_hotframe.testing.client import client_of
from tests.live.conftest import CODE as BEGIN
from tests.live.conftest import instances_in
from tests.live.conftest import LiveSite
from tests.live.conftest import module_site
from tests.live.conftest import module_with
from tests.live.test_rights import people as people
from tests.live.test_rights import PeopleSite
from tests.support.sites import serving
from tests.support.sites import Site

from .conftest import begin
from .conftest import CODE
from .conftest import DENIED
from .conftest import disk_has
from .conftest import end
from .conftest import files_on_disk
from .conftest import piece
from .conftest import seller
from .conftest import send
from .conftest import TEMPLATE
from .conftest import USE
from .conftest import wish

RELOAD = {"TEMPLATES_AUTO_RELOAD": True}


def module(code: str = CODE) -> dict[str, str | bytes]:
    return module_with("seller", BEGIN + code, TEMPLATE, USE)


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    """A serving site whose module takes files."""
    async with module_site(tmp_path) as made:
        await made.has("shop", files=module())
        yield made


async def of_module(site: Site) -> Any:
    html = await (await site.client.get("/shop/")).get_data(as_text=True)
    (one,) = instances_in(html, site.client, "p" * 22)
    return one


async def test_a_new_version_goes_on_in_the_middle_of_a_file(site: Site) -> None:
    one = await of_module(site)
    wanted = wish(b"abcdef")
    await begin(one, wanted)
    await piece(one, wanted["mark"], b"abc")
    new = CODE.replace("self.saved = (await", "self.saved = 'new ' + (await")
    await site.modules.upgrade("shop", site.source("shop", "2.0", files=module(new)))
    await piece(one, wanted["mark"], b"def", 3)
    await end(one, wanted)
    assert "<b>new abcdef</b>" in (await one.send("look")).html


async def test_a_module_that_is_disabled_takes_no_more_and_leaves_nothing(site: Site) -> None:
    one = await of_module(site)
    await send(one, b"tea")
    wanted = wish(b"abcdef")
    await begin(one, wanted)
    await piece(one, wanted["mark"], b"abc")
    await site.modules.disable("shop")
    response = await piece(one, wanted["mark"], b"def", 3)
    assert (response.status_code, await response.get_json()) == (410, {"gone": True})
    await disk_has(site, 0)


async def test_an_app_that_ends_leaves_nothing(tmp_path: Path) -> None:
    async with serving(LiveSite(tmp_path, RELOAD)) as live:
        await send(await seller(live), b"tea")
        assert len(files_on_disk(live)) == 1
        (folder,) = (live.instance / "uploads").iterdir()
        assert folder.stat().st_mode & 0o777 == 0o700
    assert not folder.exists()


async def test_a_start_deletes_what_a_killed_process_left_alone(tmp_path: Path) -> None:
    left, used = (tmp_path / "instance" / "hotframe" / "uploads" / name for name in "ab")
    for folder in (left, used):
        folder.mkdir(parents=True)
        (folder / "x").write_bytes(b"tea")
    lock = try_lock(used / "lock")
    assert lock is not None
    try:
        async with serving(LiveSite(tmp_path, {})):
            assert (left.exists(), used.exists()) == (False, True)
    finally:
        lock.release()


@pytest.mark.parametrize("live", [{"HOTFRAME_SESSIONS": "memory"}], indirect=True)
async def test_a_login_that_ends_leaves_nothing(live: LiveSite) -> None:
    async def login() -> str:
        await live.hotframe.sessions.login("anna")
        return ""

    async def logout() -> str:
        await live.hotframe.sessions.logout()
        return ""

    for view in (login, logout):
        live.app.add_url_rule(f"/{view.__name__}", view.__name__, view)
    live.component("seller", TEMPLATE, CODE)
    (one,) = await live.load(USE)
    await send(one, b"tea")
    await live.client.get("/login")
    await disk_has(live, 0)
    (one,) = await live.load(USE)
    await send(one, b"tea")
    (other,) = await live.load(USE, client=client_of(live.app))
    await send(other, b"milk")
    await live.client.get("/logout")
    await disk_has(live, 1)
    assert files_on_disk(live)[0].read_bytes() == b"milk"


async def test_a_right_that_is_taken_away_ends_it(people: PeopleSite) -> None:
    one = await seller(people, DENIED)
    wanted = wish(b"abcdef")
    await begin(one, wanted)
    await piece(one, wanted["mark"], b"abc")
    people.who = type(people.who)(people.who.id)
    assert (await piece(one, wanted["mark"], b"def", 3)).status_code == 403
    await disk_has(people, 0)
