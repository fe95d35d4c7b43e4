"""The app that carries HotFrame: late registrations, subclasses, other extensions."""

from __future__ import annotations

import asyncio
import copy
import functools
import pickle
from pathlib import Path
from typing import Any

import pytest
from quart import Blueprint
from quart import Quart
from quart import render_template_string
from quart import Response
from quart.app import QuartRule  # type: ignore[attr-defined]
from quart.templating import Environment

from quart_hotframe import HotFrame
from quart_hotframe.errors import ClashError
from quart_hotframe.errors import LoadError
from quart_hotframe.errors import SetupError
from quart_hotframe.runtime.attributes import GOVERNED
from tests.runtime.visitor import answer
from tests.runtime.visitor import make_app
from tests.runtime.visitor import serving
from tests.runtime.visitor import swap
from tests.runtime.visitor import Visitor


def shop(version: str = "one") -> Blueprint:
    """Return a blueprint that registers something of every sort."""
    blueprint = Blueprint("shop", "site", url_prefix="/shop", static_folder="static")

    async def _nothing(*args: Any) -> Any:
        return args[0] if args else None

    def _mapping(*args: Any) -> dict[str, str]:
        return {}

    nothing: Any = _nothing
    mapping: Any = _mapping

    for prefix in ("", "app_"):
        for name in ("before_request", "after_request", "teardown_request",
                     "before_websocket", "after_websocket", "teardown_websocket"):  # fmt: skip
            before, _, kind = name.partition("_")
            getattr(blueprint, f"{before}_{prefix}{kind}")(nothing)
        getattr(blueprint, f"{prefix}context_processor")(mapping)
        getattr(blueprint, f"{prefix}url_value_preprocessor")(mapping)
        getattr(blueprint, f"{prefix}url_defaults")(mapping)
        getattr(blueprint, f"{prefix}errorhandler")(ZeroDivisionError)(nothing)
    blueprint.record(lambda state: state.app.teardown_appcontext(nothing))
    blueprint.record(lambda state: state.app.shell_context_processor(mapping))
    blueprint.record(lambda state: state.app.url_build_error_handlers.append(mapping))
    blueprint.add_app_template_filter(str.upper, "upper_shop")
    blueprint.cli.command("count")(lambda: None)

    @blueprint.get("/")
    async def index() -> str:
        return version

    @blueprint.websocket("/ws")
    async def ws() -> None:
        return None

    return blueprint


def text_of(value: Any) -> Any:
    """Return a registry as plain values that can be compared."""
    if hasattr(value, "iter_rules"):
        return [(repr(rule), rule.endpoint, rule.websocket) for rule in value.iter_rules()]
    if isinstance(value, dict):
        return {key: text_of(one) for key, one in value.items() if text_of(one) not in ({}, [])}
    return [text_of(one) for one in value] if isinstance(value, (list, tuple)) else value


def snapshot(app: Quart) -> dict[str, Any]:
    registries = {name: text_of(getattr(app, name)) for name in GOVERNED}
    environment = app.jinja_env
    for name in ("filters", "tests", "globals"):
        registries[f"jinja {name}"] = dict(getattr(environment, name))
    registries["commands"] = sorted(app.cli.list_commands(None))  # type: ignore[arg-type]
    return registries


async def test_every_registry_is_as_before_after_a_blueprint_is_gone(tmp_path: Path) -> None:
    app = make_app(tmp_path)
    async with serving(app) as hotframe:
        before = snapshot(app)
        await hotframe.mount(shop())
        changed = {name for name, value in snapshot(app).items() if value != before[name]}
        assert changed == {*before} - {"jinja tests", "jinja globals"}
        await hotframe.unmount("shop")
        assert snapshot(app) == before


async def test_every_registry_is_as_before_beside_another_blueprint(tmp_path: Path) -> None:
    app = make_app(tmp_path)
    async with serving(app) as hotframe:
        await hotframe.mount(Blueprint("other", "site", url_prefix="/other"))
        before = snapshot(app)
        await hotframe.mount(shop())
        await hotframe.unmount("shop")
        assert snapshot(app) == before


