"""What others change comes to open pages, whatever happens to the stream."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from playwright.sync_api import expect
from playwright.sync_api import Page
from playwright.sync_api import Request
from playwright.sync_api import Route

from .conftest import until

pytestmark = [
    pytest.mark.browser,
    pytest.mark.server,
    pytest.mark.xdist_group("client"),
]
SITE = "tests.browser.client.living_site:app"
STREAM = "**/hotframe/live/stream"


@pytest.fixture
def publish(address: str) -> Callable[[str, str], Any]:
    return lambda topic, payload: httpx.get(f"{address}/test/publish/{topic}/{payload}")


def is_live(page: Page, state: str = "live") -> None:
    until(page, f"document.documentElement.dataset.hfConnection === {state!r}")


def sent_to(page: Page, path: str) -> list[Any]:
    """Return what is sent to an address, from now on."""
    sent: list[Any] = []

    def note(request: Request) -> None:
        if request.url.endswith(path):
            sent.append(request.post_data_json)

    page.on("request", note)
    return sent


def opened(page: Page) -> list[Any]:
    """Return what is sent to open streams, from now on."""
    return sent_to(page, "/live/stream")


def frames(*texts: str) -> Callable[[Route], None]:
    body = "".join(f"{text}\n\n" for text in texts)
    return lambda route: route.fulfill(
        status=200, headers={"Content-Type": "text/event-stream"}, body=body
    )


def shows(version: int, text: str) -> str:
    patch = {"action": "html", "target": "app-board", "html": f"<p>{text}</p>"}
    content = {"id": "app-board", "version": version, "patches": [patch]}
    return f"event: patches\ndata: {json.dumps(content)}"


def test_what_others_publish_comes_to_a_component(page: Page, publish: Any) -> None:
    page.goto("/live/board")
    is_live(page)
    publish("notes", "one")
    expect(page.locator("li")).to_have_text(["one"])
    page.click("#write")
    expect(page.locator("li")).to_have_text(["one", "own"])
    publish("notes", "two")
    expect(page.locator("li")).to_have_text(["one", "own", "two"])


def test_what_is_typed_stays_when_others_change_the_page(page: Page, publish: Any) -> None:
    page.goto("/live/board")
    is_live(page)
    page.fill("#text", "mine")
    publish("notes", "one")
    expect(page.locator("li")).to_have_count(1)
    assert page.input_value("#text") == "mine"
    expect(page.locator("#text")).to_be_focused()


def test_topics_are_told_as_events(page: Page, publish: Any) -> None:
    page.goto("/live/prices")
    is_live(page)
    page.evaluate(
        "document.addEventListener('hf:topic', (event) => { window.told = event.detail; })"
    )
    publish("prices", "41")
    until(page, "window.told")
    assert page.evaluate("told") == {"name": "prices", "payload": "41"}


def test_who_comes_and_leaves_is_told_as_events(page: Page) -> None:
    there = {"topic": "t.signed", "name": "room.7"}
    told: list[dict[str, Any]] = [
        {"present": {"a": "Ada"}},
        {"joined": "b", "shown": "Bob"},
        {"left": "b"},
    ]
    page.add_init_script(
        "addEventListener('hf:presence', (event) => (window.told ??= []).push(event.detail))"
    )
    sent = [f"event: presence\ndata: {json.dumps({**there, **one})}" for one in told]
    page.route(STREAM, frames(*sent, 'event: bye\ndata: {"reason": "stopped", "retry": null}'))
    page.goto("/live/board")
    is_live(page, "stopped")
    assert page.evaluate("told") == [{"name": "room.7", **one} for one in told]


def test_nothing_is_lost_while_there_is_no_network(
    page: Page, publish: Any, complaints: list[str]
) -> None:
    page.goto("/live/board")
    is_live(page)
    page.context.set_offline(True)
    is_live(page, "offline")
    publish("notes", "one")
    page.context.set_offline(False)
    is_live(page)
    expect(page.locator("li")).to_have_text(["one"])
    complaints[:] = [one for one in complaints if "ERR_" not in one]


@pytest.mark.parametrize("status", [204, 401, 403, 410])
def test_a_stream_that_is_refused_is_not_opened_again(
    page: Page, complaints: list[str], status: int
) -> None:
    page.route(STREAM, lambda route: route.fulfill(status=status, body=""))
    sent = opened(page)
    page.goto("/live/board")
    is_live(page, "stopped")
    page.click("#write")
    expect(page.locator("li")).to_have_text(["own"])
    assert len(sent) == 1
    complaints[:] = [one for one in complaints if "Failed to load" not in one]


@pytest.mark.parametrize(
    "fault",
    [
        lambda route: route.fulfill(status=503, headers={"Retry-After": "0"}, body=""),
        lambda route: route.fulfill(status=200, content_type="text/html", body="<p>Sign in</p>"),
        lambda route: route.abort(),
        frames("event: open\ndata: {"),
        frames('event: bye\ndata: {"reason": "shutdown", "retry": 10}'),
    ],
    ids=["503", "a page", "no network", "malformed", "goodbye"],
)
def test_a_stream_that_fails_is_opened_again(
    page: Page, publish: Any, complaints: list[str], fault: Any
) -> None:
    faults = [fault]
    page.route(STREAM, lambda route: faults.pop()(route) if faults else route.continue_())
    sent = opened(page)
    page.goto("/live/board")
    is_live(page)
    assert len(sent) == 2
    publish("notes", "one")
    expect(page.locator("li")).to_have_text(["one"])
    complaints[:] = [one for one in complaints if "Failed to load" not in one]


def test_frames_that_are_older_than_the_page_do_not_go_back(page: Page) -> None:
    def fault(route: Route) -> None:
        frames(
            'event: open\ndata: {"cursors": {}, "instances": {}}',
            ": beat",
            shows(5, "new"),
            shows(4, "old"),
            'event: bye\ndata: {"reason": "stopped", "retry": null}',
        )(route)

    page.route(STREAM, fault)
    page.goto("/live/board")
    is_live(page, "stopped")
    expect(page.locator("#app-board")).to_have_text("new")


def test_a_state_that_is_lost_and_a_component_that_is_gone(page: Page) -> None:
    sent = sent_to(page, "/hotframe/live")
    answers = [
        frames('event: need\ndata: {"id": "app-board"}', 'event: gone\ndata: {"id": "app-board"}')
    ]
    page.route(STREAM, lambda route: answers.pop()(route) if answers else route.continue_())
    page.goto("/live/board")
    expect(page.locator("#app-board[data-hf-gone]")).to_have_count(1)
    assert [("snapshot" in one, "event" in one) for one in sent] in ([], [(True, False)])


def test_a_page_with_other_components_opens_another_stream(page: Page, publish: Any) -> None:
    page.goto("/live/board")
    is_live(page)
    with page.expect_request(STREAM) as sent:
        page.evaluate(
            """() => hotframe.patch([{action: "append", target: "main",
                html: '<p hf-topic="public:prices" hf-cursor=""></p>'}])"""
        )
    body: Any = sent.value.post_data_json
    assert list(body["topics"]) == ["public:prices"]
    assert "app-board" in body["instances"]
    publish("notes", "one")
    expect(page.locator("li")).to_have_text(["one"])


def test_a_hidden_page_ends_its_stream_and_comes_back(page: Page, publish: Any) -> None:
    page.clock.install()
    page.goto("/live/board")
    is_live(page)
    page.evaluate(
        """() => {
            Object.defineProperty(document, "hidden", {get: () => window.away, configurable: true});
            window.away = true;
            document.dispatchEvent(new Event("visibilitychange"));
        }"""
    )
    page.clock.run_for(31_000)
    sent = opened(page)
    publish("notes", "one")
    assert sent == []
    page.evaluate("window.away = false; document.dispatchEvent(new Event('visibilitychange'))")
    expect(page.locator("li")).to_have_text(["one"])
    assert len(sent) == 1
