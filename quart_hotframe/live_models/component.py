"""The class of a live component that shows one row of a database."""

from __future__ import annotations

from collections.abc import Awaitable
from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Mapping
from collections.abc import Sequence
from inspect import isawaitable
from types import new_class
from typing import Any
from typing import cast
from typing import ClassVar
from typing import Generic
from typing import TYPE_CHECKING
from typing import TypeVar

from markupsafe import Markup
from sqlalchemy import select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm.exc import StaleDataError
from sqlalchemy.sql.base import ExecutableOption

from ..components.component import Prop
from ..database.repository import UNFIT
from ..errors import nearest
from ..errors import SetupError
from ..globals import current_hotframe
from ..live.component import LiveComponent
from ..live.described import described
from ..live.described import SeenRow
from ..live.form import FormComponent
from ..live.objecting import Asked
from ..live.objecting import Objection
from .binding import Binding
from .loaded import rows_in

if TYPE_CHECKING:
    from pydantic import BaseModel

    from ..live.view import View

Row = TypeVar("Row")

CONFLICT = Objection({"ok": False, "conflict": True}, writes=True)
MISSING = Objection({"ok": False, "missing": True}, writes=False)


class ModelComponent(LiveComponent, Generic[Row]):
    """A live component that shows, and changes, one row of a database.

    ::

        class EditOrder(ModelComponent[Order]):   # components/edit_order.py + edit_order.html
            options = [selectinload(Order.lines)]
            note: Bindable[str] = ""

            @event
            async def ship(self) -> None:
                self.row.status = "shipped"

    Its props are the primary key: ``{% component "shop:edit_order" id=order.id %}``. The template
    sees ``row``, which is read for each event and rendering in the unit of work of that, and is no
    part of the state. When a session of this process has committed a change of it, all open pages
    show it.

    ``options`` say how the row is loaded. ``database`` is the name of its database. ``missing`` is
    shown in the place of the template where there is no such row (any more); with ``None`` the
    template is rendered, and its ``row`` is ``None``.

    :raises TypeError: the model is no mapped class.
    """

    options: ClassVar[Sequence[ExecutableOption]] = ()
    database: ClassVar[str] = "default"
    missing: ClassVar[str | None] = "This is not there any more."

    _hotframe_binding: ClassVar[Any] = None
    _hotframe_follows: ClassVar[bool] = True
    _hotframe_objects: ClassVar[bool] = True

    if not TYPE_CHECKING:

        def __class_getitem__(cls, model: Any) -> Any:
            """Return the base for components of a model, whose props are its primary key."""
            if isinstance(model, TypeVar):
                return super().__class_getitem__(model)
            return _bound(cls, model)

    def select(self) -> Any:
        """Return the statement for the rows that may be shown; may be async.

        Override it to say who may see which rows. It holds for pages, events and what streams
        bring, where the visitor's request is there as well::

            def select(self) -> Any:
                return super().select().where(Order.owner == session["user"])

        Rows that are marked as deleted are left out. The key and ``options`` are added to it.
        """
        binding = self._bound()
        statement = select(binding.model)
        if binding.hides:
            statement = statement.where(binding.model.deleted_at.is_(None))
        return statement

    @property
    def row(self) -> Row:
        """The row, as the unit of work of the running event has it.

        :raises SetupError: there is none, or it was not loaded: in background events, and in a
            transaction of their own, ``await self.load()`` comes first.
        """
        known = self._known()
        if known is None:
            raise SetupError(
                f"The row of {type(self).__name__} is not loaded in this unit of work: "
                "write `await self.load()` before."
            )
        if known[0] is None:
            raise SetupError(f"{type(self).__name__} has no row: there is none with this key.")
        return cast(Row, known[0])

    async def load(self) -> Row | None:
        """Return the row, loaded in the unit of work of the running code unless it is there.

        :returns: ``None`` when there is none, or :meth:`select` does not give it.
        """
        known = self._known()
        if known is None:
            known = (await self._loaded(),)
            # It has the component too, so that no other one can take its place.
            rows_in(self._session())[id(self)] = (self, *known)
        return cast("Row | None", known[0])

    def assign(self, data: BaseModel) -> None:
        """Set the columns of the row that have the names of the fields of a form.

        :raises SetupError: the row has no such column, or it is its key or version.
        """
        binding, row = self._bound(), self.row
        columns = {*binding.mapper.column_attrs.keys()} - {*binding.keys, binding.version}
        for name in type(data).model_fields:
            if name not in columns:
                raise SetupError(
                    f"{type(data).__name__}.{name} cannot be written: {binding.model.__name__} has "
                    f"no such column for it.{nearest(name, columns)}"
                )
        for name in type(data).model_fields:
            setattr(row, name, getattr(data, name))

    def touch(self) -> None:
        """Let all pages show the row anew after the commit, though it has not changed itself.

        For what hangs on it, such as the lines of an order.
        """
        binding, live = self._bound(), current_hotframe.live
        topic = binding.topic(vars(self))
        news = {"version": None, "gone": False}
        current_hotframe.db[self.database].on_commit(lambda: live.publish(topic, news))

    def initial(self) -> Any:
        """Return what the fields of its form begin with, if it is a ``FormComponent`` too."""
        return self.row

    # -- loading ---------------------------------------------------------------------------------

    @classmethod
    def _bound(cls) -> Binding:
        return cast(Binding, cls._hotframe_binding)

    def _session(self) -> AsyncSession:
        return current_hotframe.db[self.database].session

    def _known(self) -> tuple[Any] | None:
        found = rows_in(self._session()).get(id(self))
        return None if found is None or found[0] is not self else (found[1],)

    async def _loaded(self) -> Any:
        found: Any = self.select()
        statement = await found if isawaitable(found) else found
        binding = self._bound()
        statement = statement.where(*binding.where(vars(self))).options(*self.options)
        try:
            return (await self._session().scalars(statement)).unique().one_or_none()
        except OverflowError:  # no key could be this, of SQLite's driver
            return None
        except DBAPIError as error:
            if not str(getattr(error.orig, "sqlstate", "")).startswith(UNFIT):
                raise
            return None

    # -- what the machinery asks -----------------------------------------------------------------

    @classmethod
    def _hotframe_read(cls) -> None:
        if cls._hotframe_binding is None:
            raise TypeError(f"{cls.__name__} has no model: derive it from ModelComponent[…]")
        super()._hotframe_read()
        cls._hotframe_personal = cls.select is not ModelComponent.select
        binding = cls._bound()
        for one in described(cls).events.values():
            if one.options.require_fresh and binding.version is None:
                raise TypeError(
                    f"{cls.__name__}.{one.name}() has require_fresh, but rows of "
                    f"{binding.model.__name__} have no version: derive that from Versioned"
                )

    async def _hotframe_mount(self) -> None:
        if await self.load() is not None:
            await super()._hotframe_mount()

    async def _hotframe_begin(self) -> None:
        row, seen = await self.load(), self._seen()
        if row is None:
            self._memo.pop("row", None)
        elif seen is None:  # it has come, or come back
            await super()._hotframe_mount()
            self._hotframe_note(0)
        elif isinstance(self, FormComponent):
            version = self._bound().version_of(row)
            if version is None or version != seen["version"]:
                await self._hotframe_rebase()

    async def _hotframe_objection(self, asked: Asked) -> Objection | None:
        row, seen = await self.load(), self._seen()
        if row is None or seen is None:
            return MISSING
        seen["conflict"] = asked.beaten or self._conflicts(asked, row, seen)
        return CONFLICT if seen["conflict"] else None

    def _conflicts(self, asked: Asked, row: Any, seen: SeenRow) -> bool:
        """Say whether the event needs the row as it is, and the page does not show that."""
        event = asked.event
        if event is None or not (event.options.require_fresh or event.takes):
            return False
        if asked.stale:
            return True
        return self._bound().version_of(row) != seen["version"] or asked.version < seen["since"]

    @classmethod
    def _hotframe_is_conflict(cls, error: Exception) -> bool:
        return isinstance(error, StaleDataError)

    @property
    def _hotframe_rests(self) -> bool:
        return self._known() == (None,)

    async def _hotframe_shown(self, template: Callable[[], Awaitable[Markup]]) -> Markup:
        if await self._written() is None and self.missing is not None:
            return Markup('<p role="status">{}</p>').format(self.missing)
        return await super()._hotframe_shown(template)

    async def _written(self) -> Any:
        """Write what the event has changed, so that the row is shown as it will be stored."""
        session, row = self._session(), await self.load()
        if session.new or session.dirty or session.deleted:
            await session.flush()
        if row is None or self._is_gone(row):
            rows_in(session)[id(self)] = (self, None)
            return None
        if expired := self._bound().expired(row):
            await session.refresh(row, expired)
        return row

    def _is_gone(self, row: Any) -> bool:
        binding = self._bound()
        return binding.is_deleted(row) or (binding.hides and row.deleted)

    def _hotframe_names(self, view: View) -> dict[str, Any]:
        seen, known = self._seen(), self._known()
        return {
            **super()._hotframe_names(view),
            "row": known[0] if known else None,
            "conflict": seen is not None and seen["conflict"],
        }

    def _hotframe_note(self, version: int) -> None:
        row = (self._known() or (None,))[0]
        if row is None:
            self._memo.pop("row", None)
            return
        seen, now = self._seen(), self._bound().version_of(row)
        if seen is None:
            self._memo["row"] = {"version": now, "since": version, "conflict": False}
        elif seen["version"] != now:
            seen["version"], seen["since"] = now, version

    def _seen(self) -> SeenRow | None:
        return cast("SeenRow | None", self._memo.get("row"))

    @classmethod
    def _hotframe_topics(cls, fields: Mapping[str, Any]) -> Iterable[str]:
        return [cls._bound().topic(fields)]

    def _hotframe_knows(self, topic: str, payload: Any) -> bool:
        seen, version = self._seen(), payload["version"]
        if seen is None:
            return bool(payload["gone"])
        return version is not None and seen["version"] == version and not self._hotframe_personal


def _bound(cls: type[Any], model: type[Any]) -> type[Any]:
    """Return a subclass for a model."""
    binding, prop = Binding(model), cast(Any, Prop)
    taken = sorted(name for name in binding.keys if hasattr(cls, name))
    if taken:
        raise TypeError(f"The key {taken[0]!r} of {model.__name__} has the name of a method here")
    body = {
        "__module__": __name__,
        "__doc__": None,
        "__annotations__": {name: prop[kind] for name, kind in binding.keys.items()},
        "_hotframe_binding": binding,
    }
    name = f"{cls.__name__}[{model.__name__}]"
    return new_class(name, (cls,), exec_body=lambda space: space.update(body))
