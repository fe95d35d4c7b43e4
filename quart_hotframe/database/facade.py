"""``hotframe.db``: the databases of an app, and the unit of work of the running code."""

from __future__ import annotations

import asyncio
import inspect
import logging
from collections.abc import AsyncIterator
from collections.abc import Callable
from contextlib import asynccontextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import Any
from typing import TYPE_CHECKING
from typing import TypeVar

from quart import has_request_context

from ..config import Settings
from ..errors import ConfigurationError
from ..errors import DatabaseUnavailable
from ..errors import nearest
from ..errors import SetupError
from ..hooks import HookTable
from ..runtime.connection import Exchange
from ..runtime.connection import Socket
from ..runtime.runtime import Runtime
from .followers import Followers
from .own_units import OwnUnits
from .requests import RequestUnits
from .requests import RequestWatch

# SQLAlchemy is imported when a database is used: an app without one does not pay for it.
if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncEngine
    from sqlalchemy.ext.asyncio import AsyncSession

    from .announcing import Announcer
    from .query_watch import QueryWatch
    from .separate import Separate
    from .work import Work

log = logging.getLogger("quart_hotframe.database")

F = TypeVar("F", bound=Callable[[], Any])

_opened: ContextVar[tuple[Work, ...]] = ContextVar("hotframe_works", default=())
"""The units that ``transaction()`` began around the running code, the innermost last."""
DEFAULT = "default"
"""The name of the database at ``HOTFRAME_DATABASE_URL``."""


