"""The testing kit for live components, used as an author uses it."""

from __future__ import annotations

import tempfile
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from quart import Quart

from quart_hotframe import HotFrame
from quart_hotframe.testing import assert_rendered
from quart_hotframe.testing import assert_state
from quart_hotframe.testing import ComponentTestCase
from quart_hotframe.testing import dispatch_event
from quart_hotframe.testing import mount_component
from quart_hotframe.testing import RunningApp
from quart_hotframe.testing import test_app
from tests.support.modules import write_file
from tests.support.sites import new_app

CODE = """\
from quart_hotframe import Bindable, event, LiveComponent, Prop


class Counter(LiveComponent):
    start: Prop[int] = 0
    count: int = 0
    note: Bindable[str] = ""

    async def mount(self) -> None: self.count = self.start

    @event
    async def add(self, amount: int = 1) -> None: self.count += amount

    @event(permissions=["shop.edit"])
    async def remove(self) -> None: ...
"""
TEMPLATE = '{{ note }}{% island "count" %}<b>{{ count }}</b>{% endisland %}'


def app_in(folder: Path) -> Quart:
    write_file(folder / "app/components/counter.html", TEMPLATE)
    write_file(folder / "app/components/counter.py", CODE)
    app = new_app(folder, {"SECRET_KEY": "a key", "HOTFRAME_PERMISSIONS": ["shop.edit"]})
    HotFrame(app)
    return app


@pytest.fixture
async def running(tmp_path: Path) -> AsyncIterator[RunningApp]:
    async with test_app(app_in(tmp_path)) as made:
        yield made


async def test_it_is_mounted_and_takes_events(running: RunningApp) -> None:
    counter = await mount_component(running, "counter", start=3)
    assert_state(counter, start=3, count=3)
    assert_rendered(counter, "<b>3</b>")
    await dispatch_event(counter, "add", {"amount": 2}, note="tea")
    await dispatch_event(counter, "add")
    assert_state(counter, count=6, note="tea")
    assert_rendered(counter, "tea", "<b>6</b>")
    assert [one["target"] for one in counter.patches] == ["app-counter.count"]
    assert counter.result == {"ok": True}


async def test_instances_are_of_pages_of_their_own(running: RunningApp) -> None:
    first, second = [await mount_component(running, "counter", key=1) for _ in range(2)]
    await dispatch_event(first, "add")
    assert_state(second, count=0)


async def test_it_says_what_is_not_as_expected(running: RunningApp) -> None:
    counter = await mount_component(running, "counter")
    with pytest.raises(AssertionError, match=r"app:counter has {'count': 0}, not {'count': 1}"):
        assert_state(counter, count=1, start=0)
    with pytest.raises(AssertionError, match=r"does not show \['<b>1'\]: .*<b>0</b>"):
        assert_rendered(counter, "<b>0", "<b>1")
    with pytest.raises(AssertionError, match="'nothing' was answered with 404, not 200"):
        await dispatch_event(counter, "nothing")
    with pytest.raises(AssertionError, match="'add' was answered with 200, not 403"):
        await dispatch_event(counter, "add", status=403)
    with pytest.raises(AssertionError, match="was answered with 500"):
        await mount_component(running, "nothing")


async def test_refusals_are_asked_for(running: RunningApp) -> None:
    counter = await mount_component(running, "counter")
    body: dict[str, Any] = await dispatch_event(counter, "remove", status=401)
    assert body["error"]["reason"] == "login"


class TestCounter(ComponentTestCase):
    """In the style of unittest."""

    def create_app(self) -> Quart:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        return app_in(Path(folder.name))

    async def test_it_counts(self) -> None:
        counter = await self.mount("counter", start=3)
        await self.dispatch(counter, "add", {"amount": 2})
        self.assert_state(counter, count=5)
        self.assert_rendered(counter, "<b>5</b>")
