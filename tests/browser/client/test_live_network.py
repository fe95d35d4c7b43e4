"""Networks that hold back, cut, reset and lie, and what open pages make of it."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Iterator
from random import Random
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser
from playwright.sync_api import expect
from playwright.sync_api import Page
from playwright.sync_api import Route

from .conftest import until
from .wire import Wire
from .wire import wire

pytestmark = [
    pytest.mark.browser,
    pytest.mark.server,
    pytest.mark.xdist_group("client"),
]
SITE = "tests.browser.client.living_site:app"
STREAM = "**/hotframe/live/stream"


@pytest.fixture
def between(address: str) -> Iterator[Wire]:
    with wire(int(address.rpartition(":")[2])) as made:
        yield made


@pytest.fixture
def page(browser: Browser, between: Wire, complaints: list[str]) -> Iterator[Page]:
    """Open a tab behind the proxy."""
    context = browser.new_context(base_url=f"http://127.0.0.1:{between.port}")
    page = context.new_page()
    page.set_default_timeout(10_000)
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    yield page
    context.close()
    assert [one for one in complaints if "ERR_" not in one and "Failed to load" not in one] == []


@pytest.fixture
def publish(address: str) -> Callable[[str], Any]:
    return lambda payload: httpx.get(f"{address}/test/publish/notes/{payload}")


def is_live(page: Page, state: str = "live") -> None:
    until(page, f"document.documentElement.dataset.hfConnection === {state!r}")


def has(page: Page, *notes: str) -> None:
    expect(page.locator("li")).to_have_text([*notes])


def opened(page: Page) -> Page:
    page.goto("/live/board")
    is_live(page)
    return page


def test_a_stream_that_is_silent_is_given_up(page: Page, between: Wire, publish: Any) -> None:
    page.clock.install()
    opened(page)
    between.hold(anew=False)
    publish("one")
    page.clock.run_for(39_000)
    assert between.opened == 1
    has(page)
    page.clock.run_for(2_000)
    has(page, "one")
    is_live(page)
    assert between.opened == 2
    between.release()
    publish("two")
    has(page, "one", "two")


def test_a_stream_that_nobody_answers_is_given_up(page: Page, publish: Any) -> None:
    asked: list[Route] = []

    def ignore_the_first(route: Route) -> None:
        asked.append(route)
        if len(asked) > 1:
            route.continue_()

    page.clock.install()
    page.route(STREAM, ignore_the_first)
    with page.expect_request(STREAM):
        page.goto("/live/board")
    page.clock.run_for(39_000)
    assert len(asked) == 1
    page.clock.run_for(2_000)
    is_live(page)
    assert len(asked) == 2
    publish("one")
    has(page, "one")


def test_a_proxy_that_holds_streams_back_leaves_a_page_that_works(
    page: Page, between: Wire, publish: Any
) -> None:
    between.hold()
    page.goto("/live/board")
    until(page, "document.querySelector('#write')")
    page.click("#write")
    has(page, "own")
    publish("one")
    page.fill("#text", "mine")
    page.click("#write")
    has(page, "own", "one", "own")
    between.release()
    publish("two")
    has(page, "own", "one", "own", "two")
    is_live(page)
    assert page.input_value("#text") == "mine"


@pytest.mark.parametrize("how", ["reset", "half"])
def test_a_stream_that_is_cut_is_opened_again(
    page: Page, between: Wire, publish: Any, how: str
) -> None:
    opened(page)
    page.fill("#text", "mine")
    between.hold(anew=False)
    publish("one")
    between.cut(how)
    has(page, "one")
    is_live(page)
    assert (between.opened, page.input_value("#text")) == (2, "mine")
    publish("two")
    has(page, "one", "two")


def frames(*texts: str) -> Callable[[Route], None]:
    body = "".join(f"{text}\n\n" for text in texts)
    return lambda route: route.fulfill(
        status=200, headers={"Content-Type": "text/event-stream"}, body=body
    )


OPEN = 'event: open\ndata: {"cursors": {}, "instances": {}}'
PATCHES = "event: patches\ndata: "
MALFORMED = {
    "null": "event: open\ndata: null",
    "no json": PATCHES + "{",
    "text": PATCHES + '"x"',
    "no patches": PATCHES + '{"id": "app-board", "version": 1}',
    "patches of nobody": PATCHES + '{"id": "nobody", "version": 1, "patches": []}',
    "unknown action": PATCHES
    + '{"id": "app-board", "version": 1, "patches": [{"action": "constructor"}]}',
    "unknown event": "event: constructor\ndata: {}",
    "prototype": "event: __proto__\ndata: {}",
    "no event": "data: {}",
    "no data": "event: gone",
    "binary": "\x00\x01\ufffd",
    "comment": ": event: bye",
    "half": 'event: topic\ndata: {"topic"',
}


@pytest.mark.parametrize("text", MALFORMED.values(), ids=MALFORMED)
def test_a_malformed_frame_harms_nobody(
    page: Page, publish: Any, complaints: list[str], text: str
) -> None:
    answers = [frames(OPEN, text)]
    page.route(STREAM, lambda route: answers.pop()(route) if answers else route.continue_())
    opened(page)
    publish("one")
    has(page, "one")
    page.click("#write")
    has(page, "one", "own")
    complaints.clear()  # what was wrong is told in the console


@pytest.mark.parametrize("year", [1999, 2099])
def test_a_browser_whose_clock_is_wrong(page: Page, publish: Any, year: int) -> None:
    page.clock.install(time=f"{year}-01-01T00:00:00")
    opened(page)
    page.click("#write")
    has(page, "own")
    publish("one")
    has(page, "own", "one")


def test_what_the_stream_brings_before_the_answer_is_not_taken_back(
    page: Page, publish: Any
) -> None:
    late: list[Any] = []

    def keep(route: Route) -> None:
        late.append((route, route.fetch()))

    opened(page)
    page.click("#write")
    has(page, "own")
    page.route("**/hotframe/live", keep)
    page.click("#write")
    publish("one")
    has(page, "own", "own", "one")
    route, answer = late[0]
    route.fulfill(response=answer)
    expect(page.locator("[hf-live]")).not_to_have_attribute("aria-busy", "true")
    has(page, "own", "own", "one")


def test_pages_come_back_at_different_times(page: Page) -> None:
    """Each waits for some time below a limit, which grows to 30 s."""
    page.add_init_script(
        """window.waits = [];
        const before = window.setTimeout;
        window.setTimeout = (f, time, ...more) => {
            if (time === 40000) return before(f, time, ...more);
            waits.push(time);
            return before(f, Math.min(time, 1), ...more);
        };"""
    )
    page.route(STREAM, lambda route: route.fulfill(status=503, body=""))
    page.goto("/live/board")
    until(page, "window.waits.length > 60")
    waits = page.evaluate("waits.slice(0, 60)")
    page.unroute(STREAM)
    limits = [min(30_000, 250 * 2**tries) for tries in range(60)]
    assert all(0 <= wait <= limit for wait, limit in zip(waits, limits, strict=True))
    late = waits[10:]
    assert len({round(wait) for wait in late}) > 40
    assert min(late) < 10_000 and max(late) > 20_000


PIECES = [
    "event: ", "data: ", "\n", "\n\n", "patches", "open", "{", "}", '"id"', ":", "[]", "null",
    "1", '"app-board"', '{"id": "app-board", "version": 9, "patches": [', "]}", "need", "\0", "é",
    "topic",
    '{"action": "html", "target": "app-board"}',
]  # fmt: skip


def test_any_frames_at_all(page: Page, complaints: list[str]) -> None:
    """Bodies of any kind end in a page that goes on."""
    random = Random(61)
    left = 60

    def answer(route: Route) -> None:
        nonlocal left
        left -= 1
        if left < 0:
            route.continue_()
            return
        body = "".join(random.choice(PIECES) for _ in range(random.randrange(40)))
        headers = {"Content-Type": "text/event-stream", "Retry-After": "0"}
        route.fulfill(status=200, headers=headers, body=body)

    page.add_init_script(
        "const later = setTimeout; window.setTimeout = (f, t) => later(f, t === 40000 ? t : 0);"
    )
    page.route(STREAM, answer)
    page.goto("/live/board")
    is_live(page)
    until(page, "document.querySelector('#write')")
    page.click("#write")
    expect(page.locator("li").last).to_have_text("own")
    complaints.clear()