class Database:
    """One database of an app: its engine, and the units of work on it.

    :param setting: the key that holds *url*, for messages.
    :param hooks: returns the hooks that the caller sees.
    :param followers: who hears of changes beside hooks.
    """

    def __init__(
        self, name: str, url: str, setting: str, settings: Settings, watch: RequestWatch,
        runtime: Runtime, hooks: Callable[[], HookTable], followers: Followers,
    ) -> None:  # fmt: skip
        self.name = name
        self.followers = followers
        self.endings: set[asyncio.Task[None]] = set()
        self.serving = False
        self._url = url
        self._setting = setting
        self._settings = settings
        self._watch = watch
        self._runtime = runtime
        self._hooks = hooks
        self._engine: AsyncEngine | None = None
        self._views: dict[str, AsyncEngine] = {}
        self._announcer: Announcer
        self._query_watch: QueryWatch | None = None

    @property
    def engine(self) -> AsyncEngine:
        """The engine, made on first use; nothing connects or writes a file before it is used.

        :raises MissingExtra: when the driver of the database is not installed.
        """
        if self._engine is None:
            self._engine = self._make_engine()
        return self._engine

    def _make_engine(self) -> AsyncEngine:
        from .announcing import Announcer
        from .engine import beginning
        from .engine import make_engine
        from .engine import Options
        from .engine import read_only
        from .sqlite import LATER
        from .sqlite import WRITING
        from .urls import parse

        settings = self._settings
        frozen = self.name in settings.databases_read_only
        options = Options(settings.database_pool_size, settings.database_pool_timeout,
                          settings.database_timeout, frozen)  # fmt: skip
        engine = make_engine(parse(self._url, self._setting), options)
        if self._watches_queries():
            from .query_watch import QueryWatch

            self._query_watch = QueryWatch(engine, settings)
        self._announcer = Announcer(self._runtime.app, self._hooks, self.followers)
        self._views["read only"] = read_only(engine)
        self._views["write"] = engine if frozen else beginning(engine, WRITING)
        self._views["read"] = engine if frozen else beginning(engine, LATER)
        return engine

    def separate(self) -> Separate:
        """Return the database for who needs connections beside those of units of work."""
        from .separate import Separate
        from .urls import parse

        frozen = self.name in self._settings.databases_read_only
        return Separate(parse(self._url, self._setting), self._settings.database_timeout, frozen)

    def _watches_queries(self) -> bool:
        chosen = self._settings.query_watch
        return self._runtime.app.debug if chosen is None else chosen

    def check(self) -> None:
        """Refuse an address that is wrong.

        :raises ConfigurationError: it is no URL of a database.
        """
        from .urls import parse

        parse(self._url, self._setting)

    # -- units of work ---------------------------------------------------------------------------

    @property
    def session(self) -> AsyncSession:
        """The session of the unit of work of the running code, made on first use.

        A request has one by itself. It is committed when an answer with a status below 400 is
        ready, and rolled back otherwise. So has each event of a live component. Elsewhere write
        ``async with db.transaction()``.

        :raises SetupError: when there is no unit of work, or it has ended.
        """
        work = self._current()
        if work is None:
            raise SetupError(self._why_none())
        return work.session

    @asynccontextmanager
    async def transaction(
        self, *, separate: bool = False, read_only: bool = False
    ) -> AsyncIterator[AsyncSession]:
        """Commit what happens in the block, or roll it back when it raises.

        Inside a unit of work this is a savepoint of it; else a unit of its own.

        :param separate: always begin a unit of its own, which needs one more connection.
        :param read_only: the same, and the database refuses to write.
        :raises DatabaseUnavailable: when the database does not answer.
        """
        outer = None if separate or read_only else self._current(joins=True)
        if outer is not None:
            async with outer.session.begin_nested():
                yield outer.session
            return
        work = self._begin("read only" if read_only else "write")
        _opened.set((*_opened.get(), work))
        try:
            yield work.session
        except BaseException:
            await work.abandon()
            raise
        else:
            await work.end(commit=True)
        finally:  # no token: a fixture may be left in another context than it was entered in
            _opened.set(tuple(one for one in _opened.get() if one is not work))

    def on_commit(self, function: F) -> F:
        """Call a function without arguments after the outermost commit, and never otherwise.

        It runs before the answer of a request is sent. A failure is logged and stops nothing.

        :param function: async, or sync, which runs in a thread and may return an awaitable.
        :returns: the function, so that this is a decorator too.
        :raises SetupError: when there is no unit of work.
        """
        work = self._current()
        if work is None:
            raise SetupError(self._why_none())
        work.session.on_commit(function)
        return function

    def _current(self, *, joins: bool = False) -> Work | None:
        """Return the unit of work of the running code, which requests and events begin now.

        :param joins: it is for a transaction, which need not be part of one.
        """
        pin = self._runtime.pin.get()
        _require_loop()
        for work in reversed(_opened.get()):
            if work.database is self and work.open and work.pin is pin:
                return work
        units = self._units()
        if units is None or units.over:
            return None
        if self.name not in units.works:
            if joins and units.lasts:
                return None
            units.works[self.name] = self._begin("read" if units.reads else "write")
        return units.works[self.name]

    def _units(self) -> RequestUnits | None:
        """Return the units of the event or request that runs, if one does."""
        return OwnUnits.around(self._watch, self._runtime.pin.get()) or self._units_of_request()

    def _units_of_request(self) -> RequestUnits | None:
        if type(self._runtime.pin.get()) is not Exchange or not has_request_context():
            return None
        return self._watch.units()

    def _begin(self, view: str) -> Work:
        from .work import Work

        _require_loop()
        self.engine  # noqa: B018  makes the views and the announcer
        engine, tally = self._views[view], None
        if self._query_watch is not None:
            engine, tally = self._query_watch.counting(engine, self._units_of_request())
        pin = self._runtime.pin.get()
        return Work(self, engine, pin, self._call, self._announcer, self._ended, tally)

    def _why_none(self) -> str:
        instead = "write `async with db.transaction() as session:`"
        pin = self._runtime.pin.get()
        if type(pin) is Socket:
            return f"A websocket has no unit of work, because it may be open for hours: {instead}."
        if type(pin) is Exchange and self._watch.knows(pin):
            return (
                "The unit of work of this request has ended, because its answer is being sent: "
                f"{instead}, also in a generator that streams."
            )
        return f"There is no unit of work outside of a request: {instead}."

    async def _call(self, function: Callable[[], Any]) -> None:
        try:
            found = await self._runtime.app.ensure_async(function)()
            if inspect.isawaitable(found):  # a lambda around a call of what is async
                await found
        except Exception:
            log.exception("%r failed, which ran after a commit.", function)

    # -- engines ---------------------------------------------------------------------------------

    async def healthy(self) -> bool:
        """Say whether the database answers a query."""
        from sqlalchemy import text
        from sqlalchemy.exc import SQLAlchemyError

        try:
            async with self.transaction(read_only=True) as session:
                await session.execute(text("SELECT 1"))
        except (DatabaseUnavailable, SQLAlchemyError):
            return False
        return True

    async def _ended(self, work: Work) -> None:
        if work.tally is not None:
            work.tally.end()
        # A test or command that does not serve has no other moment to close connections.
        if self.serving or self._engine is None:
            return
        pool: Any = self._engine.pool
        if hasattr(pool, "checkedout") and pool.checkedout() == 0:
            await self._engine.dispose()

    async def dispose(self) -> None:
        """Close all connections, after units of work that are about to end. It can go on."""
        self.serving = False
        if self.endings:
            await asyncio.wait(set(self.endings), timeout=self._settings.drain_timeout)
        if self._engine is not None:
            await self._engine.dispose()


