"""The example site: what its modules add to each other, and who may operate it."""

from __future__ import annotations

import os
import re
import runpy
import signal
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from quart_hotframe import Manifest
from tests.support.bazaar import BAZAAR
from tests.support.bazaar import Bazaar
from tests.support.bazaar import demo
from tests.support.bazaar import environment
from tests.support.bazaar import ROOT
from tests.support.bazaar import wait_for_answers
from tests.support.ports import free_port

CSRF = re.compile(r'name="csrf" value="([^"]+)"')
NOTES = re.compile(r'<div class="note[^>]*>(.*?)</div>', re.DOTALL)

server = pytest.mark.server
pytestmark = pytest.mark.xdist_group("bazaar")


class Operator:
    """Sends the forms of the operator's page."""

    def __init__(self, site: Bazaar) -> None:
        self.client = httpx.Client(base_url=site.address, follow_redirects=True, timeout=30)
        page = self.client.get("/operate/enter", params={"key": site.key})
        self.csrf = CSRF.findall(page.text)[0]

    def does(self, change: str, name: str = "reviews", file: str = "") -> str:
        data = {"csrf": self.csrf, "name": name, "file": file}
        return " ".join(NOTES.findall(self.client.post(f"/operate/{change}", data=data).text))


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bazaar]:
    with demo(tmp_path_factory.mktemp("bazaar")) as running:
        yield running


@pytest.fixture
def operator(site: Bazaar) -> Iterator[Operator]:
    """Return an operator; afterwards the shop alone is open again."""
    operator = Operator(site)
    yield operator
    for name in ("reviews", "newsletter"):
        operator.does("uninstall", name)
    operator.client.close()


@pytest.fixture
def visitor(site: Bazaar) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=site.address, follow_redirects=True, timeout=30) as client:
        yield client


@server
def test_the_newsletter_lowers_the_prices_of_its_readers_and_answers_orders(
    operator: Operator, visitor: httpx.Client
) -> None:
    operator.does("enable", "newsletter")
    assert "€ 43.20" not in visitor.get("/shop/teapot").text
    visitor.post("/newsletter/", data={"address": "ada@example.org"})
    assert "<s>€ 48.00</s> € 43.20" in visitor.get("/shop/teapot").text
    ordered = NOTES.findall(visitor.post("/shop/teapot/order").text)
    assert ordered == [
        "Thank you: one teapot for € 43.20.",
        "A letter about the teapot would now go to ada@example.org.",
    ]


@server
def test_the_shop_sells_at_full_price_when_the_newsletter_is_gone(
    operator: Operator, visitor: httpx.Client
) -> None:
    operator.does("enable", "newsletter")
    visitor.post("/newsletter/", data={"address": "ada@example.org"})
    operator.does("disable", "newsletter")
    assert "€ 43.20" not in visitor.get("/shop/teapot").text
    assert len(NOTES.findall(visitor.post("/shop/teapot/order").text)) == 1
    assert visitor.get("/newsletter/").status_code == 404
    assert "Newsletter" not in visitor.get("/").text


@server
def test_a_review_outlives_an_upgrade_and_a_removal(
    operator: Operator, visitor: httpx.Client
) -> None:
    operator.does("install", file="reviews-1.0.zip")
    operator.does("enable")
    review = {"author": "Ada", "stars": "4", "text": "Warm <b>for</b> hours."}
    assert "Thank you" in visitor.post("/reviews/bowl", data=review).text
    escaped = "Warm &lt;b&gt;for&lt;/b&gt; hours."
    operator.does("upgrade", file="reviews-2.0.zip")
    assert escaped in visitor.get("/shop/bowl").text
    operator.does("uninstall")
    assert escaped not in visitor.get("/shop/bowl").text
    operator.does("install", file="reviews-2.0.zip")
    operator.does("enable")
    assert escaped in visitor.get("/shop/bowl").text


@server
def test_the_shop_cannot_be_disabled_under_the_reviews(operator: Operator) -> None:
    operator.does("install", file="reviews-1.0.zip")
    operator.does("enable")
    assert "needed by reviews" in operator.does("disable", "shop")
    assert operator.client.get("/shop/").status_code == 200


@server
@pytest.mark.parametrize("path", ["/operate/", "/operate/install", "/operate/plan"])
def test_nobody_operates_without_the_key(visitor: httpx.Client, path: str) -> None:
    answer = visitor.get(path) if path == "/operate/" else visitor.post(path)
    assert answer.status_code == 401
    assert "asks for a key" in answer.text


@server
def test_a_wrong_key_is_refused(visitor: httpx.Client) -> None:
    assert visitor.get("/operate/enter?key=ä").status_code == 401
    assert visitor.post("/operate/enter", data={"key": "wrong"}).status_code == 401
    assert visitor.get("/operate/").status_code == 401


@server
def test_a_form_of_another_site_is_refused(operator: Operator) -> None:
    operator.csrf = "guessed"
    answer = operator.client.post("/operate/disable", data={"csrf": "guessed", "name": "shop"})
    assert answer.status_code == 400
    assert operator.client.get("/shop/").status_code == 200


@server
def test_a_file_outside_the_archives_cannot_be_installed(operator: Operator) -> None:
    assert "was refused" in operator.does("install", file="../app.py")


@server
@pytest.mark.parametrize(
    "command",
    [
        ["quart", "--app", "examples/bazaar/app", "run", "--port", "{port}"],
        ["hypercorn", "--bind", "127.0.0.1:{port}", "examples/bazaar/app:app"],
    ],
    ids=["quart", "hypercorn"],
)
def test_the_site_starts_as_its_docstring_says(tmp_path: Path, command: list[str]) -> None:
    port = str(free_port())
    variables = {**environment(tmp_path), "PYTHONPATH": str(ROOT)}
    words = [sys.executable, "-m", *(word.format(port=port) for word in command)]
    process = subprocess.Popen(
        words, cwd=ROOT, env=variables, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        wait_for_answers(f"http://127.0.0.1:{port}")
        assert "Teapot" in httpx.get(f"http://127.0.0.1:{port}/").text
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(20)


def test_the_archives_are_those_of_the_sources(tmp_path: Path) -> None:
    built = runpy.run_path(str(BAZAAR / "build.py"))["build"](tmp_path)
    kept = {path.name: path.read_bytes() for path in (BAZAAR / "archives").iterdir()}
    assert {path.name: path.read_bytes() for path in built} == kept


@pytest.mark.parametrize("archive", sorted(os.listdir(BAZAAR / "archives")))
def test_the_version_in_the_code_is_that_of_the_manifest(archive: str) -> None:
    with zipfile.ZipFile(BAZAAR / "archives" / archive) as files:
        manifest = Manifest.parse(files.read("reviews/module.toml").decode(), archive)
        code = files.read("reviews/__init__.py").decode()
    version = re.findall(r'^VERSION = "([^"]+)"', code, re.MULTILINE)
    assert archive.startswith(f"reviews-{manifest.version}")
    assert version == [manifest.version]
