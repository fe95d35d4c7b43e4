"""Units of work of events that no request brings: of timers, topics and background events."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from quart import render_template

from quart_hotframe.testing import live_page
from quart_hotframe.testing import LivePage
from quart_hotframe.testing import RunningApp
from quart_hotframe.testing import test_app
from tests.support.modules import write_file
from tests.support.notes import Notes
from tests.support.sites import becomes

HEAD = """\
import asyncio
from typing import Any
from sqlalchemy import func, insert, select
from quart_hotframe import db, event, LiveComponent, Private
from quart_hotframe.errors import SetupError
from tests.support.notes import Note


async def count():
    return await db.session.scalar(select(func.count()).select_from(Note))


async def write(text):
    await db.session.execute(insert(Note).values(text=text))


"""
DIARY = """\
class Diary(LiveComponent):
    seen: Private[int] = -1
    events: int = 0
    boom: bool = False

    async def mount(self): self.seen = await count()

    async def context(self):
        with db.session.no_autoflush:
            return {"total": await count()}

    @event(topic="notes")
    async def hear(self, text: str):
        self.events += 1
        await write(text)
        if text.startswith("late"):
            db.session.add_all([Note(text="twin"), Note(text="twin")])
        if text.startswith("raise"):
            raise ValueError("no")
        self.boom = text.startswith("render")
"""
SHOWN = "<h1>{{ total }}/{{ events }}/{{ seen }}</h1>{% if boom %}{{ 1 // 0 }}{% endif %}"


class Diaries(Notes):
    """An app with notes in a database, and a page with one live component."""

    def component(self, name: str, template: str, code: str) -> None:
        root = Path(self.app.root_path)
        write_file(root / "components" / f"{name}.html", template)
        write_file(root / "components" / f"{name}.py", HEAD + code)
        use = f'{{% component "{name}" %}}{{% endcomponent %}}'
        write_file(root / "templates" / "page.html", f"<body><main>{use}</main></body>")

    @asynccontextmanager
    async def open(self, **options: Any) -> AsyncIterator[tuple[RunningApp, LivePage]]:
        """Serve it, and open the page."""
        self.app.add_url_rule("/", "page", _page)
        self.hotframe.live.public("notes")
        async with test_app(self.app) as running:
            await self.make_table()
            async with live_page(running, **options) as page:
                yield running, page
            assert self.checked_out == 0


async def _page() -> str:
    return await render_template("page.html")


@pytest.fixture
def site(tmp_path: Path, database_url: str, request: pytest.FixtureRequest) -> Diaries:
    more: dict[str, Any] = getattr(request, "param", {})
    return Diaries(tmp_path, {"HOTFRAME_DATABASE_URL": database_url, **more})


async def test_what_comes_by_a_topic_has_a_session(site: Diaries) -> None:
    site.component("diary", SHOWN, DIARY)
    async with site.open() as (running, page):
        assert page.text("h1") == "0/0/0"
        await running.hotframe.live.publish("notes", "tea")
        await page.until(lambda: page.text("h1") == "1/1/0")
        assert (await site.texts(), site.checked_out) == (["tea"], 0)


@pytest.mark.parametrize("fails", ["raise", "render", "late"])
async def test_one_that_fails_writes_nothing(
    site: Diaries, fails: str, caplog: pytest.LogCaptureFixture
) -> None:
    site.component("diary", SHOWN, DIARY)
    async with site.open() as (running, page):
        await running.hotframe.live.publish("notes", fails)
        await becomes(lambda: "could not take what was published" in caplog.text)
        assert (await site.texts(), site.checked_out) == ([], 0)
        await running.hotframe.live.publish("notes", "tea")
        await page.until(lambda: page.text("h1") == "1/1/0")


@pytest.mark.parametrize("site", [{"HOTFRAME_TOPICS_MESSAGES": 1}], indirect=True)
async def test_who_has_missed_something_is_mounted_with_a_session(site: Diaries) -> None:
    site.component("diary", SHOWN, DIARY)
    async with site.open() as (running, page):
        await running.hotframe.live.publish("notes", "tea")
        await page.until(lambda: page.text("h1") == "1/1/0")
        async with site.db.transaction():
            await site.write("rice")
        for text in ("one", "two"):  # the first is not kept, and nobody has heard of it yet
            await running.hotframe.live.publish("notes", text)
        await page.until(lambda: page.text("h1") == "3/2/2")


async def test_a_stream_shows_a_page_that_lags_with_a_session(site: Diaries) -> None:
    site.component("diary", SHOWN, DIARY)
    async with site.open() as (running, page):
        await running.hotframe.live.publish("notes", "tea")
        await page.until(lambda: page.text("h1") == "1/1/0")
        (stream,) = running.hotframe.live.streams
        for total, text in enumerate(("rice", "salt"), 2):
            async with site.db.transaction():
                await site.write(text)
            stream.channel.lag(page.find("[hf-live]").attributes["id"])
            await page.until(partial(shows, page, f"{total}/1/0"))
            assert site.checked_out == 0


def shows(page: LivePage, text: str) -> bool:
    return page.text("h1") == text


TIMER = """\
class Clock(LiveComponent):
    ticks: int = 0

    @event(every=0.005)
    async def tick(self):
        if self.ticks < 3:
            self.ticks += 1
            await write(str(self.ticks))
