"""The repository in SQLite and PostgreSQL."""

from __future__ import annotations

import base64
import json
from collections.abc import Awaitable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy import func
from sqlalchemy import select
from sqlalchemy import true
from sqlalchemy.ext.asyncio import AsyncSession
from werkzeug.exceptions import BadRequest
from werkzeug.exceptions import NotFound

from quart_hotframe.database import Page
from quart_hotframe.database import Repository
from quart_hotframe.database.keys import uuid7
from quart_hotframe.errors import SetupError
from tests.support.shelf import Account
from tests.support.shelf import Book
from tests.support.shelf import Change
from tests.support.shelf import Counter
from tests.support.shelf import Place

AUTHORS = ("Austen", "Brontë", None)


def books_of(count: int = 25) -> list[Book]:
    """Return books of which several have the same price and the same day."""
    return [
        Book(
            title=f"Book {number:03}",
            isbn=f"{number}",
            author=AUTHORS[number % 3],
            price=Decimal(number % 4) + Decimal("0.50"),
            pages=number % 5,
            printed=date(2020, 1, 1 + number % 2),
        )
        for number in range(count)
    ]


@pytest.fixture
def books(session: AsyncSession) -> Repository[Book]:
    return Repository(Book, session, search=["title", "author"])


@pytest.mark.parametrize("key", [2**40, 10**30, -(10**30)])
async def test_what_no_key_can_be_is_not_there(session: AsyncSession, key: int) -> None:
    counters = Repository(Counter, session)
    await counters.add(Counter(name="one"))
    with pytest.raises(NotFound):
        await counters.get_or_404(key)
    assert await counters.count() == 1


async def test_get_and_get_or_404(books: Repository[Book]) -> None:
    one = await books.add(books_of(1)[0])
    assert await books.get(one.id) is one
    assert await books.get_or_404(one.id) is one
    assert await books.get(uuid7()) is None
    with pytest.raises(NotFound):
        await books.get_or_404(uuid7())
    assert await books.first_or_404(Book.title == "Book 000") is one
    with pytest.raises(NotFound):
        await books.first_or_404(Book.title == "none")


async def test_a_longer_key_is_a_tuple(session: AsyncSession) -> None:
    places = Repository(Place, session)
    await places.add_all([Place(row=1, seat=2), Place(row=2, seat=1)])
    assert (await places.get_or_404((2, 1))).seat == 1
    assert [one.row for one in await places.list(order=["-row"])] == [2, 1]


async def test_the_session_may_be_a_function(session: AsyncSession) -> None:
    asked: list[int] = []

    def current() -> AsyncSession:
        asked.append(1)
        return session

    books = Repository(Book, current)
    assert asked == []
    assert await books.list() == [] and asked


async def test_list_filters_orders_and_limits(books: Repository[Book]) -> None:
    await books.add_all(books_of())
    found = await books.list(Book.author == "Austen", Book.pages > 2, order=["-pages", "title"])
    wanted = [one for one in books_of() if one.author == "Austen" and one.pages > 2]
    wanted.sort(key=lambda one: (-one.pages, one.title))
    assert [one.title for one in found] == [one.title for one in wanted]
    some = await books.list(order="title", limit=3, offset=4)
    assert [one.title for one in some] == ["Book 004", "Book 005", "Book 006"]
    rest = await books.list(order="title", offset=23)
    assert [one.title for one in rest] == ["Book 023", "Book 024"]


async def test_an_unknown_column_names_the_nearest(session: AsyncSession) -> None:
    books = Repository(Book, session)
    with pytest.raises(SetupError, match=r"Book has no column 'titel'. Did you mean 'title'\?"):
        await books.list(order=["-titel"])
    with pytest.raises(SetupError, match="no column 'auhtor'"):
        Repository(Book, session, search=["auhtor"])


async def test_search_finds_every_word_in_any_column_and_no_pattern(
    books: Repository[Book],
) -> None:
    await books.add_all(books_of(6))
    await books.add(Book(title="100% wool_len", isbn="x"))
    assert [one.title for one in await books.list(search="austen BOOK", order="title")] == [
        "Book 000",
        "Book 003",
    ]
    assert await books.list(search="austen brontë") == []
    assert [one.title for one in await books.list(search="%")] == ["100% wool_len"]
    assert [one.title for one in await books.list(search="_")] == ["100% wool_len"]
    assert len(await books.list(search=None)) == len(await books.list(search="  ")) == 7
    with pytest.raises(SetupError, match="has no columns to search"):
        await Repository(Book, books.session).list(search="x")


async def test_any_text_of_a_visitor_can_be_searched_for(books: Repository[Book]) -> None:
    await books.add_all(books_of(2))
    assert len(await books.list(search="book\0")) == 2
    assert len(await books.list(search="book " * 20_000)) == 2
    assert await books.list(search="x" * 100_000) == []


