"""How Quart opens and saves the sessions of an app."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import Any

from quart import has_request_context
from quart import has_websocket_context
from quart import Quart
from quart import request
from quart import websocket
from quart.sessions import SessionInterface
from quart.sessions import SessionMixin
from quart.wrappers import BaseRequestWebsocket

from ...errors import SessionsUnavailable
from ..tokens import Signer
from .breaker import Breaker
from .cookies import cookie_for
from .cookies import hashed
from .cookies import identifier_in
from .cookies import new_identifier
from .record import Change
from .record import Record
from .record import SessionStore
from .session import ServerSession

log = logging.getLogger("quart_hotframe.sessions")

PRECISION = 60.0
"""Most seconds until the use of a session that did not change is noted."""
MAX_TEXT = 200
"""Most characters that are kept of a ``User-Agent`` or an address."""


class ServerSessionInterface(SessionInterface):
    """Keeps sessions in a store. The settings ``SESSION_COOKIE_…`` of Quart hold.

    :param idle: seconds without use until a session expires.
    :param lifetime: seconds from its begin, or from the login, until it expires in any case.
    """

    def __init__(
        self,
        store: SessionStore,
        signer: Signer,
        idle: float,
        lifetime: float,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.store = store
        self._signer = signer
        self._idle = idle
        self._lifetime = lifetime
        self._clock = clock
        self._breaker = Breaker(store)

    def serve(self) -> None:
        """Keep connections to the store from now on."""
        self.store.keep()

    async def open_session(self, app: Quart, request: BaseRequestWebsocket) -> ServerSession:
        """Return the session that the cookie names, or a new one.

        The store is asked only for a cookie that this app has signed. An id that is not stored is
        never taken over. If the store is away, whoever uses the session gets the error.
        """
        cookie = request.cookies.get(self.get_cookie_name(app))
        identifier = identifier_in(self._signer, cookie)
        if identifier is None:
            return ServerSession()
        try:
            record = await self._breaker.read(hashed(identifier))
        except SessionsUnavailable as error:
            return ServerSession(failure=error)
        if record is None or self.has_expired(record):
            return ServerSession()
        return ServerSession(identifier, record)

    def has_expired(self, record: Record) -> bool:
        """Say whether nobody may use a session any more."""
        return record.expires <= self._clock()

    async def save_session(self, app: Quart, session: SessionMixin, response: Any) -> None:
        """Store what the request changed, and set the cookie; see ``quart.sessions``.

        If the store is away the answer becomes 503.
        """
        if not isinstance(session, ServerSession) or not session.used or session.failure:
            return
        if response is not None:
            response.vary.add("Cookie")
        try:
            await self._save(app, session, response)
        except SessionsUnavailable as error:  # raised here it would become a 500
            log.error("A session was not saved: %s", error)
            if response is not None:
                response.status_code = error.code
                response.headers.clear()
                response.headers.extend(error.get_headers())
                response.set_data(error.get_body())

    async def _save(self, app: Quart, session: ServerSession, response: Any) -> None:
        values, deleted = session.changes()
        if session.record is None:
            if values and response is not None:
                await self._create(session, values)
                self._set_cookie(app, session, response)
            elif session.ended and response is not None:
                self._delete_cookie(app, response)
            elif values:
                log.warning("A new session in a websocket is lost: it can set no cookie.")
            return
        rotated = session.rotates
        if values or deleted or rotated or self._is_stale(session.record):
            if not await self._update(session, session.record, values, deleted):
                log.info("A session ended while a request used it, which changed nothing of it.")
                return
        if response is not None and (rotated or self.should_set_cookie(app, session)):
            self._set_cookie(app, session, response)

    def _is_stale(self, record: Record) -> bool:
        return self._clock() - record.seen > min(PRECISION, self._idle / 10)

    async def _create(self, session: ServerSession, values: dict[str, str]) -> None:
        identifier = new_identifier()
        record = self._record(identifier, values, self._clock())
        await self.store.create(record)
        session.saved(identifier, record)

    async def _update(
        self,
        session: ServerSession,
        before: Record,
        values: dict[str, str],
        deleted: frozenset[str],
    ) -> bool:
        identifier = new_identifier() if session.rotates else str(session.identifier)
        created = self._clock() if session.restarts else before.created
        change = Change(self._record(identifier, values, created), deleted)
        if not await self.store.update(before.id, change):
            return False
        session.saved(identifier, change.applied_to(before.values))
        return True

    def _record(self, identifier: str, values: dict[str, str], created: float) -> Record:
        now = self._clock()
        expires = min(now + self._idle, created + self._lifetime)
        return Record(hashed(identifier), values, created, now, expires, *_visitor())

    def _set_cookie(self, app: Quart, session: ServerSession, response: Any) -> None:
        response.set_cookie(
            self.get_cookie_name(app),
            cookie_for(self._signer, str(session.identifier)),
            expires=self.get_expiration_time(app, session),
            **self._attributes(app),
        )

    def _delete_cookie(self, app: Quart, response: Any) -> None:
        response.delete_cookie(self.get_cookie_name(app), **self._attributes(app))

    def _attributes(self, app: Quart) -> dict[str, Any]:
        return {
            "httponly": self.get_cookie_httponly(app),
            "domain": self.get_cookie_domain(app),
            "partitioned": self.get_cookie_partitioned(app),
            "path": self.get_cookie_path(app),
            "secure": self.get_cookie_secure(app),
            "samesite": self.get_cookie_samesite(app),
        }


def _visitor() -> tuple[str, str]:
    """Return the agent and the address of who asks."""
    if not has_request_context() and not has_websocket_context():
        return "", ""
    asking: BaseRequestWebsocket = request if has_request_context() else websocket
    return _clean(asking.headers.get("User-Agent")), _clean(asking.remote_addr)


def _clean(text: str | None) -> str:
    return "".join(one for one in text or "" if one.isprintable())[:MAX_TEXT]
