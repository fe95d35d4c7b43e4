"""The example site: what its modules add to each other, and who may operate it."""

from __future__ import annotations

import os
import re
import runpy
import signal
import subprocess
import sys
import zipfile
from pathlib import Path

import httpx
import pytest

from quart_hotframe import Manifest
from tests.support.bazaar import BAZAAR
from tests.support.bazaar import environment
from tests.support.bazaar import ROOT
from tests.support.bazaar import wait_for_answers
from tests.support.ports import free_port
from tests.support.visiting import Operator
from tests.support.visiting import Visitor

TEAPOT = "/shop/sand-glaze-teapot"

server = pytest.mark.server
pytestmark = pytest.mark.xdist_group("bazaar")


@server
def test_the_newsletter_lowers_the_prices_of_its_readers_and_answers_orders(
    operator: Operator, visitor: Visitor
) -> None:
    operator.does("enable", "newsletter")
    assert "€ 43.20" not in visitor.opens(TEAPOT).text
    visitor.sends("/newsletter/", address="ada@example.org")
    assert "<s>€ 48.00</s> € 43.20" in visitor.opens(TEAPOT).text
    visitor.sends(f"/orders/basket/{TEAPOT.rpartition('/')[2]}", quantity=2)
    ordered = visitor.sends("/orders/", name="Ada")
    assert "2 × € 43.20" in ordered.text
    assert ordered.notes == [
        "Thank you for your order.",
        "A letter about your order, 2 in all, would now go to ada@example.org.",
    ]


@server
def test_the_shop_sells_at_full_price_when_the_newsletter_is_gone(
    operator: Operator, visitor: Visitor
) -> None:
    operator.does("enable", "newsletter")
    visitor.sends("/newsletter/", address="ada@example.org")
    visitor.sends(f"/orders/basket/{TEAPOT.rpartition('/')[2]}", quantity=1)
    operator.does("disable", "newsletter")
    assert "€ 43.20" not in visitor.opens(TEAPOT).text
    ordered = visitor.sends("/orders/", name="Ada")
    assert "1 × € 48.00" in ordered.text
    assert ordered.notes == ["Thank you for your order."]
    assert visitor.opens("/newsletter/").status == 404
    assert "Newsletter" not in visitor.opens("/").text


@server
def test_the_shop_sells_nothing_while_the_orders_are_closed(
    operator: Operator, visitor: Visitor
) -> None:
    operator.does("disable", "orders")
    page = visitor.opens(TEAPOT)
    assert page.status == 200
    assert "<form" not in page.text
    operator.does("enable", "orders")
    assert "Put into the basket" in visitor.opens(TEAPOT).text


@server
def test_the_shop_cannot_be_disabled_under_the_reviews(operator: Operator) -> None:
    operator.does("install", file="reviews-2.0.zip")
    operator.does("enable")
    assert "needed by" in operator.does("disable", "shop")
    assert operator.opens("/shop/").status == 200


@server
@pytest.mark.parametrize("path", ["/operate/", "/operate/install", "/operate/plan"])
def test_nobody_operates_without_the_key(visitor: Visitor, path: str) -> None:
    answer = visitor.opens(path) if path == "/operate/" else visitor.sends(path)
    assert answer.status == 401
    assert "asks for a key" in answer.text


@server
def test_a_wrong_key_is_refused(visitor: Visitor) -> None:
    assert visitor.opens("/operate/enter?key=ä").status == 401
    assert visitor.sends("/operate/enter", key="wrong").status == 401
    assert visitor.opens("/operate/").status == 401


@server
def test_a_form_of_another_site_is_refused(operator: Operator) -> None:
    answer = operator.sends("/operate/disable", csrf="guessed", name="shop")
    assert answer.status == 400
    assert operator.opens("/shop/").status == 200


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
        assert "Sand-glaze teapot" in httpx.get(f"http://127.0.0.1:{port}/").text
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