"""


async def test_a_timer_has_a_session(site: Diaries) -> None:
    site.component("clock", "<h1>{{ ticks }}</h1>", TIMER)
    async with site.open() as (_, page):
        await page.until(lambda: page.text("h1") == "3")
        assert await site.texts() == ["1", "2", "3"]


WORK = """\
go = {}


class Work(LiveComponent):
    step: int = 0
    said: str = ""

    async def context(self): return {"total": await count()}

    async def _next(self, step):
        self.step = step
        await self.update()
        await go.setdefault(step, asyncio.Event()).wait()

    @event(background=True)
    async def plain(self):
        await write("one")
        await self._next(1)
        await write("two")
        await self._next(2)
        await write("three")
        raise ValueError("no")

    @event(background=True)
    async def asked(self):
        async with db.transaction() as session:
            self.said = "same" if db.session is session else "other"
            await write("one")
            await self._next(1)
        go[1].clear()
        await go[1].wait()

    @event
    async def release(self, step: int): go[step].set()
"""
WORKING = """<h1>{{ step }}/{{ total }}{{ said }}</h1>
{% for one in ("plain", "asked") %}<button {{ on.click(one) }}>{{ one }}</button>{% endfor %}
<button {{ on.click("release", step=step) }}>go</button>"""


async def test_a_background_event_writes_with_each_update(
    site: Diaries, caplog: pytest.LogCaptureFixture
) -> None:
    site.component("work", WORKING, WORK)
    async with site.open() as (_, page):
        await page.click("plain")
        await page.until(lambda: page.text("h1") == "1/1")
        assert (await site.texts(), site.checked_out) == (["one"], 0)
        await page.click("release")
        await page.until(lambda: page.text("h1") == "2/2")
        assert site.checked_out == 0
        await page.click("release")
        await becomes(lambda: "The background event 'plain'" in caplog.text)
        assert await site.texts() == ["one", "two"]


async def test_a_transaction_in_a_background_event_is_a_unit_of_its_own(site: Diaries) -> None:
    site.component("work", WORKING.replace("{{ total }}", ""), WORK.replace("await count()", "0"))
    async with site.open() as (_, page):
        await page.click("asked")
        await page.until(lambda: page.text("h1") == "1/same")
        assert (await site.texts(), site.checked_out) == ([], 1)
        await page.click("release")
        await becomes(lambda: site.checked_out == 0)
        assert await site.texts() == ["one"]
        await page.click("release")


LEAK = """\
class Leak(LiveComponent):
    said: str = ""

    @event(topic="notes")
    async def hear(self, text: str):
        async def later():
            await go.wait()
            try:
                db.session
            except SetupError as error:
                return str(error)
        await write(text)
        left.append(asyncio.create_task(later()))
        self.said = text


left, go = [], asyncio.Event()
"""


async def test_who_goes_on_after_the_event_has_no_session(site: Diaries) -> None:
    site.component("leak", "<h1>{{ said }}</h1>", LEAK)
    async with site.open() as (running, page):
        await running.hotframe.live.publish("notes", "tea")
        await page.until(lambda: page.text("h1") == "tea")
        kind: Any = running.hotframe.live.find("app:leak").kind
        names = kind.hear.__globals__
        names["go"].set()
        assert "There is no unit of work" in await asyncio.wait_for(names["left"][0], 5)
