"""Who may see a component and ask for its events, and how often: one path for pages and events."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from typing import cast
from typing import TYPE_CHECKING

from quart import Request
from quart import request

from ..errors import AuthenticationRequired
from ..errors import PermissionDenied
from ..errors import RateLimited
from ..security.guards.checking import check
from ..security.guards.guard import Guard
from ..security.guards.guard import HasPermission
from ..security.limits.checking import BoundLimit
from ..security.limits.checking import Limits
from ..security.limits.limit import Limit
from .described import described
from .event import Event
from .refusing import Refused

if TYPE_CHECKING:
    from .component import LiveComponent

FORGERIES = Limit.parse("10/10 minutes")
"""How many snapshots and topics that were not made here one address may send."""


class Rights:
    """Asks the guards and limits of components."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._forgeries = BoundLimit("live forgeries", FORGERIES)

    async def check(self, kind: type[LiveComponent]) -> None:
        """Go on if the user of the request may see a component.

        :raises AuthenticationRequired: nobody has signed in.
        :raises PermissionDenied: somebody has, but may not.
        """
        for one in kind.permissions:
            await check(_guard(one))

    async def check_event(self, name: str, kind: type[LiveComponent], event: Event | None) -> None:
        """Go on if the user of the request may ask for an event, and has not too often.

        :param name: the full name of the component.
        :raises Refused: with the status 401, 403 or 429.
        """
        await self.check_access(kind, event)
        bound = [BoundLimit(f"live {name} {n}", one)
                 for n, one in enumerate(described(kind).limits)]  # fmt: skip
        if event is not None:
            bound += [BoundLimit(f"live {name} {event.name} {n}", one)
                      for n, one in enumerate(event.limits)]  # fmt: skip
        await self._count(bound)

    async def check_access(self, kind: type[LiveComponent], event: Event | None = None) -> None:
        """Go on if the user of the request may use a component, or one event of it.

        :raises Refused: with the status 401 or 403.
        """
        try:
            await self.check(kind)
            for one in event.options.permissions if event is not None else ():
                await check(_guard(one))
        except AuthenticationRequired as error:
            response: Any = error.response
            login = response.headers.get("HF-Redirect") if response is not None else None
            more = {"login": login} if login else {}
            raise Refused(401, "login", str(AuthenticationRequired.description), **more) from None
        except PermissionDenied:
            raise Refused(403, "forbidden", str(PermissionDenied.description)) from None

    async def count_forgery(self) -> None:
        """Count a snapshot or topic that was not made here.

        :raises Refused: with the status 429, when there were too many.
        """
        await self._count([self._forgeries])

    async def _count(self, bound: list[BoundLimit]) -> None:
        if not bound:
            return
        try:
            await self._limits.check(bound, _request())
        except RateLimited as error:
            wait = str(error.retry_after)
            message = f"Too many requests. Try again in {wait} s."
            raise Refused(429, "limit", message, headers={"Retry-After": wait}) from None


_asked: Any = request
_request = cast("Callable[[], Request]", _asked._get_current_object)


def _guard(wanted: str | Guard | Any) -> Guard | Any:
    return HasPermission(wanted) if isinstance(wanted, str) else wanted
