"""Websockets, tasks, commands, and what is registered late."""

from __future__ import annotations

import asyncio
from typing import Any

import click
from quart import abort
from quart import request
from quart import Response
from quart import url_for
from quart import websocket
from quart.testing.connections import WebsocketResponseError

from tests.runtime.behaviours.handling import logging_hooks
from tests.runtime.site import behaviour
from tests.runtime.site import see
from tests.runtime.site import Site
from tests.runtime.visitor import Visitor


def talk(*messages: str, path: str = "/shop/ws", **options: Any) -> Any:
    """Return a function that says something over a websocket and returns the answers."""

    async def talking(client: Any) -> Any:
        try:
            async with client.websocket(path, **options) as socket:
                heard = []
                for message in messages:
                    await socket.send(message)
                    heard.append(await socket.receive())
                return heard
        except WebsocketResponseError as refused:
            return "refused", refused.response.status_code
        except Exception as error:
            return type(error).__name__, str(error)

    return talking


@behaviour()
def websockets(site: Site) -> Any:
    @site.blueprint.websocket("/ws")
    async def ws() -> None:
        while True:
            said = await websocket.receive()
            await websocket.send(f"{said!r} {websocket.endpoint} {url_for('.ws')}")

    return talk("one", "two")


@behaviour()
def websockets_with_a_subprotocol(site: Site) -> Any:
    @site.blueprint.websocket("/ws")
    async def ws() -> None:
        await websocket.accept(subprotocol="second", headers={"X-Ws": "1"})
        await websocket.receive()
        await websocket.send(str(websocket.requested_subprotocols))

    return talk("x", subprotocols=["first", "second"])


@behaviour()
def websockets_that_are_refused(site: Site) -> Any:
    @site.blueprint.websocket("/ws")
    async def ws() -> None:
        abort(403)

    return talk("x")


@behaviour()
def websockets_that_are_closed(site: Site) -> Any:
    @site.blueprint.websocket("/ws")
    async def ws() -> None:
        await websocket.accept()
        await websocket.close(4001, "enough")

    async def look(client: Any) -> Any:
        visitor = Visitor(site.app, "/shop/ws", "websocket")
        await visitor.ends()
        return visitor.messages

    return look


@behaviour()
def websockets_without_a_rule(site: Site) -> Any:
    @site.blueprint.get("/page")
    async def page() -> str:
        return "page"

    @site.blueprint.websocket("/ws")
    async def ws() -> None:
        await websocket.receive()

    async def look(client: Any) -> Any:
        found = [await talk("x", path=path)(client) for path in ("/shop/none", "/shop/page")]
        return found, await see(client, "/shop/ws")

    return look


@behaviour()
def hooks_of_websockets(site: Site) -> Any:
    for target, prefix, name in ((site.app, "", "app"), (site.blueprint, "", "shop"),
                                 (site.other, "app_", "blog")):  # fmt: skip

        async def before(name: str = name) -> None:
            site.log.append(f"before {name}")

        async def after(response: Any, name: str = name) -> Any:
            site.log.append(f"after {name} {response}")
            return response

        async def teardown(error: Any, name: str = name) -> None:
            site.log.append(f"teardown {name} {type(error)}")

        getattr(target, f"before_{prefix}websocket")(before)
        getattr(target, f"after_{prefix}websocket")(after)
        getattr(target, f"teardown_{prefix}websocket")(teardown)

    @site.blueprint.websocket("/ws")
    async def ws() -> None:
        await websocket.send(await websocket.receive())

    return talk("echo")


@behaviour()
def websockets_that_fail(site: Site) -> Any:
    @site.app.errorhandler(ValueError)
    async def handle(error: ValueError) -> tuple[str, int]:
        site.log.append(f"handled {error}")
        return "handled", 400

    @site.blueprint.websocket("/ws")
    async def ws() -> None:
        raise ValueError("before it was accepted")

    return talk("x")


@behaviour()
def a_view_and_a_websocket_at_one_path(site: Site) -> Any:
    @site.blueprint.get("/ws")
    async def page() -> str:
        return "page"

    @site.blueprint.websocket("/ws")
    async def ws() -> None:
        await websocket.send(await websocket.receive())

    async def look(client: Any) -> Any:
        return await see(client, "/shop/ws"), await talk("x")(client)

    return look


@behaviour()
def background_tasks(site: Site) -> Any:
    ended = asyncio.Event()

    @site.blueprint.get("/")
    async def index() -> str:
        site.app.add_background_task(work, 1, two=2)
        return "started"

    async def work(one: int, two: int) -> None:
        site.log.append(("worked", one, two, site.app.view_functions["shop.index"] is index))
        ended.set()

    async def look(client: Any) -> Any:
        seen = await see(client, "/shop/")
        await asyncio.wait_for(ended.wait(), 2)
        return seen

    return look


