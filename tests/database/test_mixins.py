"""Mixins in SQLite and PostgreSQL."""

from __future__ import annotations

import threading
from datetime import datetime
from datetime import timedelta
from datetime import timezone
from datetime import UTC
from typing import Any

import pytest
from sqlalchemy import insert
from sqlalchemy import select
from sqlalchemy import text
from sqlalchemy import update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.exc import StatementError
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.orm import Mapped
from sqlalchemy.orm import mapped_column
from sqlalchemy.orm.exc import StaleDataError

from quart_hotframe.database import Audited
from quart_hotframe.database import ModuleModels
from quart_hotframe.database import Slug
from quart_hotframe.database import slugify
from quart_hotframe.database import SoftDelete
from quart_hotframe.database.keys import uuid7
from quart_hotframe.errors import SetupError
from tests.support.shelf import Account
from tests.support.shelf import Actor
from tests.support.shelf import Book
from tests.support.shelf import Change
from tests.support.shelf import Counter


def book(title: str = "Emma", **values: Any) -> Book:
    return Book(title=title, isbn=values.pop("isbn", title), **values)


async def again(session: AsyncSession, item: Any) -> Any:
    """Return the row as it is in the database."""
    await session.commit()
    await session.refresh(item)
    return item


async def test_timestamps_are_moments_in_utc_and_the_second_moves(session: AsyncSession) -> None:
    before = datetime.now(UTC)
    one = book()
    session.add(one)
    await again(session, one)
    assert before <= one.created_at <= one.updated_at <= datetime.now(UTC)
    assert one.created_at.tzinfo is UTC
    made, changed = one.created_at, one.updated_at
    one.title = "Persuasion"
    await again(session, one)
    assert one.created_at == made and one.updated_at > changed


async def test_statements_of_ones_own_have_timestamps_too(session: AsyncSession) -> None:
    await session.execute(text("INSERT INTO counter (id, name, count, version) VALUES (1,'a',0,1)"))
    one = await session.get_one(Counter, 1)
    assert abs(datetime.now(UTC) - one.created_at) < timedelta(minutes=1)
    before = one.updated_at
    await session.execute(update(Counter).values(count=1))
    await again(session, one)
    assert one.updated_at > before


async def test_a_moment_of_another_zone_is_kept_and_one_without_is_refused(
    session: AsyncSession,
) -> None:
    one = book()
    one.deleted_at = datetime(2026, 1, 1, 2, tzinfo=timezone(timedelta(hours=2)))
    session.add(one)
    await again(session, one)
    assert one.deleted_at == datetime(2026, 1, 1, tzinfo=UTC)
    one.deleted_at = datetime(2026, 1, 1)
    with pytest.raises(StatementError, match="has no time zone"):
        await session.flush()