async def test_pages_by_number(books: Repository[Book]) -> None:
    await books.add_all(books_of(25))
    page = await books.page(2, size=10, order=["title"])
    assert [one.title for one in page.items] == [f"Book {n:03}" for n in range(10, 20)]
    assert (page.total, page.pages, page.previous, page.next) == (25, 3, 1, 3)
    last = await books.page(3, size=10, order=["title"])
    assert (len(last.items), last.next) == (5, None)
    beyond = await books.page(99, size=10)
    assert (beyond.items, beyond.previous, beyond.next) == ([], 3, None)
    assert (await books.page(10**30)).items == []  # a visitor may ask for more than OFFSET can say
    first = await books.page(-1, Book.author == "nobody", size=0)
    assert first == Page([], 1, 1, 0)
    assert (first.pages, first.previous, first.next) == (1, None, None)


ORDERS: list[tuple[str, ...]] = [
    (),
    ("price",),
    ("-price", "printed"),
    ("price", "-pages", "-title"),
    ("-printed", "isbn"),
    ("-created_at",),
    ("-id",),
]


@pytest.mark.parametrize("order", ORDERS, ids=" ".join)
async def test_stretches_have_every_row_once_in_the_order_of_a_list(
    books: Repository[Book], order: tuple[str, ...]
) -> None:
    await books.add_all(books_of(25))
    await books.session.commit()
    found: list[Book] = []
    cursor, stretches = None, 0
    while True:
        stretch = await books.stretch(cursor, Book.pages < 4, size=7, order=order)
        found += stretch.items
        stretches += 1
        if (cursor := stretch.next) is None:
            break
    assert found == await books.list(Book.pages < 4, order=order)
    assert (len(found), stretches) == (20, 3)


async def test_a_stretch_that_ends_exactly_has_no_next(books: Repository[Book]) -> None:
    await books.add_all(books_of(6))
    one = await books.stretch(size=3)
    two = await books.stretch(one.next, size=3)
    assert len(two.items) == 3 and two.next is None


async def test_rows_that_come_meanwhile_do_not_shift_a_stretch(books: Repository[Book]) -> None:
    await books.add_all(books_of(6))
    one = await books.stretch(size=3, order=["title"])
    await books.add(Book(title="A book before", isbn="a"))
    two = await books.stretch(one.next, size=3, order=["title"])
    assert [o.title for o in two.items] == ["Book 003", "Book 004", "Book 005"]


KEY = "01a1fd59-a542-7253-b52d-b1b51d6c3ea8"


def forged(names: list[str], values: list[Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps([names, values]).encode()).decode()


@pytest.mark.parametrize(
    "cursor",
    [
        "x",
        "é",
        "%%%%",
        forged(["pages"], [1]),
        forged(["-pages", "-id"], [1, KEY]),
        forged(["pages", "id"], [1]),
        forged(["pages", "id"], ["1", KEY]),
        forged(["pages", "id"], [1, "no key"]),
        forged(["pages", "id"], [{"a": 1}, KEY]),
        forged(["pages", "id"], [True, KEY]),
        forged(["pages", "id"], [1, 2]),
        forged(["pages", "id"], [10**30, KEY]),
        base64.urlsafe_b64encode(b"[" * 100_000).decode(),
        base64.urlsafe_b64encode(b"7").decode(),
        base64.urlsafe_b64encode(b"\xff").decode(),
    ],
)
async def test_a_cursor_that_a_visitor_wrote_is_a_bad_request(
    books: Repository[Book], cursor: str
) -> None:
    with pytest.raises(BadRequest):
        await books.stretch(cursor, order=["pages"])


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("title", "a\0"),
        ("title", "\ud800"),
        ("created_at", "2026-01-01T00:00:00"),
        ("created_at", "9999-12-31T23:59:59-10:00"),
    ],
)
async def test_a_cursor_with_a_value_that_cannot_be_stored_is_a_bad_request(
    books: Repository[Book], column: str, value: str
) -> None:
    with pytest.raises(BadRequest):
        await books.stretch(forged([column, "id"], [value, KEY]), order=[column])


@pytest.mark.parametrize(("number", "found"), [(2**31, 0), (-(2**31) - 1, 2)])
async def test_a_cursor_may_name_a_number_that_the_column_cannot_have(
    books: Repository[Book], number: int, found: int
) -> None:
    await books.add_all(books_of(2))
    stretch = await books.stretch(forged(["pages", "id"], [number, KEY]), order=["pages"])
    assert len(stretch.items) == found


async def test_an_order_without_a_place_to_begin_at_is_refused(
    books: Repository[Book], session: AsyncSession
) -> None:
    with pytest.raises(SetupError, match="'author' may be NULL"):
        await books.stretch(order=["author"])
    with pytest.raises(SetupError, match="has the type JSON"):
        await Repository(Change, session).stretch(order=["changes"])


async def test_marked_rows_are_left_out(books: Repository[Book], session: AsyncSession) -> None:
    await books.add_all(books_of(3))
    one = await books.first_or_404(Book.title == "Book 001")
    await books.delete(one)
    assert one.deleted
    assert await books.get(one.id) is None
    assert len(await books.list()) == await books.count() == (await books.page()).total == 2
    assert len((await books.stretch()).items) == 2
    everything = Repository(Book, session, deleted=True)
    assert await everything.get(one.id) is one and await everything.count() == 3


