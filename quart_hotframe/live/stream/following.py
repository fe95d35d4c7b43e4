"""What a stream follows: topics that its visitor may follow, and who else is there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from inspect import isawaitable
from typing import Any

from ...errors import TokenExpired
from ...globals import current_hotframe
from ...security.digests import digest
from ...security.guards.user import ANONYMOUS
from ...security.guards.user import is_true
from ...security.guards.user import User
from ..refusing import Refused
from ..topics.declaring import Presence as Shown
from ..topics.facade import Topics
from .rights import Denied
from .rights import require
from .rights import Visitor


@dataclass(frozen=True, slots=True)
class Followed:
    """A topic that a stream follows.

    :param given: its name as the client was given it.
    :param cursor: where the client was.
    :param who: tells the visitor from others on this topic, where they see each other.
    :param shown: what others see; ``None`` is nothing.
    """

    given: str
    cursor: str
    who: str | None = None
    shown: Any = None


async def followed_by(
    visitor: Visitor, topics: Topics, wanted: Mapping[str, str | None]
) -> dict[str, Followed]:
    """Return what the visitor of the request may follow, by name.

    :param wanted: cursors by signed name.
    :raises TokenInvalid: a topic was not given to this visitor.
    :raises Refused: the visitor may not follow one of them, or not any more.
    """
    names = {await _name(topics, given): given for given in wanted}
    table = topics.table()
    try:
        await require(table, names)
    except Denied as denied:
        raise _refusal(denied, visitor) from None
    followed = {}
    for name, given in names.items():
        shown = table.audience(name).presence
        who = await _who(visitor, name) if shown is not None else None
        seen = await _seen(shown) if shown is not None else None
        cursor = wanted[given] or topics.broker.position()
        followed[name] = Followed(given, cursor, who, seen)
    return followed


async def _name(topics: Topics, given: str) -> str:
    try:
        return await topics.check(given)
    except TokenExpired as error:
        raise Refused(403, "expired", str(error)) from None


def _refusal(denied: Denied, visitor: Visitor) -> Refused:
    if denied.anonymous:
        login: dict[str, Any] = {"login": visitor.login} if visitor.login else {}
        return Refused(401, "login", "Sign in to follow this.", **login)
    return Refused(403, "forbidden", "You may not follow this.")


async def _who(visitor: Visitor, topic: str) -> str:
    """Return what stands for a visitor on a topic, and tells nothing else of them."""
    user = await _user()
    known = await is_true(user, "is_authenticated")
    return digest("hotframe.presence", topic, repr(user.id) if known else repr(visitor.binding))


async def _seen(shown: Shown) -> Any:
    found = shown(await _user())
    return await found if isawaitable(found) else found


async def _user() -> User:
    """Return the user of the request; an app without users has nothing to look up."""
    users = current_hotframe.users
    return await users.load() if users.are_known else ANONYMOUS


def anybody(topics: Topics, wanted: Mapping[str, str | None]) -> dict[str, Followed]:
    """Return public topics, for clients of whom nothing is asked.

    :raises Refused: one of them is not public.
    """
    table = topics.table()
    for name in wanted:
        found = table.find(name)
        if found is None or not found.is_public:
            raise Refused(404, "unknown_topic", f"There is no public topic {name!r:.100}.")
    now = topics.broker.position()
    return {name: Followed(name, cursor or now) for name, cursor in wanted.items()}
