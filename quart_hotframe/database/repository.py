"""The usual questions to one table, typed."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Mapping
from collections.abc import Sequence
from typing import Any
from typing import Generic

from sqlalchemy import ColumnElement
from sqlalchemy import delete
from sqlalchemy import func
from sqlalchemy import inspect
from sqlalchemy import or_
from sqlalchemy import Select
from sqlalchemy import select
from sqlalchemy import update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute
from werkzeug.exceptions import NotFound

from ..errors import SetupError
from .audit import Audited
from .mixins import SoftDelete
from .ordering import columns
from .ordering import orders
from .paging import after as following
from .paging import check_order
from .paging import cursor_at
from .paging import Model
from .paging import Page
from .paging import Stretch
from .slugs import Slug
from .slugs import slugify
from .upserting import upsert_statement

BATCH = 500
"""Rows that are written together by :meth:`Repository.add_all`."""
MOST_WORDS, MOST_LETTERS = 20, 1000
"""What is taken of the text of a search: databases limit statements and patterns."""
UNFIT = "22"
"""How the codes of errors begin with which PostgreSQL refuses a value that no column could have."""
Where = ColumnElement[bool]


class Repository(Generic[Model]):
    """Reads and writes the rows of one model in a session; it never commits.

    ::

        products = Repository(Product, lambda: db.session, search=["name"])
        page = await products.page(2, Product.price < 10, order=["-created_at"], search="kettle")

    Rows that are marked as deleted (:class:`~quart_hotframe.database.SoftDelete`) are left out.

    :param model: the mapped class.
    :param session: a session, or a function that returns the one to use now.
    :param search: names of the columns in which ``search=`` looks.
    :param deleted: see rows that are marked as deleted, too.
    :raises SetupError: the model has no such column.
    """

    def __init__(
        self,
        model: type[Model],
        session: AsyncSession | Callable[[], AsyncSession],
        *,
        search: Sequence[str] = (),
        deleted: bool = False,
    ) -> None:
        self.model = model
        self.mapper = inspect(model)
        self._session = session
        self._searched = columns(self.mapper, search)
        self._hides = issubclass(model, SoftDelete) and not deleted

    @property
    def session(self) -> AsyncSession:
        """The session in which it works now."""
        return self._session if isinstance(self._session, AsyncSession) else self._session()

    # -- reading ---------------------------------------------------------------------------------

    def select(self, *where: Where, search: str | None = "") -> Select[Any]:
        """Return the statement for the rows, to which anything can be added.

        :param search: words, each of which must stand in one of the columns of ``search=``; of
            a text the first 20 words and 1000 letters are taken, so that any of a visitor will do.
        """
        statement = select(self.model).where(*where)
        if self._hides:
            statement = statement.where(self._attribute("deleted_at").is_(None))
        # PostgreSQL has no NUL in its texts and would refuse the statement.
        text = (search or "")[:MOST_LETTERS].replace("\0", " ")
        for word in text.split()[:MOST_WORDS]:
            statement = statement.where(self._has(word))
        return statement

    def _has(self, word: str) -> ColumnElement[bool]:
        if not self._searched:
            raise SetupError(
                f"{self.model.__name__} has no columns to search: give their names, "
                f'Repository({self.model.__name__}, …, search=["name"]).'
            )
        return or_(*(one.icontains(word, autoescape=True) for one in self._searched))

    def _attribute(self, name: str) -> InstrumentedAttribute[Any]:
        found: InstrumentedAttribute[Any] = getattr(self.model, name)
        return found

    async def get(self, key: Any) -> Model | None:
        """Return the row with a primary key, or ``None``; also for what no key can be.

        :param key: the value, or a tuple of those of a longer key.
        """
        try:
            found: Model | None = await self.session.get(self.model, key)
        except OverflowError:  # of SQLite's driver
            return None
        except DBAPIError as error:
            if not str(getattr(error.orig, "sqlstate", "")).startswith(UNFIT):
                raise
            return None
        return None if self._hides and getattr(found, "deleted", False) else found

    async def get_or_404(self, key: Any) -> Model:
        """Return the row with a primary key.

        :raises NotFound: there is none; in a view this answers with status 404.
        """
        return _there(await self.get(key))

    async def first(self, *where: Where, order: Iterable[str] = ()) -> Model | None:
        """Return the first row of an order that meets the conditions, or ``None``."""
        found = await self.list(*where, order=order, limit=1)
        return found[0] if found else None

    async def first_or_404(self, *where: Where, order: Iterable[str] = ()) -> Model:
        """Return the first row that meets the conditions.

        :raises NotFound: there is none; in a view this answers with status 404.
        """
        return _there(await self.first(*where, order=order))

    async def count(self, *where: Where, search: str | None = "") -> int:
        """Return how many rows meet the conditions."""
        rows = self.select(*where, search=search).with_only_columns(*self.mapper.primary_key)
        return await self.session.scalar(select(func.count()).select_from(rows.subquery())) or 0

    async def list(
        self,
        *where: Where,
        order: Iterable[str] = (),
        search: str | None = "",
        limit: int | None = None,
        offset: int = 0,
    ) -> list[Model]:
        """Return rows in an order.

        :param where: conditions, all of which a row must meet.
        :param order: names of columns, ``"-created_at"`` for falling; the primary key comes last.
        :param search: words, each of which must stand in one of the columns of ``search=``.
        :param limit: most rows; ``None`` for all.
        :param offset: rows to leave out before.
        :raises SetupError: the model has no such column.
        """
        by = (one.expression for one in orders(self.mapper, order))
        statement = self.select(*where, search=search).order_by(*by).limit(limit)
        found = await self.session.scalars(statement.offset(offset) if offset else statement)
        return [*found.unique()]

    async def page(
        self,
        number: int = 1,
        *where: Where,
        size: int = 50,
        order: Iterable[str] = (),
        search: str | None = "",
    ) -> Page[Model]:
        """Return one page and the count of all rows. It asks the database twice.

        :param number: of the page, from 1; what is less counts as 1.
        :param size: rows on a page, at least 1.
        """
        number, size = max(number, 1), max(size, 1)
        total = await self.count(*where, search=search)
        start = (number - 1) * size
        items = (
            await self.list(*where, order=order, search=search, limit=size, offset=start)
            if start < total
            else []
        )
        return Page(items, number, size, total)

    async def stretch(
        self,
        after: str | None = None,
        *where: Where,
        size: int = 50,
        order: Iterable[str] = (),
        search: str | None = "",
    ) -> Stretch[Model]:
        """Return the rows that follow a cursor (keyset paging).

        It costs the same at the end of a long list as at its start, and rows that come or go
        meanwhile make none appear twice or be left out.

        :param after: ``Stretch.next`` of the rows before; ``None`` begins.
        :param size: most rows, at least 1.
        :raises BadRequest: the cursor is not one of this order; a view answers with status 400.
        :raises SetupError: the order has a column that may be NULL.
        """
        by, size = orders(self.mapper, order), max(size, 1)
        check_order(by)
        conditions = [*where, following(by, after)] if after else where
        statement = self.select(*conditions, search=search).order_by(*(o.expression for o in by))
        found = [*(await self.session.scalars(statement.limit(size + 1))).unique()]
        more = cursor_at(by, found[size - 1]) if len(found) > size else None
        return Stretch(found[:size], more)

    async def free_slug(self, text: str) -> str:
        """Return a slug of *text* that no row has, with a number behind it if need be.

        :raises SetupError: the model has no slug.
        """
        if not issubclass(self.model, Slug):
            raise SetupError(f"{self.model.__name__} has no slug: derive it from Slug.")
        column, base = self._attribute("slug"), slugify(text) or "-"
        rows = select(column).where(column.startswith(base, autoescape=True))
        taken = {*await self.session.scalars(rows)}
        slug, number = base, 1
        while slug in taken:
            number += 1
            slug = f"{base}-{number}"
        return slug

    # -- writing ---------------------------------------------------------------------------------

    async def add(self, item: Model) -> Model:
        """Write a new row and return it with its key."""
        self.session.add(item)
        await self.session.flush()
        return item

    async def add_all(self, items: Iterable[Model]) -> int:
        """Write many new rows, 500 at a time, and return how many."""
        session, batch, count = self.session, [], 0
        for item in items:
            batch.append(item)
            if len(batch) == BATCH:
                count += await _flush(session, batch)
        return count + await _flush(session, batch)

    async def delete(self, item: Model) -> None:
        """Delete a row, or mark it where the model is one of ``SoftDelete``."""
        if isinstance(item, SoftDelete):
            item.soft_delete()
        else:
            await self.session.delete(item)
        await self.session.flush()

    async def upsert(self, values: Mapping[str, Any], key: Sequence[str]) -> Model:
        """Insert a row, or change the one that has the same key, in one statement.

        :param values: by attribute; those of the key are among them.
        :param key: attributes with a unique constraint, or the primary key.
        :raises SetupError: the model is ``Audited``, or has no such column.
        """
        self._refuse_audited("upsert")
        session = self.session
        dialect = (await session.connection()).dialect.name
        statement = upsert_statement(self.mapper, values, key, dialect).returning(self.model)
        found = await session.scalars(statement, execution_options={"populate_existing": True})
        written: Model = found.one()
        return written

    async def update_where(self, *where: Where, **values: Any) -> int:
        """Change all rows that meet the conditions, in one statement; return how many.

        :raises SetupError: the model is ``Audited``, or there is no condition.
        """
        self._refuse_audited("update_where")
        _need(where, "update_where")
        columns(self.mapper, values)
        version = self.mapper.version_id_col
        if version is not None:
            values.setdefault(self.mapper.get_property_by_column(version).key, version + 1)
        statement = update(self.model).where(*self._visible(where)).values(**values)
        return _rows(await self.session.execute(statement))

    async def delete_where(self, *where: Where) -> int:
        """Delete (or mark) all rows that meet the conditions, in one statement; return how many.

        :raises SetupError: the model is ``Audited``, or there is no condition.
        """
        _need(where, "delete_where")
        if issubclass(self.model, SoftDelete):
            return await self.update_where(*where, deleted_at=func.now())
        self._refuse_audited("delete_where")
        return _rows(await self.session.execute(delete(self.model).where(*where)))

    def _visible(self, where: tuple[Where, ...]) -> tuple[Where, ...]:
        return (*where, self._attribute("deleted_at").is_(None)) if self._hides else where

    def _refuse_audited(self, method: str) -> None:
        if issubclass(self.model, Audited):
            raise SetupError(
                f"{self.model.__name__} is Audited, and {method}() changes rows without a session, "
                "so nobody would learn of it: read the rows and change them, or use add_all()."
            )


def _need(where: Sequence[Where], method: str) -> None:
    if not where:
        raise SetupError(f"{method}() without a condition means all rows: write true() for that.")


def _there(found: Model | None) -> Model:
    if found is None:
        raise NotFound
    return found


def _rows(result: Any) -> int:
    return int(result.rowcount)


async def _flush(session: AsyncSession, batch: list[Any]) -> int:
    count = len(batch)
    session.add_all(batch)
    await session.flush()
    batch.clear()
    return count
