"""A person in Chromium on the client's site; whatever the browser complains of fails the test."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser
from playwright.sync_api import expect
from playwright.sync_api import Page

from tests.security.serving import hypercorn
from tests.support.chromium import chromium
from tests.support.requiring import require_package

expect.set_options(timeout=10_000)  # milliseconds: a machine may stall


@pytest.fixture(scope="module")
def browser(requires_chromium: str) -> Iterator[Browser]:
    expect.set_options(timeout=15_000)  # a busy machine is slow, not wrong
    with chromium(requires_chromium) as browser:
        yield browser


@pytest.fixture(scope="module")
def address(request: pytest.FixtureRequest) -> Iterator[str]:
    """Serve the site that the module of the test names as ``SITE``, or the client's own."""
    with hypercorn(getattr(request.module, "SITE", "tests.browser.client.site:app")) as port:
        yield f"http://127.0.0.1:{port}"


@pytest.fixture(scope="module")
def others() -> Iterator[str]:
    """Serve the site that loads clients that others made."""
    for package in ("django_htmx", "js_lib_alpinejs"):
        require_package(package)
    with hypercorn("tests.browser.client.others:app") as port:
        yield f"http://127.0.0.1:{port}"


@pytest.fixture
def complaints() -> list[str]:
    """Return what the browser complained of; a test takes out what it expected."""
    return []


def until(page: Page, expression: str) -> None:
    """Wait for an expression to become true; the page's policy forbids Playwright's own way."""
    end = time.monotonic() + 10
    while not page.evaluate(expression):
        assert time.monotonic() < end, expression
        page.wait_for_timeout(10)


class Server:
    """What the site heard, and answers that it holds back."""

    def __init__(self, address: str) -> None:
        self._client = httpx.Client(base_url=f"{address}/test", trust_env=False, timeout=10)

    def asked(self) -> list[list[str | None]]:
        """Return method, address, ``HF-Request`` and ``HF-Frame`` of what was asked meanwhile."""
        found: list[list[str | None]] = self._client.get("/asked").json()
        return found

    def lets_go(self, gate: str) -> None:
        """Answer what waits for this, once it was asked."""
        for _ in range(1000):
            if self._client.get(f"/waiting/{gate}").json()["waiting"]:
                self._client.get(f"/open/{gate}")
                return
        pytest.fail(f"Nobody asked for {gate!r}.")

    def close(self) -> None:
        self._client.close()


@pytest.fixture
def server(address: str) -> Iterator[Server]:
    server = Server(address)
    server.asked()
    yield server
    server.close()


@pytest.fixture
def page(browser: Browser, address: str, complaints: list[str]) -> Iterator[Page]:
    """Open a tab; addresses are those of the site."""
    context = browser.new_context(base_url=address)
    page = context.new_page()
    page.set_default_timeout(10_000)
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    yield page
    context.close()
    assert complaints == []


class Blank:
    """A page that says what a test wants, as if the server had sent it."""

    def __init__(self, page: Page) -> None:
        self.page = page
        page.goto("/blank")

    def shows(self, html: str) -> None:
        """Begin with this body; elements with an ``id`` are later asked whether they stayed."""
        self.page.evaluate(
            """html => {
                hotframe.morph(document.body, html, {inner: true, keep: false});
                window.met = new Map([...document.querySelectorAll("[id]")].map(e => [e.id, e]));
            }""",
            html,
        )

    def becomes(self, html: str, **options: Any) -> None:
        """Morph the body."""
        self.page.evaluate(
            "([html, more]) => hotframe.morph(document.body, html, {inner: true, ...more})",
            [html, options],
        )

    def runs(self, script: str) -> Any:
        """Run code that is not HotFrame's, and let observers see what it did."""
        return self.page.evaluate(script)

    def has(self, html: str) -> bool:
        """Say whether the body is what this HTML makes."""
        found: bool = self.page.evaluate(
            """html => {
                const body = document.createElement("body");
                body.innerHTML = html;
                return body.isEqualNode(document.body);
            }""",
            html,
        )
        return found

    def stayed(self, *names: str) -> bool:
        """Say whether elements are the very ones that were there at first."""
        found: bool = self.page.evaluate(
            "names => names.every(name => met.get(name) === document.getElementById(name))",
            list(names),
        )
        return found

    def value(self, name: str) -> str:
        """Return what a field holds."""
        return self.page.input_value(f"#{name}")


@pytest.fixture
def blank(page: Page) -> Blank:
    """Open an empty page that has the client."""
    return Blank(page)
