"""Two people who type side by side, while answers are slow and others change their pages."""

from __future__ import annotations

import json
from collections.abc import Iterator

import httpx
import pytest
from playwright.sync_api import Browser
from playwright.sync_api import expect
from playwright.sync_api import Page

from .conftest import Server
from .conftest import until

pytestmark = [
    pytest.mark.browser,
    pytest.mark.server,
    pytest.mark.xdist_group("client"),
]
SITE = "tests.browser.client.living_site:app"
STATE = "JSON.parse(document.querySelector('output').textContent)"


@pytest.fixture
def two(browser: Browser, address: str) -> Iterator[list[Page]]:
    """Open a page in each of two browsers."""
    contexts = [browser.new_context(base_url=address) for _ in range(2)]
    pages = [one.new_page() for one in contexts]
    for page in pages:
        page.goto("/live/desk")
        until(page, "document.documentElement.dataset.hfConnection === 'live'")
    yield pages
    for context in contexts:
        context.close()


def becomes(page: Page, name: str, value: object) -> None:
    until(page, f"JSON.stringify({STATE}.{name}) === JSON.stringify({json.dumps(value)})")


def test_two_browsers_side_by_side(two: list[Page], address: str) -> None:
    texts = ["the quick brown fox jumps over lazy dogs", "pack my box with five dozen liquor jugs!"]
    for page in two:
        page.context.add_cookies([{"name": "hold", "value": "random", "url": address}])
        page.focus("#name")
    for number, keys in enumerate(zip(*texts, strict=True)):
        for page, key in zip(two, keys, strict=True):
            page.keyboard.type(key)
        if number % 10 == 5:
            httpx.get(f"{address}/test/publish/notes/note-{number}")
    for page, text in zip(two, texts, strict=True):
        becomes(page, "name", text)
        assert page.input_value("#name") == text
        assert page.evaluate("document.querySelector('#name').selectionStart") == len(text)
        expect(page.locator("#name")).to_be_focused()
        expect(page.locator("li")).to_have_text([f"note-{one}" for one in (5, 15, 25, 35)])


def test_typing_while_the_server_takes_its_time_to_check(
    page: Page, address: str, server: Server
) -> None:
    page.goto("/live/profile")
    page.context.add_cookies([{"name": "hold", "value": "check", "url": address}])
    with page.expect_request("**/hotframe/live"):
        page.fill("#age", "-1")
    until(page, "fetch('/test/waiting/check').then(one => one.json()).then(one => one.waiting)")
    page.locator("#age").press_sequentially("2")
    page.locator("#name").press_sequentially("Anna")
    page.check("#agree")
    page.locator("#about").press_sequentially("tea")
    server.lets_go("check")
    page.context.clear_cookies(name="hold")
    expect(page.locator("[id='app-profile.age.error']")).not_to_be_empty()
    assert page.input_value("#age") == "-12"
    becomes(page, "name", "Anna")
    becomes(page, "about", "tea")
    becomes(page, "agree", True)
    assert [page.input_value(one) for one in ("#age", "#name", "#about")] == ["-12", "Anna", "tea"]
    expect(page.locator("#about")).to_be_focused()
    page.fill("#age", "12")
    becomes(page, "age", 12)