async def test_late_registrations_survive_swaps(tmp_path: Path) -> None:
    app = make_app(tmp_path)
    async with serving(app) as hotframe:
        await hotframe.mount(shop())

        @app.get("/late")
        async def late() -> str:
            return await render_template_string("{{ 'x'|late }}")

        @app.errorhandler(404)
        async def absent(error: Any) -> tuple[str, int]:
            return "late handler", 404

        @app.template_filter("late")
        def late_filter(value: str) -> str:
            return f"late {value}"

        for _ in range(2):
            await swap(hotframe, shop("two"))
            assert await answer(app, "/late") == (200, "late x")
            assert await answer(app, "/none") == (404, "late handler")
        await hotframe.unmount("shop")
        assert await answer(app, "/late") == (200, "late x")


async def test_a_late_rule_that_clashes_with_a_module_leaves_no_trace(tmp_path: Path) -> None:
    app = make_app(tmp_path)

    async def view() -> str:
        return "app"

    async with serving(app) as hotframe:
        await hotframe.mount(shop())
        before, number = snapshot(app), hotframe.runtime.current.number
        with pytest.raises(ClashError, match="'shop'.*'app'"):
            app.add_url_rule("/shop/", "mine", view)
        assert snapshot(app) == before
        assert hotframe.runtime.current.number == number
        assert "mine" not in hotframe.runtime.host.own["view_functions"]
        assert await answer(app, "/shop/") == (200, "one")
        await hotframe.unmount("shop")
        app.add_url_rule("/shop/", "mine", view)
        assert await answer(app, "/shop/") == (200, "app")


async def test_a_blueprint_that_clashes_with_the_app_changes_nothing(tmp_path: Path) -> None:
    app = make_app(tmp_path)
    app.add_url_rule("/shop/", "index", lambda: "app")
    async with serving(app) as hotframe:
        before = snapshot(app)
        with pytest.raises(ClashError, match="'/shop/'.*'app'"):
            await hotframe.mount(shop())
        assert snapshot(app) == before
        assert await answer(app, "/shop/") == (200, "app")


@pytest.mark.parametrize(
    "change",
    [
        lambda app: app.view_functions.update(x=1),
        lambda app: app.blueprints.pop("shop"),
        lambda app: app.before_request_funcs.setdefault(None, []).append(1),
        lambda app: app.before_request_funcs[None].append(1),
        lambda app: app.after_request_funcs["unknown"].insert(0, 1),
        lambda app: app.teardown_appcontext_funcs.append(1),
        lambda app: app.url_build_error_handlers.append(1),
        lambda app: app.error_handler_spec[None][404].update(x=1),
        lambda app: app.url_map.add(QuartRule("/x", endpoint="x")),
    ],
)
async def test_direct_changes_are_refused_with_what_to_do(change: Any, tmp_path: Path) -> None:
    async with serving(make_app(tmp_path)) as hotframe:
        await hotframe.mount(shop())
        with pytest.raises(SetupError, match=r"use.*app\.add_url_rule"):
            change(hotframe.app)


async def test_published_registries_can_be_copied(tmp_path: Path) -> None:
    async with serving(make_app(tmp_path)) as hotframe:
        await hotframe.mount(Blueprint("shop", "site"))
        published = hotframe.app.error_handler_spec
        for copied in (copy.copy(published), copy.deepcopy(published),
                       pickle.loads(pickle.dumps(published)), {**published}):  # fmt: skip
            copied["new"] = {}
            assert type(copied) is dict and "new" not in published