def test_keys_rise_also_from_several_threads_and_are_version_7() -> None:
    found: list[list[Any]] = []
    threads = [
        threading.Thread(target=lambda: found.append([uuid7() for _ in range(5000)]))
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(keys == sorted(keys) for keys in found)
    keys = {key for keys in found for key in keys}
    assert len(keys) == 20_000
    assert {(key.version, key.variant) for key in keys} == {(7, "specified in RFC 4122")}
    made = datetime.fromtimestamp((uuid7().int >> 80) / 1000, UTC)
    assert abs(made - datetime.now(UTC)) < timedelta(minutes=1)


async def test_keys_are_ordered_in_the_database_as_they_were_made(session: AsyncSession) -> None:
    books = [book(str(number)) for number in range(50)]
    session.add_all(reversed(books))
    for one in books:
        one.id = uuid7()
    await session.commit()
    titles = [*await session.scalars(select(Book.title).order_by(Book.id))]
    assert titles == [str(number) for number in range(50)]


async def test_a_row_is_marked_and_restored(session: AsyncSession) -> None:
    one = book()
    session.add(one)
    one.soft_delete()
    first = one.deleted_at
    one.soft_delete()
    await again(session, one)
    assert one.deleted and one.deleted_at == first
    one.restore()
    await again(session, one)
    assert not one.deleted and one.deleted_at is None
    assert isinstance(one, SoftDelete)


@pytest.mark.parametrize(
    ("title", "slug"),
    [
        ("Crème brûlée: 2 × Löffel", "creme-brulee-2-loffel"),
        ("  Straße -- NACH__Rom ", "strasse-nach-rom"),
        ("日本 の 本", "日本-の-本"),
        ("Łódź", "lodz"),
        ("...", ""),
        ("a" * 199 + " bc", "a" * 199),
    ],
)
def test_slugs(title: str, slug: str) -> None:
    assert slugify(title) == slug


async def test_a_slug_is_made_of_the_title_once_and_is_unique(session: AsyncSession) -> None:
    one = book("Pride & Prejudice")
    session.add_all([one, book("Emma", slug="chosen")])
    await session.flush()
    one.title = "Something else"
    await again(session, one)
    assert one.slug == "pride-prejudice"
    assert await session.scalar(select(Book.slug).where(Book.title == "Emma")) == "chosen"
    session.add(book("pride prejudice"))
    with pytest.raises(IntegrityError):
        await session.flush()


async def test_of_two_changes_at_once_the_second_fails(session: AsyncSession) -> None:
    session.add(Counter(id=1, name="a"))
    await session.commit()
    async with AsyncSession(session.bind, expire_on_commit=False) as other:
        mine, theirs = await session.get_one(Counter, 1), await other.get_one(Counter, 1)
        mine.count, theirs.count = 1, 2
        await session.commit()
        with pytest.raises(StaleDataError):
            await other.commit()
    await again(session, mine)
    assert (mine.count, mine.version) == (1, 2)


async def changes(session: AsyncSession) -> list[Change]:
    return [*await session.scalars(select(Change).order_by(Change.id))]


async def test_who_changed_what_and_when_is_written(
    session: AsyncSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Actor, "name", "ada")
    account = Account(name="one", password="secret")
    session.add(account)
    await session.commit()
    monkeypatch.setattr(Actor, "name", "bob")
    account.name, account.password = "two", "other"
    await session.commit()
    await session.delete(account)
    await session.commit()
    made, changed, gone = await changes(session)
    assert [one.action for one in (made, changed, gone)] == ["insert", "update", "delete"]
    assert [one.who for one in (made, changed, gone)] == ["ada", "bob", "bob"]
    assert {(one.model, one.row) for one in (made, changed, gone)} == {("Account", "1")}
    assert made.changes["name"] == [None, "one"] and gone.changes["name"] == ["two", None]
    assert changed.changes["name"] == ["one", "two"]
    assert changed.changes.keys() == {"name", "password"}
    assert "secret" not in str([one.changes for one in (made, changed, gone)])
    assert abs(datetime.now(UTC) - made.at) < timedelta(minutes=1)


async def test_what_is_rolled_back_leaves_no_audit(session: AsyncSession) -> None:
    session.add(Account(name="one"))
    await session.flush()
    assert len(await changes(session)) == 1
    await session.rollback()
    assert await changes(session) == []


async def test_a_row_that_is_added_to_a_session_without_a_change_writes_nothing(
    session: AsyncSession,
) -> None:
    account = Account(name="one")
    session.add(account)
    await session.commit()
    account.name = "one"
    await session.commit()
    assert len(await changes(session)) == 1


async def test_an_audit_without_a_table_for_it_says_what_to_add(session: AsyncSession) -> None:
    class Alone(ModuleModels, DeclarativeBase): ...

    class Thing(Audited, Alone):
        id: Mapped[int] = mapped_column(primary_key=True)

    connection = await session.connection()
    await connection.run_sync(Alone.metadata.create_all)
    session.add(Thing())
    with pytest.raises(SetupError, match=r"class Change\(AuditLog, Base\)"):
        await session.flush()


async def test_a_slug_needs_its_source(session: AsyncSession) -> None:
    assert Slug.__slug_from__ == "title"
    with pytest.raises(IntegrityError):
        await session.execute(insert(Book).values(title="x", isbn="x"))
