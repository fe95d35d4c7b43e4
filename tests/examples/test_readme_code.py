"""The files that the README shows make the site that it describes."""

from __future__ import annotations

import ast
import importlib.util
import re
import shutil
import sys
from pathlib import Path
from typing import Any

import pytest
from quart import Quart

from tests.support.bazaar import ROOT
from tests.support.modules import write_module

README = (ROOT / "README.md").read_text(encoding="utf-8")
FILE = re.compile(r"^```(?:python|toml)\n# (?P<path>\S+)\n(?P<text>.*?)^```", re.M | re.S)

OPERATIONS = re.compile(r"^```python\n(await .*?)^```", re.M | re.S)


def write_the_files(folder: Path) -> None:
    for found in FILE.finditer(README):
        path = folder / found["path"]
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(found["text"], encoding="utf-8")
    (folder / "modules" / "reviews" / "__init__.py").touch()


def load_app(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    spec = importlib.util.spec_from_file_location("readme_app", folder / "app.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, spec.name, module)
    spec.loader.exec_module(module)
    return module


async def test_the_files_of_the_readme_make_a_site_with_two_modules(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_the_files(tmp_path)
    loaded = load_app(tmp_path, monkeypatch)
    app: Quart = loaded.app
    async with app.test_app() as running:
        client = running.test_client()
        page = await (await client.get("/shop/teapot")).get_data(as_text=True)
        assert page == "<h1>teapot</h1><p>★★★★★</p>"
        await loaded.hotframe.modules.disable("reviews")
        page = await (await client.get("/shop/teapot")).get_data(as_text=True)
        assert page == "<h1>teapot</h1>"


async def test_the_operations_of_the_readme_work_on_that_site(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_the_files(tmp_path)
    for version in ("1.0", "2.0"):
        folder = write_module(tmp_path / "sources" / version, "newsletter", version)
        shutil.make_archive(str(tmp_path / f"newsletter-{version}"), "zip", folder)
    loaded = load_app(tmp_path, monkeypatch)
    async with loaded.app.test_app():
        monkeypatch.chdir(tmp_path)
        await run_the_operations(loaded.hotframe)
        record = loaded.hotframe.modules["newsletter"]
        assert (record.version, record.previous_version) == ("1.0", "2.0")


async def run_the_operations(hotframe: Any) -> None:
    (code,) = OPERATIONS.findall(README)
    run = compile(code, "README.md", "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
    await eval(run, {"hotframe": hotframe})


def test_the_code_of_the_readme_is_short() -> None:
    lines = [line for found in FILE.finditer(README) for line in found["text"].splitlines()]
    assert len([line for line in lines if line]) <= 30
