"""Components that are mounted after their page."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import expect
from playwright.sync_api import Page

from tests.security.serving import hypercorn

pytestmark = [
    pytest.mark.browser,
    pytest.mark.server,
    pytest.mark.xdist_group("client"),
]


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with hypercorn("tests.browser.client.living_site:app") as port:
        yield f"http://127.0.0.1:{port}"


def test_one_comes_at_once_and_one_when_it_is_seen(page: Page) -> None:
    page.add_init_script(
        """addEventListener("DOMContentLoaded", () => {
            document.querySelector("#app-later-far").before(document.createElement("hr"));
            document.querySelector("hr").style.marginTop = "9000px";
        });"""
    )
    page.goto("/live/later")
    expect(page.locator("#app-later b")).to_have_text("1")
    far = page.locator("#app-later-far")
    expect(far.locator("p")).to_have_text("when seen")
    far.scroll_into_view_if_needed()
    expect(far.locator("b")).to_have_text("1")
    far.locator(".more").click()
    expect(far.locator("b")).to_have_text("2")
    expect(page.locator("[hf-view]")).to_have_count(0)


def test_one_that_is_hidden_comes_at_once_if_it_is_not_to_wait(page: Page) -> None:
    page.add_init_script(
        """addEventListener("DOMContentLoaded", () => {
            document.querySelector("main").hidden = true;
        });"""
    )
    page.goto("/live/later")
    expect(page.locator("#app-later b")).to_have_text("1")
    expect(page.locator("#app-later-far p")).to_have_text("when seen")
