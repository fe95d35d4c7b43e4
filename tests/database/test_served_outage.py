"""A database that is away for a while, under a server with clients that ask on and on."""

from __future__ import annotations

import asyncio
import time
from functools import partial
from pathlib import Path

import pytest

from tests.support.asking import Client
from tests.support.hypercorn import hypercorn
from tests.support.relay import Relay
from tests.support.relay import relay as relay
from tests.support.sites import becomes

pytestmark = [pytest.mark.postgres, pytest.mark.server]

APP = """\
from quart import Quart
from quart_hotframe import HotFrame, db
from sqlalchemy import text

app = Quart(__name__)
hotframe = HotFrame(app)

@app.before_serving
async def make_table():
    async with db.transaction() as session:
        await session.execute(text("CREATE TABLE note (id SERIAL PRIMARY KEY)"))

@app.get("/plain")
async def plain():
    return "always"

@app.get("/read")
async def read():
    return str(await db.session.scalar(text("SELECT count(*) FROM note")))

@app.get("/write")
async def write():
    await db.session.execute(text("INSERT INTO note DEFAULT VALUES"))
    return "written"

@app.get("/used")
async def used():
    return str(hotframe.db.engine.pool.checkedout())
"""
AWAY = pytest.mark.parametrize("seconds", [3, pytest.param(20, marks=pytest.mark.soak)])


@AWAY
async def test_what_needs_the_database_gets_503_and_all_else_works(
    tmp_path: Path, relay: Relay, postgres_url: str, seconds: float
) -> None:
    (tmp_path / "site_app.py").write_text(APP)
    environment = {"HOTFRAME_DATABASE_URL": relay.leads_to(postgres_url)}
    async with (
        hypercorn("site_app:app", tmp_path, environment) as server,
        asyncio.TaskGroup() as group,
    ):
        http = server.client
        clients = {page: Client(partial(http.get, page)) for page in ("/plain", "/read", "/write")}
        done = asyncio.Event()
        asking = [group.create_task(one.ask_until(done)) for one in clients.values()]
        needy = [clients["/read"], clients["/write"]]
        await becomes(lambda: all(one.statuses()[200] >= 20 for one in needy), 30)

        await relay.cut()
        cut = time.monotonic()
        await becomes(lambda: time.monotonic() - cut > seconds, seconds + 30)
        everybody = clients.values()
        await becomes(lambda: all(one.statuses(since=cut).total() >= 20 for one in everybody), 30)
        during = [one.statuses(since=cut) for one in needy]
        beside = clients["/plain"].statuses(since=cut)
        await relay.mend()
        mended = time.monotonic()
        await becomes(lambda: all(one.statuses(since=mended)[200] >= 20 for one in needy), 30)

        done.set()
        await asyncio.gather(*asking)
        stored = int((await http.get("/read")).text)
        used = (await http.get("/used")).text
    print(f"{seconds} s away: {during} of what needs it, {beside} of what does not")
    assert set(clients["/plain"].statuses()) == {200}
    assert [set(one) for one in during] == [{503}, {503}]
    assert all(set(one.statuses()) == {200, 503} for one in needy)
    assert all(_recovered(one, mended) for one in needy)
    refused = (answer for one in needy for _, answer in one.answers if answer.status_code == 503)
    assert all("Retry-After" in answer.headers for answer in refused)
    assert stored >= clients["/write"].statuses()[200]  # what was answered is there
    assert used == "0"


def _recovered(client: Client, mended: float) -> bool:
    """Say whether everything went well from the first answer that did."""
    after = [answer.status_code for begin, answer in client.answers if begin >= mended]
    return set(after[after.index(200) :]) == {200}
