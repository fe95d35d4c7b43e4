"""Two servers share sessions, also when their store is away for a while."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator
from collections.abc import Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import make_url

from tests.support.hypercorn import client_of
from tests.support.hypercorn import hypercorn
from tests.support.relay import Relay

pytestmark = pytest.mark.server

APP = """\
from quart import Quart, session
from quart_hotframe import HotFrame

app = Quart(__name__)
app.secret_key = "secret"
hotframe = HotFrame(app)

@app.get("/plain")
async def plain():
    return "plain"

@app.get("/login/<user>")
async def login(user):
    await hotframe.sessions.login(user)
    return "in"

@app.get("/who")
async def who():
    return hotframe.sessions.user_id or "nobody"

@app.get("/set/<key>")
async def set_(key):
    session[key] = 1
    return "set"

@app.get("/count")
async def count():
    return str(sum(not key.startswith("hf_") for key in session))

@app.get("/end_all")
async def end_all():
    await hotframe.sessions.end_all(hotframe.sessions.user_id)
    return "ended"
"""
KINDS = [
    pytest.param("postgres", marks=pytest.mark.postgres),
    pytest.param("redis", marks=pytest.mark.redis),
]
PAGES = ("/plain", "/who")
AWAY = pytest.mark.parametrize("seconds", [1, pytest.param(20, marks=pytest.mark.soak)])


@pytest.fixture(params=KINDS)
async def relay_and_config(
    request: pytest.FixtureRequest, config_of: Callable[[str], dict[str, Any]]
) -> AsyncIterator[tuple[Relay, dict[str, Any]]]:
    config = config_of(request.param)
    key = next(one for one in config if one.endswith("_URL"))
    url = make_url(config[key])
    relay = Relay(str(url.host), url.port or (6379 if request.param == "redis" else 5432))
    await relay.mend()
    # Keys in Redis are those of other processes too, and go by themselves.
    yield relay, config | {key: relay.leads_to(config[key]), "HOTFRAME_SESSION_LIFETIME": "300"}
    await relay.cut()


async def answers(client: httpx.AsyncClient, path: str, wanted: int = 200) -> None:
    async with asyncio.timeout(60):
        while True:
            try:
                if (await client.get(path)).status_code == wanted:
                    return
            except httpx.TransportError:
                pass
            await asyncio.sleep(0.05)


@AWAY
async def test_two_servers_share_sessions(
    tmp_path: Path, relay_and_config: tuple[Relay, dict[str, str]], seconds: float,
    record_property: Callable[[str, Any], None],
) -> None:  # fmt: skip
    relay, config = relay_and_config
    (tmp_path / "site_app.py").write_text(APP)
    user = uuid.uuid4().hex
    async with AsyncExitStack() as stack:
        enter = stack.enter_async_context
        servers = [hypercorn("site_app:app", tmp_path, config) for _ in range(2)]
        first, second = await asyncio.gather(*map(enter, servers))
        one, two = first.client, second.client
        assert (await one.get(f"/login/{user}")).text == "in"
        two.cookies.set("session", one.cookies["session"])

        await asyncio.gather(*([one, two][i % 2].get(f"/set/{i}") for i in range(40)))
        assert [(await client.get("/count")).text for client in (one, two)] == ["40", "40"]

        slowest = 0.0
        await relay.cut()
        async with asyncio.timeout(seconds + 60):
            end = asyncio.get_running_loop().time() + seconds
            while asyncio.get_running_loop().time() < end:
                found = [await c.get(p) for c in (one, two) for p in PAGES]
                assert [answer.status_code for answer in found] == [200, 503] * 2
                slowest = max(slowest, *(answer.elapsed.total_seconds() for answer in found))
        await relay.mend()
        for client in (one, two):
            await answers(client, "/who")
            assert (await client.get("/who")).text == user
        record_property("slowest_in_seconds", slowest)
        print(f"{seconds} s away: the slowest answer took {slowest:.2f} s")

        other = await enter(client_of(second.url))
        await other.get(f"/login/{user}")
        await other.get("/end_all")
        assert [(await c.get("/who")).text for c in (one, two, other)] == ["nobody"] * 2 + [user]
