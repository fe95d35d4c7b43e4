"""Who has a stream open, and whether that visitor may still follow its topics."""

from __future__ import annotations

from collections.abc import AsyncIterator
from collections.abc import Iterable
from contextlib import asynccontextmanager
from copy import copy
from typing import Any
from typing import cast

from quart import Quart
from quart import request
from quart import session

from ...errors import HotFrameError
from ...globals import current_hotframe
from ...security.guards.answering import login_address
from ...security.guards.checking import allows
from ...security.guards.guard import IsAuthenticated
from ...security.limits.subject import network_of
from ...security.sessions.record import GENERATION
from ..topics.table import TopicTable

OWN = "hotframe."
"""How the keys begin that HotFrame keeps in the ASGI scope of a request."""


class Denied(HotFrameError):
    """A visitor may not follow a topic.

    :param topic: its name.
    :param anonymous: whether nobody has signed in.
    """

    def __init__(self, topic: str, *, anonymous: bool) -> None:
        super().__init__(f"This visitor may not follow {topic!r}.")
        self.topic = topic
        self.anonymous = anonymous


async def require(table: TopicTable, names: Iterable[str]) -> None:
    """Go on if the visitor of the request may follow all of these topics.

    :raises Denied: naming the first one that is refused, also where it is not declared any more.
    """
    for name in names:
        audience = table.find(name)
        if audience is None:
            raise Denied(name, anonymous=False)
        for guard in audience.guards:
            if not await allows(guard, subject=name):
                raise Denied(name, anonymous=not await allows(IsAuthenticated))


class Visitor:
    """Who asked for a stream. Made within the request; it outlives that.

    ``binding`` stands for session and login, ``generation`` is what tokens of the session are bound
    to, ``session`` the id of a session on the server, ``user`` whom it belongs to, ``address`` the
    client's network, ``login`` where to sign in.
    """

    __slots__ = ("_asked", "address", "binding", "generation", "login", "session", "user")

    def __init__(self) -> None:
        self._asked = cast(Any, request)._get_current_object()
        self.address = network_of(self._asked.remote_addr)
        self.binding: str | None = None
        self.generation: str | None = None
        self.session: str | None = None
        self.user: str | None = None
        self.login: str | None = None

    @classmethod
    async def of_request(cls) -> Visitor:
        """Return who asks now; no session is begun."""
        found, sessions = cls(), current_hotframe.sessions
        generation = session.get(GENERATION)
        if isinstance(generation, str):
            found.generation = generation
            found.binding = await current_hotframe.live.binding()
            found.session, found.user = sessions.id, sessions.user_id
        found.login = login_address()
        return found

    def is_of(self, what: str, value: str) -> bool:
        """Say whether a session that ended was the one of this visitor."""
        return bool(getattr(self, what) == value)

    def farewell(self) -> dict[str, Any]:
        """Return the goodbye for who is signed in no more."""
        return {"reason": "login", "retry": None, **({"login": self.login} if self.login else {})}

    @asynccontextmanager
    async def again(self, app: Quart) -> AsyncIterator[None]:
        """Be in a request of the same visitor, in which session and user are looked up anew.

        The units of work of the request itself have ended, so it has others.
        """
        asked = copy(self._asked)
        asked.scope = {k: v for k, v in asked.scope.items() if not k.startswith(OWN)}
        async with app.request_context(asked), current_hotframe.live.unit(reads=True):
            yield

    async def is_known(self) -> bool:
        """Say, within :meth:`again`, whether session and login are still what they were."""
        if self.generation is None:
            return True
        if session.get(GENERATION) != self.generation:
            return False
        return await current_hotframe.live.binding() == self.binding
