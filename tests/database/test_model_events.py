"""Events of models: what is sent after which commit, to whom, and what it carries."""

from __future__ import annotations

import gc
import logging
import weakref
from collections.abc import Awaitable
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import delete
from sqlalchemy import ForeignKey
from sqlalchemy import insert
from sqlalchemy import inspect
from sqlalchemy import update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.orm import Mapped
from sqlalchemy.orm import mapped_column
from sqlalchemy.orm import relationship
from sqlalchemy.orm import selectinload
from sqlalchemy.orm import Session

from quart_hotframe import db
from quart_hotframe.database import ModelChange
from quart_hotframe.errors import SetupError
from tests.support.notes import Note
from tests.support.notes import Notes
from tests.support.notes import site as site

Told = list[tuple[str, str, frozenset[str]]]
Step = Callable[[AsyncSession], Awaitable[Any]]
TEXT = frozenset({"text"})
NONE: frozenset[str] = frozenset()


class Related(DeclarativeBase):
    """Models with relationships."""


class Thing(Related):
    __tablename__ = "thing"
    id: Mapped[int] = mapped_column(primary_key=True)
    shelf_id: Mapped[int | None] = mapped_column(ForeignKey("shelf.id"))


class Owned(Related):
    __tablename__ = "owned"
    id: Mapped[int] = mapped_column(primary_key=True)
    shelf_id: Mapped[int] = mapped_column(ForeignKey("shelf.id"))


class Shelf(Related):
    __tablename__ = "shelf"
    id: Mapped[int] = mapped_column(primary_key=True)
    things: Mapped[list[Thing]] = relationship()
    owned: Mapped[list[Owned]] = relationship(cascade="all, delete-orphan")


class Undone(Exception):
    """What ends a transaction."""


def listen(site: Notes, event: str = "app.Note.*") -> Told:
    """Return what is told from now on: what was done, the text and what has changed."""
    told: Told = []

    @site.hotframe.hooks.on(event)
    async def tell(change: ModelChange[Note]) -> None:
        assert site.checked_out == 0
        told.append((change.action, change.instance.text, change.changed))

    return told


async def has(site: Notes, text: str = "a") -> int:
    """Write a note and return its key."""
    async with site.db.transaction() as session:
        note = Note(text=text)
        session.add(note)
    return note.id


async def test_what_is_written_is_told_after_the_commit(site: Notes) -> None:
    told = listen(site)
    async with site.db.transaction() as session:
        note = Note(text="a")
        session.add(note)
        await session.flush()
        assert told == []
    assert told.pop() == ("created", "a", NONE)
    async with site.db.transaction() as session:
        (await session.get_one(Note, note.id)).text = "b"
    assert told.pop() == ("updated", "b", TEXT)
    async with site.db.transaction() as session:
        await session.delete(await session.get_one(Note, note.id))
    assert told == [("deleted", "b", NONE)]


async def test_a_request_tells_before_its_answer_is_sent(site: Notes) -> None:
    told = listen(site)

    @site.app.post("/<int:status>")
    async def view(status: int) -> tuple[str, int]:
        db.session.add(Note(text=str(status)))
        return "", status

    await site.client.post("/400")
    assert told == []
    await site.client.post("/200")
    assert told == [("created", "200", NONE)]


async def test_the_key_and_all_values_are_there_without_a_query(site: Notes) -> None:
    seen: list[Any] = []

    @site.hotframe.hooks.on("app.Note.**")
    async def look(change: ModelChange[Note]) -> None:
        seen.append((change.instance.id, change.instance.text, inspect(change.instance).unloaded))

    key = await has(site)
    async with site.db.transaction() as session:
        note = await session.get_one(Note, key)
        note.text = Note.text + "b"
    async with site.db.transaction() as session:
        await session.delete(await session.get_one(Note, key))
    assert seen == [(key, "a", set()), (key, "ab", set()), (key, "ab", set())]


async def test_rows_that_a_flush_changes_by_itself_are_told_too(site: Notes) -> None:
    async with site.db.engine.begin() as connection:
        await connection.run_sync(Related.metadata.create_all)
    told: list[Any] = []

    @site.hotframe.hooks.on("app.*.*")
    async def tell(change: ModelChange[Any]) -> None:
        told.append((change.event, change.changed))

    async with site.db.transaction() as session:
        shelf = Shelf(things=[Thing(), Thing()], owned=[Owned()])
        session.add(shelf)
    assert [one[0].split(".")[1] for one in told] == ["Shelf", "Thing", "Thing", "Owned"]
    told.clear()
    async with site.db.transaction() as session:
        shelf = await session.get_one(Shelf, shelf.id, options=[selectinload("*")])
        shelf.things.pop()
        shelf.owned.clear()
    assert sorted(told) == [
        ("app.Owned.deleted", NONE),
        ("app.Thing.updated", frozenset({"shelf_id"})),
    ]


