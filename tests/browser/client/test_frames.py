"""Parts of a page load and go on by themselves."""

from __future__ import annotations

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

EVENTS = """() => {
    window.events = [];
    for (const name of ["hf:load", "hf:error", "hf:missing-frame"]) {
        document.addEventListener(name, e => events.push([name, e.target.id, e.detail.status]));
    }
}"""


@pytest.fixture
def framed(page: Page, server: Server) -> Page:
    """Open a page with frames, from which nothing was asked yet."""
    page.goto("/framed")
    text(page, "chat", "nothing")
    page.evaluate(EVENTS)
    server.asked()
    return page


def text(page: Page, frame: str, content: str) -> None:
    expect(page.locator(f"#{frame}")).to_contain_text(content)


def test_frames_load_also_within_frames(page: Page, server: Server) -> None:
    page.goto("/frames")
    text(page, "eager", "eager")
    text(page, "inner", "inner")
    asked = server.asked()
    assert ["GET", "/part/eager", "frame", "eager"] in asked
    assert ["GET", "/part/inner", "frame", "inner"] in asked


def test_a_lazy_frame_waits_until_it_is_seen(page: Page, server: Server) -> None:
    page.goto("/blank")
    page.evaluate(
        """() => {
            document.body.innerHTML = "<div id=gap></div>";
            document.getElementById("gap").style.height = "3000px";
            document.body.insertAdjacentHTML("beforeend",
                "<hf-frame id=lazy src=/part/lazy loading=lazy>wait</hf-frame>" +
                "<hf-frame id=eager src=/part/eager>wait</hf-frame>");
        }"""
    )
    text(page, "eager", "eager")
    assert page.inner_text("#lazy") == "wait"
    page.evaluate("document.getElementById('lazy').scrollIntoView()")
    text(page, "lazy", "lazy")
    expect(page.locator("#lazy")).not_to_have_attribute("aria-busy", "true")
    asked = [path for _, path, *_ in server.asked()]
    assert asked.count("/part/lazy") == asked.count("/part/eager") == 1


def test_links_lead_the_frame_they_are_in_or_name(framed: Page, server: Server) -> None:
    framed.click("#from-outside")
    text(framed, "side", "side 1")
    framed.click("#other")
    text(framed, "side", "side 3")
    framed.click("#next")
    text(framed, "main", "main 2")
    assert server.asked() == [
        ["GET", "/part/side?n=1", "frame", "side"],
        ["GET", "/part/side?n=3", "frame", "side"],
        ["GET", "/part/main?n=2", "frame", "main"],
    ]
    assert framed.url.endswith("/framed")


@pytest.mark.parametrize("link", ["top", "top-too"])
def test_a_link_to_the_top_leads_the_page(framed: Page, server: Server, link: str) -> None:
    with framed.expect_navigation():
        framed.click(f"#{link}")
    assert server.asked() == [["GET", "/blank", None, None]]


def test_other_links_are_left_to_the_browser(framed: Page, server: Server) -> None:
    framed.click("#mark")
    assert framed.url.endswith("#side")
    framed.click("#named")
    with framed.expect_download():
        framed.click("#download")
    with framed.context.expect_page():
        framed.click("#next", modifiers=["Control"])
    assert all(kind is None for *_, kind, _ in server.asked())


def test_a_form_is_answered_in_its_frame(
    framed: Page, server: Server, complaints: list[str]
) -> None:
    framed.fill("#more", "not sent")
    framed.click("#send")
    text(framed, "main", "A name, please (add)")
    assert framed.input_value("#more") == "not sent"
    framed.fill("#name", "Ada")
    framed.press("#name", "Enter")
    text(framed, "main", "Hello Ada")
    assert framed.input_value("#name") == ""  # the server has it
    assert "422" in complaints.pop()  # the browser itself tells of it
    assert server.asked() == [
        ["POST", "/names", "submit", "main"],
        ["POST", "/names", "submit", "main"],
        ["GET", "/named?name=Ada", "submit", "main"],
    ]


@pytest.mark.parametrize(("since", "left"), [("", ""), (" more", "hello more")])
def test_what_was_sent_goes_and_what_was_typed_since_stays(
    framed: Page, server: Server, since: str, left: str
) -> None:
    framed.fill("#say", "hello")
    framed.press("#say", "Enter")
    expect(framed.locator("#chat")).to_have_attribute("aria-busy", "true")
    framed.keyboard.type(since)
    server.lets_go("chat")
    text(framed, "chat", "hello")
    assert framed.input_value("#say") == left
    assert framed.evaluate("document.activeElement.id") == "say"


def test_a_form_that_only_asks_is_answered_in_its_frame(framed: Page, server: Server) -> None:
    framed.fill("#q", "tea")
    framed.press("#q", "Enter")
    expect(framed.locator("#q")).to_have_value("tea!")
    framed.press("#q", "Enter")
    expect(framed.locator("#q")).to_have_value("tea!!")  # though somebody is there: it was sent
    assert server.asked() == [
        ["GET", "/found?q=tea", "frame", "main"],
        ["GET", "/found?q=tea%21", "frame", "main"],
    ]


