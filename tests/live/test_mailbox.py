"""One event at a time, in order; an event that fails changes nothing."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from quart_hotframe.live.unasked import change

from .conftest import COUNTER
from .conftest import LiveSite
from .conftest import TEMPLATE

FAILING = """\
class Failing(LiveComponent):
    count: int = 0
    seen: Private[list[str]] = []

    async def mount(self) -> None:
        self.seen = ["mounted"]

    @event
    async def add(self) -> None:
        self.count += 1
        self.seen.append("add")

    @event
    async def fail(self) -> None:
        self.count += 100
        self.seen.append("fail")
        raise ValueError("no")

    @event
    async def wrong(self) -> None:
        self.count = "many"

    @event
    async def unshown(self) -> None:
        self.count = -1

    @event(timeout=0.01)
    async def hang(self) -> None:
        self.count = 50
        await asyncio.Event().wait()

    @event
    def sync(self) -> None:
        import threading
        assert threading.current_thread() is not threading.main_thread()
        self.count += 10
"""
SHOWN = "{{ count }}{% if count < 0 %}{{ 1 / 0 }}{% endif %} {{ seen|join(' ') }}"


async def failing(live: LiveSite) -> Any:
    live.component("failing", SHOWN, FAILING)
    (one,) = await live.load('{% component "failing" %}{% endcomponent %}')
    assert (await one.send("add")).html == "1 mounted add"
    return one


@pytest.mark.parametrize("event", ["fail", "wrong", "unshown", "hang"])
async def test_an_event_that_fails_changes_nothing(live: LiveSite, event: str) -> None:
    one = await failing(live)
    answer = await one.send(event)
    assert (answer.status, answer.reason) == (500, "failed")
    assert "traceback" not in answer.body["error"]
    answer = await one.send("add")
    assert (answer.html, answer.body["version"]) == ("2 mounted add", 2)


async def test_in_debug_mode_it_says_what_failed(live: LiveSite) -> None:
    live.app.debug = True
    one = await failing(live)
    error = (await one.send("fail")).body["error"]
    assert error["message"] == "ValueError: no"
    assert "in fail" in error["traceback"]


async def test_an_event_that_failed_may_come_again(live: LiveSite) -> None:
    one = await failing(live)
    await one.send("fail")
    assert (await one.send("add", seq=one.seq)).html == "2 mounted add"


async def test_a_sync_handler_runs_in_a_thread(live: LiveSite) -> None:
    one = await failing(live)
    assert (await one.send("sync")).html == "11 mounted add"


SLOW = """\
class Slow(LiveComponent):
    done: list[int] = []

    @event
    async def add(self, number: int) -> None:
        before = list(self.done)
        for _ in range(3):
            await asyncio.sleep(0)
        self.done = [*before, number]
"""


async def test_fifty_events_at_once_are_serial(live: LiveSite) -> None:
    live.component("slow", "{{ done|join(' ') }}", SLOW)
    (one,) = await live.load('{% component "slow" %}{% endcomponent %}')
    await one.send("add", {"number": 0})
    sent = [one.send("add", {"number": n}, version=1) for n in range(1, 51)]
    await asyncio.gather(*sent)
    (last,) = [patch for patch in (await one.send("add", {"number": 51})).body["patches"]]
    assert last["html"] == " ".join(map(str, range(52)))


@pytest.mark.parametrize("live", [{"HOTFRAME_LIVE_WAITING": 2}], indirect=True)
async def test_not_many_may_wait(live: LiveSite) -> None:
    live.component("slow", "{{ done|join(' ') }}", SLOW)
    (one,) = await live.load('{% component "slow" %}{% endcomponent %}')
    await one.send("add", {"number": 0})
    answers = await asyncio.gather(*(one.send("add", {"number": n}) for n in range(1, 9)))
    assert {answer.status for answer in answers} == {200, 429}


async def test_instances_run_side_by_side(live: LiveSite) -> None:
    live.component("meeting", "{{ met }}", """\
met = asyncio.Barrier(2)


class Meeting(LiveComponent):
    met: bool = False

    @event
    async def meet(self) -> None:
        async with asyncio.timeout(5):
            await met.wait()
        self.met = True
""")  # fmt: skip
    use = '{% component "meeting" key=1 %}{% endcomponent %}'
    both = await live.load(use + use.replace("1", "2"))
    answers = await asyncio.gather(*(one.send("meet") for one in both))
    assert [answer.html for answer in answers] == ["True", "True"]


async def test_one_that_is_cancelled_changes_nothing(live: LiveSite) -> None:
    one = await live.counter()
    await one.send("add")
    (held,) = live.hotframe.live.residents._recent.values()
    started = asyncio.Event()

    async def hang(component: Any) -> None:
        component.count = 99
        started.set()
        await asyncio.Event().wait()

    hanging = asyncio.ensure_future(change(held, hang))
    await started.wait()
    hanging.cancel()
    with pytest.raises(asyncio.CancelledError):
        await hanging
    assert "<b>5</b>" in (await one.send("add")).html


async def test_bound_writes_of_a_failing_event_go_back_too(live: LiveSite) -> None:
    live.component("note", "{{ note }}", """\
class Note(LiveComponent):
    note: Bindable[str] = "old"

    @event
    async def fail(self) -> None: raise ValueError

    @event
    async def keep(self) -> None: ...
""")  # fmt: skip
    (one,) = await live.load('{% component "note" %}{% endcomponent %}')
    assert (await one.send("fail", set={"note": "new"})).status == 500
    assert (await one.send("keep")).html == "old"


async def test_a_page_that_saw_an_older_state_is_refused_where_that_matters(
    live: LiveSite,
) -> None:
    live.component("counter", TEMPLATE, COUNTER.replace("@event", "@event(require_fresh=True)"))
    (one,) = await live.load()
    await one.send("add")
    answer = await one.send("add", version=0)
    assert answer.body["result"] == {"ok": False, "stale": True}
    assert "<b>4</b>" in answer.html
    assert "<b>5</b>" in (await one.send("add")).html
