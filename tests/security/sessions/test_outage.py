"""A store of sessions that is away: who uses a session gets 503, and nobody else notices."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from collections.abc import Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import make_url

from quart_hotframe.errors import SessionsUnavailable
from quart_hotframe.security.sessions import breaker
from tests.support.ports import free_port
from tests.support.relay import Relay
from tests.support.sites import becomes
from tests.support.visitors import Site
from tests.support.visitors import Visitor

KINDS = [
    pytest.param("postgres", marks=pytest.mark.postgres),
    pytest.param("redis", marks=pytest.mark.redis),
]
DEFAULT_PORTS = {"redis": 6379, "postgres": 5432}


def url_key(config: dict[str, Any]) -> str:
    return next(key for key in config if key.endswith("_URL"))


@pytest.fixture(params=KINDS)
async def config(
    request: pytest.FixtureRequest, config_of: Callable[[str], dict[str, Any]]
) -> dict[str, Any]:
    made = config_of(request.param)
    return made | {"HOTFRAME_DATABASE_TIMEOUT": 1.0, "kind": request.param}


@pytest.fixture
async def relay(config: dict[str, Any]) -> AsyncIterator[Relay]:
    url = make_url(config[url_key(config)])
    relay = Relay(str(url.host), url.port or DEFAULT_PORTS[config["kind"]])
    await relay.mend()
    yield relay
    await relay.cut()


@pytest.fixture
async def away(config: dict[str, Any], relay: Relay, tmp_path: Path) -> AsyncIterator[Site]:
    key = url_key(config)
    made = Site(tmp_path, config | {key: relay.leads_to(config[key])})
    async with made.app.test_app():
        yield made


async def answers(visitor: Visitor, *paths: str) -> list[int]:
    return [(await visitor.get(path))[0] for path in paths]


async def well(visitor: Visitor, path: str) -> None:
    async with asyncio.timeout(10):
        while (await visitor.get(path))[0] != 200:
            await asyncio.sleep(0.05)


async def test_who_uses_a_session_gets_503_until_it_is_back(
    away: Site, relay: Relay, caplog: pytest.LogCaptureFixture
) -> None:
    visitor = await away.logged_in()
    cookie = visitor.cookie
    await relay.cut()
    for _ in range(3):
        response = await visitor.client.get("/who")
        assert (response.status_code, response.headers["Retry-After"]) == (503, "5")
        assert "127.0.0.1" not in await response.get_data(as_text=True)
        assert "Set-Cookie" not in response.headers
        assert await answers(visitor, "/plain", "/logout", "/set/a/1") == [200, 503, 503]
    response = await away.visitor().client.get("/set/a/1")  # a new one cannot be stored
    assert (response.status_code, response.headers["Retry-After"]) == (503, "5")
    assert "Set-Cookie" not in response.headers
    await relay.mend()
    await well(visitor, "/who")
    assert (await visitor.text("/who"), visitor.cookie) == ("7", cookie)
    told = [one for one in caplog.records if one.name == "quart_hotframe.sessions"]
    reads = [one for one in told if "was not saved" not in one.getMessage()]
    assert [one.levelno for one in reads] == [logging.ERROR, logging.WARNING]


async def test_an_outage_while_a_request_runs(away: Site, relay: Relay) -> None:
    visitor = await away.logged_in()
    held = asyncio.create_task(visitor.get("/hold/a/1"))
    await away.holding.wait()
    await relay.cut()
    away.release.set()
    status, body = await held
    assert status == 503 and "held" not in body
    await relay.mend()
    await well(visitor, "/who")
    assert await visitor.text("/show") == "{}\n"


async def test_the_sessions_of_a_user_cannot_be_listed_then(away: Site, relay: Relay) -> None:
    await relay.cut()
    async with away.app.app_context():
        for call in (away.hotframe.sessions.of_user, away.hotframe.sessions.end_all):
            with pytest.raises(SessionsUnavailable):
                await call("7")


@asynccontextmanager
async def silent_server() -> AsyncIterator[int]:
    """Accept connections and never answer, as a network does that swallows everything."""
    open_ones: list[asyncio.StreamWriter] = []
    port = free_port()
    server = await asyncio.start_server(lambda r, w: open_ones.append(w), "127.0.0.1", port)
    try:
        yield port
    finally:
        server.close()
        for writer in open_ones:
            writer.transport.abort()
        await asyncio.sleep(0)


async def test_a_store_that_never_answers_is_not_waited_for_by_each(
    config: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from quart_hotframe.backends import redis

    monkeypatch.setattr(redis, "TIMEOUT", 0.2)
    monkeypatch.setattr(breaker, "PAUSE", 1000.0)
    cookie = (await Site(tmp_path, {"HOTFRAME_SESSIONS": "memory"}).logged_in()).cookie
    async with silent_server() as port:
        key = url_key(config)
        url = make_url(config[key]).set(host="127.0.0.1", port=port)
        site = Site(tmp_path, config | {"HOTFRAME_DATABASE_TIMEOUT": 0.2, key: str(url)})
        async with site.app.test_app():
            visitor = site.visitor(cookie)
            async with asyncio.timeout(20):
                assert await answers(visitor, "/plain", "/who") == [200, 503]
            site.store.read = None  # is not asked any more
            assert await answers(visitor, "/plain", "/who", "/plain") == [200, 503, 200]


async def test_one_request_tries_whether_it_is_back_and_the_others_do_not_wait(
    quick: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(breaker, "PAUSE", 0.0)
    visitor = await quick.logged_in()
    tries, ends = [], asyncio.Event()

    async def read(identifier: str) -> None:
        tries.append(identifier)
        if len(tries) > 1:
            await ends.wait()
        raise SessionsUnavailable("It is away.")

    quick.store.read = read
    assert await answers(visitor, "/who") == [503]
    trying = asyncio.create_task(visitor.get("/who"))
    await becomes(lambda: len(tries) == 2)
    async with asyncio.timeout(20):
        assert await answers(visitor, "/plain", "/who", "/plain") == [200, 503, 200]
    ends.set()
    assert (await trying)[0] == 503
    assert await answers(visitor, "/who") == [503]
    assert len(tries) == 3  # who has tried lets the next one try
