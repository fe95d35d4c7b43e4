"""An app with limits and a cache that several processes serve."""

from __future__ import annotations

import asyncio
import os
import secrets
from pathlib import Path
from typing import Any

from quart import Quart

from quart_hotframe import HotFrame
from quart_hotframe.security import limit

FOLDER = Path(os.environ["SERVED_FOLDER"])

app = Quart(
    os.environ["SERVED_NAME"],
    root_path=str(FOLDER / "app"),
    instance_path=str(FOLDER / "instance"),
)
hotframe = HotFrame(app)


@app.get("/who")
async def who() -> dict[str, Any]:
    return {"pid": os.getpid()}


@app.get("/plain")
async def plain() -> str:
    return "plain"


@app.get("/tasks")
async def tasks() -> str:
    return str(len(asyncio.all_tasks()))


@app.errorhandler(429)
async def refused(error: Any) -> tuple[str, int]:
    return str(os.getpid()), 429


@app.get("/limited")
@limit("25/hour")
async def limited() -> str:
    return str(os.getpid())


@app.get("/cached/<key>")
async def cached(key: str) -> Any:
    async def make() -> str:
        await asyncio.sleep(0.2)  # long enough for the others to ask
        with (FOLDER / "made.txt").open("a") as file:
            file.write(f"{key}\n")
        return secrets.token_hex(4)

    return await hotframe.cache.get_or_set(key, make, ttl=60, tags=["values"])


@app.post("/forget")
async def forget() -> str:
    await hotframe.cache.forget_tag("values")
    return ""
