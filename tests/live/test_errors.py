"""What a handler says of fields whose type could not know it."""

from __future__ import annotations

import pytest

from quart_hotframe.testing import live_page
from quart_hotframe.testing.apps import RunningApp

from .conftest import LiveSite

CODE = """\
class Profile(LiveComponent):
    name: Bindable[str] = ""
    age: Bindable[int] = 0
    saved: str = ""

    @event
    async def save(self) -> None:
        if self.name == "ann":
            self.add_error("name", "This name is taken.")
            return
        self.saved = f"{self.name} {self.age} {sorted(self.errors)}"

    @event
    async def wrong(self) -> None: self.add_error("nome", "x")
"""
TEMPLATE = """\
<input {{ bind("name") }}>{{ error("name") }}<input {{ bind("age", on="blur") }}>{{ error("age") }}
<b>{{ saved }}</b><button {{ on.click("save") }}>s</button>
<button {{ on.click("wrong") }}>w</button>"""


@pytest.fixture
async def profile(live: LiveSite) -> RunningApp:
    live.component("profile", TEMPLATE, CODE)
    await live.load("{% component 'profile' %}{% endcomponent %}")
    return RunningApp(live.app, live.hotframe, live.client)


async def test_it_is_shown_until_the_field_is_changed(profile: RunningApp) -> None:
    async with live_page(profile) as page:
        await page.fill("name", "ann")
        body = await page.click("save")
        assert body["result"]["errors"] == {"name": ["This name is taken."]}
        error = page.find('[id="app-profile.name.error"]')
        assert error.text == "This name is taken."
        assert page.value("name") == "ann"
        await page.fill("name", "bea")
        assert page.find('[id="app-profile.name.error"]').text == ""
        await page.click("save")
        assert page.text("b") == "bea 0 []"


async def test_it_is_said_anew_by_each_event(profile: RunningApp) -> None:
    async with live_page(profile) as page:
        await page.fill("name", "ann")
        for _ in range(2):
            body = await page.click("save")
            assert body["result"]["errors"] == {"name": ["This name is taken."]}


async def test_an_event_runs_with_what_did_fit_and_knows_what_does_not(profile: RunningApp) -> None:
    async with live_page(profile) as page:
        await page.fill("age", "5")
        await page.fill("age", "many")
        await page.click("save")
        assert page.text("b") == " 5 ['age']".strip()


async def test_a_field_that_is_not_there_is_told_with_the_nearest(
    profile: RunningApp, caplog: pytest.LogCaptureFixture
) -> None:
    async with live_page(profile) as page:
        await page.click("wrong", status=500)
    assert "Profile has no Bindable field 'nome'. Did you mean 'name'" in caplog.text
