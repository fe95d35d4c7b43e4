"""Two people edit the same row, and see what the other one does."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser
from playwright.sync_api import expect
from playwright.sync_api import Page

from tests.security.serving import hypercorn

pytestmark = [
    pytest.mark.browser,
    pytest.mark.server,
    pytest.mark.xdist_group("client"),
]
STREAM = "**/hotframe/live/stream"


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with hypercorn("tests.browser.client.rows_site:app") as port:
        yield f"http://127.0.0.1:{port}"


@pytest.fixture
def other(browser: Browser, address: str) -> Iterator[Page]:
    """Open a tab of somebody else."""
    context = browser.new_context(base_url=address)
    yield context.new_page()
    context.close()


def saves(page: Page, **fields: str) -> None:
    for label, text in fields.items():
        page.get_by_label(label).fill(text)
    page.get_by_role("button", name="Save").click()


def shows(page: Page, text: str) -> None:
    expect(page.locator("h1")).to_have_text(text)


def test_two_pages_follow_each_other(page: Page, other: Page) -> None:
    for one in (page, other):
        one.goto("/1")
        shows(one, "new, tea")
    other.get_by_label("Note").fill("half wri")
    saves(page, Status="paid")
    shows(page, "paid, tea")
    shows(other, "paid, tea")
    expect(other.get_by_label("Status")).to_have_value("paid")
    expect(other.get_by_label("Note")).to_have_value("half wri")
    expect(other.get_by_label("Note")).to_be_focused()
    other.keyboard.type("tten")
    saves(other)
    for one in (page, other):
        shows(one, "paid, half written")
    page.get_by_role("button", name="Delete").click()
    for one in (page, other):
        expect(one.get_by_role("status")).to_have_text("This is not there any more.")


def test_who_has_heard_of_nothing_writes_over_nothing(
    page: Page, other: Page, complaints: list[str]
) -> None:
    page.route(STREAM, lambda route: route.abort())
    for one in (page, other):
        one.goto("/2")
        shows(one, "new, tea")
    saves(other, Status="paid")
    shows(other, "paid, tea")
    saves(page, Note="mine")
    expect(page.get_by_role("alert")).to_have_text("Somebody else was faster.")
    shows(page, "paid, tea")
    expect(page.get_by_label("Note")).to_have_value("mine")
    expect(page.get_by_label("Status")).to_have_value("paid")
    saves(page)
    shows(page, "paid, mine")
    expect(page.get_by_role("alert")).to_have_count(0)
    shows(other, "paid, mine")
    complaints[:] = [one for one in complaints if "ERR_FAILED" not in one]  # of the stream
