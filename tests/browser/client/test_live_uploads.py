"""Files in live components: they go to the server as soon as they are chosen."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser
from playwright.sync_api import expect
from playwright.sync_api import Page
from playwright.sync_api import Route

from tests.security.serving import hypercorn

from .conftest import Server
from .conftest import until

pytestmark = [
    pytest.mark.browser,
    pytest.mark.server,
    pytest.mark.xdist_group("client"),
]
CONTENT = bytes(range(256)) * 4000
"""About a megabyte: four pieces."""
PHOTO: Any = {"name": "tea.png", "mimeType": "image/png", "buffer": CONTENT}
DROP = """([count]) => {
    const data = new DataTransfer();
    for (let n = 0; n < count; n++) data.items.add(new File([`${n}`], `${n}.txt`));
    const zone = document.getElementById("zone");
    const fire = (type) => zone.dispatchEvent(
        new DragEvent(type, {bubbles: true, cancelable: true, dataTransfer: data}));
    return [fire("dragover"), fire("drop")];
}"""


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with hypercorn("tests.browser.client.living_site:app") as port:
        yield f"http://127.0.0.1:{port}"


@pytest.fixture
def seller(page: Page) -> Page:
    page.goto("/live/seller")
    return page


def hold(page: Page, address: str, gate: str) -> None:
    """Let all pieces but the first wait."""
    page.context.add_cookies([{"name": "hold", "value": gate, "url": address}])


def is_sold(page: Page) -> None:
    expect(page.locator("b")).to_have_text(hashlib.sha256(CONTENT).hexdigest())


def kept(address: str) -> dict[str, int]:
    found: dict[str, int] = httpx.get(f"{address}/test/files", trust_env=False).json()
    return found


def bar(page: Page) -> float:
    found: float = page.evaluate("document.querySelector('progress').value")
    return found


def test_a_file_is_chosen_and_sold(seller: Page, address: str) -> None:
    before = kept(address)
    seller.set_input_files("#photo", PHOTO)
    expect(seller.locator("i")).to_have_text(f"tea.png {len(CONTENT)}")
    assert (bar(seller), seller.input_value("#photo")) == (1, "")
    seller.click("text=Sell")
    is_sold(seller)
    expect(seller.locator("i")).to_have_text("")
    assert bar(seller) == 0
    assert kept(address)["size"] == before["size"]


def test_progress_shows_and_a_submit_waits(seller: Page, address: str, server: Server) -> None:
    seller.evaluate("""() => { window.told = [];
        document.addEventListener("hf:upload", ({detail}) => told.push(detail.loaded)); }""")
    hold(seller, address, "piece1")
    seller.set_input_files("#photo", PHOTO)
    until(seller, "document.querySelector('progress').value > 0.2")
    assert bar(seller) == pytest.approx(256 * 1024 / len(CONTENT))
    expect(seller.locator("[data-hf-uploading=photo]")).to_have_count(1)
    seller.click("text=Sell")
    seller.context.clear_cookies(name="hold")
    server.lets_go("piece1")
    is_sold(seller)
    expect(seller.locator("[data-hf-uploading]")).to_have_count(0)
    told = seller.evaluate("told")
    assert told == sorted(told) and told[-1] == len(CONTENT)


def test_cancelling_ends_it(
    seller: Page, address: str, server: Server, complaints: list[str]
) -> None:
    before = kept(address)
    hold(seller, address, "piece2")
    seller.set_input_files("#photo", PHOTO)
    until(seller, "document.querySelector('progress').value > 0.2")
    seller.click("text=Cancel")
    expect(seller.locator("[data-hf-busy]")).to_have_count(0)
    server.lets_go("piece2")
    expect(seller.locator("[data-hf-uploading]")).to_have_count(0)
    assert (bar(seller), seller.input_value("#photo")) == (0, "")
    assert kept(address) == before
    expect(seller.locator("[hf-error]:visible")).to_have_count(0)
    assert complaints.pop().endswith("a status of 410 ()")


@pytest.mark.parametrize(("other", "said"), [
    ({"mimeType": "text/plain"}, "Choose a file of this type: image/png."),
    ({"buffer": b"x" * 3_000_001}, "Choose a file of at most 3 MB."),
])  # fmt: skip
def test_what_is_not_taken_is_told(seller: Page, other: Any, said: str) -> None:
    seller.set_input_files("#photo", PHOTO | other)
    expect(seller.locator("[hf-error]:visible")).to_have_text(said)
    assert (bar(seller), seller.input_value("#photo")) == (0, "")
    seller.set_input_files("#photo", PHOTO)
    expect(seller.locator("i")).to_have_text(f"tea.png {len(CONTENT)}")
    expect(seller.locator("[hf-error]:visible")).to_have_count(0)


def test_files_are_dropped(seller: Page) -> None:
    assert seller.evaluate(DROP, [2]) == [False, False]
    expect(seller.locator("li")).to_have_text(["0.txt", "1.txt"])
    assert seller.evaluate(DROP, [1]) == [False, False]
    expect(seller.locator("li")).to_have_text(["0.txt", "1.txt", "0.txt"])


def test_a_script_sends_files(seller: Page) -> None:
    seller.evaluate("""() => {
        hotframe.upload(document.getElementById("zone"), [new File(["x"], "pasted.txt")]);
    }""")
    expect(seller.locator("li")).to_have_text(["pasted.txt"])


def test_a_network_that_goes_away_for_a_while(seller: Page, complaints: list[str]) -> None:
    lost: list[str] = []

    def lose(route: Route) -> None:
        if len(lost) < 3 and "at=0" not in route.request.url:
            lost.append(route.request.url)
            return route.abort()
        return route.continue_()

    seller.route("**/hotframe/live/upload?*", lose)
    seller.set_input_files("#photo", PHOTO)
    seller.click("text=Sell")
    is_sold(seller)
    assert len(lost) == 3
    complaints.clear()


def test_a_form_that_is_sent_before_the_server_knows_of_the_file_waits(seller: Page) -> None:
    waiting: list[Route] = []
    seller.route("**/hotframe/live", lambda route: waiting.append(route), times=1)
    seller.set_input_files("#photo", PHOTO)
    seller.click("text=Sell")
    until(seller, "document.querySelector('[data-hf-busy]') !== null")
    seller.wait_for_timeout(200)  # all that could overtake it would have
    for route in waiting:
        route.continue_()
    is_sold(seller)


def test_an_answer_that_is_lost_sends_nothing_twice(seller: Page, complaints: list[str]) -> None:
    lost: list[str] = []

    def lose(route: Route) -> None:
        if lost:
            return route.continue_()
        lost.append(route.request.url)
        route.fetch()
        return route.abort()

    seller.route("**/hotframe/live/upload?*", lose)
    seller.set_input_files("#photo", PHOTO)
    seller.click("text=Sell")
    is_sold(seller)
    assert complaints.pop().endswith("a status of 409 ()")
    complaints.clear()


def test_a_state_that_is_lost_in_between(
    seller: Page, address: str, server: Server, complaints: list[str]
) -> None:
    hold(seller, address, "piece3")
    seller.set_input_files("#photo", PHOTO)
    until(seller, "document.querySelector('progress').value > 0.2")
    httpx.get(f"{address}/test/lose", trust_env=False)
    seller.context.clear_cookies(name="hold")
    server.lets_go("piece3")
    seller.click("text=Sell")
    is_sold(seller)
    assert complaints.pop().endswith("a status of 409 ()")


def test_who_goes_to_another_page_ends_it(seller: Page, address: str, server: Server) -> None:
    hold(seller, address, "piece4")
    asked: list[str] = []
    seller.on("request", lambda one: asked.append(one.url) if "/upload?" in one.url else None)
    seller.set_input_files("#photo", PHOTO)
    until(seller, "document.querySelector('progress').value > 0.2")
    seller.click("#on")
    expect(seller.locator("b")).to_have_text("3")
    server.lets_go("piece4")
    seller.click("text=+")
    expect(seller.locator("b")).not_to_have_text("3")
    assert len(asked) == 2
    assert not [one for one in asked if "at=0" not in one and "at=262144" not in one]


def test_without_javascript_it_goes_with_the_form(browser: Browser, address: str) -> None:
    context = browser.new_context(base_url=address, java_script_enabled=False)
    try:
        page = context.new_page()
        page.goto("/live/seller")
        page.set_input_files("#photo", PHOTO)
        page.click("text=Sell")
        is_sold(page)
    finally:
        context.close()
