"""Transactions: their savepoints, what waits for their commit, and who has one."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from sqlalchemy.exc import DBAPIError

from quart_hotframe import db
from quart_hotframe import hooks
from quart_hotframe.errors import SetupError
from tests.support.notes import Note
from tests.support.notes import Notes
from tests.support.notes import site as site


class Undone(Exception):
    """What ends a transaction."""


async def test_a_transaction_commits_or_rolls_back(site: Notes) -> None:
    async with site.db.transaction() as session:
        session.add(Note(text="kept"))
    with pytest.raises(Undone):
        async with site.db.transaction() as session:
            session.add(Note(text="lost"))
            await session.flush()
            raise Undone
    assert await site.texts() == ["kept"]


@pytest.mark.parametrize("where", ["request", "task"])
async def test_a_transaction_inside_a_unit_is_a_savepoint(site: Notes, where: str) -> None:
    async def work() -> str:
        await site.write("outer")
        with pytest.raises(Undone):
            async with site.db.transaction() as session:
                assert session is site.db.session
                await site.write("inner, undone")
                raise Undone
        async with site.db.transaction():
            await site.write("inner")
        return ""

    if where == "request":
        site.app.post("/")(work)
        await site.client.post("/")
    else:
        async with site.db.transaction():
            await work()
    assert await site.texts() == ["inner", "outer"]


async def test_a_savepoint_goes_with_the_unit_around_it(site: Notes) -> None:
    @site.app.post("/")
    async def view() -> tuple[str, int]:
        async with db.transaction():
            await site.write("inner")
        return "", 400

    await site.client.post("/")
    assert await site.texts() == []


async def test_a_separate_transaction_survives_the_unit_around_it(site: Notes) -> None:
    @site.app.get("/")
    async def view() -> tuple[str, int]:
        async with db.transaction(separate=True) as session:
            assert db.session is session
            await site.write("tried")
        assert db.session is not session
        return "", 400

    await site.client.get("/")
    assert await site.texts() == ["tried"]


async def test_functions_wait_for_the_outermost_commit(site: Notes) -> None:
    called: list[Any] = []

    @site.app.post("/")
    async def view() -> str:
        db.on_commit(lambda: called.append("sync"))

        @db.on_commit
        async def fail() -> None:
            raise RuntimeError("It cannot be helped.")

        async with db.transaction():
            await site.write("inner")

            @db.on_commit
            async def look() -> None:
                called.append((site.checked_out, await site.texts()))

        with pytest.raises(Undone):
            async with db.transaction():
                db.on_commit(lambda: called.append("never"))
                async with db.transaction():
                    db.on_commit(lambda: called.append("never either"))
                raise Undone
        assert called == []
        return ""

    assert (await site.client.post("/")).status_code == 200
    assert called == ["sync", (0, ["inner"])]


async def test_a_lambda_may_call_what_is_async(site: Notes) -> None:
    called: list[str] = []

    async def tell(text: str) -> None:
        called.append(text)

    @site.app.post("/")
    async def view() -> str:
        db.on_commit(lambda: tell("after"))
        return ""

    await site.client.post("/")
    assert called == ["after"]


@pytest.mark.parametrize("end", ["status", "raise", "commit"])
async def test_functions_never_run_after_a_rollback(site: Notes, end: str) -> None:
    called: list[str] = []

    @site.app.post("/")
    async def view() -> tuple[str, int]:
        db.on_commit(lambda: called.append("never"))
        db.session.add(Note(text="one"))
        if end == "raise":
            raise Undone
        if end == "commit":
            db.session.add(Note(text="one"))
        return "", 400 if end == "status" else 200

    await site.client.post("/")
    assert called == []


async def test_functions_do_not_survive_a_rollback_by_hand(site: Notes) -> None:
    called: list[str] = []
    async with site.db.transaction() as session:
        site.db.on_commit(lambda: called.append("never"))
        await session.rollback()
        site.db.on_commit(lambda: called.append("new"))
    assert called == ["new"]


async def test_a_read_only_transaction_cannot_write(site: Notes) -> None:
    for _ in range(2):  # the connection goes back and forth
        with pytest.raises(DBAPIError, match="(?i)read-?only"):
            async with site.db.transaction(read_only=True):
                await site.write("lost")
        async with site.db.transaction() as session:
            session.add(Note(text="kept"))
            await session.flush()
            await session.rollback()
    assert await site.texts() == []


async def test_a_background_task_has_no_unit_of_the_request(site: Notes) -> None:
    errors: list[str] = []
    done = asyncio.Event()

    async def later() -> None:
        with pytest.raises(SetupError) as caught:
            site.db.session  # noqa: B018
        errors.append(str(caught.value))
        async with site.db.transaction() as session:
            session.add(Note(text="task"))
        done.set()

    @site.app.post("/")
    async def view() -> tuple[str, int]:
        await db.session.get(Note, 1)
        site.app.add_background_task(later)
        return "", 400

    async with asyncio.timeout(10):
        await site.client.post("/")
        await done.wait()
    assert "write `async with db.transaction()" in errors[0]
    assert await site.texts() == ["task"]


async def test_a_task_begun_in_a_transaction_is_no_part_of_it(site: Notes) -> None:
    done = asyncio.Event()

    async def later() -> None:
        async with site.db.transaction(read_only=True) as session:
            await session.get(Note, 1)
        with pytest.raises(SetupError):
            site.db.session  # noqa: B018
        done.set()

    async with asyncio.timeout(10), site.db.transaction() as session:
        await session.get(Note, 1)
        site.app.add_background_task(later)
        await done.wait()


async def test_receivers_of_hooks_are_part_of_the_senders_unit(site: Notes) -> None:
    @site.hotframe.hooks.on("order.paid")
    async def write() -> None:
        await site.write("paid")

    @site.app.post("/<int:status>")
    async def view(status: int) -> tuple[str, int]:
        await hooks.send("order.paid")
        return "", status

    await site.client.post("/400")
    assert await site.texts() == []
    await site.client.post("/200")
    assert await site.texts() == ["paid"]


async def test_a_commit_goes_on_when_its_caller_is_cancelled(site: Notes) -> None:
    committing, called = asyncio.Event(), asyncio.Event()

    async def work() -> None:
        async with site.db.transaction() as session:
            session.add(Note(text="kept"))

            @site.db.on_commit
            async def wait() -> None:
                committing.set()
                await asyncio.sleep(0)
                called.set()

    task = asyncio.create_task(work())
    async with asyncio.timeout(10):
        await committing.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await called.wait()
        await site.db.dispose()
    assert await site.texts() == ["kept"]
