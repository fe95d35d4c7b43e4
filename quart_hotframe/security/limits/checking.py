"""``hotframe.limits``: counts requests and refuses those that are too many."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable
from collections.abc import Callable
from collections.abc import Sequence
from typing import Any

from quart import Request
from quart import Websocket

from ...errors import BackendUnavailable
from ...errors import RateLimited
from ...runtime.dressing import Dress
from ...runtime.dressing import dress
from ...runtime.dressing import Headers
from ..accepting import wants_json
from ..digests import Digest
from .headers import policy_and_state
from .limit import Limit
from .memory import MemoryLimits
from .storage import Hit
from .storage import LimitStorage
from .storage import Outcome
from .subject import network_of
from .window import ROUNDING
from .window import used
from .window import wait

Identify = Callable[[], Awaitable[object]]


class BoundLimit:
    """A limit and what it is for.

    :param scope: a name that outlives versions of a module.
    """

    def __init__(self, scope: str, limit: Limit) -> None:
        self.limit = limit
        self.by = limit.by
        self._count, self._seconds = limit.rate.count, limit.rate.seconds
        kind = limit.by if isinstance(limit.by, str) else "own"
        self._digest = Digest(scope, str(self._seconds), kind)

    def hit(self, subject: object) -> Hit:
        """Return a request of *subject* under this limit."""
        return Hit(self._digest.of(str(subject)), self._count, self._seconds)


class Limits:
    """The rate limits of one app.

    :param storage: where requests are counted.
    :param local: where they are counted while the storage is away.
    :param closed: answer 503 instead while it is away.
    :param identify: returns the id of the user or ``None``, for limits ``by="user"``.
    """

    def __init__(
        self, storage: LimitStorage, local: MemoryLimits, closed: bool, identify: Identify
    ) -> None:
        self._storage = storage
        self._local = local
        self._closed = closed
        self._identify = identify

    async def check(self, bound: Sequence[BoundLimit], asked: Request | Websocket) -> None:
        """Count a request under all its limits, or refuse it.

        :raises RateLimited: when one of them is used up; then it is counted under none.
        :raises BackendUnavailable: the storage is away, and ``HOTFRAME_LIMITS_AWAY`` is "closed".
        """
        hits = []
        for one in bound:
            if one.by == "address":  # the most usual one waits for nothing
                subject: object = network_of(asked.remote_addr)
            elif one.by == "user":
                subject = await self._user(asked)
            else:
                subject = await _result(one.by)
            if subject is not None:
                hits.append(one.hit(subject))
        if not hits:
            return
        try:
            outcome = await self._storage.hit(hits)
        except BackendUnavailable:
            if self._closed:
                raise
            outcome = await self._local.hit(hits)
        retry_after = None if outcome.passed else _seconds_to_wait(hits, outcome)
        if isinstance(asked, Request):
            dress(asked.scope, _told(hits, outcome, retry_after))
        if retry_after is not None:
            raise RateLimited(retry_after, _as_json(asked, retry_after))

    async def close(self) -> None:
        """Let go of connections. It can go on."""
        await self._storage.close()

    async def _user(self, asked: Request | Websocket) -> str:
        user = await self._identify()
        return f"user {user}" if user is not None else f"address {network_of(asked.remote_addr)}"


async def _result(function: Any) -> Any:
    result = function()
    return await result if inspect.isawaitable(result) else result


def _seconds_to_wait(hits: Sequence[Hit], outcome: Outcome) -> int:
    waits = (
        wait(window, hit.limit, outcome.now, hit.seconds)
        for hit, window in zip(hits, outcome.windows, strict=True)
        if used(window, outcome.now, hit.seconds) - 1 >= hit.limit
    )
    return int(max(waits, default=0.0) + ROUNDING) + 1


def _told(hits: Sequence[Hit], outcome: Outcome, retry_after: int | None) -> Dress:
    def add_headers(headers: Headers, present: set[bytes]) -> None:
        if b"ratelimit" not in present:
            present.add(b"ratelimit")
            policy, state = policy_and_state(hits, outcome)
            headers += ((b"ratelimit-policy", policy), (b"ratelimit", state))
        if retry_after is not None and b"retry-after" not in present:
            headers.append((b"retry-after", str(retry_after).encode()))

    return add_headers


def _as_json(asked: Request | Websocket, retry_after: int) -> dict[str, Any] | None:
    """Return the answer for who asked for JSON."""
    wants = isinstance(asked, Request) and wants_json(asked)
    return {"error": "too_many_requests", "retry_after": retry_after} if wants else None
