"""Chromium on an own page, and on one of another site that wants to change something."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from playwright.sync_api import BrowserContext
from playwright.sync_api import Page

from quart_hotframe.security.redirects import is_own
from tests.security.serving import hypercorn
from tests.security.targets import made
from tests.security.targets import OTHERS
from tests.support.chromium import chromium

pytestmark = [pytest.mark.browser, pytest.mark.server, pytest.mark.xdist_group("cross_site")]

FORM = """([url, type]) => {
    document.body.innerHTML = `<form method=post enctype="${type}" action="${url}"><input name=x>`
    document.forms[0].submit()
}"""
FETCH = """([url, options]) => fetch(url, {method: "POST", credentials: "include", ...options})
    .then(answer => answer.status, error => "failed")"""
SOCKET = """url => new Promise(resolve => {
    const socket = new WebSocket(url)
    socket.onmessage = message => resolve(message.data)
    socket.onerror = () => resolve("failed")
})"""


class Site:
    """A site at 127.0.0.1, and an attacker's at localhost, which the browser visits."""

    def __init__(self, port: int, context: BrowserContext) -> None:
        self.own, self.evil = f"http://127.0.0.1:{port}", f"http://localhost:{port}"
        self.context = context

    def opens(self, address: str) -> Page:
        page = self.context.new_page()
        page.goto(address)
        return page

    def done(self) -> list[str]:
        """Return what was changed so far."""
        found: list[str] = httpx.get(f"{self.own}/done", trust_env=False).json()["done"]
        return found


@pytest.fixture
def site(requires_chromium: str) -> Iterator[Site]:
    with hypercorn("tests.security.crossing:app") as port, chromium(requires_chromium) as browser:
        site = Site(port, browser.new_context())
        site.opens(f"{site.own}/part/")
        yield site


def test_a_page_of_another_site_changes_nothing(site: Site) -> None:
    page = site.opens(f"{site.evil}/evil")
    for kind in ("application/x-www-form-urlencoded", "multipart/form-data", "text/plain"):
        with page.expect_navigation():
            page.evaluate(FORM, [f"{site.own}/part/do/form", kind])
        assert "<h1>Forbidden</h1>" in page.content()
        page.goto(f"{site.evil}/evil")
    for options in fetches():
        assert page.evaluate(FETCH, [f"{site.own}/part/do/fetch", options]) in (0, 403, "failed")
    assert page.evaluate(SOCKET, f"{site.own}/part/ws".replace("http", "ws")) == "failed"
    page.set_content(f'<iframe sandbox="allow-scripts allow-forms" srcdoc="{SANDBOXED}">'
                     .replace("URL", f"{site.own}/part/do/sandbox"))  # fmt: skip
    with page.expect_response("**/sandbox") as refused:
        pass
    assert refused.value.status == 403
    assert site.done() == []
    # Where the check is off, the same page gets through: it is the check that stopped it.
    page.goto(f"{site.evil}/evil")
    page.evaluate(FETCH, [f"{site.own}/part/unguarded/fetch", {"mode": "no-cors", "body": "x=1"}])
    assert site.done() == ["fetch"]


SANDBOXED = (
    "<form method=post action=URL><input name=x></form>"
    "<script>setTimeout(() => document.forms[0].submit(), 200)</script>"
)


def fetches() -> list[dict[str, Any]]:
    return [
        {"mode": "no-cors", "body": "x=1"},
        {"mode": "no-cors", "body": '{"x": 1}', "headers": {"Content-Type": "text/plain"}},
        {"body": '{"x": 1}', "headers": {"Content-Type": "application/json"}},
        {"mode": "no-cors", "redirect": "follow", "referrerPolicy": "no-referrer"},
    ]


def test_an_own_page_does_as_it_likes_without_a_token(site: Site) -> None:
    page = site.opens(f"{site.own}/part/")
    file: Any = {"name": "a", "mimeType": "text/plain", "buffer": b"file"}
    page.set_input_files("input[type=file]", file)
    with page.expect_navigation():
        page.click("button")
    assert page.content().count("changed") == 1
    page.goto(f"{site.own}/part/")
    json = {"body": '{"x": 1}', "headers": {"Content-Type": "application/json"}}
    assert page.evaluate(FETCH, ["/part/do/fetch", json]) == 200
    assert page.evaluate(SOCKET, f"{site.own}/part/ws".replace("http", "ws")) == "hello"
    assert site.done() == ["own-form ä ['file'] ada", "fetch {'x': 1}", "socket"]


def test_only_scripts_with_the_nonce_run(site: Site) -> None:
    page = site.opens(f"{site.own}/part/")
    page.wait_for_load_state()
    assert page.title() == "nonce ran"


def test_chromium_agrees_that_targets_of_redirects_are_own(site: Site) -> None:
    page = site.opens(f"{site.own}/evil")
    targets = [*filter(_can_be_sent, OTHERS), *made(site.own, 20_000)]
    origins = page.evaluate(
        """targets => targets.map(one => {
            try { return new URL(one, location.href).origin } catch { return "none" }
        })""",
        targets,
    )
    accepted = {one for one in targets if is_own(one, site.own)}
    leaks = [one for one, origin in zip(targets, origins, strict=True)
             if one in accepted and origin != site.own]  # fmt: skip
    assert leaks == []
    assert len(accepted) > 100 and sum(origin != site.own for origin in origins) > 1000


def _can_be_sent(target: str) -> bool:
    return "\ud800" not in target