async def test_delete_of_a_model_that_is_not_marked_takes_the_row(session: AsyncSession) -> None:
    counters = Repository(Counter, session)
    one = await counters.add(Counter(name="a"))
    await counters.delete(one)
    assert await session.scalar(select(func.count(Counter.id))) == 0


async def test_free_slug(books: Repository[Book], session: AsyncSession) -> None:
    assert await books.free_slug("Emma") == "emma"
    for number in ("", "-2", "-4", "-way"):
        await books.add(Book(title="x", isbn=f"i{number}", slug=f"emma{number}"))
    await books.delete(await books.first_or_404(Book.slug == "emma-2"))
    assert await books.free_slug("Emma") == "emma-3"
    assert await books.free_slug("???") == "-"
    with pytest.raises(SetupError, match="has no slug"):
        await Repository(Counter, session).free_slug("x")


async def test_upsert_inserts_then_changes_the_row(session: AsyncSession) -> None:
    counters = Repository(Counter, session)
    one = await counters.upsert({"name": "a", "count": 1}, ["name"])
    made, changed = one.created_at, one.updated_at
    assert (one.count, one.version) == (1, 1)
    same = await counters.upsert({"name": "a", "count": 5}, ["name"])
    assert same is one
    assert (one.count, one.version, one.created_at) == (5, 2, made)
    assert one.updated_at > changed
    one.count = 6  # the version in memory is that of the row
    await session.flush()
    again = await counters.upsert({"name": "a"}, ["name"])
    assert (again.id, again.count) == (one.id, 6)
    assert await counters.count() == 1


async def test_upsert_takes_attributes_and_says_what_is_wrong(session: AsyncSession) -> None:
    books = Repository(Book, session)
    values = {"isbn": "1", "title": "One", "slug": "one"}
    one = await books.upsert(values, ["isbn"])
    assert (await books.upsert({**values, "title": "Two"}, ["isbn"])).id == one.id
    assert one.title == "Two"
    with pytest.raises(SetupError, match="no column 'isbn13'"):
        await books.upsert({"isbn13": "1"}, ["isbn13"])
    with pytest.raises(SetupError, match="are absent"):
        await books.upsert({"title": "One"}, ["isbn"])
    with pytest.raises(SetupError, match="are absent"):
        await books.upsert({"title": "One"}, [])


async def test_upsert_of_a_row_that_is_only_its_key(session: AsyncSession) -> None:
    places = Repository(Place, session)
    for _ in range(2):
        one = await places.upsert({"row": 1, "seat": 2}, ["row", "seat"])
        assert (one.row, one.seat) == (1, 2)
    assert await places.count() == 1


async def test_many_rows_are_written_in_batches_with_all_their_events(
    books: Repository[Book], session: AsyncSession
) -> None:
    flushes: list[int] = []
    note = lambda session, context: flushes.append(len(session.new))  # noqa: E731
    event.listen(session.sync_session, "after_flush", note)
    assert await books.add_all(books_of(1201)) == 1201
    assert flushes == [500, 500, 201]
    assert await books.count(Book.slug.startswith("book-")) == 1201
    accounts = Repository(Account, session)
    await accounts.add_all(Account(name=str(number)) for number in range(5))
    assert await session.scalar(select(func.count(Change.id))) == 5


async def test_update_where_changes_what_is_seen(
    books: Repository[Book], session: AsyncSession
) -> None:
    await books.add_all(books_of(6))
    one = await books.first_or_404(Book.title == "Book 003")
    before = one.updated_at
    await books.delete(await books.first_or_404(Book.title == "Book 000"))
    assert await books.update_where(Book.author == "Austen", price=Decimal(9)) == 1
    await session.refresh(one)
    assert one.price == 9 and one.updated_at > before
    counters = Repository(Counter, session)
    counter = await counters.add(Counter(name="a"))
    assert await counters.update_where(Counter.name == "a", count=2) == 1
    await session.refresh(counter)
    assert (counter.count, counter.version) == (2, 2)
    with pytest.raises(SetupError, match="no column 'cuont'"):
        await counters.update_where(true(), cuont=2)


async def test_delete_where_marks_or_deletes(
    books: Repository[Book], session: AsyncSession
) -> None:
    await books.add_all(books_of(6))
    assert await books.delete_where(Book.author == "Austen") == 2
    assert await books.count() == 4
    assert await Repository(Book, session, deleted=True).count(Book.deleted_at.is_not(None)) == 2
    counters = Repository(Counter, session)
    await counters.add_all([Counter(name="a"), Counter(name="b")])
    assert await counters.delete_where(true()) == 2


async def test_statements_for_many_rows_need_a_condition_and_no_audit(
    books: Repository[Book], session: AsyncSession
) -> None:
    for call in (books.update_where(price=1), books.delete_where()):
        with pytest.raises(SetupError, match="without a condition"):
            await call
    accounts = Repository(Account, session)
    calls: list[Awaitable[Any]] = [
        accounts.update_where(true(), name="x"),
        accounts.delete_where(true()),
        accounts.upsert({"name": "x"}, ["name"]),
    ]
    for other in calls:
        with pytest.raises(SetupError, match="is Audited"):
            await other
