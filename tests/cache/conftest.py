"""An app with a cache, in memory and in Redis."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from quart_hotframe import HotFrame
from quart_hotframe.cache import Cache
from tests.support.redis import own_name as own_name
from tests.support.redis import redis_relay as redis_relay
from tests.support.redis import requires_redis as requires_redis
from tests.support.sites import new_app


@pytest.fixture(params=["memory", pytest.param("redis", marks=pytest.mark.redis)])
async def cache(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Cache]:
    """The cache of an app that serves, of each kind in turn."""
    app = new_app(tmp_path)
    if request.param == "redis":
        app.name = request.getfixturevalue("own_name")
        app.config["HOTFRAME_CACHE"] = "redis"
        app.config["HOTFRAME_REDIS_URL"] = request.getfixturevalue("requires_redis")
        app.config["HOTFRAME_CACHE_TIMEOUT"] = 30.0
    hotframe = HotFrame(app)
    async with app.test_app():
        yield hotframe.cache
