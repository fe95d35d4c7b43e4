"""Files of pages in tests arrive whole, whatever goes wrong on the way."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from quart import render_template

from quart_hotframe import HotFrame
from quart_hotframe.testing import fault_profiles
from quart_hotframe.testing import Faults
from quart_hotframe.testing import live_page
from quart_hotframe.testing import RunningApp
from quart_hotframe.testing import test_app
from tests.support.modules import write_file
from tests.support.sites import new_app

CODE = """\
import hashlib
from typing import Annotated
from quart_hotframe import event, LiveComponent
from quart_hotframe.forms import Accept, Upload


class Seller(LiveComponent):
    photo: Annotated[Upload | None, Accept("image/png")] = None
    said: str = ""

    @event
    async def look(self) -> None:
        self.said = hashlib.sha256(await self.photo.read()).hexdigest() if self.photo else "none"
"""
TEMPLATE = """\
<input type="file" {{ upload("photo") }}>{{ error("photo") }}<i>{{ photo.filename }}</i>
<button {{ on.click("look") }}>Look</button><b>{{ said }}</b>"""
CONTENT = bytes(range(256)) * 5000
"""Several pieces."""


@pytest.fixture
async def running(tmp_path: Path) -> AsyncIterator[RunningApp]:
    app = new_app(tmp_path, {"SECRET_KEY": "a key"})
    folder = tmp_path / "app"
    write_file(folder / "components" / "seller.py", CODE)
    write_file(folder / "components" / "seller.html", TEMPLATE)
    write_file(folder / "templates" / "page.html", '{% component "seller" %}{% endcomponent %}')

    @app.get("/")
    async def page() -> str:
        return await render_template("page.html")

    HotFrame(app)
    async with test_app(app) as made:
        yield made


@pytest.mark.parametrize("faults", fault_profiles(3).values(), ids=fault_profiles())
async def test_a_file_arrives_whole(running: RunningApp, faults: Faults) -> None:
    digest = hashlib.sha256(CONTENT).hexdigest()
    async with live_page(running, faults=faults) as page:
        for _ in range(20):
            await page.upload("photo", CONTENT, name="tea.png")
            if page.text("i") == "tea.png":
                break
        while page.text("b") != digest:
            await page.click("look")
        await page.assert_current()


async def test_what_is_wrong_with_it_is_shown(running: RunningApp) -> None:
    async with live_page(running) as page:
        await page.upload("photo", b"x", name="a.txt")
        assert "Choose a file of this type: image/png." in page.text()
        await page.upload("photo", b"x", name="a.txt", type="image/png")
        assert "Choose" not in page.text()


async def test_a_field_that_nothing_takes_files_for(running: RunningApp) -> None:
    async with live_page(running) as page:
        with pytest.raises(AssertionError, match="for 'foto'. There are: photo."):
            await page.upload("foto", b"x")
