"""``hotframe settings`` and ``hotframe secret-key``, in processes of their own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.support.modules import write_module

pytestmark = pytest.mark.by_turns

APP = """\
from quart import Quart
from quart_hotframe import HotFrame

app = Quart(__name__)
app.config["HOTFRAME_DRAIN_TIMEOUT"] = 30
HotFrame(app)
"""


@pytest.fixture
def site(tmp_path: Path) -> Path:
    (tmp_path / "app.py").write_text(APP, encoding="utf-8")
    return tmp_path


def run(site: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "quart", "--app", "app", "hotframe", *arguments],
        cwd=site, capture_output=True, text=True, timeout=60, check=False,
        env={**os.environ, "QUART_SKIP_DOTENV": "0", **variables},
    )  # fmt: skip


def test_every_setting_is_shown_with_its_source_but_no_secret(site: Path) -> None:
    url = "sqlite:////tmp/hunter2.sqlite3"
    given = {"HOTFRAME_MODULES": "a,b", "HOTFRAME_VENDOR": "a=w:a.js b=w:b.js"}
    done = run(site, "settings", HOTFRAME_DATABASE_URL=url, **given)
    lines = {line.split()[0]: line.split(maxsplit=1)[1] for line in done.stdout.splitlines()}
    assert done.returncode == 0 and "hunter2" not in done.stdout + done.stderr
    assert lines["HOTFRAME_DRAIN_TIMEOUT"].split(maxsplit=1) == ["30.0", "app.config"]
    assert lines["HOTFRAME_DATABASE_URL"].split(maxsplit=1) == ["••••", "the environment"]
    assert lines["HOTFRAME_MODULES"].startswith("a, b  ")
    assert lines["HOTFRAME_VENDOR"].startswith("a=w:a.js, b=w:b.js  ")
    assert lines["HOTFRAME_LOAD_TIMEOUT"].split() == ["30.0", "default"]


def test_the_settings_as_json(site: Path) -> None:
    found = json.loads(run(site, "settings", "--json", HOTFRAME_DATABASE_URL="sqlite:///a").stdout)
    assert {"key": "HOTFRAME_DRAIN_TIMEOUT", "value": 30.0, "source": "app.config"} in found
    assert {"key": "HOTFRAME_DATABASES", "value": [], "source": "default"} in found
    assert {"key": "HOTFRAME_DATABASE_URL", "value": "••••", "source": "the environment"} in found


def test_a_wrong_setting_is_told_without_a_traceback(site: Path) -> None:
    done = run(site, "settings", HOTFRAME_STORE="fiel")
    assert (done.returncode, done.stdout) == (1, "")
    assert "Did you mean 'file'? It is given in the environment." in done.stderr
    assert "Traceback" not in done.stderr


def test_each_secret_key_is_new_and_needs_no_app(site: Path) -> None:
    (site / "app.py").unlink()
    keys = {run(site, "secret-key").stdout.strip() for _ in range(2)}
    assert len(keys) == 2 and all(len(key) >= 43 for key in keys)


# -- settings of modules -------------------------------------------------------------------------

MANIFEST = """
[settings]
page_size = {type = "int", default = 20, description = "Products on a page"}
open = true
rate = 1.5
colours = ["red"]
api_key = {type = "str", secret = true}
"""
MODEL = """\
from pydantic import BaseModel


class Settings(BaseModel):
    code: str = "a"
    limit: int | None = 5
"""


def with_shop(site: Path) -> Path:
    (site / "app.py").write_text(APP, encoding="utf-8")
    write_module(site / "modules", "shop", manifest=MANIFEST, files={"settings.py": MODEL})
    assert run(site, "modules", "enable", "shop").returncode == 0
    return site


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    return with_shop(tmp_path)


@pytest.fixture(scope="module")
def same_shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a shop for tests that change nothing."""
    return with_shop(tmp_path_factory.mktemp("shop"))


def values(site: Path) -> dict[str, Any]:
    found = json.loads(run(site, "modules", "settings", "shop", "--json").stdout)
    return {one["name"]: one["value"] for one in found}


def test_settings_of_a_module_are_changed_and_listed(shop: Path) -> None:
    pairs = ["page_size=50", "open=no", "rate=2", "colours=a, b", "api_key=hunter2=x", "code=07"]
    done = run(shop, "modules", "configure", "shop", *pairs, "limit=null")
    assert (done.returncode, done.stdout.splitlines()[0]) == (0, "configure shop"), done.stderr
    assert "  6. set page_size to 50; it was 20" in done.stdout
    assert values(shop) == {
        "page_size": 50, "open": False, "rate": 2.0, "colours": ["a", "b"], "api_key": "••••",
        "code": "07", "limit": None,
    }  # fmt: skip
    table = run(shop, "modules", "settings", "shop").stdout
    size = next(line for line in table.splitlines() if line.startswith("page_size"))
    assert size.split(maxsplit=5) == ["page_size", "50", "20", "int", "store", "Products on a page"]
    shown = run(shop, "modules", "show", "shop").stdout + run(shop, "modules", "operations").stdout
    assert "hunter2" not in done.stdout + table + shown
    done = run(shop, "modules", "configure", "shop", "--reset", "page_size", "--json")
    assert (
        json.loads(done.stdout)["steps"][0]["text"] == "set page_size to its default 20; it was 50"
    )
    assert values(shop)["page_size"] == 20


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (["page_size=many"], 1, "'page_size' of the module 'shop' must be int, not 'many'."),
        (["api_key=x", "page_siez=1"], 1, "Did you mean 'page_size'?"),
        (["limit=many"], 1, "'limit' of the module 'shop' has a wrong value"),
        (["colours=[1"], 1, "'colours' of the module 'shop' must be list"),
        (["page_size"], 2, "'page_size' has no value: write KEY=VALUE."),
        ([], 2, "Say what to change"),
    ],
)
def test_what_cannot_be_set_is_told(
    same_shop: Path, arguments: list[str], code: int, told: str
) -> None:
    done = run(same_shop, "modules", "configure", "shop", *arguments)
    assert (done.returncode, done.stdout) == (code, "")
    assert told in done.stderr and "Traceback" not in done.stderr


def test_a_value_cannot_move_the_cursor(shop: Path) -> None:
    run(shop, "modules", "configure", "shop", "code=\x1b[2J")
    table = run(shop, "modules", "settings", "shop").stdout
    assert "\x1b" not in table and "\\x1b[2J" in table


def test_a_dry_run_changes_nothing(same_shop: Path) -> None:
    done = run(
        same_shop, "modules", "configure", "shop", "api_key=hunter2", "page_size=50", "--dry-run"
    )
    assert "2. set page_size to 50; it was 20" in done.stdout
    assert "hunter2" not in done.stdout + done.stderr
    assert values(same_shop)["page_size"] == 20


def test_what_is_not_declared_any_more_is_listed_and_can_be_forgotten(shop: Path) -> None:
    run(shop, "modules", "configure", "shop", "page_size=50")
    write_module(shop / "modules", "shop", manifest="[settings]\nopen = true\n")
    assert run(shop, "modules", "reload", "shop").returncode == 0
    table = run(shop, "modules", "settings", "shop").stdout
    assert "page_size" in table and "in the store, is not declared any more" in table
    done = run(shop, "modules", "configure", "shop", "--reset", "page_size")
    assert "forget page_size, which is not declared" in done.stdout
    assert values(shop) == {"open": True}
