"""htmx and Turbo, as their makers ship them, do what patches and pages say."""

from __future__ import annotations

import os
import time

import pytest
from playwright.sync_api import expect
from playwright.sync_api import Page

from tests.support.requiring import absent

from .conftest import others
from .conftest import until
from .others import AREA
from .others import CASES
from .others import LATER

pytestmark = [
    pytest.mark.browser,
    pytest.mark.server,
    pytest.mark.xdist_group("client"),
]

VENDORED = [
    pytest.param("htmx.org", marks=pytest.mark.soak),
    pytest.param("@hotwired/turbo", marks=pytest.mark.soak),
]
"""What no wheel has: see others.py."""
address = others
CONTENT = "document.getElementById('area').innerHTML.replaceAll(' class=\"\"', '')"


@pytest.fixture
def client(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    if not name.startswith("htmx-") and "HOTFRAME_TEST_CLIENTS" not in os.environ:
        absent("clients", "HOTFRAME_TEST_CLIENTS names no folder with vendored clients.")
    return name


def becomes(page: Page, wanted: str) -> None:
    """Wait until the area has some content, and show what it has where it does not."""
    end = time.monotonic() + 10
    while (found := page.evaluate(CONTENT)) != wanted and time.monotonic() < end:
        page.wait_for_timeout(10)
    assert found == wanted


every_client = pytest.mark.parametrize("client", ["htmx-2", "htmx-4", *VENDORED], indirect=True)
htmx_alone = pytest.mark.parametrize("client", ["htmx-2", "htmx-4", VENDORED[0]], indirect=True)


@every_client
def test_every_action_does_what_it_says(page: Page, client: str) -> None:
    page.goto(f"/patches/{client}")
    form = page.inner_html("#form")
    for name, (_, wanted) in CASES.items():
        page.evaluate("html => { document.getElementById('area').outerHTML = html; }", AREA)
        with page.expect_response("**/patches"):
            page.evaluate("name => document.querySelector(`[value=${name}]`).click()", name)
        becomes(page, wanted)
    assert page.url.endswith(f"/patches/{client}")
    assert page.inner_html("#form") == form  # the one that asked


@pytest.mark.parametrize("client", ["htmx-2", VENDORED[1]], indirect=True)
def test_a_change_reaches_what_an_earlier_one_brought(page: Page, client: str) -> None:
    page.goto(f"/patches/{client}")
    page.get_by_role("button", name="later", exact=True).click()
    becomes(page, LATER["later"][1])


@every_client
def test_a_refresh_loads_the_page_again(page: Page, client: str) -> None:
    page.goto(f"/patches/{client}")
    before = page.inner_text("#loads")
    page.get_by_role("button", name="page", exact=True).click()
    expect(page.locator("#loads")).not_to_have_text(before)


@htmx_alone
def test_a_refresh_of_an_element_is_an_event_for_it(page: Page, client: str) -> None:
    page.goto(f"/patches/{client}")
    before = page.inner_text("#loads")
    page.get_by_role("button", name="cart", exact=True).click()
    expect(page.locator("#cart")).to_have_text("loaded")
    assert page.inner_text("#loads") == before


@htmx_alone
def test_a_page_gives_its_block_and_whole_when_a_visitor_goes_back(page: Page, client: str) -> None:
    page.goto(f"/rows/{client}/1")
    with page.expect_response("**/rows/*/3") as asked:
        page.get_by_role("button", name="3").click()
    assert asked.value.text() == "<li>row 3</li>"
    expect(page.locator("#rows")).to_have_text("row 3")
    page.click("#next")
    expect(page.locator("#rows")).to_have_text("row 2")
    until(page, "location.pathname.endsWith('/2')")
    with page.expect_response("**/rows/*/1") as restored:
        page.go_back()
    expect(page.locator("#rows")).to_have_text("row 1")
    assert restored.value.text().startswith("<!doctype html>")
    assert page.locator("h1").count() == page.locator("#rows").count() == 1


@pytest.mark.parametrize("client", ["htmx-4"], indirect=True)
@pytest.mark.parametrize("number", ["4", "5"], ids=["selected_from", "as_body"])
def test_what_htmx_takes_out_of_a_whole_page_is_answered_with_one(
    page: Page, client: str, number: str
) -> None:
    page.goto(f"/rows/{client}/1")
    with page.expect_response(f"**/rows/*/{number}") as asked:
        page.get_by_role("button", name=number, exact=True).click()
    assert asked.value.request.headers["hx-request-type"] == "full"
    assert asked.value.text().startswith("<!doctype html>")
    expect(page.locator("#rows")).to_have_text(f"row {number}")
    assert page.locator("h1").count() == page.locator("#rows").count() == 1
