"""The one path that every check of a guard takes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from quart import has_request_context

from ...errors import AuthenticationRequired
from ...errors import PermissionDenied
from .answering import answer
from .guard import as_guard
from .guard import Guard
from .telling import log
from .user import is_true
from .user import User
from .visit import UNKNOWN
from .visit import Visit


async def allows(
    guard: Guard | Callable[..., Any], *, subject: Any = None, user: User | None = UNKNOWN
) -> bool:
    """Say whether a guard lets the user in, for example to show a link or not.

    :param subject: what functions of (user, subject) are asked about; the request by default.
    :param user: another user than that of the request; ``None`` is nobody.
    """
    return await as_guard(guard).decide(Visit(subject, user)) is True


async def check(
    guard: Guard | Callable[..., Any], *, subject: Any = None, user: User | None = UNKNOWN
) -> None:
    """Go on if a guard lets the user in.

    ::

        await check(lambda user, order: order.owner == user.id, subject=order)

    :param subject: what functions of (user, subject) are asked about; the request by default.
    :param user: another user than that of the request; ``None`` is nobody.
    :raises AuthenticationRequired: nobody has signed in; in a request it leads to the login page.
    :raises PermissionDenied: somebody has signed in, but may not.
    """
    await let_in(as_guard(guard), Visit(subject, user))


async def let_in(wanted: Guard, visit: Visit) -> None:
    """Go on if a guard lets a visitor in.

    :raises AuthenticationRequired: nobody has signed in; in a request it leads to the login page.
    :raises PermissionDenied: somebody has signed in, but may not.
    """
    if await wanted.decide(visit) is True:
        return
    error: AuthenticationRequired | PermissionDenied
    if await is_true(await visit.user(), "is_authenticated"):
        error = PermissionDenied()
    else:
        error = AuthenticationRequired()
    log.debug("%r refuses: %s", wanted, error)
    if has_request_context():
        answer(error)
    raise error