@behaviour()
def commands_of_a_blueprint(site: Site) -> Any:
    @site.app.cli.command("own")
    def own() -> None:
        click.echo("own")

    @site.blueprint.cli.command("count")
    @click.argument("number", type=int)
    def count(number: int) -> None:
        click.echo(number + 1)

    async def look(client: Any) -> Any:
        from click.testing import CliRunner

        group: Any = site.app.cli
        names = group.list_commands(click.Context(group))
        runner = CliRunner()
        ran = [
            runner.invoke(group, line, standalone_mode=False)
            for line in (["own"], ["shop", "count", "1"])
        ]
        return names, [(result.exit_code, result.output) for result in ran]

    return look


@behaviour()
def serving_functions_of_a_blueprint(site: Site) -> Any:
    @site.blueprint.before_app_serving
    async def begin() -> None:
        site.log.append("begins")

    @site.blueprint.while_app_serving
    async def around() -> Any:
        site.log.append("around")
        yield
        site.log.append("around ends")

    @site.blueprint.get("/")
    async def index() -> str:
        return str(site.log)

    return ["/shop/"]


@behaviour()
def shell_context(site: Site) -> Any:
    @site.app.shell_context_processor
    def own() -> dict[str, Any]:
        return {"x": 1}

    async def look(client: Any) -> Any:
        found = site.app.make_shell_context()
        return sorted(found), found["app"] is site.app

    return look


@behaviour()
def rules_that_are_added_late(site: Site) -> Any:
    async def look(client: Any) -> Any:
        seen = [await see(client, "/late")]

        @site.app.get("/late")
        async def late() -> str:
            return f"late {url_for('late')} {url_for('shop.static', filename='x')}"

        @site.app.before_request
        async def before() -> None:
            site.log.append(f"before {request.endpoint}")

        @site.app.after_request
        async def after(response: Response) -> Response:
            response.headers["X-Late"] = "1"
            return response

        @site.app.errorhandler(404)
        async def absent(error: Any) -> tuple[str, int]:
            return "late handler", 404

        @site.app.template_filter("late")
        def late_filter(value: str) -> str:
            return f"late {value}"

        return [*seen, await see(client, "/late"), await see(client, "/shop/none")]

    return look


@behaviour()
def rules_that_are_added_by_a_request(site: Site) -> Any:
    @site.blueprint.get("/add")
    async def add() -> str:
        async def late() -> str:
            return "late"

        site.app.add_url_rule("/late", "late", late)
        return "added"

    return ["/late", "/shop/add", "/late"]


@behaviour()
def an_endpoint_that_gets_its_view_late(site: Site) -> Any:
    site.app.add_url_rule("/promised", "promised", methods=["GET"])

    async def look(client: Any) -> Any:
        @site.app.endpoint("promised")
        async def promised() -> str:
            return "kept"

        return await see(client, "/promised")

    return look


@behaviour()
def a_blueprint_that_the_app_registers_late(site: Site) -> Any:
    from quart import Blueprint

    late = Blueprint("late", "site", url_prefix="/late")
    logging_hooks(site.log, late, "late")

    @late.get("/")
    async def index() -> str:
        return f"{url_for('.index')} {url_for('shop.static', filename='x')}"

    async def look(client: Any) -> Any:
        site.app.register_blueprint(late)
        return await see(client, "/late/"), await see(client, "/shop/x")

    return look


@behaviour()
def a_setup_call_that_fails_late(site: Site) -> Any:
    async def one() -> str:
        return "one"

    async def two() -> str:
        return "two"

    async def look(client: Any) -> Any:
        site.app.add_url_rule("/x", "x", one)
        try:
            site.app.add_url_rule("/x", "x", two)
        except AssertionError as error:
            site.log.append(str(error).partition("<")[0])
        return await see(client, "/x")

    return look


@behaviour()
def debug_mode(site: Site) -> Any:
    site.app.debug = True

    @site.blueprint.get("/")
    async def index() -> str:
        return str(site.app.debug)

    return ["/shop/", "/absent"]


@behaviour()
def a_prefix_of_the_server(site: Site) -> Any:
    @site.blueprint.get("/here")
    async def here() -> str:
        return f"{request.path} {request.root_path} {url_for('.here')}"

    options = {"root_path": "/under"}
    return [("GET", "/under/shop/here", options), ("GET", "/shop/here", options)]
