"""What no page sends by itself is refused, and no handler runs."""

from __future__ import annotations

import json
from typing import Any

import pytest

from .conftest import COUNTER
from .conftest import Instance
from .conftest import LiveSite
from .conftest import TEMPLATE

TAKES = """\
ran: list[Any] = []


class Takes(LiveComponent):
    count: int = 0
    note: Bindable[str] = ""
    start: Prop[int] = 0
    hidden: Private[str] = ""
    page: Url[int] = 1

    @event
    async def take(
        self, whole: int = 0, broken: float = 0, text: str = "", all: Any = None
    ) -> None:
        ran.append(all)
        self.count += 1

    @event(topic="orders")
    async def heard(self, payload: Any) -> None: self.count += 1

    @event(every=60)
    async def tick(self) -> None: self.count += 1

    async def helper(self) -> None: self.count += 1

    def _private(self) -> None: ...
"""


async def takes(live: LiveSite) -> Instance:
    live.component("takes", "{{ count }}", TAKES)
    (one,) = await live.load('{% component "takes" %}{% endcomponent %}')
    return one


async def nothing_ran(one: Instance) -> None:
    assert (await one.send("take")).html == "1"


@pytest.mark.parametrize("name", [
    "helper", "_private", "mount", "migrate", "update", "emit", "__init__", "__class__", "tick",
    "heard", "take.__globals__", "app:takes", "", "Take", "count", "patches.title", "../take",
])  # fmt: skip
async def test_a_name_that_is_no_event_of_the_page(live: LiveSite, name: str) -> None:
    one = await takes(live)
    answer = await one.send(name)
    assert (answer.status, answer.reason) == (404, "unknown_event")
    await nothing_ran(one)


@pytest.mark.parametrize("name", ["count", "start", "hidden", "page", "__class__", "element", "x"])
async def test_a_field_that_no_input_is_bound_to(live: LiveSite, name: str) -> None:
    one = await takes(live)
    answer = await one.send("take", set={"note": "ok", name: 7})
    assert (answer.status, answer.reason) == (403, "unwritable")
    await nothing_ran(one)


DEEP = '{"all":' * 30 + "1" + "}" * 30


@pytest.mark.parametrize("args", [
    '{"extra": 1}', '{"whole": "x"}', '{"whole": 1.5}', '{"broken": "nan"}', '{"broken": NaN}',
    '{"broken": Infinity}', '{"broken": 1e999}', '{"text": 5}', '{"text": "a\\u0000b"}',
    '{"all": ["\\u0000"]}', '{"a\\u0000": 1}', '{"whole": 9223372036854775808}',
    '{"all": {"deep": ' + "[" * 25 + "]" * 25 + "}}", "[]", '"take"', DEEP,
    '{"whole": ' + "9" * 5000 + "}",
])  # fmt: skip
async def test_arguments_that_do_not_fit(live: LiveSite, args: str) -> None:
    one = await takes(live)
    body = {"page": one.page, "id": one.id, "component": one.component, "seq": 1, "event": "take",
            "snapshot": one.snapshot}  # fmt: skip
    text = json.dumps(body)[:-1] + f', "args": {args}}}'
    answer = await one.post(text)
    assert answer.status in (400, 422), answer.body
    assert answer.reason in ("bad_args", "malformed")
    await nothing_ran(one)


@pytest.mark.parametrize("body", [
    b"", b"{", b"[]", b"null", b"\xff", b'"a"', b"{}", b'{"page": 1}', b"[" * 100_000,
    b'{"page": "x", "id": "y", "component": "z"}',
])  # fmt: skip
async def test_a_body_that_is_no_request(live: LiveSite, body: bytes) -> None:
    one = await takes(live)
    answer = await one.post(body)
    assert (answer.status, answer.reason) == (400, "malformed")


@pytest.mark.parametrize("change", [
    {"page": "short"}, {"page": "x" * 21 + "\n"}, {"id": '"><b>'}, {"id": "x" * 500},
    {"component": "takes"}, {"component": "app:takes:x"}, {"component": "app:../takes"},
    {"seq": -1}, {"seq": 2**63}, {"seq": "1"}, {"seq": True}, {"seq": 1.0}, {"version": None},
    {"version": 2**53}, {"seq": 2**53},
    {"event": 5}, {"handle": {}}, {"snapshot": []}, {"set": []}, {"url": 3},
])  # fmt: skip
async def test_a_member_that_is_none(live: LiveSite, change: dict[str, Any]) -> None:
    one = await takes(live)
    answer = await one.send("take", **change)
    assert (answer.status, answer.reason) == (400, "malformed")


