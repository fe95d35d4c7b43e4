"""``hotframe db …`` in processes of their own, on an app with models and a module with some."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.modules import write_file
from tests.support.modules import write_module
from tests.support.terminal import answered

pytestmark = pytest.mark.by_turns

APP = """\
from quart import Quart
from quart_hotframe import HotFrame
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    pass


class Note(Base):
    __tablename__ = "note"
    id: Mapped[int] = mapped_column(primary_key=True)


app = Quart(__name__)
app.config["HOTFRAME_POLL_INTERVAL"] = 0.02
HotFrame(app).add_models(Base)
"""
BASE = """\
from quart_hotframe.database import ModuleModels
from sqlalchemy import ForeignKey
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(ModuleModels, DeclarativeBase):
    pass


"""
MODELS = f"""\
{BASE}class Product(Base):
    __tablename__ = "shop_product"
    id: Mapped[int] = mapped_column(primary_key=True)
"""
REFERS = f"""\
from modules.shop.models import Product
{BASE}class Review(Base):
    __tablename__ = "reviews_review"
    id: Mapped[int] = mapped_column(primary_key=True)
    product: Mapped[int] = mapped_column(ForeignKey(Product.__table__.c.id))
"""
TITLE = "    title: Mapped[str | None]\n"


class Site:
    """An app in a folder, and its database."""

    def __init__(self, folder: Path, url: str) -> None:
        self.folder = folder
        self.environment = {**os.environ, "HOTFRAME_DATABASE_URL": url, "TERM": "dumb"}

    def command(self, *arguments: str) -> list[str]:
        return [sys.executable, "-m", "quart", "--app", "app", "hotframe", *arguments]

    def run(self, *arguments: str, code: int = 0) -> str:
        """Run a command, see its exit code, and return what it printed, stderr at the end."""
        done = subprocess.run(
            self.command(*arguments), cwd=self.folder, env=self.environment,
            stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip
        assert done.returncode == code, done.stdout + done.stderr
        assert "Traceback" not in done.stderr
        return done.stdout + done.stderr

    def asked(self, answer: bytes, *arguments: str) -> tuple[int, str]:
        """Run a command and answer its question; return exit code and what was shown."""
        return answered(self.command(*arguments), answer, self.folder, self.environment)


def write_site(folder: Path, url: str) -> Site:
    """Write an app with a table, with ``shop``, which has one, and ``plain``, which has none."""
    (folder / "app.py").write_text(APP, encoding="utf-8")
    write_module(folder / "modules", "shop", files={"models.py": MODELS})
    write_module(folder / "modules", "plain")
    site = Site(folder, url)
    for name in ("shop", "plain"):
        site.run("modules", "enable", name)
    return site


@pytest.fixture
def site(tmp_path: Path, sqlite_url: str) -> Site:
    return write_site(tmp_path, sqlite_url)


def test_from_models_to_tables_and_back(tmp_path: Path, database_url: str) -> None:
    site = write_site(tmp_path, database_url)
    for name in ("app", "shop"):
        assert "A migration is missing: it adds table" in site.run("db", "check", name, code=1)
        path = Path(site.run("db", "revision", name, "-m", "First").strip())
        assert path.is_file()
    assert path.parent == site.folder / "modules" / "shop" / "migrations" / "versions"
    revision = path.name.partition("_")[0]
    planned = site.run("db", "upgrade", "--dry-run")
    assert f"shop {revision} (pending): First\n  adds: adds table shop_product\n" in planned
    assert json.loads(site.run("db", "current", "--json")) == {"app": [], "shop": []}
    assert f"shop: ran {revision}" in site.run("db", "upgrade")
    assert site.run("db", "upgrade", "shop") == "shop: nothing to do\n"
    assert json.loads(site.run("db", "current", "shop", "--json")) == {"shop": [revision]}
    assert site.run("db", "check", "shop") == "shop: Models and migrations fit.\n"
    assert f"shop {revision} (applied): First" in site.run("db", "history", "shop")
    assert "CREATE TABLE shop_product" in site.run("db", "sql", "shop")
    done = site.run("db", "downgrade", "shop", "base", "--yes", "--json")
    assert json.loads(done) == {"shop": [revision]}


def test_a_model_that_changed_is_found_and_written(site: Site) -> None:
    site.run("db", "revision", "shop", "-m", "First")
    site.run("db", "upgrade", "shop")
    write_file(site.folder / "modules" / "shop" / "models.py", MODELS + TITLE)
    checked = json.loads(site.run("db", "check", "shop", "--json", code=1).partition("Error:")[0])
    assert checked == {"shop": ["A migration is missing: it adds column shop_product.title."]}
    text = Path(site.run("db", "revision", "shop", "-m", "Title").strip()).read_text("utf-8")
    assert "note" not in text
    site.run("db", "upgrade", "shop")
    assert "nothing differs" in site.run("db", "revision", "shop", "-m", "More")


def test_modules_are_upgraded_after_those_they_need(site: Site) -> None:
    write_module(
        site.folder / "modules", "reviews", manifest='requires = ["shop"]',
        files={"models.py": REFERS},
    )  # fmt: skip
    site.run("modules", "enable", "reviews")
    site.run("db", "revision", "shop", "-m", "First")
    text = Path(site.run("db", "revision", "reviews", "-m", "First").strip()).read_text("utf-8")
    assert "create_table('shop_product'" not in text
    site.run("db", "revision", "app", "-m", "First")
    assert list(json.loads(site.run("db", "upgrade", "--json"))) == ["app", "shop", "reviews"]
    assert site.run("db", "check").count("Models and migrations fit.") == 3


def test_several_heads_fail_the_check(site: Site) -> None:
    for message in ("One", "Two"):
        site.run("db", "revision", "shop", "-m", message, "--empty")
    one, two = (site.folder / "modules/shop/migrations/versions").glob("*.py")
    for path in (one, two):
        text = path.read_text("utf-8").splitlines()
        lines = ["down_revision = None" if x.startswith("down_rev") else x for x in text]
        path.write_text("\n".join(lines), encoding="utf-8")
    said = site.run("db", "check", "shop", code=1)
    assert "'shop' has several heads" in said
    assert "Models and migrations do not fit: shop." in said


def test_what_is_wrong_is_said(site: Site) -> None:
    assert "Did you mean 'shop'?" in site.run("db", "current", "shp", code=1)
    assert "No installed module 'plain' has models" in site.run("db", "current", "plain", code=1)
    assert "has no revision 'x'" in site.run("db", "upgrade", "shop", "--to", "x", code=1)
    assert "--to is for one MODULE" in site.run("db", "upgrade", "--to", "x", code=2)
    assert "pass --yes" in site.run("db", "downgrade", "shop", "base", code=2)
    write_file(site.folder / "modules" / "shop" / "models.py", "1 / 0\n")
    said = site.run("db", "check", code=1)
    assert "The models of 'shop' cannot be loaded" in said
    assert "models.py:1: ZeroDivisionError" in said
    assert "shop" in site.run("db", "current")


def test_a_downgrade_says_what_is_lost_and_asks(site: Site) -> None:
    site.run("db", "revision", "shop", "-m", "First")
    site.run("db", "upgrade")
    (revision,) = json.loads(site.run("db", "current", "shop", "--json"))["shop"]
    code, shown = site.asked(b"n\n", "db", "downgrade", "shop", "base")
    assert code == 1
    assert "Lost with all that is in it: table shop_product." in shown
    assert f"Take back {revision} of 'shop'? [y/N]:" in shown
    assert json.loads(site.run("db", "current", "shop", "--json")) == {"shop": [revision]}
    code, shown = site.asked(b"y\n", "db", "downgrade", "shop", "base")
    assert code == 0, shown
    assert json.loads(site.run("db", "current", "shop", "--json")) == {"shop": []}
