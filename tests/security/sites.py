"""Apps whose routes are protected, and what a browser or an attacker would send them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from quart import Blueprint
from quart import Quart
from quart import request

from quart_hotframe import HotFrame

EVIL = "https://evil.example"
CROSS = {"Sec-Fetch-Site": "cross-site", "Origin": EVIL, "Cookie": "session=x"}


def make_app(**config: Any) -> Quart:
    """Return an app with one route of its own, ``/own``."""
    app = Quart("site", instance_path="/nowhere")
    app.secret_key = "not a secret"
    app.config |= {"HOTFRAME_SAFE_MODE": True, **config}

    @app.route("/own", methods=["GET", "POST"])
    async def own() -> str:
        return (await request.form).get("x", "own")

    return app


def make_part() -> Blueprint:
    """Return a blueprint ``part`` whose view echoes the form."""
    part = Blueprint("part", "part", url_prefix="/part")

    @part.route("/", methods=["GET", "POST", "PUT", "DELETE"])
    async def index() -> str:
        return (await request.form).get("x", "part")

    return part


@asynccontextmanager
async def protected(part: Blueprint | None = None, **config: Any) -> AsyncIterator[Any]:
    """Give a client of an app that serves a blueprint; ``client.app`` is the app."""
    app = make_app(**config)
    hotframe = HotFrame(app)
    async with app.test_app():
        await hotframe.mount(part or make_part())
        yield app.test_client()
