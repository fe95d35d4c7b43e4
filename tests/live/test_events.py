"""Events change the state on the server, once each and in order."""

from __future__ import annotations

from .conftest import LiveSite


async def test_an_event_changes_the_state_and_the_page(live: LiveSite) -> None:
    counter = await live.counter()
    assert '<div id="app-counter" hf-live="app:counter" hf-version="0"' in live.html
    assert "<b>3</b>" in live.html
    answer = await counter.send("add", {"amount": 5})
    assert answer.status == 200, answer.body
    assert (answer.body["version"], answer.body["result"]) == (1, {"ok": True})
    assert "<b>8</b>" in answer.html


async def test_the_next_event_needs_no_snapshot(live: LiveSite) -> None:
    counter = await live.counter()
    await counter.send("add")
    assert counter.handle
    answer = await counter.send("add")
    assert "<b>5</b>" in answer.html


async def test_a_repeated_event_is_answered_and_not_run(live: LiveSite) -> None:
    counter = await live.counter()
    await counter.send("add")
    answer = await counter.send("add", seq=1)
    assert (answer.body["version"], "<b>4</b>" in answer.html) == (1, True)


async def test_it_takes_the_writes_of_bound_fields_with_it(live: LiveSite) -> None:
    live.component("echo", "{{ note }}", """\
class Echo(LiveComponent):
    note: Bindable[str] = ""

    @event
    async def shout(self) -> None: self.note = self.note.upper()
""")  # fmt: skip
    (echo,) = await live.load('{% component "echo" %}{% endcomponent %}')
    assert (await echo.send("shout", set={"note": "<tea>"})).html == "&lt;TEA&gt;"
