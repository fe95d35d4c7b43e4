"""Guards and limits are asked on the page and again on every event."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from quart_hotframe.errors import PermissionDenied
from quart_hotframe.testing import open_stream
from tests.support.people import PEOPLE
from tests.support.sites import serving

from .conftest import COUNTER
from .conftest import Instance
from .conftest import instances_in
from .conftest import LiveSite
from .conftest import TEMPLATE
from .conftest import USE
from .stream.conftest import STREAM
from .stream.test_components import body_of
from .stream.test_components import html_of
from .stream.test_components import patches

CONFIG = {"HOTFRAME_PERMISSIONS": ["shop.edit", "shop.see"], "HOTFRAME_LOGIN_URL": "/login"}


class PeopleSite(LiveSite):
    """A site that says by a header who comes."""

    def __init__(self, folder: Path, config: dict[str, Any]) -> None:
        self.who: Any = PEOPLE["editor"]
        super().__init__(folder, {"HOTFRAME_USER_LOADER": lambda: self.who, **CONFIG, **config})


@pytest.fixture
async def people(tmp_path: Path) -> AsyncIterator[PeopleSite]:
    async with serving(PeopleSite(tmp_path, {"TEMPLATES_AUTO_RELOAD": True})) as made:
        yield made


async def guarded(people: PeopleSite, code: str) -> Instance:
    people.component("counter", TEMPLATE, code)
    (counter,) = await people.load()
    return counter


OF_CLASS = COUNTER.replace("    start", '    permissions = ["shop.edit"]\n    start', 1)
OF_EVENT = COUNTER.replace("@event", '@event(permissions=["shop.edit"])')


@pytest.mark.parametrize("code", [OF_CLASS, OF_EVENT])
async def test_who_holds_the_permission_may(people: PeopleSite, code: str) -> None:
    counter = await guarded(people, code)
    assert (await counter.send("add")).status == 200


@pytest.mark.parametrize("code", [OF_CLASS, OF_EVENT])
async def test_a_right_that_is_taken_away_counts_at_the_next_event(
    people: PeopleSite, code: str
) -> None:
    counter = await guarded(people, code)
    await counter.send("add")
    people.who = type(people.who)(people.who.id)
    answer = await counter.send("add")
    assert (answer.status, answer.reason) == (403, "forbidden")
    people.who = PEOPLE["editor"]
    assert "<b>5</b>" in (await counter.send("add")).html


async def test_who_has_signed_out_is_led_to_the_login(people: PeopleSite) -> None:
    counter = await guarded(people, OF_CLASS)
    people.who = None
    answer = await counter.send("add")
    assert (answer.status, answer.reason) == (401, "login")
    assert answer.body["login"].startswith("/login")


async def test_a_page_is_refused_too(people: PeopleSite) -> None:
    people.component("counter", TEMPLATE, OF_CLASS)
    people.who = PEOPLE["staff"]
    await people.load("")
    (people.folder / "app" / "templates" / "page.html").write_text(USE)
    response = await people.client.get("/")
    assert response.status_code == 403


async def test_a_guard_may_be_a_function(people: PeopleSite) -> None:
    code = COUNTER.replace(
        "    start", "    permissions = [lambda user: user.id == 4]\n    start", 1
    )
    counter = await guarded(people, code)
    assert (await counter.send("add")).status == 200


@pytest.mark.parametrize("code", [
    COUNTER.replace("    start", '    limits = ["2/minute"]\n    start', 1),
    COUNTER.replace("@event", '@event(limits=["2/minute by user"])'),
])  # fmt: skip
async def test_events_that_come_too_often_are_refused(people: PeopleSite, code: str) -> None:
    counter = await guarded(people, code)
    statuses = [(await counter.send("add")).status for _ in range(2)]
    answer = await counter.send("add")
    assert (*statuses, answer.status, answer.reason) == (200, 200, 429, "limit")
    assert int(answer.headers["Retry-After"]) > 0


async def test_a_limit_that_is_none_is_told_when_the_component_is_read(live: LiveSite) -> None:
    code = COUNTER.replace("    start", '    limits = ["often"]\n    start', 1)
    live.component("counter", TEMPLATE, code)
    live.hotframe.runtime.host_items["components"].definitions.read()
    fault = live.hotframe.runtime.host_items["components"].definitions.faults["counter"]
    assert "counter.py" in str(fault) and "'often' is no rate" in str(fault)


LIST = """\
class List(LiveComponent):
    names: list[str] = []

    @event(topic="news")
    def heard(self, name: str) -> None:
        self.names.append(name)
"""


async def test_a_guarded_component_that_a_topic_brings_is_shown_to_who_may_see_it(
    people: PeopleSite, caplog: pytest.LogCaptureFixture
) -> None:
    people.component("counter", TEMPLATE, OF_CLASS)
    within = '{% component "counter" key=name %}{% endcomponent %}'
    people.component("list", "{% for name in names %}" + within + "{% endfor %}", LIST)
    (found,) = await people.load('{% component "list" %}{% endcomponent %}')
    async with open_stream(found.client, STREAM, body_of(found)) as reader:
        await people.hotframe.live.publish("news", "tea")
        html = html_of(await patches(reader))
        (counter,) = instances_in(html, found.client, found.page)
        assert (await counter.send("add")).status == 200
        people.who = type(people.who)(people.who.id)  # no right any more
        await people.hotframe.live.publish("news", "jam")
        while not caplog.records:
            await asyncio.sleep(0)
    (record,) = caplog.records
    assert record.exc_info is not None and record.exc_info[0] is PermissionDenied
