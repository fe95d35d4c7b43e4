"""Pages follow each other without a full load, and as they would with one."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import expect
from playwright.sync_api import Page

from .conftest import Server
from .conftest import until

pytestmark = [
    pytest.mark.browser,
    pytest.mark.server,
    pytest.mark.xdist_group("client"),
]


@pytest.fixture
def a(page: Page, server: Server) -> Iterator[Page]:
    """Open the first page, and mark the window: a full load would take the mark away."""
    page.goto("/page/a")
    expect(page.locator("#f")).to_contain_text("f")
    page.evaluate("window.stamp = 1; document.getElementById('player').mark = 1")
    server.asked()
    yield page


def shows(page: Page, name: str, *, full: bool = False) -> None:
    expect(page.locator("h1")).to_have_text(name)
    expect(page.locator("html")).not_to_have_attribute("aria-busy", "true")
    assert page.evaluate("window.stamp === 1") is not full


def scrolled(page: Page) -> int:
    found: int = page.evaluate("Math.round(scrollY)")
    return found


def test_a_link_shows_another_page_in_this_one(a: Page, server: Server) -> None:
    a.evaluate("scrollTo(0, 500)")
    a.evaluate("document.getElementById('to-b').click()")
    shows(a, "b")
    assert a.url.endswith("/page/b") and a.title() == "Page b"
    assert a.evaluate("document.documentElement.lang") == "de"
    assert scrolled(a) == 0
    assert server.asked() == [["GET", "/page/b", "visit", None]]
    expect(a.locator("#f")).to_contain_text("f")  # the frame stays
    assert a.evaluate("document.getElementById('player').mark") == 1
    expect(a.get_by_role("status")).to_have_text("Page b")


def test_back_and_forward_return_to_where_one_was(a: Page) -> None:
    a.evaluate("scrollTo(0, 700)")
    a.evaluate("document.getElementById('to-b').click()")
    shows(a, "b")
    a.evaluate("scrollTo(0, 900)")
    until(a, "scrollY === 900")
    a.go_back()
    shows(a, "a")
    until(a, "Math.round(scrollY) === 700")
    a.go_forward()
    shows(a, "b")
    until(a, "Math.round(scrollY) === 900")
    assert a.url.endswith("/page/b")


def test_a_place_is_known_also_when_its_event_did_not_come_in_time(a: Page) -> None:
    a.evaluate("addEventListener('scroll', event => event.stopImmediatePropagation(), true)")
    a.evaluate("scrollTo(0, 700)")
    a.evaluate("document.getElementById('to-b').click()")
    shows(a, "b")
    a.go_back()
    shows(a, "a")
    until(a, "Math.round(scrollY) === 700")


def test_places_are_known_after_a_full_load(a: Page) -> None:
    a.evaluate("scrollTo(0, 700)")
    a.evaluate("document.getElementById('to-b').click()")
    shows(a, "b")
    a.reload()
    a.go_back()
    expect(a.locator("h1")).to_have_text("a")
    until(a, "Math.round(scrollY) === 700")


def test_a_link_to_a_place_in_another_page_leads_there(a: Page) -> None:
    a.click("#to-b-mark")
    shows(a, "b")
    assert a.url.endswith("/page/b#m%C3%A4rk")
    assert scrolled(a) > 1000
    a.evaluate("scrollTo(0, 0); location.hash = ''")
    a.go_back()
    shows(a, "b")


def test_the_same_link_twice_is_one_place_in_the_history(a: Page) -> None:
    before = a.evaluate("history.length")
    a.click("#to-a")
    shows(a, "a")
    assert a.evaluate("history.length") == before


@pytest.mark.parametrize("link", ["plain", "external", "styled", "data"])
def test_some_links_load_in_full(a: Page, link: str) -> None:
    with a.expect_navigation(wait_until="load"):
        a.click(f"#{link}")
    assert a.evaluate("window.stamp") is None


def test_a_link_to_a_new_tab_opens_one(a: Page) -> None:
    with a.context.expect_page():
        a.click("#new")
    shows(a, "a")


def test_an_error_page_is_shown(a: Page, complaints: list[str]) -> None:
    a.click("#gone")
    shows(a, "gone")
    assert a.url.endswith("/page/gone")
    until(a, "document.title === 'Page gone'")
    complaints[:] = [text for text in complaints if "404" not in text]


def test_the_newest_page_wins(a: Page, server: Server) -> None:
    a.click("#held-page")
    expect(a.locator("html")).to_have_attribute("aria-busy", "true")
    with a.expect_event("requestfailed") as given_up:
        a.click("#to-b")
    assert given_up.value.url.endswith("/held-page")
    shows(a, "b")
    server.lets_go("page")


def test_another_page_has_fresh_fields_and_the_same_page_keeps_them(a: Page) -> None:
    a.fill("#text", "typed")
    a.click("#to-a")
    shows(a, "a")
    assert a.input_value("#text") == "typed"
    a.click("#to-b")
    shows(a, "b")
    assert a.input_value("#text") == ""


def test_the_keyboard_begins_at_the_start_of_another_page(a: Page) -> None:
    a.focus("#to-b")
    a.keyboard.press("Enter")
    shows(a, "b")
    assert a.evaluate("document.activeElement === document.body")


def test_forms_lead_to_the_page_that_answers(
    a: Page, server: Server, complaints: list[str]
) -> None:
    a.click("#go")
    expect(a.locator("#problem")).to_be_visible()
    assert a.url.endswith("/page/a")
    assert "422" in complaints.pop()
    a.fill("#text", "b")
    a.click("#go")
    shows(a, "b")
    assert a.url.endswith("/page/b")
    assert server.asked()[:3] == [
        ["POST", "/page", "submit", None],
        ["POST", "/page", "submit", None],
        ["GET", "/page/b", "submit", None],
    ]
    a.fill("#q", "x")
    a.press("#q", "Enter")
    shows(a, "a")
    assert a.url.endswith("/page/a?q=x")


def test_a_page_is_fetched_while_the_pointer_rests_on_its_link(a: Page, server: Server) -> None:
    with a.expect_response("**/page/b"):
        a.hover("#to-b")
    assert server.asked() == [["GET", "/page/b", "prefetch", None]]
    a.click("#to-b")
    shows(a, "b")
    assert server.asked() == []


def test_a_page_that_cannot_be_fetched_ahead_is_asked_for_when_one_goes_there(
    a: Page, server: Server
) -> None:
    with a.expect_response("**/page/own"):
        a.hover("#own")
    a.click("#own")
    shows(a, "own")
    kinds = [kind for _, path, kind, _ in server.asked() if path == "/page/own"]
    assert kinds == ["prefetch", "visit"]


def test_a_page_that_one_goes_to_is_not_fetched_ahead_too(a: Page, server: Server) -> None:
    a.evaluate(
        """() => {
            const link = document.querySelector("#held-page");
            link.dispatchEvent(new PointerEvent("pointerover", {bubbles: true}));
            link.click();
        }"""
    )
    a.wait_for_timeout(150)  # longer than a pointer must rest
    server.lets_go("page")
    shows(a, "held")
    assert [kind for _, path, kind, _ in server.asked() if path == "/held-page"] == ["visit"]


def test_changes_are_shown_in_a_transition_where_that_is_wished(a: Page) -> None:
    a.evaluate(
        """() => {
            window.count = 0;
            const start = document.startViewTransition.bind(document);
            document.startViewTransition = change => { count++; return start(change); };
        }"""
    )
    a.click("#to-b")
    shows(a, "b")
    assert a.evaluate("count") == 1
    a.emulate_media(reduced_motion="reduce")
    a.click("#to-a")
    shows(a, "a")
    a.evaluate("document.body.removeAttribute('data-hf-transition')")
    assert a.evaluate("count") == 1
