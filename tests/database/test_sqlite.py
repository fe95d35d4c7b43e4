"""SQLite: every kind of statement is part of its transaction, and none is left open."""

from __future__ import annotations

from collections.abc import Awaitable
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import insert
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from quart_hotframe import db
from quart_hotframe.errors import DatabaseUnavailable
from tests.support.notes import Note
from tests.support.notes import Notes

INSERT = "INSERT INTO note (text) VALUES ('lost')"


async def one(session: AsyncSession) -> None:
    await session.execute(text(INSERT))


async def many(session: AsyncSession) -> None:
    rows = [{"text": "lost"}, {"text": "lost, too"}]
    await session.execute(insert(Note.__table__), rows)  # type: ignore[arg-type]


async def many_that_return(session: AsyncSession) -> None:
    await session.scalars(insert(Note).returning(Note), [{"text": "lost"}, {"text": "lost, too"}])


async def without_parameters(session: AsyncSession) -> None:
    connection = await session.connection(execution_options={"no_parameters": True})
    await connection.exec_driver_sql(INSERT)


@pytest.mark.parametrize("write", [one, many, many_that_return, without_parameters])
async def test_every_kind_of_statement_begins_the_transaction(
    tmp_path: Path, write: Callable[[AsyncSession], Awaitable[None]]
) -> None:
    notes = Notes(tmp_path, {})

    @notes.app.get("/")
    async def view() -> tuple[str, int]:
        await write(db.session)
        return "", 400

    async with notes.app.test_app():
        await notes.make_table()
        await notes.client.get("/")
        with pytest.raises(ZeroDivisionError):
            async with notes.db.transaction() as session:
                await write(session)
                raise ZeroDivisionError
        assert await notes.texts() == []


async def test_a_write_after_one_that_had_to_wait_too_long_is_undone_as_well(
    tmp_path: Path,
) -> None:
    notes = Notes(tmp_path, {"HOTFRAME_DATABASE_TIMEOUT": 0})

    @notes.app.get("/")
    async def view() -> tuple[str, int]:
        session = db.session
        async with notes.db.transaction(separate=True) as other:
            await other.get(Note, 1)
            with pytest.raises(DatabaseUnavailable):
                await one(session)
        await one(session)
        return "", 400

    async with notes.app.test_app():
        await notes.make_table()
        assert (await notes.client.get("/")).status_code == 400
        assert await notes.texts() == []


async def test_a_transaction_of_the_driver_itself_ends_with_its_connection(tmp_path: Path) -> None:
    notes = Notes(tmp_path, {})
    async with notes.app.test_app():
        await notes.make_table()
        async with notes.db.engine.connect() as connection:
            raw = await connection.get_raw_connection()
            driver = raw.driver_connection
            assert driver is not None
            await driver.execute("BEGIN IMMEDIATE")
            await driver.execute(INSERT)
        assert await notes.texts() == []
        async with notes.db.transaction() as session:
            session.add(Note(text="kept"))
        assert await notes.texts() == ["kept"]


async def test_a_detached_connection_is_rolled_back_in_order(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    notes = Notes(tmp_path, {})
    async with notes.app.test_app():
        await notes.make_table()
        async with notes.db.engine.connect() as connection:
            await connection.run_sync(lambda sync: sync.detach())
            await connection.execute(text(INSERT))
        assert await notes.texts() == []
    assert [one for one in caplog.records if one.levelname == "ERROR"] == []
