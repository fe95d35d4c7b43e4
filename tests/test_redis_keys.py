"""What apps keep in one Redis is apart: each begins its keys with its own name."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any
from typing import cast

import pytest
from quart import Quart

from quart_hotframe import HotFrame
from quart_hotframe.security import limit
from tests.support.redis import keys_of
from tests.support.redis import own_name as own_name
from tests.support.redis import requires_redis as requires_redis
from tests.support.sites import new_app

pytestmark = pytest.mark.redis
SESSION = {"HOTFRAME_SESSIONS": "redis", "SECRET_KEY": "secret"}
SLOW = {"HOTFRAME_CACHE_TIMEOUT": 30.0, "HOTFRAME_LIMITS_TIMEOUT": 30.0}


def make_app(folder: Path, name: str, url: str) -> Quart:
    """Return an app that keeps everything in Redis."""
    kept = {"HOTFRAME_CACHE": "redis", "HOTFRAME_LIMITS": "redis", "HOTFRAME_REDIS_URL": url}
    app = new_app(folder, {**kept, **SESSION, **SLOW})
    app.name = name
    hotframe = HotFrame(app)

    @app.get("/login")
    @limit("1/hour")
    async def login() -> str:
        await hotframe.sessions.login(7)
        return ""

    @app.get("/sessions")
    async def sessions() -> str:
        return str(len(await hotframe.sessions.of_user(7)))

    return app


async def uses_all(app: Quart) -> dict[str, Any]:
    """Keep one thing of each kind, and return what clients see of it."""
    client, cache = app.test_client(), app.extensions["hotframe"].cache
    statuses = [(await client.get("/login")).status_code for _ in range(2)]
    sessions = await (await client.get("/sessions")).get_data(as_text=True)
    await cache.set("key", app.name, ttl=60, tags=["tag"])
    return {"statuses": statuses, "sessions": sessions, "key": await cache.get("key")}


async def test_apps_do_not_meet_in_one_redis(
    own_name: str, requires_redis: str, tmp_path: Path
) -> None:
    names = [f"{own_name}:{one}" for one in "ab"]  # so that all of it is removed afterwards
    apps = [make_app(tmp_path / name[-1], name, requires_redis) for name in names]
    making, go_on = [], asyncio.Event()

    async def make() -> int:
        making.append(1)
        await go_on.wait()
        return 1

    async with AsyncExitStack() as stack, asyncio.timeout(60), asyncio.TaskGroup() as tasks:
        for app in apps:
            await stack.enter_async_context(cast(Any, app.test_app()))
        for app in apps:
            wanted = {"statuses": [200, 429], "sessions": "1", "key": app.name}
            assert await uses_all(app) == wanted
            cache = app.extensions["hotframe"].cache
            tasks.create_task(cache.get_or_set("made", make, ttl=60))
        while len(making) < 2:  # else one app would wait for the other
            await asyncio.sleep(0.01)
        for name in names:
            keys = [key.decode().removeprefix(f"hotframe:{name}:") for key in await keys_of(name)]
            kinds = sorted({key.split(":")[0] for key in keys})
            assert kinds == ["cache", "limit", "making", "session", "session-user", "tag"]
        await apps[0].extensions["hotframe"].cache.forget_tag("tag")
        assert await apps[0].extensions["hotframe"].cache.get("key") is None
        assert await apps[1].extensions["hotframe"].cache.get("key") == names[1]
        go_on.set()
