"""Drain: a request ends with the code it began with, or is ended when it takes too long."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from quart import Blueprint
from quart import Quart
from quart import render_template_string
from quart import Response
from quart import url_for

from tests.runtime.visitor import answer
from tests.runtime.visitor import LIMIT
from tests.runtime.visitor import make_app
from tests.runtime.visitor import serving
from tests.runtime.visitor import swap
from tests.runtime.visitor import Visitor
from tests.support.sites import becomes


def versioned(version: str, gate: asyncio.Event, log: list[str]) -> Blueprint:
    """Return a blueprint in which everything says the version; one view waits for the gate."""
    blueprint = Blueprint("shop", "site", url_prefix="/shop")

    @blueprint.before_request
    async def before() -> None:
        log.append(f"before {version}")

    @blueprint.after_request
    async def after(response: Response) -> Response:
        response.headers["X-Version"] = version
        return response

    @blueprint.teardown_request
    async def teardown(error: Any) -> None:
        log.append(f"teardown {version} {type(error).__name__}")

    @blueprint.app_context_processor
    async def context() -> dict[str, str]:
        return {"context": version}

    @blueprint.app_template_filter("version")
    def named(value: str) -> str:
        return f"{value}-{version}"

    @blueprint.errorhandler(KeyError)
    async def handle(error: KeyError) -> str:
        return f"handled by {version}"

    @blueprint.get("/slow")
    async def slow() -> str:
        await gate.wait()
        text = "{{ context }} {{ 'filter'|version }} {{ url_for(endpoint) }}"
        return await render_template_string(text, endpoint=f"shop.only_{version}")

    @blueprint.get("/failing")
    async def failing() -> str:
        await gate.wait()
        raise KeyError

    @blueprint.get(f"/only/{version}", endpoint=f"only_{version}")
    async def only() -> str:
        return url_for(".slow")

    @blueprint.get("/task")
    async def task() -> str:
        asyncio.current_task()
        app: Quart = blueprint_app[0]
        app.add_background_task(work)
        return "started"

    async def work() -> None:
        log.append(f"task of {version}")
        await gate.wait()
        [only] = [name for name in blueprint_app[0].view_functions if ".only" in name]
        log.append(f"task ends {version} {only}")

    return blueprint


blueprint_app: list[Quart] = []


async def test_a_slow_request_ends_with_the_code_it_began_with(tmp_path: Path) -> None:
    gate, log = asyncio.Event(), list[str]()
    async with serving(make_app(tmp_path)) as hotframe:
        await hotframe.mount(versioned("one", gate, log))
        visitors = [Visitor(hotframe.app, f"/shop/{path}") for path in ("slow", "failing")]
        await becomes(lambda: len(log) == 2)
        await swap(hotframe, versioned("two", asyncio.Event(), log))
        status, _ = await answer(hotframe.app, "/shop/only/two")
        assert status == 200
        gate.set()
        assert await visitors[0].ends() == "one filter-one /shop/only/one"
        assert await visitors[1].ends() == "handled by one"
        assert (b"x-version", b"one") in visitors[0].messages[0]["headers"]
        assert log.count("teardown one NoneType") == 2
        assert not hotframe.runtime.retired
        assert (await answer(hotframe.app, "/shop/only/one"))[0] == 404


async def test_a_task_of_one_owner_holds_no_version_of_another(tmp_path: Path) -> None:
    gate, log = asyncio.Event(), list[str]()
    async with serving(make_app(tmp_path)) as hotframe:
        blueprint_app[:] = [hotframe.app]
        await hotframe.mount(versioned("one", gate, log))
        await hotframe.mount(Blueprint("other", "site"))
        assert await answer(hotframe.app, "/shop/task") == (200, "started")
        await becomes(lambda: "task of one" in log)
        await hotframe.unmount("other")
        assert not hotframe.runtime.retired
        gate.set()
        await becomes(lambda: "task ends one shop.only_one" in log)


async def test_a_request_that_takes_too_long_gets_a_503(tmp_path: Path) -> None:
    gate, log = asyncio.Event(), list[str]()
    async with serving(make_app(tmp_path, drain_timeout=0.05)) as hotframe:
        await hotframe.mount(versioned("one", gate, log))
        visitor = Visitor(hotframe.app, "/shop/slow")
        await becomes(lambda: log)
        await hotframe.unmount("shop")
        await visitor.ends()
        assert visitor.status == 503
        assert (b"retry-after", b"1") in visitor.messages[0]["headers"]
        await becomes(lambda: not hotframe.runtime.retired)
        assert any(line.startswith("teardown one") for line in log)


async def test_a_task_of_a_module_is_waited_for_and_sees_its_version(tmp_path: Path) -> None:
    gate, log = asyncio.Event(), list[str]()
    async with serving(make_app(tmp_path)) as hotframe:
        blueprint_app[:] = [hotframe.app]
        await hotframe.mount(versioned("one", gate, log))
        await answer(hotframe.app, "/shop/task")
        await becomes(lambda: "task of one" in log)
        old = hotframe.runtime.current.contributions["shop"]
        await swap(hotframe, versioned("two", gate, log))
        assert not old.unused.is_set()
        gate.set()
        await asyncio.wait_for(old.unused.wait(), LIMIT)
        assert "task ends one shop.only_one" in log
    blueprint_app.clear()


async def test_a_task_of_a_module_that_takes_too_long_is_cancelled(tmp_path: Path) -> None:
    gate, log = asyncio.Event(), list[str]()
    async with serving(make_app(tmp_path, drain_timeout=0.05)) as hotframe:
        blueprint_app[:] = [hotframe.app]
        await hotframe.mount(versioned("one", gate, log))
        await answer(hotframe.app, "/shop/task")
        await becomes(lambda: "task of one" in log)
        await hotframe.unmount("shop")
        await becomes(lambda: not hotframe.runtime.retired)
        assert not any(line.startswith("task ends") for line in log)
    blueprint_app.clear()


async def test_functions_after_serving_run_after_the_last_request(tmp_path: Path) -> None:
    gate, log = asyncio.Event(), list[str]()
    blueprint = versioned("one", gate, log)

    @blueprint.after_app_serving
    async def after() -> None:
        log.append("after serving")

    async with serving(make_app(tmp_path)) as hotframe:
        await hotframe.mount(blueprint)
        visitor = Visitor(hotframe.app, "/shop/slow")
        await becomes(lambda: log)
        await hotframe.unmount("shop")
        gate.set()
        await visitor.ends()
        await becomes(lambda: "after serving" in log)
        assert log.index("teardown one NoneType") < log.index("after serving")
