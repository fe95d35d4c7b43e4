from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from quart import Blueprint
from quart import Quart

from quart_hotframe import HotFrame
from quart_hotframe import signals
from quart_hotframe.errors import ClashError
from quart_hotframe.errors import SetupError
from tests.support.modules import write_module
from tests.support.sites import new_app
from tests.support.sites import serving
from tests.support.sites import Site

OFFERED = {
    "component_assets", "csp_nonce", "csrf_token", "hotframe_flashes", "hotframe_script", "outlet",
    "render_component", "topic", "vendored",
}  # fmt: skip
"""Template globals for the pages of the app; its own of these names win."""


def add_routes(app: Quart) -> None:
    @app.get("/hello")
    async def hello() -> str:
        return "hello"

    @app.before_request
    async def before() -> None:
        app.extensions["seen"] = app.extensions.get("seen", 0) + 1

    @app.errorhandler(404)
    async def absent(error: Any) -> tuple[str, int]:
        return "not here", 404


ORDERS = ("before", "after", "init_app", "factory")


def build(folder: Path, order: str) -> Quart:
    app = new_app(folder)
    if order == "before":
        HotFrame(app)
        add_routes(app)
    elif order == "after":
        add_routes(app)
        HotFrame(app)
    else:
        add_routes(app)
        HotFrame().init_app(app)
    return app


@pytest.mark.parametrize("order", ORDERS)
async def test_it_does_not_matter_when_hotframe_is_added(tmp_path: Path, order: str) -> None:
    app = build(tmp_path, order)
    write_module(tmp_path / "app" / "modules", "news")
    async with app.test_app():
        client = app.test_client()
        await app.extensions["hotframe"].modules.enable("news")
        for path, expected in (("/hello", "hello"), ("/news/", "news 1.0"), ("/no", "not here")):
            response = await client.get(path)
            assert await response.get_data(as_text=True) == expected
        assert app.extensions["seen"] == 3


def test_a_second_hotframe_is_refused(tmp_path: Path) -> None:
    app = new_app(tmp_path)
    hotframe = HotFrame(app)
    with pytest.raises(SetupError, match=r"use app.extensions\['hotframe'\]"):
        HotFrame(app)
    with pytest.raises(SetupError, match="make one for each app"):
        hotframe.init_app(new_app(tmp_path / "other"))
    assert app.extensions["hotframe"] is hotframe


def test_without_an_app_it_says_so() -> None:
    with pytest.raises(SetupError, match=r"call init_app\(app\) first"):
        _ = HotFrame().app


async def test_two_apps_in_one_process_are_independent(tmp_path: Path) -> None:
    first, second = Site(tmp_path / "first", {}), Site(tmp_path / "second", {})
    first.write("news", "1.0")
    second.write("news", "2.0")
    async with first.app.test_app(), second.app.test_app():
        await first.modules.enable("news")
        assert (await second.get("/news/"))[0] == 404
        await second.modules.enable("news")
        assert await first.get("/news/") == (200, "news 1.0")
        assert await second.get("/news/") == (200, "news 2.0")
        await first.modules.disable("news")
        assert await second.get("/news/") == (200, "news 2.0")


async def observed(app: Quart) -> dict[str, Any]:
    seen: dict[str, Any] = {}
    async with app.test_app():
        client = app.test_client()
        for path in ("/hello", "/no", "/hello/", "/static/x"):
            response = await client.get(path)
            headers = {k: v for k, v in response.headers.items() if k != "date"}
            seen[path] = (response.status_code, headers, await response.get_data())
    seen["rules"] = [repr(rule) for rule in app.url_map.iter_rules()]
    seen["config"] = dict(app.config)
    seen["commands"] = sorted(app.cli.commands)
    seen["filters"] = sorted(app.jinja_env.filters)
    seen["globals"] = sorted(set(app.jinja_env.globals) - OFFERED)
    seen["type"] = (type(app).__name__, isinstance(app, Quart), app.name)
    return seen


async def test_an_app_without_modules_behaves_as_if_hotframe_was_not_there(tmp_path: Path) -> None:
    plain = new_app(tmp_path)
    add_routes(plain)
    with_hotframe = new_app(tmp_path)
    add_routes(with_hotframe)
    HotFrame(with_hotframe)
    assert await observed(with_hotframe) == await observed(plain)


async def test_an_app_that_never_used_a_module_gets_no_file(tmp_path: Path) -> None:
    app = build(tmp_path, "after")
    before = sorted(tmp_path.rglob("*"))
    async with app.test_app():
        await app.test_client().get("/hello")
        assert sorted(tmp_path.rglob("*")) == before
    assert sorted(tmp_path.rglob("*")) == before


async def test_operations_before_serving_are_refused_with_what_to_do(tmp_path: Path) -> None:
    site = Site(tmp_path, {})
    site.write("news")
    with pytest.raises(SetupError, match="use a server with lifespan"):
        await site.modules.enable("news")


def paper(name: str = "paper", text: str = "paper") -> Blueprint:
    blueprint = Blueprint(name, __name__)

    @blueprint.get("/")
    async def index() -> str:
        return text

    return blueprint


async def test_a_bare_blueprint_is_served_from_mount_to_unmount(tmp_path: Path) -> None:
    site = Site(tmp_path, {})
    async with site.app.test_app():
        await site.hotframe.mount(paper(), url_prefix="/x")
        assert await site.get("/x/") == (200, "paper")
        with pytest.raises(SetupError, match="mounted already"):
            await site.hotframe.mount(paper(), url_prefix="/y")
        with pytest.raises(ClashError, match="/x/"):
            await site.hotframe.mount(paper("other"), url_prefix="/x")
        site.write("news")
        await site.modules.enable("news")
        assert await site.get("/x/") == (200, "paper")
        await site.modules.disable("news")
        await site.hotframe.unmount("paper")
        assert (await site.get("/x/"))[0] == 404
        with pytest.raises(SetupError, match="No blueprint 'paper'"):
            await site.hotframe.unmount("paper")
        await site.hotframe.mount(paper(text="again"), url_prefix="/x")
        assert await site.get("/x/") == (200, "again")


async def test_what_command_lines_need_is_gone_while_the_app_serves(tmp_path: Path) -> None:
    app = new_app(tmp_path)
    HotFrame(app)
    assert "app_context" in vars(app)
    async with app.test_app():
        assert "app_context" not in vars(app)


async def test_the_app_ends_though_a_receiver_of_a_signal_does_not(tmp_path: Path) -> None:
    config = {"HOTFRAME_DRAIN_TIMEOUT": 0.05, "HOTFRAME_LIFECYCLE_TIMEOUT": 0.05}
    site, heard, ended = Site(tmp_path, config), asyncio.Event(), []

    async def waits(app: object, **what: object) -> None:
        heard.set()
        try:
            await asyncio.Event().wait()
        finally:
            ended.append(1)

    with signals.module_disabled.connected_to(waits):
        async with asyncio.timeout(20), serving(site):
            await site.has("news")
            await site.modules.disable("news")
            await heard.wait()
    assert ended == [1]
