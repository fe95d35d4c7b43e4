"""Snapshots are signed, bound, limited in time, and never newer than what is held."""

from __future__ import annotations

import asyncio
import json
import sys
from base64 import urlsafe_b64decode
from types import ModuleType
from typing import Any

import pytest
from quart import session

from quart_hotframe.live.refusing import BadSnapshot
from quart_hotframe.live.snapshot import Claims
from quart_hotframe.live.unasked import change
from quart_hotframe.testing.client import client_of

from .conftest import CODE
from .conftest import COUNTER
from .conftest import Instance
from .conftest import LiveSite

OTHER = COUNTER.replace("Counter", "Other")


def payload(snapshot: str) -> dict[str, object]:
    body = snapshot.partition(".")[0]
    found: dict[str, object] = json.loads(urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    return found


async def test_a_get_stores_nothing(live: LiveSite) -> None:
    await live.counter()
    assert len(live.hotframe.live.store) == 0  # type: ignore[arg-type]


async def test_private_fields_never_leave_the_server(live: LiveSite) -> None:
    live.component("safe", "{{ secret }}", """\
class Safe(LiveComponent):
    secret: Private[str] = ""
    shown: int = 1

    async def mount(self) -> None: self.secret = f"secret-{self.shown}"

    @event
    async def show(self) -> None: self.shown += 1
""")  # fmt: skip
    (safe,) = await live.load('{% component "safe" %}{% endcomponent %}')
    answer = await safe.send("show")
    assert "secret" not in json.dumps(payload(safe.snapshot))
    assert answer.status == 200


@pytest.mark.parametrize("part", range(9))
async def test_one_changed_character_is_refused(live: LiveSite, part: int) -> None:
    counter = await live.counter()
    place = len(counter.snapshot) * part // 9
    wrong = "A" if counter.snapshot[place] != "A" else "B"
    counter.snapshot = counter.snapshot[:place] + wrong + counter.snapshot[place + 1 :]
    answer = await counter.send("add")
    assert (answer.status, answer.reason) == (403, "bad_snapshot")


async def test_that_of_another_instance_is_refused(live: LiveSite) -> None:
    live.component("other", "{{ count }}", OTHER)
    live.component("counter", "{{ count }}", COUNTER)
    text = '{% component "counter" key=1 %}{% endcomponent %}'
    text += '{% component "counter" key=2 %}{% endcomponent %}'
    text += '{% component "other" %}{% endcomponent %}'
    first, second, third = await live.load(text)
    for one in (second, third):
        answer = await first.send("add", snapshot=one.snapshot)
        assert answer.reason == "bad_snapshot"


async def test_that_of_another_session_is_refused(live: LiveSite) -> None:
    counter = await live.counter()
    other = client_of(live.app)
    await live.load(client=other)
    counter.client = other
    assert (await counter.send("add")).reason == "bad_snapshot"


async def test_a_handle_of_another_session_is_worth_nothing(live: LiveSite) -> None:
    counter = await live.counter()
    await counter.send("add")
    other = client_of(live.app)
    await live.load(client=other)
    counter.client = other
    answer = await counter.send("add")
    assert (answer.status, answer.body) == (409, {"need": "snapshot"})


async def test_a_wrong_handle_needs_the_snapshot_and_runs_nothing(live: LiveSite) -> None:
    counter = await live.counter()
    await counter.send("add")
    assert counter.handle is not None
    wrong = "A" + counter.handle[1:] if counter.handle[0] != "A" else "B" + counter.handle[1:]
    assert (await counter.send("add", handle=wrong)).status == 409
    assert "<b>5</b>" in (await counter.send("add")).html


async def test_it_ends_with_login_and_logout(live: LiveSite) -> None:
    async def login() -> str:
        await live.hotframe.sessions.login("ann")
        return ""

    async def logout() -> str:
        await live.hotframe.sessions.logout()
        return ""

    live.app.add_url_rule("/login", "login", login)
    live.app.add_url_rule("/logout", "logout", logout)
    counter = await live.counter()
    await live.client.get("/login")
    assert (await counter.send("add")).reason == "bad_snapshot"
    (counter,) = await live.load()
    assert (await counter.send("add")).status == 200
    await live.client.get("/logout")
    answer = await counter.send("add", handle=None, snapshot=counter.snapshot)
    assert answer.reason == "bad_snapshot"


async def test_it_ends_with_the_user_that_the_app_knows(live: LiveSite) -> None:
    class User:
        is_authenticated = True

        def __init__(self, id: str) -> None:
            self.id = id

    live.hotframe.users._loader = lambda: User(session.get("who", "ann"))
    live.hotframe.live._identify = live.hotframe.users.identify

    async def become() -> str:
        session["who"] = "bob"
        return ""

    live.app.add_url_rule("/become", "become", become)
    counter = await live.counter()
    await live.client.get("/become")
    assert (await counter.send("add")).reason == "bad_snapshot"


@pytest.mark.parametrize("live", [{"HOTFRAME_LIVE_LIFETIME": 10}], indirect=True)
async def test_it_expires(live: LiveSite) -> None:
    counter = await live.counter()
    tokens = live.hotframe.live.snapshots._tokens
    now = tokens._clock()
    tokens._clock = lambda: now + 11
    answer = await counter.send("add")
    assert (answer.status, answer.reason) == (403, "expired")


async def test_an_old_key_is_good_while_it_is_kept(live: LiveSite) -> None:
    counter = await live.counter()
    live.app.config.update(SECRET_KEY="new", SECRET_KEY_FALLBACKS=["a key"])
    assert (await counter.send("add")).status == 200


async def test_a_key_that_is_gone_makes_no_good_one(live: LiveSite) -> None:
    counter = await live.counter()
    snapshots, claims = live.hotframe.live.snapshots, (counter.component, counter.id)
    async with live.app.app_context():
        made = snapshots.make(Claims(*claims, 1, 0, 0, "", b"{}"), "ann")
        assert snapshots.read(made, *claims, "ann").version == 0
        live.app.config.update(SECRET_KEY="newest", SECRET_KEY_FALLBACKS=["new"])
        with pytest.raises(BadSnapshot):
            snapshots.read(made, *claims, "ann")


async def test_an_older_one_never_overwrites_what_is_held(live: LiveSite) -> None:
    counter = await live.counter()
    first = counter.snapshot
    await counter.send("add")
    await counter.send("add")
    answer = await counter.send("add", snapshot=first)
    assert "<b>6</b>" in answer.html


async def test_without_a_held_state_the_newest_one_of_the_page_goes_on(live: LiveSite) -> None:
    counter = await live.counter()
    await counter.send("add")
    live.hotframe.live.store._remove(next(iter(live.hotframe.live.store._records)))  # type: ignore[attr-defined]
    answer = await counter.send("add")
    assert answer.body == {"need": "snapshot"}
    answer = await counter.send("add", snapshot=counter.snapshot, seq=counter.seq)
    assert "<b>5</b>" in answer.html
    again = await counter.send("add", seq=2, handle=None, snapshot=counter.snapshot)
    assert "<b>5</b>" in again.html


@pytest.mark.parametrize("live", [{"HOTFRAME_LIVE_SNAPSHOT_SIZE": 10}], indirect=True)
async def test_a_page_is_told_that_newer_states_are_lost(live: LiveSite) -> None:
    counter = await live.counter()
    first = counter.snapshot
    await counter.send("add")
    assert counter.snapshot == first
    await live.hotframe.live.store.forget(next(iter(live.hotframe.live.store._records)))  # type: ignore[attr-defined]
    answer = await counter.send("add", snapshot=first)
    assert answer.body["result"] == {"ok": False, "lost": True}
    assert "<b>3</b>" in answer.html and answer.body["version"] > 1


async def test_a_duplicated_tab_has_a_state_of_its_own(live: LiveSite) -> None:
    counter = await live.counter()
    await counter.send("add")
    twin = Instance(live.client, counter.id, counter.component, counter.snapshot)
    assert "<b>5</b>" in (await twin.send("add")).html
    assert "<b>5</b>" in (await counter.send("add")).html


async def test_ten_forgeries_are_one_too_many(live: LiveSite) -> None:
    counter = await live.counter()
    forged = "A" * 50 + counter.snapshot[50:]
    for _ in range(10):
        assert (await counter.send("add", snapshot=forged)).status == 403
    answer = await counter.send("add", snapshot=forged)
    assert (answer.status, answer.reason) == (429, "limit")
    assert int(answer.headers["Retry-After"]) > 0
    assert (await counter.send("add")).status == 200


VERSION_2 = """\
class Counter(LiveComponent):
    state_version = 2
    start: Prop[int] = 0
    total: int = 0

    @classmethod
    def migrate(cls, state: dict[str, Any], from_version: int) -> dict[str, Any]:
        return {**state, "total": state.pop("count") * 10}

    @event
    async def add(self, amount: int = 1) -> None:
        self.total += amount
"""


def renew(live: LiveSite, code: str, template: str = "<b>{{ total }}</b>") -> None:
    """Let the class of the counter be another one, as after a reload of its module."""
    own = live.hotframe.runtime.host_items["components"].definitions
    made = ModuleType("renewed_component")
    sys.modules[made.__name__] = made
    exec(compile(CODE + code, "renewed", "exec", dont_inherit=True), vars(made))
    own._class = lambda found: made.Counter
    live.component("counter", template + "<!-- renewed -->", code)


async def test_a_state_migrates_to_a_newer_class(live: LiveSite) -> None:
    counter = await live.counter()
    renew(live, VERSION_2)
    assert "<b>31</b>" in (await counter.send("add")).html


async def test_a_held_state_migrates_too(live: LiveSite) -> None:
    counter = await live.counter()
    await counter.send("add")
    renew(live, VERSION_2)
    assert "<b>41</b>" in (await counter.send("add")).html


async def test_new_fields_have_their_defaults_and_old_ones_are_gone(live: LiveSite) -> None:
    counter = await live.counter()
    code = COUNTER.replace('note: Bindable[str] = ""', "more: int = 7")
    renew(live, code, "<b>{{ count }} {{ more }}</b>")
    assert "<b>4 7</b>" in (await counter.send("add")).html


async def test_a_state_that_does_not_fit_begins_anew(live: LiveSite) -> None:
    counter = await live.counter()
    await counter.send("add")
    renew(live, VERSION_2.replace("return {**state", "raise KeyError\n        return {**state"))
    answer = await counter.send("add")
    assert answer.body["result"] == {"ok": False, "lost": True}
    assert "<b>0</b>" in answer.html
    assert "<b>1</b>" in (await counter.send("add")).html


async def test_without_the_props_of_before_it_is_gone(live: LiveSite) -> None:
    counter = await live.counter()
    renew(live, VERSION_2.replace("start: Prop[int] = 0", "name: Prop[str]"))
    assert (await counter.send("add")).status == 410


@pytest.mark.parametrize("live", [{"HOTFRAME_LIVE_INSTANCES": 2}], indirect=True)
async def test_a_session_has_a_limit_and_the_least_recently_used_goes(live: LiveSite) -> None:
    live.component("counter", "<b>{{ count }}</b>", COUNTER)
    text = "".join(f'{{% component "counter" key={n} %}}{{% endcomponent %}}' for n in range(3))
    first, second, third = await live.load(text)
    other = client_of(live.app)
    (alone, *_) = await live.load(text, client=other)
    for one in (alone, first, second, first, third):
        assert (await one.send("add")).status == 200
    statuses = [(await one.send("add")).status for one in (alone, first, second)]
    assert statuses == [200, 200, 409]


@pytest.mark.parametrize("live", [{"HOTFRAME_LIVE_SIZE": 5000}], indirect=True)
async def test_a_process_has_a_limit(live: LiveSite) -> None:
    live.component("counter", "<b>{{ count }}</b>", COUNTER)
    text = "".join(f'{{% component "counter" key={n} %}}{{% endcomponent %}}' for n in range(3))
    for one in await live.load(text):
        await one.send("add")
    store = live.hotframe.live.store
    assert (len(store), store.size <= 5000) == (2, True)  # type: ignore[arg-type, attr-defined]


async def test_two_first_events_at_once_are_of_one_instance(live: LiveSite) -> None:
    counter = await live.counter()
    twice = [counter.send("add", seq=1), counter.send("add", seq=1)]
    answers = await asyncio.gather(*twice)
    assert [answer.body["version"] for answer in answers] == [1, 1]
    assert len({answer.body["handle"] for answer in answers}) == 1
    assert len(live.hotframe.live.store) == 1  # type: ignore[arg-type]


async def test_without_a_secret_key_a_page_says_what_is_missing(
    live: LiveSite, caplog: pytest.LogCaptureFixture
) -> None:
    live.component("counter", "{{ count }}", COUNTER)
    live.app.config["SECRET_KEY"] = None
    with pytest.raises(AssertionError):
        await live.load()
    assert "no SECRET_KEY to sign with" in caplog.text


async def test_what_shows_again_after_a_loss_is_newer_than_all_that_was_lost(
    live: LiveSite,
) -> None:
    counter = await live.counter()
    await counter.send("add")
    (held,) = live.hotframe.live.residents
    for _ in range(5):
        await change(held, _more)
    lost = held.version
    await live.hotframe.live.store.forget(held.key)
    answer = await counter.send("add", snapshot=counter.snapshot)
    assert answer.body["version"] > lost == 6 and "<b>5</b>" in answer.html


async def test_a_snapshot_with_more_events_replaces_what_began_from_an_older_one(
    live: LiveSite,
) -> None:
    counter = await live.counter()
    first = counter.snapshot
    await counter.send("add")
    await counter.send("add")
    (held,) = live.hotframe.live.residents
    await live.hotframe.live.store.forget(held.key)
    late = Instance(live.client, counter.id, counter.component, first, counter.page)
    await late.send("add")  # a copy that was overtaken, and finds no state
    for _ in range(5):
        await change(held, _more)
    answer = await counter.send("add", snapshot=counter.snapshot)
    assert "<b>6</b>" in answer.html


async def _more(component: Any) -> None:
    component.note += "."
