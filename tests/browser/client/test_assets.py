"""Components bring their style and script, however they come into a page."""

from __future__ import annotations

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
SITE = "tests.browser.client.styled:app"

STYLED = "rgb(1, 2, 3)"


def settled(page: Page) -> None:
    """Wait until the client has taken the styles of the page that was loaded into its head."""
    until(page, "window.hotframe !== undefined")
    expect(page.locator("body link[data-hf-asset]")).to_have_count(0, timeout=10_000)


def opened(page: Page, name: str) -> None:
    """Load a page in full, and mark the window: another full load would take the mark away."""
    page.goto(f"/page/{name}")
    settled(page)
    page.evaluate("window.stamp = 1")


def shows(page: Page, name: str) -> None:
    expect(page.locator("h1")).to_have_text(name, timeout=10_000)
    expect(page.locator("html")).not_to_have_attribute("aria-busy", "true", timeout=10_000)
    assert page.evaluate("window.stamp") == 1


def styled(page: Page, place: str, color: str = STYLED) -> None:
    """Wait for the style, which nothing but the component's own gives."""
    expect(page.locator(place).last).to_have_css("color", color, timeout=10_000)


def ran(page: Page, name: str) -> None:
    """Wait for the script; it must have run once."""
    expect(page.locator("html")).to_have_attribute(f"data-{name}", "1", timeout=10_000)


def files(server: Server) -> list[str]:
    """Return which files the browser asked for, without their checksums."""
    return sorted(str(path).split(".")[0] for path in server.asked())


def test_a_page_loads_each_once(page: Page, server: Server) -> None:
    page.goto("/page/both")
    for name in ("card", "chip"):
        styled(page, f".{name}")
        ran(page, name)
    settled(page)
    assert set(files(server)) == {"card/script", "card/style", "chip/script", "chip/style"}


def test_without_javascript_styles_are_there(browser: Browser, address: str) -> None:
    context = browser.new_context(base_url=address, java_script_enabled=False)
    page = context.new_page()
    page.goto("/page/card")
    styled(page, ".card")
    context.close()


def test_navigation_brings_what_is_new_and_keeps_what_was_there(page: Page, server: Server) -> None:
    opened(page, "plain")
    for name in ("card", "chip", "plain", "both"):
        page.get_by_role("link", name=name, exact=True).first.click()
        shows(page, name)
    for name in ("card", "chip"):
        styled(page, f".{name}")
        ran(page, name)
    assert files(server) == ["card/script", "card/style", "chip/script", "chip/style"]
    assert page.locator("body [data-hf-asset]").count() == 0
    assert page.locator("head [data-hf-asset]").count() == 4


@pytest.mark.parametrize("first", ["card", "head"])
def test_what_the_first_page_brought_stays(page: Page, server: Server, first: str) -> None:
    opened(page, first)
    page.get_by_role("link", name="plain").click()
    shows(page, "plain")
    server.asked()
    page.get_by_role("link", name="both").click()
    shows(page, "both")
    styled(page, ".card")
    ran(page, "card")
    assert files(server) == ["chip/script", "chip/style"]


def test_frames_and_patches_bring_them(page: Page, server: Server) -> None:
    opened(page, "plain")
    page.get_by_role("link", name="frame").click()
    styled(page, "#part .chip")
    page.get_by_role("button", name="Patch").click()
    expect(page.locator("#box .chip")).to_have_count(2, timeout=10_000)
    styled(page, "#box .chip")
    ran(page, "chip")
    assert files(server) == ["chip/script", "chip/style"]
    assert page.locator("body [data-hf-asset]").count() == 0


def test_a_frame_taken_from_a_page_has_them(page: Page) -> None:
    opened(page, "plain")
    page.get_by_role("link", name="page").click()
    styled(page, "#part .card")
    ran(page, "card")
    shows(page, "plain")


def test_nothing_else_is_loaded_by_their_name(page: Page) -> None:
    opened(page, "plain")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    for name in ("evil", "card"):
        page.get_by_role("link", name=name).click()
        shows(page, name)
    ran(page, "card")
    asked = [one for one in asked if "favicon" not in one]
    assert len(asked) == 4  # two pages, and what the card brings


def test_the_style_is_there_before_the_content(page: Page, server: Server) -> None:
    opened(page, "plain")
    page.evaluate(
        """() => addEventListener("hf:load", () => {
            window.color = getComputedStyle(document.querySelector(".slow")).color;
        })"""
    )
    page.get_by_role("link", name="slow").click()
    server.lets_go("slow")
    shows(page, "slow")
    assert page.evaluate("window.color") == STYLED


def test_a_newer_style_takes_the_place_of_an_older_one(page: Page, address: str) -> None:
    opened(page, "card")
    for color in ("rgb(4, 5, 6)", "rgb(7, 8, 9)"):
        httpx.get(f"{address}/test/write/card/{color}", trust_env=False, timeout=10)
        page.get_by_role("link", name="card").click()
        styled(page, "main .card", color)
    expect(page.locator("link[data-hf-asset]")).to_have_count(1, timeout=10_000)
    shows(page, "card")
    httpx.get(f"{address}/test/write/card/{STYLED}", trust_env=False, timeout=10)
