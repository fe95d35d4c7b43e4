"""How long a module may take for a request."""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Callable
from collections.abc import Mapping
from typing import Any

from quart import current_app
from quart import has_request_context
from quart import request
from werkzeug.exceptions import ServiceUnavailable

from ..runtime.contribution import Contribution


class Deadlines:
    """Ends requests that take too long, with 503. A request has one deadline for all that runs.

    Sockets are left alone: they are meant to last. A function that is no coroutine runs in
    a thread, which cannot be stopped: its answer is not waited for.

    :param seconds: by endpoint, what a request may take from the first of these functions on.
    """

    def __init__(self, seconds: Mapping[str, float]) -> None:
        self._seconds = seconds
        self._key = f"hotframe.deadline.{id(self)}"  # an app may serve within another's request

    def hold_for(self, contribution: Contribution) -> None:
        """Let them hold for the views and for what runs before them: guards, limits, own code."""
        for endpoint in self._seconds:
            contribution.views[endpoint] = self._around(contribution.views[endpoint])
        before = contribution.functions.get("before_request_funcs", {})
        for name in before.keys() - {None}:  # those of None run before requests of others too
            before[name] = [self._around(function) for function in before[name]]

    def _around(self, function: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(function)
        async def run(*args: Any, **kwargs: Any) -> Any:
            call = current_app.ensure_async(function)
            seconds = self._seconds.get(request.endpoint or "") if has_request_context() else None
            if seconds is None:
                return await call(*args, **kwargs)
            try:
                async with asyncio.timeout_at(self._end(seconds)) as limit:
                    return await call(*args, **kwargs)
            except TimeoutError:
                if not limit.expired():  # one of the function's own
                    raise
            raise ServiceUnavailable("This took too long.", retry_after=10)

        return run

    def _end(self, seconds: float) -> float:
        scope: Any = request.scope
        end: float = scope.setdefault(self._key, asyncio.get_running_loop().time() + seconds)
        return end
