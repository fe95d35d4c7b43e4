"""Who wants in, and to what."""

from __future__ import annotations

from typing import Any

from quart import has_request_context
from quart import has_websocket_context
from quart import request
from quart import websocket

from ...globals import this_hotframe
from .user import ANONYMOUS
from .user import User

UNKNOWN: Any = object()
"""In the place of a user: that of the request is meant."""


class Visit:
    """What a guard decides on. The user is looked up when the first guard asks.

    :param subject: what the visitor wants to see or change; the request, if it is ``None``.
    :param user: ``None`` is nobody.
    """

    __slots__ = ("_subject", "_user")

    def __init__(self, subject: Any = None, user: User | None = UNKNOWN) -> None:
        self._subject = subject
        self._user: Any = ANONYMOUS if user is None else user

    async def user(self) -> User:
        """Return the user."""
        if self._user is UNKNOWN:
            self._user = await this_hotframe().users.load()
        found: User = self._user
        return found

    @property
    def subject(self) -> Any:
        """The subject."""
        if self._subject is not None:
            return self._subject
        if has_request_context():
            return request
        return websocket if has_websocket_context() else None
