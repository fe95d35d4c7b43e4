"""Who the user is: looked up at most once for a request, and only when something asks."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from collections.abc import Callable
from typing import Any
from typing import cast

from quart import current_app
from quart import has_request_context
from quart import has_websocket_context
from werkzeug.local import LocalProxy
from werkzeug.utils import import_string

from ...errors import ConfigurationError
from ...errors import SetupError
from ...globals import current_hotframe
from ...globals import current_user as current_user
from ...pieces import refuse_if_kept
from ...runtime.dressing import dress
from ..asked import current_request
from ..asked import current_websocket
from .privacy import keep_private
from .telling import log
from .telling import Once
from .user import ANONYMOUS
from .user import means_true
from .user import User

Loader = Callable[[], Any]


class Users:
    """The users of one app.

    :param loader: ``HOTFRAME_USER_LOADER``.
    """

    def __init__(self, loader: str | Loader) -> None:
        self._loader = loader
        self._call: Callable[[], Awaitable[Any]] | None = None
        self._key = f"hotframe.user.{id(self)}"  # an app may serve within another's request
        self.once = Once()

    @property
    def are_known(self) -> bool:
        """Whether ``HOTFRAME_USER_LOADER`` says who the users are."""
        return bool(self._loader)

    def prepare(self) -> None:
        """Import the loader, when the app's own code is complete.

        :raises ConfigurationError: it cannot be imported, or cannot be called.
        """
        if self._loader and isinstance(self._loader, str):
            self._loader = _imported(self._loader)
        if self._loader:
            # A sync one may wait for a database, so it runs in a thread, as Quart's sync views do.
            self._call = current_app.ensure_async(self._loader)

    async def load(self) -> User:
        """Return the user of the request or websocket.

        :raises SetupError: there is neither.
        """
        refuse_if_kept("The user")
        scope = _scope()
        lookup = scope.get(self._key)
        if lookup is None:
            lookup = scope[self._key] = _Lookup()
            dress(scope, keep_private)
        if lookup.user is None:
            await lookup.run(self._ask)
        return cast(User, lookup.user)

    async def identify(self) -> object:
        """Return the id of the user who has signed in, or ``None``; for limits ``by="user"``.

        :raises SetupError: nothing says who the user is.
        """
        if not self._loader:
            raise SetupError(
                'A limit by="user" needs HOTFRAME_USER_LOADER, which says who that is.'
            )
        user = await self.load()
        known = getattr(user, "is_authenticated", False)
        signed_in = known is True or await means_true(known, user, "is_authenticated")
        return user.id if signed_in else None

    def current(self) -> User:
        """Return the user that was loaded before.

        :raises SetupError: nothing has asked for the user of this request yet.
        """
        refuse_if_kept("current_user")
        lookup = _scope().get(self._key)
        if lookup is None or lookup.user is None:
            raise SetupError(
                "current_user is there after a guard, or after 'await load_user()': looking the "
                "user up may have to wait, which an attribute cannot."
            )
        return cast(User, lookup.user)

    async def _ask(self) -> User:
        if self._call is None:
            self.prepare()
        if self._call is None:
            if self.once.first("HOTFRAME_USER_LOADER"):
                log.error("A guard asks for the user, but HOTFRAME_USER_LOADER is not set: "
                          "everybody is anonymous.")  # fmt: skip
            return ANONYMOUS
        user = await self._call()
        if isinstance(user, LocalProxy):  # it would be another user after a login
            user = user._get_current_object()
        return ANONYMOUS if user is None else cast(User, user)


class _Lookup:
    """The one look-up of a request; what it found or met is the same for all who ask."""

    def __init__(self) -> None:
        self.user: User | None = None
        self._error: Exception | None = None
        self._task: asyncio.Task[Any] | None = None
        self._ended: asyncio.Event | None = None

    async def run(self, ask: Callable[[], Awaitable[User]]) -> None:
        task = asyncio.current_task()
        while self._task is not None:
            await self._wait_for(self._task, task)
        if self._error is not None:
            raise self._error
        if self.user is not None:
            return
        self._task = task
        try:
            self.user = await ask()
        except Exception as error:
            self._error = error
            raise
        finally:
            self._task = None
            if self._ended is not None:
                self._ended.set()

    async def _wait_for(self, other: asyncio.Task[Any], task: asyncio.Task[Any] | None) -> None:
        if other is task:
            raise SetupError("HOTFRAME_USER_LOADER asks for the user, whom it is to return itself.")
        if self._ended is None or self._ended.is_set():
            self._ended = asyncio.Event()
        await self._ended.wait()


def _imported(name: str) -> Loader:
    try:
        found = import_string(name)
    except ImportError as error:
        raise ConfigurationError(
            f"HOTFRAME_USER_LOADER: {name!r} cannot be imported ({error}). Write for example "
            "'accounts.users:load'."
        ) from error
    if not callable(found):
        raise ConfigurationError(f"HOTFRAME_USER_LOADER: {name!r} is not a function.")
    return cast(Loader, found)


def _scope() -> dict[str, Any]:
    """Return the dictionary that ASGI makes for each connection, in which the user is kept."""
    if has_request_context():
        return cast("dict[str, Any]", current_request().scope)
    if has_websocket_context():
        return cast("dict[str, Any]", current_websocket().scope)
    raise SetupError("There is no request and so no user: pass one, as in check(guard, user=user).")


async def load_user() -> User:
    """Return the user of this request; afterwards ``current_user`` is there.

    :raises SetupError: outside of requests and websockets.
    """
    return await current_hotframe.users.load()
