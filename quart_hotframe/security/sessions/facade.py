"""What an app does with sessions: ``hotframe.sessions``."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from datetime import UTC
from typing import cast
from typing import Literal

from quart import abort
from quart import has_request_context
from quart import has_websocket_context
from quart import request
from quart import Response
from quart import session
from quart.sessions import session_json_serializer
from quart.sessions import SessionMixin
from werkzeug.local import LocalProxy

from ...errors import SetupError
from .cookies import is_hash
from .interface import ServerSessionInterface
from .record import GENERATION
from .record import Record
from .record import USER
from .session import ServerSession

Ended = Callable[[Literal["generation", "session", "user"], str], None]
"""Takes what names the sessions that ended, and its value."""
MAX_USER = 100
"""Most characters of a user's id."""


@dataclass(frozen=True)
class SessionInfo:
    """One session of a user, to be shown to the user.

    ``id`` is for :meth:`Sessions.end`, and nobody can use the session with it. ``created`` is when
    it began or the user logged in, ``seen`` when it was used last, to about a minute. ``agent`` and
    ``address`` are those of the last change; ``agent`` is what the browser says of itself.
    ``current`` is the session of the request that runs.
    """

    id: str
    created: datetime
    seen: datetime
    agent: str
    address: str
    current: bool


class Sessions:
    """Rotates, lists and ends sessions.

    :param interface: for sessions on the server; ``None`` when the app has others.
    """

    def __init__(self, interface: ServerSessionInterface | None) -> None:
        self._interface = interface
        self.ended: list[Ended] = []
        """Called when a session ends, or is another login's from now on, by this object."""

    # -- the session of the request --------------------------------------------------------------

    @property
    def user_id(self) -> str | None:
        """The id that :meth:`login` was told, unless nobody is logged in."""
        found = session.get(USER)
        return found if isinstance(found, str) else None

    @property
    def id(self) -> str | None:
        """The id of the session as :meth:`of_user` lists it; ``None`` for one in a cookie."""
        return _own_id()

    def generation(self) -> str:
        """Return a random text that stays until the session is rotated, or its user changes.

        Bind tokens to it, and they end with the login::

            token = hotframe.tokens.make("delete", 7, lifetime=600,
                                         bound_to=hotframe.sessions.generation())

        It is kept in the session, so the first call sets the cookie. A page that is only fetched
        ahead gets 204 instead and is fetched when somebody goes there: its cookie could come late
        and take away what was put into the session meanwhile.
        """
        if not isinstance(session.get(GENERATION), str):
            if has_request_context() and request.headers.get("HF-Request") == "prefetch":
                abort(Response(status=204))
            self._renew()
        return cast(str, session[GENERATION])

    async def login(self, user_id: str | int) -> None:
        """Let the session belong to a user from now on, under another id.

        What an anonymous visitor had in the session stays; what another user had goes.

        :param user_id: at most 100 characters.
        :raises SetupError: in a websocket, which can set no cookie.
        """
        _require_cookie()
        user = _checked(user_id)
        if self.user_id not in (None, user):
            await self.logout()
        session[USER] = user
        self._rotate(restart=True)

    async def rotate(self) -> None:
        """Give the session another id; the one before is worth nothing afterwards.

        Call it when rights of the user change. :meth:`login` does it by itself.

        :raises SetupError: in a websocket, which can set no cookie.
        """
        _require_cookie()
        self._rotate(restart=False)

    async def logout(self) -> None:
        """End the session at once and begin an empty one."""
        current, generation = _current(), session.get(GENERATION)
        if current is None:
            session.clear()
        else:
            if current.record is not None:
                await self._server.store.end(current.record.id)
            current.forget()
        self._tell("generation", generation)

    def _rotate(self, *, restart: bool) -> None:
        self._renew()
        if (current := _current()) is not None:
            current.rotate(restart=restart)

    # -- the sessions of a user ------------------------------------------------------------------

    async def of_user(self, user_id: str | int) -> list[SessionInfo]:
        """Return the sessions in which a user is logged in, the one used last first, at most 500.

        :raises SetupError: sessions are not kept on the server.
        :raises SessionsUnavailable: their store is away.
        """
        found = await self._server.store.of_user(_stored(user_id))
        own = _own_id()
        return [_shown(one, own) for one in found if not self._server.has_expired(one)]

    async def end(self, id: str) -> bool:
        """End a session at once, and say whether it was there.

        Check first that it is one of the user who asks: ``of_user()`` lists those.

        :param id: the ``id`` that :meth:`of_user` gave.
        :raises SetupError: sessions are not kept on the server.
        :raises SessionsUnavailable: their store is away.
        """
        store = self._server.store
        ended = is_hash(id) and await store.end(id)
        if id == _own_id():
            cast(ServerSession, _current()).forget()
        self._tell("session", id)
        return ended

    async def end_all(self, user_id: str | int, *, except_current: bool = True) -> None:
        """End the sessions of a user at once, for example after a change of the password.

        :param except_current: whether the session of the request that runs goes on; tokens that
            are bound to it end in any case.
        :raises SetupError: sessions are not kept on the server.
        :raises SessionsUnavailable: their store is away.
        """
        own, store = _own_id(), self._server.store
        await store.end_user(_stored(user_id), own if except_current else None)
        if own is not None and self.user_id == str(user_id):
            if except_current:
                self._renew()
            else:
                cast(ServerSession, _current()).forget()
        self._tell("user", str(user_id))

    def _renew(self) -> None:
        before = session.get(GENERATION)
        session[GENERATION] = secrets.token_urlsafe(16)
        self._tell("generation", before)

    def _tell(self, what: Literal["generation", "session", "user"], value: object) -> None:
        for listener in self.ended if isinstance(value, str) else ():
            listener(what, cast(str, value))

    @property
    def _server(self) -> ServerSessionInterface:
        if self._interface is None:
            raise SetupError(
                "Sessions that are kept in cookies cannot be listed or ended from elsewhere: set "
                "HOTFRAME_SESSIONS to 'database', 'redis' or 'memory'."
            )
        return self._interface

    # -- serving ---------------------------------------------------------------------------------

    def serve(self) -> None:
        """Keep connections to the store from now on."""
        if self._interface is not None:
            self._interface.serve()

    async def close(self) -> None:
        """Close the connections to the store."""
        if self._interface is not None:
            await self._interface.store.close()


def _current() -> ServerSession | None:
    if not has_request_context() and not has_websocket_context():
        return None
    found = cast("LocalProxy[SessionMixin]", session)._get_current_object()
    return found if isinstance(found, ServerSession) else None


def _own_id() -> str | None:
    current = _current()
    return current.record.id if current is not None and current.record is not None else None


def _require_cookie() -> None:
    if has_websocket_context():
        raise SetupError("A websocket can set no cookie: do this in a request before it.")


def _checked(user_id: str | int) -> str:
    user = str(user_id)
    if not 0 < len(user) <= MAX_USER:
        raise ValueError(f"A user's id has 1 to {MAX_USER} characters, not {len(user)}.")
    return user


def _stored(user_id: str | int) -> str:
    text: str = session_json_serializer.dumps(_checked(user_id))
    return text


def _shown(record: Record, own: str | None) -> SessionInfo:
    created, seen = (datetime.fromtimestamp(one, UTC) for one in (record.created, record.seen))
    return SessionInfo(record.id, created, seen, record.agent, record.address, record.id == own)
