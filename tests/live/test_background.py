"""Events that leave the mailbox, show what they do meanwhile, or come by themselves."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from quart_hotframe.live.unasked import change

from .conftest import Instance
from .conftest import LiveSite

WORK = """\
go = asyncio.Event()


class Work(LiveComponent):
    done: int = 0
    clicks: int = 0
    log: list[str] = []

    @event(background=True)
    async def start(self, steps: int) -> None:
        for step in range(steps):
            await go.wait()
            self.done = step + 1
            await self.update()
            self.log.append(str(self.clicks))
        self.patches.title("ready")
        await self.update()

    @event(background=True)
    async def fail(self) -> None:
        self.done = 99
        raise ValueError("no")

    @event
    async def click(self) -> None: self.clicks += 1

    @event
    async def release(self) -> None: go.set()

    @event
    async def steps(self, fail: bool = False) -> Any:
        self.done = 1
        yield
        self.done = 2
        yield
        if fail:
            raise ValueError("no")
        self.done = 3

    @event(every=0.005)
    async def tick(self) -> None: self.clicks += 1
"""
SHOWN = "{{ done }}/{{ clicks }}{% for one in log %} {{ one }}{% endfor %}"
NO_TIMER = WORK.replace("every=0.005", "every=3600")


class Listener:
    """What a stream would send."""

    def __init__(self) -> None:
        self.frames: asyncio.Queue[dict[str, Any]] = asyncio.Queue()

    def __call__(self, frame: dict[str, Any]) -> None:
        self.frames.put_nowait(frame)

    async def next(self) -> dict[str, Any]:
        return await asyncio.wait_for(self.frames.get(), 5)

    async def html(self) -> str:
        return (await self.next())["patches"][0]["html"]


async def work(live: LiveSite, code: str = NO_TIMER) -> tuple[Instance, Any, Listener]:
    live.component("work", SHOWN, code)
    (one,) = await live.load('{% component "work" %}{% endcomponent %}')
    assert await one.send()
    (held,) = live.hotframe.live.residents._recent.values()
    return one, held, Listener()


async def test_a_component_that_acts_by_itself_asks_for_a_stream(live: LiveSite) -> None:
    await work(live)
    assert ' hf-stream hf-snapshot="' in live.html


async def test_a_background_event_lets_others_in(live: LiveSite) -> None:
    one, held, listener = await work(live)
    with held.listening(listener):
        assert (await one.send("start", {"steps": 1})).body["result"] == {"ok": True}
        assert (await one.send("click")).html == "0/1"
        await one.send("release")
        assert await listener.html() == "1/1"
        last = await listener.next()
        assert last["patches"] == [
            {"action": "html", "target": one.id, "html": "1/1 1", "version": last["version"]},
            {"action": "title", "text": "ready"},
        ]
    assert (await one.send("click")).html == "1/2 1"


async def test_one_that_fails_changes_nothing(
    live: LiveSite, caplog: pytest.LogCaptureFixture
) -> None:
    one, held, listener = await work(live)
    await one.send("fail")
    while "The background event 'fail' of 'app:work' failed." not in caplog.text:
        await asyncio.sleep(0)
    assert (await one.send("click")).html == "0/1"


async def test_what_a_handler_yields_is_shown_meanwhile(live: LiveSite) -> None:
    one, held, listener = await work(live)
    with held.listening(listener):
        answer = await one.send("steps")
    shown = [await listener.next(), await listener.next()]
    assert [frame["patches"][0]["html"] for frame in shown] == ["1/0", "2/0"]
    assert answer.html == "3/0"
    versions = [*(frame["version"] for frame in shown), answer.body["version"]]
    assert versions == sorted(set(versions))


async def test_what_was_shown_of_an_event_that_fails_is_taken_back(live: LiveSite) -> None:
    one, held, listener = await work(live)
    with held.listening(listener):
        assert (await one.send("steps", {"fail": True})).status == 500
    frames = [await listener.next() for _ in range(3)]
    assert [frame["patches"][0]["html"] for frame in frames] == ["1/0", "2/0", "0/0"]
    assert frames[2]["version"] > frames[1]["version"]
    assert (await one.send("click")).body["version"] > frames[2]["version"]


async def test_nothing_is_rendered_meanwhile_where_nobody_listens(live: LiveSite) -> None:
    one, _, _ = await work(live)
    answer = await one.send("steps")
    assert (answer.html, answer.body["version"]) == ("3/0", 2)


async def test_a_timer_runs_while_somebody_listens(live: LiveSite) -> None:
    _, held, listener = await work(live, WORK)
    with held.listening(listener):
        assert [await listener.html() for _ in range(3)] == ["0/1", "0/2", "0/3"]
    tasks = [one for one in asyncio.all_tasks() if "Timers" in repr(one)]
    assert len(tasks) == 1
    await asyncio.wait(tasks, timeout=5)
    assert tasks[0].done()


class ElsewhereStore:
    """A store that takes its time, as one of a database does."""

    durable = False

    def __init__(self, store: Any) -> None:
        self._store = store
        self.saving, self.go = asyncio.Event(), asyncio.Event()

    async def load(self, key: str) -> Any:
        return await self._store.load(key)

    async def save(self, record: Any, replaced: Any) -> Any:
        self.saving.set()
        await self.go.wait()
        return await self._store.save(record, replaced)


async def test_one_that_is_cancelled_while_it_is_kept_is_shown_as_it_is_kept(
    live: LiveSite,
) -> None:
    one, held, listener = await work(live)
    live.hotframe.live.store = store = ElsewhereStore(live.hotframe.live.store)  # type: ignore[assignment]
    with held.listening(listener):
        event = asyncio.ensure_future(change(held, steps))
        await store.saving.wait()
        event.cancel()
        await asyncio.sleep(0)
        store.go.set()
        with pytest.raises(asyncio.CancelledError):
            await event
        assert [await listener.html() for _ in range(2)] == ["1/0", "2/0"]
        assert held.record is await store.load(held.key)
    assert (await one.send("click")).html == "2/1"


async def steps(component: Any) -> None:
    component.done = 1
    await component.update()
    component.done = 2
