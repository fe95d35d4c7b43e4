"""Redis or the database are away while the app serves, and come back."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from quart import Quart

from quart_hotframe import HotFrame
from quart_hotframe.backends import outage
from quart_hotframe.errors import BackendUnavailable
from quart_hotframe.security import limit
from tests.support.relay import Relay
from tests.support.sites import new_app


@pytest.fixture
async def app(
    away: tuple[Relay, dict[str, Any]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Quart]:
    monkeypatch.setattr(outage, "PAUSE", 0.1)
    app = new_app(tmp_path, away[1])
    app.name = app.config.pop("SERVED_NAME")
    yield app


def serve(app: Quart) -> Any:
    @app.get("/")
    @limit("3/hour")
    async def index() -> str:
        return ""

    HotFrame(app)
    return app.test_app()


async def statuses(app: Quart, times: int) -> list[int]:
    client = app.test_client()
    return [(await client.get("/")).status_code for _ in range(times)]


async def test_while_it_is_away_each_process_counts_for_itself(
    app: Quart, away: tuple[Relay, dict[str, Any]], caplog: pytest.LogCaptureFixture
) -> None:
    relay = away[0]
    async with serve(app):
        assert await statuses(app, 2) == [200, 200]
        await relay.cut()
        assert await statuses(app, 5) == [200, 200, 200, 429, 429]
        await relay.mend()
        async with asyncio.timeout(20):
            while "answers again" not in caplog.text:
                await asyncio.sleep(0.05)
                await statuses(app, 1)
        assert (await statuses(app, 2))[-1] == 429  # it counts where it had stopped
    told = [one.message for one in caplog.records if one.name == "quart_hotframe.backends"]
    assert len(told) == 2 and "does not answer" in told[0]
    assert "password" not in told[0]


async def test_when_it_is_closed_nobody_passes_meanwhile(
    app: Quart, away: tuple[Relay, dict[str, Any]]
) -> None:
    app.config["HOTFRAME_LIMITS_AWAY"] = "closed"
    async with serve(app):
        assert await statuses(app, 1) == [200]
        await away[0].cut()
        response = await app.test_client().get("/")
        assert (response.status_code, response.headers["Retry-After"]) == (503, "5")
        assert b"127.0.0.1" not in await response.get_data()
        await away[0].mend()
        async with asyncio.timeout(20):
            while (await statuses(app, 1)) == [503]:
                await asyncio.sleep(0.05)


async def test_one_that_is_silent_is_waited_for_by_one_request_and_no_longer_than_is_set(
    app: Quart, away: tuple[Relay, dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outage, "PAUSE", 1000.0)
    app.config["HOTFRAME_LIMITS_TIMEOUT"] = 0.5
    async with serve(app):
        assert await statuses(app, 1) == [200]
        away[0].fall_silent()
        begin = time.monotonic()
        assert await statuses(app, 20) == [200] * 3 + [429] * 17
        assert time.monotonic() - begin < 2.0


async def test_an_outage_is_told_once_however_often_somebody_tries(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(outage, "PAUSE", -10.0)
    known = outage.Outage("Redis", 1.0, (EOFError,))
    for error in (OSError, EOFError, TimeoutError, OSError):
        with pytest.raises(BackendUnavailable):
            async with known.asking():
                raise error
    for _ in range(2):
        async with known.asking():
            pass
    assert [one.levelname for one in caplog.records] == ["ERROR", "WARNING"]
    with pytest.raises(KeyError):  # what is no outage is not taken for one
        async with known.asking():
            raise KeyError
