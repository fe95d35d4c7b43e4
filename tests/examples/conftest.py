"""The example site, once for the tests of a file on SQLite, and once on PostgreSQL."""

from __future__ import annotations

import runpy
from collections.abc import AsyncIterator
from collections.abc import Iterator
from pathlib import Path

import pytest

from quart_hotframe.testing import RunningApp
from quart_hotframe.testing import test_app as running
from tests.support.bazaar import BAZAAR
from tests.support.bazaar import Bazaar
from tests.support.bazaar import demo
from tests.support.databases import database_in
from tests.support.visiting import browser
from tests.support.visiting import Operator
from tests.support.visiting import Visitor


@pytest.fixture(
    scope="module", params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)]
)
def database(request: pytest.FixtureRequest) -> Iterator[str]:
    """Return the URL of a database for all tests of a file; empty for SQLite beside the site."""
    if request.param == "sqlite":
        yield ""
    else:
        with database_in(request.getfixturevalue("requires_postgres")) as url:
            yield url


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, database: str) -> Iterator[Bazaar]:
    with demo(tmp_path_factory.mktemp("bazaar"), database) as running:
        yield running


@pytest.fixture
def visitor(site: Bazaar) -> Iterator[Visitor]:
    with browser(site) as client:
        yield Visitor(client)


@pytest.fixture
def operator(site: Bazaar) -> Iterator[Operator]:
    """Return an operator; afterwards the shop and its orders alone are open again."""
    with browser(site) as client:
        operator = Operator(client, site.key)
        yield operator
        for name in ("reviews", "newsletter"):
            operator.does("uninstall", name)


@pytest.fixture
async def inside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[RunningApp]:
    """Serve the site in the process of the test, on SQLite."""
    monkeypatch.syspath_prepend(str(BAZAAR))
    monkeypatch.setenv("BAZAAR_INSTANCE", str(tmp_path / "instance"))
    monkeypatch.delenv("BAZAAR_DATABASE_URL", raising=False)
    async with running(runpy.run_path(str(BAZAAR / "app.py"))["app"]) as site:
        yield site
