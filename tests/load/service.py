"""The site under load: one module, in which everything that a response shows has its version.

``create_app`` serves it with HotFrame. ``HOTFRAME_TEST_CONTROL`` names what must go wrong: the name
of a fault, or ``changes in place``, which changes a plain Quart app. ``HOTFRAME_TEST_FOLDER`` is
where its files lie.
"""

from __future__ import annotations

import gc
import importlib.util
import os
import sys
from pathlib import Path
from typing import Any

from quart import Blueprint
from quart import Quart

from quart_hotframe import HotFrame
from tests.load.faults import ANSWERS
from tests.load.faults import CHANGES
from tests.load.faults import Faulty

NAME = "shop"
CODE = """
import asyncio
import random
from quart import Blueprint, Response, g, render_template, url_for, websocket

VERSION = "{version}"
blueprint = Blueprint("shop", __name__, url_prefix="/shop", template_folder="templates")


@blueprint.before_request
async def before():
    g.before = VERSION


@blueprint.after_request
async def after(response):
    response.headers["X-Version"] = "after=" + VERSION
    return response


@blueprint.app_context_processor
async def context():
    return {{"context": VERSION}}


@blueprint.errorhandler(KeyError)
async def handle(error):
    return await render_template("shop/page.html", view=VERSION), 418


@blueprint.get("/fast")
async def fast():
    return await render_template("shop/page.html", view=VERSION)


@blueprint.get("/slow")
async def slow():
    first = await render_template("shop/page.html", view=VERSION)
    await asyncio.sleep(random.uniform(0.02, 0.3))
    from . import late
    second = await render_template("shop/page.html", view=late.VERSION)
    return first + second + url_for(".only", version="only=" + VERSION, _anchor=late.VERSION)


@blueprint.get("/failing")
async def failing():
    await asyncio.sleep(random.uniform(0, 0.05))
    raise KeyError


@blueprint.get("/{version}/<version>")
async def only(version):
    return version


@blueprint.get("/events")
async def events():
    async def body():
        while True:
            yield "data: view=" + VERSION + "\\n\\n"
            await asyncio.sleep(0.05)
    response = Response(body(), mimetype="text/event-stream")
    response.timeout = None
    return response


@blueprint.websocket("/ws")
async def ws():
    while True:
        await websocket.receive()
        await websocket.send("view=" + VERSION)
"""
BASE = "<!-- base={version} -->{{% block body %}}{{% endblock %}}"
PAGE = (
    "{{% extends 'shop/base.html' %}}{{% block body %}}page={version} view={{{{ view }}}} "
    "before={{{{ g.before }}}} context={{{{ context }}}}\n{{% endblock %}}"
)


def write(folder: Path, number: int) -> Path:
    """Write version *number* of the module and return its folder."""
    target, version = folder / "sources" / str(number) / NAME, f"1.{number}.0"
    templates = target / "templates" / NAME
    templates.mkdir(parents=True)
    (target / "module.toml").write_text(f'name = "{NAME}"\nversion = "{version}"\n')
    (target / "__init__.py").write_text(CODE.format(version=version))
    (target / "late.py").write_text(f'VERSION = "{version}"\n')
    (templates / "base.html").write_text(BASE.format(version=version))
    (templates / "page.html").write_text(PAGE.format(version=version))
    return target


def create_app() -> Any:
    """Return the app that a server serves, with its fault."""
    control = os.environ.get("HOTFRAME_TEST_CONTROL", "")
    app = site(in_place if control == "changes in place" else with_hotframe)
    return Faulty(app, control) if control in {*ANSWERS, *CHANGES} else app


def site(kind: Any) -> Quart:
    """Return the app; *kind* makes the function that changes its module."""
    folder = Path(os.environ["HOTFRAME_TEST_FOLDER"])
    app = Quart("site", root_path=str(folder), instance_path=str(folder / "instance"))
    app.config["HOTFRAME_POLL_INTERVAL"] = 0.02
    app.config["HOTFRAME_PROVISIONAL_SECONDS"] = 0.0
    app.config["HOTFRAME_PROVISIONAL_REQUESTS"] = 0
    change = kind(app)

    @app.post("/swap/<int:number>")
    async def swap(number: int) -> str:
        await change(write(folder, number))
        return "swapped"

    @app.get("/versions")
    async def versions() -> list[str]:
        """Tell which versions' code is in the process."""
        gc.collect()
        own = [m for n, m in sys.modules.items() if n.startswith("hotframe_modules.")]
        return sorted({v for m in own if (v := getattr(m, "VERSION", None))})

    @app.get("/alive")
    async def alive() -> list[str]:
        """Tell which versions have an object in the process."""
        gc.collect()
        return sorted({o.__globals__["VERSION"] for o in gc.get_objects() if _is_view(o)})

    return app


def _is_view(value: Any) -> bool:
    return (
        type(value) is type(_is_view)
        and value.__name__ == "slow"
        and "VERSION" in value.__globals__
    )


def with_hotframe(app: Quart) -> Any:
    """Return a function that upgrades the module as an administrator does."""
    hotframe = HotFrame(app)

    async def change(source: Path) -> None:
        if NAME in hotframe.modules:
            await hotframe.modules.upgrade(NAME, source)
        else:
            await hotframe.modules.install(source)
            await hotframe.modules.enable(NAME)

    return change


def in_place(app: Quart) -> Any:
    """Return a function that changes a plain app while it serves, as one must not."""

    async def change(source: Path) -> None:
        blueprint = imported(source)
        for registry in vars(app).values():
            if isinstance(registry, dict):
                registry.pop(NAME, None)
        own = [rule for rule in app.url_map.iter_rules() if not rule.endpoint.startswith(NAME)]
        rules = [app.url_rule_class(r.rule, endpoint=r.endpoint, methods=r.methods) for r in own]
        for rule in rules:
            rule.provide_automatic_options = False
        for endpoint in [e for e in app.view_functions if e.startswith(NAME)]:
            del app.view_functions[endpoint]
        app.template_context_processors.clear()
        app.url_map = app.url_map_class(rules)
        if app.jinja_env.cache is not None:
            app.jinja_env.cache.clear()
        app.register_blueprint(blueprint)

    return change


def imported(source: Path) -> Blueprint:
    spec = importlib.util.spec_from_file_location(
        NAME, source / "__init__.py", submodule_search_locations=[str(source)]
    )
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    for name in (NAME, f"{NAME}.late"):
        sys.modules.pop(name, None)
    sys.modules[NAME] = module
    spec.loader.exec_module(module)
    blueprint: Blueprint = module.blueprint
    return blueprint