class Databases(Database):
    """The database of an app, and further ones by name: ``db["reports"].session``."""

    def __init__(
        self, settings: Settings, instance: Path, runtime: Runtime, hooks: Callable[[], HookTable]
    ) -> None:
        watch = RequestWatch(runtime)
        url = settings.database_url or f"sqlite:///{instance / 'database.sqlite3'}"
        told = Followers()
        super().__init__(
            DEFAULT, url, "HOTFRAME_DATABASE_URL", settings, watch, runtime, hooks, told
        )
        self._all: dict[str, Database] = {DEFAULT: self}
        for name, further in settings.databases:
            if name in self._all:
                raise ConfigurationError(f"HOTFRAME_DATABASES cannot have the name {name!r}.")
            key = f"HOTFRAME_DATABASES[{name!r}]"
            self._all[name] = Database(name, further, key, settings, watch, runtime, hooks, told)
        for name in settings.databases_read_only:
            self[name]
        for database in self._all.values():
            if database is not self or settings.database_url:
                database.check()

    def __getitem__(self, name: str) -> Database:
        """Return a database by its name; ``"default"`` is the one that has no other.

        :raises ConfigurationError: when no database has this name.
        """
        if name not in self._all:
            raise ConfigurationError(
                f"There is no database {name!r}: add it to HOTFRAME_DATABASES."
                f"{nearest(name, self._all)}"
            )
        return self._all[name]

    def used_engines(self) -> list[AsyncEngine]:
        """Return the engines that somebody used, and make none."""
        return [one._engine for one in self._all.values() if one._engine is not None]

    @asynccontextmanager
    async def unit(self, *, reads: bool = False, lasts: bool = False) -> AsyncIterator[None]:
        """Give a block units of work as those of a request, for what no request brings.

        They are committed when the block ends, and rolled back when it raises.

        :param reads: the block is not expected to write.
        :param lasts: it may take long: a :meth:`transaction` is not part of a unit then, unless
            one has begun.
        """
        units = OwnUnits(self._watch, self._runtime.pin.get(), reads=reads, lasts=lasts)
        try:
            yield
        except BaseException:
            await units.leave(commit=False)
            raise
        else:
            await units.leave(commit=True)

    def are_open(self) -> bool:
        """Say whether the event or request that runs has a unit of work."""
        units = self._present()
        return units is not None and bool(units.works)

    async def finish(self) -> None:
        """Commit the units of work of the event or request that runs, before its end.

        :raises Exception: what a commit raised; the units after it are rolled back.
        """
        if (units := self._present()) is not None:
            await units.finish(200)

    async def settle(self) -> None:
        """Commit what the block of :meth:`unit` has written, unless a transaction in it goes on."""
        own = OwnUnits.around(self._watch, self._runtime.pin.get())
        if own is not None:
            await own.settle()

    async def undo(self) -> None:
        """Roll back what the event or request that runs has written so far, and go on."""
        if (units := self._present()) is not None:
            await units.undo()

    def _present(self) -> RequestUnits | None:
        own = OwnUnits.around(self._watch, self._runtime.pin.get())
        return own or self._watch.present()

    def serve(self) -> None:
        """Keep connections from now on for the next unit of work."""
        for database in self._all.values():
            database.serving = True

    async def dispose(self) -> None:
        """Close all connections to all databases. It can go on."""
        for database in list(self._all.values())[1:]:
            await database.dispose()
        await super().dispose()


def _require_loop() -> None:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        raise SetupError(
            "The database is used by async code only, and this is a sync function in a thread: "
            "write `async def` and await the session."
        ) from None
