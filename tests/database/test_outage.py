"""A database that is away and comes back while the app serves."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from quart import Quart
from sqlalchemy import text

from quart_hotframe import db
from tests.support.databases import in_postgres
from tests.support.notes import Note
from tests.support.notes import Notes
from tests.support.notes import site as site
from tests.support.relay import Relay
from tests.support.relay import relay as relay

pytestmark = pytest.mark.postgres


@pytest.fixture
async def away(relay: Relay, tmp_path: Path, postgres_url: str) -> AsyncIterator[Notes]:
    notes = Notes(tmp_path, {"HOTFRAME_DATABASE_URL": relay.leads_to(postgres_url)})
    prepare(notes.app, relay)
    async with notes.app.test_app():
        await notes.make_table()
        yield notes
        assert notes.checked_out == 0


def prepare(app: Quart, relay: Relay) -> None:
    @app.get("/plain")
    async def plain() -> str:
        return "always"

    @app.get("/read")
    async def read() -> str:
        return str(await db.session.scalar(text("SELECT 7")))

    @app.post("/cut/<when>")
    async def write(when: str) -> str:
        db.session.add(Note(text="lost"))
        await db.session.flush()
        await relay.cut()
        if when == "query":
            await db.session.scalar(text("SELECT 7"))
        return "all is well"


async def statuses(notes: Notes, *paths: str) -> list[int]:
    return [(await notes.client.get(path)).status_code for path in paths]


async def test_requests_that_need_it_get_503_until_it_is_back(away: Notes, relay: Relay) -> None:
    assert await statuses(away, "/read", "/plain") == [200, 200]
    for _ in range(2):
        await relay.cut()
        for _ in range(3):
            response = await away.client.get("/read")
            assert (response.status_code, response.headers["Retry-After"]) == (503, "5")
            assert b"127.0.0.1" not in await response.get_data()
            assert await statuses(away, "/plain") == [200]
            assert not await away.db.healthy()
        await relay.mend()
        assert await statuses(away, "/read", "/plain") == [200, 200]
        assert await away.db.healthy()


@pytest.mark.parametrize("when", ["query", "commit"])
async def test_an_outage_in_the_middle_of_a_request(away: Notes, relay: Relay, when: str) -> None:
    response = await away.client.post(f"/cut/{when}")
    assert (response.status_code, response.headers["Retry-After"]) == (503, "5")
    assert b"all is well" not in await response.get_data()
    await relay.mend()
    assert await away.texts() == []


async def test_connections_that_the_server_ends_are_replaced(away: Notes) -> None:
    assert await statuses(away, "/read") == [200]
    name = away.db.engine.url.database
    await in_postgres(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                      f"WHERE datname = '{name}'")  # fmt: skip
    assert await statuses(away, "/read", "/read") == [200, 200]


async def test_it_is_told_once(away: Notes, relay: Relay, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING, "quart_hotframe.database")
    await statuses(away, "/read")
    await relay.cut()
    await statuses(away, "/read", "/read", "/read")
    await relay.mend()
    await statuses(away, "/read", "/read")
    told = [one.getMessage() for one in caplog.records if one.name == "quart_hotframe.database"]
    assert [line.split(" at ")[0] for line in told] == ["The database", "The database"]
    assert "does not answer" in told[0]
    assert "answers again" in told[1]


async def test_the_apps_own_handler_answers(away: Notes, relay: Relay) -> None:
    @away.app.errorhandler(503)
    async def handle(error: Any) -> tuple[str, int]:
        return "We are closed.", 503

    await relay.cut()
    response = await away.client.get("/read")
    assert await response.get_data() == b"We are closed."