class Shaped(Quart):
    """An app with its own way to be made, its own environment and its own rules."""

    class jinja_environment(Environment):  # noqa: N801
        own = True

    class url_rule_class(QuartRule):  # noqa: N801
        own = True

    def __init__(self, folder: Path, *, colour: str) -> None:
        super().__init__("site", root_path=str(folder), instance_path=str(folder / "instance"))
        self.colour = colour
        self.jinja_env.filters["coloured"] = lambda text: f"{self.colour} {text}"

    def create_jinja_environment(self) -> Any:
        environment = super().create_jinja_environment()
        environment.globals["made"] = "here"
        return environment

    def add_url_rule(self, rule: str, *args: Any, **options: Any) -> None:
        super().add_url_rule(f"/v1{rule}", *args, **options)


async def test_a_subclass_with_its_own_ways_keeps_them(tmp_path: Path) -> None:
    app = Shaped(tmp_path, colour="red")
    make_app(tmp_path, app)
    blueprint = Blueprint("shop", "site", url_prefix="/shop")

    @blueprint.get("/")
    async def index() -> str:
        return await render_template_string("{{ 'x'|coloured }} {{ made }}")

    async with serving(app) as hotframe:
        await hotframe.mount(blueprint)
        assert await answer(app, "/v1/shop/") == (200, "red x here")
        assert isinstance(app, Shaped) and type(app).__name__ == "Shaped"
        assert type(app).__module__ == Shaped.__module__
        assert all(getattr(rule, "own", False) for rule in app.url_map.iter_rules())
        assert getattr(app.jinja_env, "own", False)


async def test_other_extensions_wrap_the_asgi_app_inside_and_outside(tmp_path: Path) -> None:
    app, order = make_app(tmp_path), list[str]()

    def wrap(name: str) -> None:
        inner = app.asgi_app

        async def wrapped(scope: Any, receive: Any, send: Any) -> None:
            if scope["type"] == "http":
                order.append(f"{name} {sorted(app.blueprints)}")
            await inner(scope, receive, send)

        app.asgi_app = wrapped  # type: ignore[method-assign]

    wrap("before")
    hotframe = HotFrame(app)
    wrap("after")
    async with serving(app):
        await hotframe.mount(shop())
        assert await answer(app, "/shop/") == (200, "one")
        assert order == ["after ['shop']", "before ['shop']"]


def test_a_second_hotframe_is_refused_and_changes_nothing(tmp_path: Path) -> None:
    app = make_app(tmp_path)
    hotframe, kind = HotFrame(app), type(app)
    with pytest.raises(SetupError, match="has a HotFrame already"):
        HotFrame(app)
    with pytest.raises(SetupError, match="belongs to another app"):
        hotframe.init_app(make_app(tmp_path / "other"))
    assert type(app) is kind


@pytest.mark.parametrize("before", [True, False])
async def test_hotframe_may_come_before_or_after_the_routes(tmp_path: Path, before: bool) -> None:
    app = make_app(tmp_path)
    if before:
        HotFrame(app)

    @app.get("/")
    async def index() -> str:
        return "own"

    async with serving(app) as hotframe:
        await hotframe.mount(shop())
        assert await answer(app, "/") == (200, "own")
        assert await answer(app, "/shop/") == (200, "one")


async def test_another_jinja_environment_of_the_app_is_taken_over(tmp_path: Path) -> None:
    app = make_app(tmp_path)

    @app.get("/")
    async def index() -> str:
        return await render_template_string("{{ 'x'|late }} {{ own }} {{ outlet is defined }}")

    async with serving(app) as hotframe:
        await hotframe.mount(shop())
        other = app.create_jinja_environment()
        other.globals["own"] = "other"
        app.jinja_env = other  # type: ignore[assignment]
        app.add_template_filter(str.upper, "late")
        assert await answer(app, "/") == (200, "X other True")
        await hotframe.unmount("shop")
        assert await answer(app, "/") == (200, "X other True")