async def undone(session: AsyncSession, step: Step) -> None:
    """Do a step in a savepoint that is rolled back."""
    with pytest.raises(Undone):
        async with db.transaction():
            await step(session)
            await session.flush()
            raise Undone


async def to(session: AsyncSession, text: str) -> None:
    (await session.get_one(Note, 1)).text = text
    await session.flush()


async def create_and_update(session: AsyncSession) -> None:
    note = Note(text="new")
    session.add(note)
    await session.flush()
    note.text = "newer"


async def create_and_delete(session: AsyncSession) -> None:
    note = Note(text="new")
    session.add(note)
    await session.flush()
    await session.delete(note)


async def update_twice(session: AsyncSession) -> None:
    await to(session, "b")
    await to(session, "c")


async def update_and_back(session: AsyncSession) -> None:
    await to(session, "b")
    await to(session, "a")


async def update_to_the_same(session: AsyncSession) -> None:
    await to(session, "a")


async def update_and_delete(session: AsyncSession) -> None:
    await to(session, "b")
    await session.delete(await session.get_one(Note, 1))


async def update_in_savepoints(session: AsyncSession) -> None:
    async with db.transaction(), db.transaction():
        await to(session, "b")


async def update_only_in_an_undone_savepoint(session: AsyncSession) -> None:
    await undone(session, lambda one: to(one, "b"))


async def update_again_in_an_undone_savepoint(session: AsyncSession) -> None:
    await to(session, "b")
    await undone(session, lambda one: to(one, "c"))


async def update_before_an_undone_savepoint(session: AsyncSession) -> None:
    (await session.get_one(Note, 1)).text = "b"
    await undone(session, lambda one: one.execute(insert(Note), [{"text": "new"}]))


async def delete_in_an_undone_savepoint(session: AsyncSession) -> None:
    note = await session.get_one(Note, 1)
    await undone(session, lambda one: one.delete(note))


async def create_in_an_undone_savepoint(session: AsyncSession) -> None:
    async def create(session: AsyncSession) -> None:
        async with db.transaction():
            session.add(Note(text="new"))

    await undone(session, create)


async def by_statements(session: AsyncSession) -> None:
    await session.execute(update(Note).values(text="b"))
    await session.execute(insert(Note), [{"text": "new"}])
    await session.execute(delete(Note).where(Note.text == "new"))


async def delete_by_a_statement_what_was_read(session: AsyncSession) -> None:
    note = await session.get_one(Note, 1)
    await session.execute(delete(Note))
    assert inspect(note).deleted


async def update_what_a_statement_deletes(session: AsyncSession) -> None:
    await to(session, "b")
    await session.execute(delete(Note))


async def update_what_a_statement_deletes_behind_the_session(session: AsyncSession) -> None:
    note = await session.get_one(Note, 1)
    await to(session, "b")
    await session.execute(delete(Note.__table__))  # type: ignore[arg-type]
    session.expire(note)


async def roll_back_by_hand(session: AsyncSession) -> None:
    await to(session, "b")
    await session.rollback()


@pytest.mark.parametrize(
    ("step", "expected"),
    [
        (create_and_update, [("created", "newer", NONE)]),
        (create_and_delete, []),
        (update_twice, [("updated", "c", TEXT)]),
        (update_and_back, []),
        (update_to_the_same, []),
        (update_and_delete, [("deleted", "b", NONE)]),
        (update_in_savepoints, [("updated", "b", TEXT)]),
        (update_only_in_an_undone_savepoint, []),
        (update_again_in_an_undone_savepoint, [("updated", "b", TEXT)]),
        (update_before_an_undone_savepoint, [("updated", "b", TEXT)]),
        (delete_in_an_undone_savepoint, []),
        (create_in_an_undone_savepoint, []),
        (by_statements, []),
        (delete_by_a_statement_what_was_read, []),
        (update_what_a_statement_deletes, []),
        (update_what_a_statement_deletes_behind_the_session, []),
        (roll_back_by_hand, []),
    ],
)
async def test_what_a_transaction_did_in_the_end_is_told(
    site: Notes, step: Step, expected: Told
) -> None:
    assert await has(site) == 1
    told = listen(site)
    async with site.app.app_context(), db.transaction() as session:
        await step(session)
    assert told == expected


async def test_who_listens_only_to_deletions_hears_of_none_that_never_was_there(
    site: Notes,
) -> None:
    told = listen(site, "app.Note.deleted")
    async with site.app.app_context(), db.transaction() as session:
        await create_and_delete(session)
    assert told == []


