"""An app for real servers: limits, and headers that come from outside."""

from __future__ import annotations

import asyncio
from typing import Any

from quart import Blueprint
from quart import request
from quart import Response

from quart_hotframe import HotFrame
from quart_hotframe.security import policy
from tests.security.sites import make_app

part = Blueprint("part", "part", url_prefix="/part")
app = make_app(BODY_TIMEOUT=0.5)
hotframe = HotFrame(app)


@part.post("/raw")
@policy(max_body=1000)
async def raw() -> str:
    return str(len(await request.get_data()))


@part.post("/chunks")
@policy(max_body=1000)
async def chunks() -> str:
    return str(sum([len(data) async for data in request.body]))


@part.post("/form")
@policy(max_body=1000)
async def form() -> str:
    return str(len((await request.form)["x"]))


@part.post("/slow")
@policy(timeout=0.3)
async def slow() -> str:
    return str(len(await request.get_data()))


@part.post("/slow_chunks")
@policy(timeout=0.3)
async def slow_chunks() -> str:
    return str([data async for data in request.body])


@part.get("/endless")
@policy(timeout=0.3)
async def endless() -> str:
    await asyncio.Event().wait()
    return ""


@part.get("/echo")
async def echo() -> Response:
    response = Response("")
    response.headers["X-Echo"] = request.args["x"]
    return response


@app.before_serving
async def mount() -> None:
    await hotframe.mount(part)


@app.get("/ready")
async def ready() -> dict[str, Any]:
    return {}