@pytest.mark.parametrize("what", ["config", "extensions"])
async def test_a_blueprint_that_changes_the_app_is_refused(tmp_path: Path, what: str) -> None:
    blueprint = Blueprint("shop", "site")
    blueprint.record(lambda state: getattr(state.app, what).update(SHOP=1))
    async with serving(make_app(tmp_path)) as hotframe:
        with pytest.raises(LoadError, match=rf"app\.{what}\['SHOP'\]"):
            await hotframe.mount(blueprint)
        assert "SHOP" not in getattr(hotframe.app, what)


async def test_the_app_shuts_down_when_hotframe_cannot(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    app, ended = make_app(tmp_path), list[str]()

    @app.after_serving
    async def end() -> None:
        ended.append("app")

    hotframe = HotFrame(app)
    await app.startup()
    stop = hotframe.modules.stop

    async def fail() -> None:
        await stop()
        raise RuntimeError("a module")

    monkeypatch.setattr(hotframe.modules, "stop", fail)
    with pytest.raises(RuntimeError, match="a module"):
        await app.shutdown()
    assert ended == ["app"]


async def test_a_request_that_adds_a_rule_sees_it_in_the_next_one(tmp_path: Path) -> None:
    app = make_app(tmp_path)

    @app.get("/add")
    async def add() -> Response:
        app.add_url_rule("/added", "added", lambda: "added")
        return Response(str("added" in app.view_functions))

    async with serving(app) as hotframe:
        await hotframe.mount(shop())
        assert await answer(app, "/add") == (200, "False")
        assert await answer(app, "/added") == (200, "added")


class Calls:
    async def __call__(self) -> None: ...


async def function() -> None: ...


def generator() -> None: ...


class Views:
    async def method(self) -> None: ...

    def plain(self) -> None: ...

    @classmethod
    async def of_class(cls) -> None: ...


@pytest.mark.parametrize(
    "function",
    [
        function,
        generator,
        Views().method,
        Views().plain,
        Views.of_class,
        functools.partial(function),
        functools.partial(generator),
        Calls(),
        lambda: None,
        print,
    ],
)
def test_what_is_async_is_so_as_on_plain_quart(tmp_path: Path, function: Any) -> None:
    plain, app = Quart("plain"), make_app(tmp_path)
    HotFrame(app)
    kept = plain.ensure_async(function) is function
    assert (app.ensure_async(function) is function) is kept


def test_an_app_keeps_its_own_way_to_run_sync_functions(tmp_path: Path) -> None:
    class Own(Quart):
        def ensure_async(self, func: Any) -> Any:
            return "its own"

    app = make_app(tmp_path, Own("own", instance_path=str(tmp_path / "instance")))
    HotFrame(app)
    own: Any = app.ensure_async(function)
    assert own == "its own"


@pytest.mark.parametrize("mounted", [False, True])
async def test_a_registry_that_the_app_replaces_stays_replaced(
    tmp_path: Path, mounted: bool
) -> None:
    app = make_app(tmp_path)
    async with serving(app) as hotframe:
        if mounted:
            await hotframe.mount(shop())
        app.shell_context_processors = [lambda: {"own": 1}]
        assert app.make_shell_context()["own"] == 1
        await swap(hotframe, shop("two"))
        assert app.make_shell_context()["own"] == 1


async def test_attributes_are_plain_while_everybody_sees_the_same(tmp_path: Path) -> None:
    app = make_app(tmp_path)
    release = asyncio.Event()

    @app.get("/slow")
    async def slow() -> list[str]:
        await release.wait()
        return sorted(app.blueprints)

    async with serving(app) as hotframe:
        plain = type(app)
        assert not isinstance(getattr(plain, "blueprints", None), property)
        visitor = Visitor(app, "/slow")
        await asyncio.sleep(0)
        await hotframe.mount(shop())
        assert isinstance(getattr(type(app), "blueprints", None), property)
        assert "shop" in app.blueprints
        release.set()
        assert "shop" not in await visitor.ends()
        assert type(app) is plain
        assert "shop" in vars(app)["blueprints"]