@pytest.mark.parametrize("component", ["app:nothing", "nobody:takes", "hotframe:card", "app:card"])
async def test_a_component_that_is_not_there_or_does_not_live_is_gone(
    live: LiveSite, component: str
) -> None:
    live.component("takes", "{{ count }}", TAKES)
    (one,) = await live.load('{% component "takes" %}{% endcomponent %}')
    answer = await one.send("take", component=component)
    assert (answer.status, answer.body) == (410, {"gone": True})


@pytest.mark.parametrize("headers", [
    {"HF-Request": ""}, {"Content-Type": "text/plain"},
    {"Content-Type": "application/x-www-form-urlencoded"},
])  # fmt: skip
async def test_what_any_page_could_send(live: LiveSite, headers: dict[str, str]) -> None:
    one = await takes(live)
    body = {"page": one.page, "id": one.id, "component": one.component, "seq": 1,
            "event": "take", "snapshot": one.snapshot}  # fmt: skip
    answer = await one.post(body, **headers)
    assert (answer.status, answer.reason) == (400, "malformed")


@pytest.mark.parametrize("headers", [
    {"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}, {"Origin": "null"},
])  # fmt: skip
async def test_another_site_is_refused(live: LiveSite, headers: dict[str, str]) -> None:
    one = await takes(live)
    body = {"page": one.page, "id": one.id, "component": one.component, "seq": 1,
            "event": "take", "snapshot": one.snapshot}  # fmt: skip
    given = {"HF-Request": "live", "Content-Type": "application/json", **headers}
    response = await live.client.post("/hotframe/live", data=json.dumps(body), headers=given)
    assert response.status_code == 403
    await nothing_ran(one)


@pytest.mark.parametrize("live", [{"HOTFRAME_LIVE_STATE_SIZE": 2000}], indirect=True)
async def test_a_body_that_is_too_large(live: LiveSite) -> None:
    one = await takes(live)
    answer = await one.send("take", {"text": "x" * 100_000})
    assert (answer.status, answer.reason) == (413, "too_large")


@pytest.mark.parametrize("live", [{"HOTFRAME_LIVE_STATE_SIZE": 2000}], indirect=True)
async def test_a_state_that_grows_too_large_changes_nothing(
    live: LiveSite, caplog: pytest.LogCaptureFixture
) -> None:
    live.component("grows", "{{ text|length }}", """\
class Grows(LiveComponent):
    text: str = ""
    other: int = 1

    @event
    async def grow(self, by: int) -> None: self.text += "x" * by
""")  # fmt: skip
    (one,) = await live.load('{% component "grows" %}{% endcomponent %}')
    assert (await one.send("grow", {"by": 5})).html == "5"
    assert (await one.send("grow", {"by": 5000})).status == 500
    assert "has 5" in caplog.text and "text 5007" in caplog.text
    assert (await one.send("grow", {"by": 1})).html == "6"


@pytest.mark.parametrize("live", [{"HOTFRAME_LIVE_STATE_WARNING": 100}], indirect=True)
async def test_a_large_state_is_told_of_once(
    live: LiveSite, caplog: pytest.LogCaptureFixture
) -> None:
    live.component("counter", TEMPLATE, COUNTER.replace('str] = ""', f'str] = "{"x" * 200}"'))
    (one,) = await live.load()
    await one.send("add")
    assert caplog.text.count("note 202") == 1


async def test_html_in_the_state_is_escaped(live: LiveSite) -> None:
    live.component("note", '<i>{{ note }}</i><input {{ bind("note") }}>'
        '<button {{ on.click("keep", text=note) }}>', """\
class Note(LiveComponent):
    note: Bindable[str] = ""

    @event
    async def keep(self, text: str = "") -> None: ...
""")  # fmt: skip
    (one,) = await live.load('{% component "note" %}{% endcomponent %}')
    html = (await one.send("keep", set={"note": "\"'><script>x</script>"})).html
    assert "<script" not in html
    assert "'" not in html and html.count('"') % 2 == 0
