"""Alpine's components live on while the client changes the page around and within them."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect
from playwright.sync_api import Page

from .conftest import others
from .conftest import until
from .others import COUNTER

pytestmark = [
    pytest.mark.browser,
    pytest.mark.server,
    pytest.mark.xdist_group("client"),
]

address = others


@pytest.fixture
def counter(page: Page) -> Page:
    """Open the page, and count to two."""
    page.goto("/alpine/a")
    expect(page.locator("#said")).to_have_text("n=0")
    page.click("#more")
    page.click("#more")
    counts(page, 2)
    page.evaluate("window.met = document.getElementById('counter')")
    return page


def counts(page: Page, number: int, *, title: str = "a") -> None:
    """Make sure that all of the component shows one number, however it does that."""
    expect(page.locator("#n")).to_have_text(str(number))
    expect(page.locator("#said")).to_have_text(f"n={number}")
    expect(page.locator("#more")).to_have_attribute("title", f"now {number}")
    expect(page.locator("#list li:not(.last)")).to_have_text([str(i + 1) for i in range(number)])
    expect(page.locator(".many")).to_have_count(int(number > 1))
    expect(page.locator("#q")).to_have_value(str(number))
    expect(page.locator("#panel")).to_have_class("panel is-open" if number else "panel")
    expect(page.locator("#panel")).to_be_visible(visible=number > 0)
    expect(page.locator(".last")).to_have_text([title])
    expect(page.locator("#counter")).to_have_attribute("title", title)


def works(page: Page, number: int, *, title: str = "a") -> None:
    """Make sure that it counts on from a number."""
    counts(page, number, title=title)
    page.click("#more")
    counts(page, number + 1, title=title)


def patch(page: Page, action: str, target: str, html: str = "") -> None:
    page.evaluate(
        "one => hotframe.patch([one])", {"action": action, "target": target, "html": html}
    )


def is_the_same(page: Page) -> bool:
    same: bool = page.evaluate("met === document.getElementById('counter')")
    return same


def test_a_morph_keeps_the_state_and_what_the_server_says_anew_comes(counter: Page) -> None:
    patch(counter, "morph", "counter", COUNTER.replace("{title}", "a"))
    counts(counter, 2)
    patch(counter, "morph", "counter", COUNTER.replace("{title}", "new"))
    works(counter, 2, title="new")
    assert is_the_same(counter)


def test_the_same_page_again_keeps_the_state(counter: Page) -> None:
    counter.click("#again")
    expect(counter.locator("h1")).to_have_text("a again")
    works(counter, 2, title="a!")
    assert is_the_same(counter)


def test_another_page_begins_afresh_but_for_what_is_preserved(counter: Page) -> None:
    counter.click("#play")
    for name in ("b", "a"):
        counter.click("#set")  # which the page does not show
        counter.click(f"#to-{name}")
        expect(counter.locator("h1")).to_have_text(name)
        until(counter, "Alpine.$data(document.getElementById('silent')).s === 0")
        works(counter, 0, title=name)
    assert not is_the_same(counter)
    expect(counter.locator("#played")).to_have_text("1")
    counter.click("#play")
    expect(counter.locator("#played")).to_have_text("2")


def test_what_the_body_holds_is_there_on_every_page(counter: Page) -> None:
    counter.click("#dim")
    for name in ("b", "a"):
        counter.click(f"#to-{name}")
        expect(counter.locator("h1")).to_have_text(name)
        expect(counter.locator("#is-dark")).to_have_text("true")
        expect(counter.locator("body")).to_have_class("dark")
        expect(counter.locator("body")).to_be_visible()


def test_a_component_that_the_server_begins_in_another_way_is_another_one(counter: Page) -> None:
    html = COUNTER.replace("{ n: 0 }", "{ n: 1 }").replace("{title}", "a")
    patch(counter, "morph", "counter", html)
    works(counter, 1)


@pytest.mark.parametrize("action", ["remove", "replace"])
def test_what_goes_hears_nothing_any_longer(counter: Page, action: str) -> None:
    heard = "() => { dispatchEvent(new Event('hit')); return heard; }"
    counter.evaluate("() => { window.heard = 0; met.addEventListener('heard', () => heard++); }")
    assert counter.evaluate(heard) == 1
    patch(counter, action, "counter", "<p id='gone'>gone</p>")
    assert counter.evaluate(heard) == 1


def test_what_comes_begins(page: Page) -> None:
    page.goto("/alpine/a")
    html = "<p x-data='{ k: 6 }' x-cloak><button @click='k++'>k</button><u x-text='k'></u></p>"
    for action in ("append", "update", "replace"):
        patch(page, action, "more-here", html)
        page.get_by_role("button", name="k", exact=True).click()
        expect(page.locator("u")).to_have_text("7")


def test_a_frame_keeps_the_state_on_the_same_page_only(page: Page) -> None:
    page.goto("/alpine/a")
    page.click("#add")
    page.click("#add")
    page.click("#frame-again")
    expect(page.locator("#frame s")).to_have_text("1 again")
    expect(page.locator("#frame em")).to_have_text("2")
    page.click("#frame-next")
    expect(page.locator("#frame s")).to_have_text("2 ")
    expect(page.locator("#frame em")).to_have_text("0")
    page.click("#add")
    expect(page.locator("#frame em")).to_have_text("1")
