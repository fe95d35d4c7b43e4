"""HTTP/2 in Chromium: one connection for all, which the server ends after a number of requests."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser
from playwright.sync_api import expect
from playwright.sync_api import Page

from tests.security.serving import started
from tests.support.ports import free_port
from tests.support.requiring import absent

from .conftest import until

pytestmark = [
    pytest.mark.browser,
    pytest.mark.soak,  # it takes half a minute
    pytest.mark.server,
    pytest.mark.xdist_group("client"),
]
SITE = "tests.browser.client.living_site:app"
REQUESTS = 30
"""After how many requests on one connection Hypercorn sends GOAWAY."""


def certificate(folder: Path) -> tuple[Path, Path]:
    """Return the files of a certificate that signs itself, and of its key."""
    made = (folder / "cert.pem", folder / "key.pem")
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj",
               "/CN=localhost", "-out", str(made[0]), "-keyout", str(made[1])]  # fmt: skip
    try:
        subprocess.run(command, check=True, capture_output=True)
    except FileNotFoundError:
        absent("openssl", "There is no openssl, which makes the certificate.")
    return made


@pytest.fixture(scope="module")
def plain() -> int:
    """The port at which the site answers without TLS."""
    return free_port()


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory, plain: int) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("tls")
    cert, key = certificate(folder)
    port = free_port()
    (folder / "config.toml").write_text(
        f'bind = ["127.0.0.1:{port}"]\ncertfile = "{cert}"\nkeyfile = "{key}"\n'
        f"keep_alive_max_requests = {REQUESTS}\n"
    )
    options = ("--workers", "0", "--config", str(folder / "config.toml"))
    process = started(SITE, plain, *options, bind="insecure-bind")
    yield f"https://127.0.0.1:{port}"
    process.kill()
    process.wait(10)


@pytest.fixture
def page(browser: Browser, address: str) -> Iterator[Page]:
    context = browser.new_context(base_url=address, ignore_https_errors=True)
    page = context.new_page()
    page.set_default_timeout(10_000)
    yield page
    context.close()


@pytest.fixture
def publish(plain: int) -> Callable[[str], Any]:
    return lambda note: httpx.get(f"http://127.0.0.1:{plain}/test/publish/notes/{note}")


def test_a_page_outlives_its_connection(page: Page, publish: Any) -> None:
    """Hypercorn lets the stream on it fall silent: the page gives it up after 40 s."""
    connections = set()
    devtools = page.context.new_cdp_session(page)
    devtools.send("Network.enable")
    devtools.on(
        "Network.responseReceived", lambda one: connections.add(one["response"]["connectionId"])
    )
    page.goto("/live/counter")
    used = page.evaluate("performance.getEntriesByType('navigation')[0].nextHopProtocol")
    assert used == "h2"
    page.clock.install()
    page.goto("/live/board")
    until(page, "document.documentElement.dataset.hfConnection === 'live'")
    page.click("#write")
    with page.expect_response("**/ready"):
        page.evaluate("for (let n = 0; n < 40; n++) fetch('/ready').catch(() => null)")
    publish("one")
    page.clock.run_for(41_000)
    expect(page.locator("li")).to_have_text(["own", "one"])
    page.click("#write")
    expect(page.locator("li")).to_have_text(["own", "one", "own"])
    publish("two")
    expect(page.locator("li")).to_have_text(["own", "one", "own", "two"])
    assert len(connections) > 1
