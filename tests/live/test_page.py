"""What an event does to the page beside its component: address, title, focus, messages."""

from __future__ import annotations

from typing import Any

import pytest

from quart_hotframe.live.effects import Effects

from .conftest import Instance
from .conftest import LiveSite

LIST = """\
from markupsafe import Markup
from quart import flash


class List(LiveComponent):
    page: Url[int] = 1
    q: Bindable[Url[str]] = ""

    @event
    async def turn(self, to: int) -> None: self.page = to

    @event
    async def act(self) -> None:
        self.patches.title("3 unread")
        self.patches.focus("note")
        self.patches.announce("Saved")
        self.patches.call("chart.draw", 1, {"a": [None]})
        self.patches.navigate("/next?a=1")

    @event
    async def rows(self) -> None:
        row = Markup('<li data-key="{}">{}</li>')
        self.patches.put("feed", row.format(7, "<b>"), at="start", limit=5)
        self.patches.move("feed", 7, before="x<")
        self.patches.drop("feed", 1, 2)
        self.patches.attributes("save", {"disabled": True, "title": None})

    @event
    async def plain(self) -> None: self.patches.put("feed", "<li data-key=1>")

    @event
    async def unkeyed(self) -> None: self.patches.put("feed", Markup("<li>"))

    @event
    async def handler(self) -> None: self.patches.attributes("save", {"onclick": "x"})

    @event
    async def leave(self, url: str, how: str = "push") -> None: self.patches.navigate(url, how)

    @event
    async def tell(self) -> None: await flash("Saved <b>", "good")

    @event
    async def many(self) -> None:
        for n in range(101): self.patches.title(str(n))
"""


async def listed(live: LiveSite, path: str = "/", text: str = "") -> Instance:
    live.component("list", "{{ page }} {{ q }}", LIST)
    (one,) = await live.load('{% component "list" %}{% endcomponent %}' + text, path)
    return one


async def test_a_page_that_is_fetched_ahead_begins_no_session(live: LiveSite) -> None:
    await listed(live)
    visitor, ahead = live.app.test_client(), {"HF-Request": "prefetch"}
    response = await visitor.get("/", headers=ahead)
    assert (response.status_code, await response.get_data()) == (204, b"")
    assert "Set-Cookie" not in response.headers
    assert "Set-Cookie" in (await visitor.get("/")).headers
    response = await visitor.get("/", headers=ahead)
    assert response.status_code == 200
    assert "Set-Cookie" not in response.headers


async def test_the_address_of_the_page_says_how_it_begins(live: LiveSite) -> None:
    await listed(live, "/?page=3&q=%3Ctea%3E&page=4")
    assert "3 &lt;tea&gt;" in live.html


async def test_what_does_not_fit_a_field_is_left_out(live: LiveSite) -> None:
    await listed(live, "/?page=many&q=tea")
    assert ">1 tea<" in live.html


@pytest.mark.parametrize(("url", "to", "wanted"), [
    ("/", 2, "/?page=2"), ("/?other=%C3%A4&page=9", 2, "/?other=%C3%A4&page=2"),
    ("/?page=9", 1, "/"), ("/list?page=1&x=", 3, "/list?x=&page=3"),
])  # fmt: skip
async def test_the_address_follows_the_fields(
    live: LiveSite, url: str, to: int, wanted: str
) -> None:
    one = await listed(live)
    answer = await one.send("turn", {"to": to}, url=url)
    assert answer.body["patches"][1:] == [{"action": "navigate", "url": wanted, "how": "patch"}]


@pytest.mark.parametrize("url", ["/?page=2", "https://evil.example/", "javascript:x", "/" * 3000])
async def test_an_address_that_fits_or_is_none_is_left_alone(live: LiveSite, url: str) -> None:
    one = await listed(live)
    assert len((await one.send("turn", {"to": 2}, url=url)).body["patches"]) == 1


async def test_patches_come_in_their_order(live: LiveSite) -> None:
    one = await listed(live)
    assert (await one.send("act")).body["patches"][1:] == [
        {"action": "title", "text": "3 unread"},
        {"action": "focus", "target": "note"},
        {"action": "announce", "text": "Saved"},
        {"action": "call", "name": "chart.draw", "args": [1, {"a": [None]}]},
        {"action": "navigate", "url": "/next?a=1", "how": "push"},
    ]
    assert len((await one.send("turn", {"to": 1})).body["patches"]) == 0


async def test_rows_and_attributes_change_beside_the_component(live: LiveSite) -> None:
    one = await listed(live)
    feed = {"action": "list", "target": "feed"}
    assert (await one.send("rows")).body["patches"][1:] == [
        {**feed, "html": '<li data-key="7">&lt;b&gt;</li>', "at": "start", "limit": 5},
        {**feed, "move": ["7"], "before": "x<"},
        {**feed, "drop": ["1", "2"]},
        {"action": "attributes", "target": "save", "values": {"disabled": "", "title": None}},
    ]


def test_rows_that_are_a_plain_text_are_told_what_they_should_be() -> None:
    with pytest.raises(TypeError, match="Rows are markup, as render_block"):
        Effects().put("feed", "<li data-key=1>")


@pytest.mark.parametrize("event", ["plain", "unkeyed", "handler"])
async def test_rows_and_attributes_that_are_none_are_refused(live: LiveSite, event: str) -> None:
    one = await listed(live)
    assert (await one.send(event)).status == 500


@pytest.mark.parametrize("args", [
    {"url": "javascript:alert(1)"}, {"url": "//evil.example"}, {"url": "/\\evil"},
    {"url": "/", "how": "jump"},
])  # fmt: skip
async def test_an_address_that_is_none_is_refused(live: LiveSite, args: dict[str, Any]) -> None:
    one = await listed(live)
    assert (await one.send("leave", args)).status == 500


async def test_patches_are_limited(live: LiveSite) -> None:
    one = await listed(live)
    assert (await one.send("many")).status == 500


async def test_messages_that_are_flashed_come_with_the_answer(live: LiveSite) -> None:
    one = await listed(live, text="{{ hotframe_flashes() }}")
    (_, shown) = (await one.send("tell")).body["patches"]
    assert (shown["action"], shown["target"]) == ("append", "hf-flashes")
    assert shown["html"] == '<p data-hf-flash="good">Saved &lt;b&gt;</p>'