async def test_a_commit_that_fails_tells_nothing(site: Notes) -> None:
    await has(site)
    told = listen(site)
    with pytest.raises(IntegrityError):
        await has(site)
    assert told == []


async def test_a_unit_with_several_commits_tells_after_each(site: Notes) -> None:
    told = listen(site)
    async with site.db.transaction() as session:
        session.add(Note(text="a"))
        await session.commit()
        assert told == [("created", "a", NONE)]
        session.add(Note(text="b"))
    assert told[1:] == [("created", "b", NONE)]


async def test_functions_that_wait_for_the_commit_run_first(site: Notes) -> None:
    told = listen(site)
    async with site.db.transaction() as session:
        site.db.on_commit(lambda: told.append(("function", "", NONE)))
        session.add(Note(text="a"))
    assert [one[0] for one in told] == ["function", "created"]


async def test_a_receiver_that_fails_stops_nothing(
    site: Notes, caplog: pytest.LogCaptureFixture
) -> None:
    @site.hotframe.hooks.on("app.Note.created", priority=1)
    async def fail(change: ModelChange[Note]) -> None:
        raise RuntimeError("It cannot be helped.")

    told = listen(site)
    await has(site)
    assert told == [("created", "a", NONE)] and await site.texts() == ["a"]
    assert "It cannot be helped." in caplog.text


async def test_a_declared_event_reaches_who_is_connected_and_its_payload_is_checked(
    site: Notes, caplog: pytest.LogCaptureFixture
) -> None:
    found: list[Any] = []
    created = site.hotframe.hooks.event("app.Note.created", payload=ModelChange)
    site.hotframe.hooks.event("app.Note.updated", payload=Note)

    @created.connect
    async def connected(sender: Any, payload: Any) -> None:
        found.append((sender, payload.instance.text))

    listen(site, "app.Note.updated")
    await has(site)
    assert found == [(site.app, "a")]
    async with site.db.transaction() as session:
        (await session.get_one(Note, 1)).text = "b"
    assert await site.texts() == ["b"]
    assert "expects a payload of type tests.support.notes.Note" in caplog.text


async def test_what_a_receiver_writes_is_told_too(site: Notes) -> None:
    @site.hotframe.hooks.on("app.Note.created")
    async def write(change: ModelChange[Note]) -> None:
        if change.instance.text == "a":
            async with db.transaction() as session:
                session.add(Note(text="b"))

    told = listen(site)
    await has(site)
    assert sorted(one[1] for one in told) == ["a", "b"]


async def test_receivers_that_cause_each_other_for_ever_are_stopped(
    site: Notes, caplog: pytest.LogCaptureFixture
) -> None:
    @site.hotframe.hooks.on("app.Note.created")
    async def write(change: ModelChange[Note]) -> None:
        async with db.transaction() as session:
            session.add(Note(text=change.instance.text + "a"))

    await has(site)
    assert await site.texts() == ["a" * length for length in range(1, 11)]
    (failure,) = [one for one in caplog.records if one.levelno == logging.ERROR]
    assert failure.exc_info is not None
    error = failure.exc_info[1]
    assert isinstance(error, SetupError) and "app.Note.created → app.Note.created" in str(error)


async def test_several_databases_tell(site: Notes, tmp_path: Any) -> None:
    further = Notes(
        tmp_path / "further",
        {"HOTFRAME_DATABASES": {"second": f"sqlite:///{tmp_path / 'second.sqlite3'}"}},
    )
    told: list[str] = []

    @further.hotframe.hooks.on("app.Note.created")
    async def tell(change: ModelChange[Note]) -> None:
        told.append(change.instance.text)

    async with further.app.test_app():
        for one in (further.db, further.db["second"]):
            async with one.engine.begin() as connection:
                await connection.run_sync(Note.metadata.create_all)
        async with further.db.transaction() as first, further.db["second"].transaction() as second:
            first.add(Note(text="first"))
            second.add(Note(text="second"))
    assert told == ["second", "first"]


async def test_a_model_that_nobody_listens_to_is_not_kept(site: Notes) -> None:
    told = listen(site, "app.Other.created")
    async with site.db.transaction() as session:
        kept = weakref.ref(note := Note(text="a"))
        session.add(note)
        del note
        await session.flush()
        gc.collect()
        assert kept() is None
    assert told == []


@pytest.mark.parametrize(
    ("event", "noting"), [("order.paid", False), ("app.*.updated", True), ("app.**", True)]
)
async def test_a_session_notes_nothing_while_nobody_listens_to_any_model(
    site: Notes, event: str, noting: bool
) -> None:
    listen(site, event)
    async with site.db.transaction() as session:
        assert (type(session.sync_session) is not Session) == noting
