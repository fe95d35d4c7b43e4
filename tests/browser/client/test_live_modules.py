"""A page stays open while the module of its live components is upgraded, disabled and enabled."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from playwright.sync_api import expect
from playwright.sync_api import Page

from tests.security.serving import hypercorn

from .conftest import until

pytestmark = [
    pytest.mark.browser,
    pytest.mark.server,
    pytest.mark.xdist_group("client"),
]
Operate = Callable[[str], Any]


@pytest.fixture
def address() -> Iterator[str]:
    with hypercorn("tests.browser.client.changing_site:app") as port:
        yield f"http://127.0.0.1:{port}"


@pytest.fixture
def operate(address: str) -> Operate:
    def operate(operation: str) -> None:
        httpx.get(f"{address}/test/{operation}", timeout=30).raise_for_status()

    operate("begin")
    return operate


@pytest.fixture
def notes(page: Page, operate: Operate) -> Page:
    """Open the page, count to 1 on both components, and leave something half typed."""
    page.goto("/notes/")
    until(page, "document.documentElement.dataset.hfConnection === 'live'")
    for name in ("board", "counter"):
        page.click(f"#notes-{name} [hf-click]")
        expect(page.locator(f"#notes-{name} b")).to_have_text("1")
    page.locator("#notes-board input").press_sequentially("half a sen")
    page.evaluate("window.stayed = document.querySelector('#notes-board input')")
    return page


def test_an_upgrade_shows_itself_and_takes_nothing_away(notes: Page, operate: Operate) -> None:
    operate("upgrade")
    expect(notes.locator("#notes-board i")).to_have_text("1")
    notes.keyboard.type("tence")
    field = notes.locator("#notes-board input")
    expect(field).to_have_value("half a sentence")
    expect(field).to_be_focused()
    assert notes.evaluate("window.stayed === document.querySelector('#notes-board input')")
    operate("publish")
    expect(notes.locator("#notes-board i")).to_have_text("11")
    notes.click("#notes-counter [hf-click]")
    expect(notes.locator("#notes-counter i")).to_have_text("2")
    operate("rollback")
    expect(notes.locator("#notes-board b")).to_have_text("11")


def test_a_module_that_was_disabled_comes_back_to_the_page(
    notes: Page, operate: Operate, complaints: list[str]
) -> None:
    operate("disable")
    board, counter = notes.locator("#notes-board"), notes.locator("#notes-counter")
    expect(board).to_have_attribute("data-hf-gone", "")
    expect(board.locator("b")).to_have_text("1")
    expect(board.locator("input")).to_have_value("half a sen")
    notes.click("#notes-counter [hf-click]")
    expect(counter).to_have_attribute("data-hf-gone", "")
    assert complaints and all("410" in one for one in complaints)  # what was typed may come late
    complaints.clear()
    operate("enable")
    expect(board).not_to_have_attribute("data-hf-gone", "")
    expect(board.locator("input")).to_have_value("half a sen")
    operate("publish")
    expect(board.locator("b")).to_have_text("11")
    notes.click("#notes-counter [hf-click]")
    expect(counter).not_to_have_attribute("data-hf-gone", "")
    expect(counter.locator("b")).to_have_text("2")