def test_files_are_sent(framed: Page) -> None:
    file = {"name": "a.txt", "mimeType": "text/plain", "buffer": b"text"}
    framed.set_input_files("#file", file)  # type: ignore[arg-type]
    framed.click("#upload")
    text(framed, "main", "a.txt text")


def test_a_double_click_sends_once_and_says_that_it_is_busy(framed: Page, server: Server) -> None:
    framed.dblclick("#hold")
    for element in ("#held", "#main"):
        expect(framed.locator(element)).to_have_attribute("aria-busy", "true")
        expect(framed.locator(element)).to_have_attribute("data-hf-busy", "")
    server.lets_go("form")
    text(framed, "main", "form came")
    expect(framed.locator("[aria-busy], [data-hf-busy]")).to_have_count(0)
    assert server.asked() == [["POST", "/held/form", "submit", "main"]]


def test_what_waits_says_so_also_when_it_is_changed_meanwhile(framed: Page, server: Server) -> None:
    framed.click("#hold")
    framed.evaluate(
        """hotframe.patch([{action: "morph", target: "held", html: `
            <form id="held" method="post" action="/held/form"><button id="hold">New</button>`}])"""
    )
    expect(framed.locator("#hold")).to_have_text("New")
    expect(framed.locator("#held")).to_have_attribute("aria-busy", "true")
    framed.click("#hold")
    server.lets_go("form")
    text(framed, "main", "form came")
    assert server.asked() == [["POST", "/held/form", "submit", "main"]]


def test_the_newest_request_wins(framed: Page, server: Server) -> None:
    framed.click("#slow")
    with framed.expect_event("requestfailed") as given_up:
        framed.click("#next")
    text(framed, "main", "main 2")
    server.lets_go("slow")
    assert given_up.value.url.endswith("/held/slow")
    text(framed, "main", "main 2")
    assert framed.evaluate("events") == [["hf:load", "main", None]]


def test_the_frame_is_taken_out_of_a_whole_page(framed: Page) -> None:
    framed.click("#whole")
    text(framed, "main", "of the whole")
    expect(framed.locator("h1")).to_have_count(0)


def test_a_page_without_the_frame_is_shown_as_a_page(framed: Page) -> None:
    framed.click("#missing")
    expect(framed.locator("h1")).to_have_text("Nothing for the frame")
    assert framed.url.endswith("/missing")
    assert framed.title() == "Missing"
    assert framed.evaluate("events")[0] == ["hf:missing-frame", "main", 200]


def test_a_page_may_prevent_that(framed: Page) -> None:
    framed.evaluate("document.addEventListener('hf:missing-frame', e => e.preventDefault())")
    framed.click("#missing")
    until(framed, "events.length === 1")
    text(framed, "main", "next")
    assert framed.url.endswith("/framed")


def test_in_debug_mode_a_missing_frame_is_told(framed: Page, complaints: list[str]) -> None:
    framed.goto("/framed?debug")
    framed.click("#missing")
    expect(framed.locator("h1")).to_have_text("Nothing for the frame")
    assert '/missing has no <hf-frame id="main">' in complaints.pop()


def test_an_error_leaves_the_frame_as_it_is(framed: Page, complaints: list[str]) -> None:
    framed.click("#broken")
    expect(framed.locator("#main")).to_have_attribute("data-hf-error", "500")
    text(framed, "main", "next")
    assert framed.evaluate("events") == [["hf:error", "main", 500]]
    framed.click("#nothing")
    framed.click("#next")
    text(framed, "main", "main 2")
    expect(framed.locator("[data-hf-error]")).to_have_count(0)
    assert "500" in complaints.pop()


def test_who_must_log_in_is_led_to_the_login_page(framed: Page, complaints: list[str]) -> None:
    with framed.expect_navigation():
        framed.click("#login")
    assert framed.url.endswith("/blank?login")
    assert "401" in complaints.pop()


def test_the_keyboard_goes_on_in_the_frame(framed: Page) -> None:
    framed.focus("#next")
    framed.keyboard.press("Enter")
    text(framed, "main", "main 2")
    assert framed.evaluate("document.activeElement.id") == "main"


def test_a_frame_that_goes_on_is_loaded_again_from_where_it_is(
    framed: Page, server: Server
) -> None:
    framed.click("#next")
    text(framed, "main", "main 2")
    framed.evaluate("hotframe.patch([{action: 'refresh', target: 'main'}])")
    until(framed, "events.length === 2")
    assert [path for _, path, *_ in server.asked()] == ["/part/main?n=2"] * 2


def test_a_frame_says_aloud_what_it_was_told_to(framed: Page) -> None:
    framed.evaluate("document.getElementById('main').setAttribute('hf-announce', 'Loaded')")
    framed.click("#next")
    expect(framed.get_by_role("status")).to_have_text("Loaded")


def test_a_frame_of_another_site_is_not_loaded(framed: Page) -> None:
    framed.evaluate("document.getElementById('main').load('https://elsewhere.example/')")
    expect(framed.locator("#main")).to_have_attribute("data-hf-error", "network")
