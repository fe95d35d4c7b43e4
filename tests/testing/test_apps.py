"""An app that serves for the length of a test, and a module alone in such an app."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from quart import Quart

from quart_hotframe import HotFrame
from quart_hotframe.errors import DependencyMissing
from quart_hotframe.errors import LoadError
from quart_hotframe.errors import ManifestError
from quart_hotframe.errors import OperationAborted
from quart_hotframe.errors import SetupError
from quart_hotframe.testing import load_module
from quart_hotframe.testing import test_app
from tests.support.modules import write_module
from tests.support.sites import files_below
from tests.support.sites import loaded_packages

REVIEWS = """\
from modules.shop.views import PRODUCTS

from . import blueprint


@blueprint.get("/")
async def index() -> str:
    return ", ".join(PRODUCTS)
"""
SHOP = """\
from . import blueprint

PRODUCTS = ["lamp", "rug"]


@blueprint.get("/")
async def index() -> str:
    return "shop"
"""


async def text_of(client, path: str) -> str:
    response = await client.get(path)
    assert response.status_code == 200
    return await response.get_data(as_text=True)


async def test_an_app_serves_its_modules_inside_the_block_and_not_after_it(tmp_path: Path) -> None:
    write_module(tmp_path / "modules", "shop")
    app = Quart(__name__, root_path=str(tmp_path), instance_path=str(tmp_path / "instance"))
    app.config["HOTFRAME_MODULES"] = ["shop"]
    hotframe = HotFrame(app)
    async with test_app(app) as running:
        assert running.app is app
        assert running.hotframe is hotframe
        assert await text_of(running.client, "/shop/") == "shop 1.0"
    assert loaded_packages() == frozenset()


async def test_an_app_without_hotframe_is_refused() -> None:
    with pytest.raises(SetupError, match="has no HotFrame: write HotFrame"):
        async with test_app(Quart("plain")):
            pass


def test_pytest_does_not_take_test_app_for_a_test() -> None:
    assert vars(test_app)["__test__"] is False


async def test_a_module_serves_straight_from_its_folder(tmp_path: Path) -> None:
    folder = write_module(tmp_path / "modules", "shop")
    async with load_module(folder) as running:
        assert running.module.state == "active"
        assert await text_of(running.client, "/shop/") == "shop 1.0"
    assert loaded_packages() == frozenset()


async def test_what_a_module_requires_is_found_beside_it(tmp_path: Path) -> None:
    write_module(tmp_path / "modules", "shop", files={"views.py": SHOP})
    folder = write_module(
        tmp_path / "modules", "reviews",
        manifest='requires = ["shop>=1"]', files={"views.py": REVIEWS},
    )  # fmt: skip
    async with load_module(folder) as running:
        assert await text_of(running.client, "/reviews/") == "lamp, rug"


async def test_a_module_whose_requirement_is_absent_is_refused(tmp_path: Path) -> None:
    folder = write_module(tmp_path / "modules", "reviews", manifest='requires = ["shop>=1"]')
    with pytest.raises(DependencyMissing, match="shop"):
        async with load_module(folder):
            pass
    assert loaded_packages() == frozenset()


async def test_loading_a_module_writes_nothing_but_its_compiled_code(tmp_path: Path) -> None:
    folder = write_module(tmp_path / "modules", "shop")
    before = files_below(tmp_path)
    async with load_module(folder) as running:
        await running.hotframe.modules.reload("shop")
    assert files_below(tmp_path) == before


async def test_a_module_that_cannot_be_loaded_says_file_and_line(tmp_path: Path) -> None:
    folder = write_module(tmp_path / "modules", "shop", files={"views.py": "\nx = 1 / 0\n"})
    with pytest.raises((LoadError, OperationAborted), match=r"views\.py.*2"):
        async with load_module(folder):
            pass
    assert loaded_packages() == frozenset()


async def test_a_folder_without_a_manifest_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ManifestError):
        async with load_module(tmp_path):
            pass


async def test_the_apps_own_settings_reach_the_module(tmp_path: Path) -> None:
    views = """\
    from quart import current_app

    from . import blueprint


    @blueprint.get("/")
    async def index() -> str:
        return current_app.config["GREETING"] + current_app.name
    """
    folder = write_module(tmp_path / "modules", "shop", files={"views.py": views})
    async with load_module(folder, app=Quart("mine"), config={"GREETING": "I am "}) as running:
        assert await text_of(running.client, "/shop/") == "I am mine"


async def test_the_code_of_a_loaded_module_can_be_reached(tmp_path: Path) -> None:
    folder = write_module(tmp_path / "modules", "shop", files={"views.py": SHOP})
    async with load_module(folder) as running:
        views = running.import_module("views")
        assert views.PRODUCTS == ["lamp", "rug"]
        assert running.app.view_functions["shop.index"] is views.index
        del views
        await running.hotframe.modules.disable("shop")
        with pytest.raises(SetupError, match="enable it first"):
            running.import_module("views")


@pytest.mark.timeout(10)
async def test_the_loop_goes_on_while_old_versions_leave(tmp_path: Path) -> None:
    folder = write_module(tmp_path / "modules", "shop")
    began = time.monotonic()
    async with load_module(folder) as running:
        await running.hotframe.modules.reload("shop")
    # The alarm of a loop that stands still can end in a task where nobody sees it.
    assert time.monotonic() - began < 8
