"""How long a request may take."""

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
            contribution.views[endpoint] = self.around(contribution.views[endpoint])
        before = contribution.functions.get("before_request_funcs", {})
        for name in before.keys() - {None}:  # those of None run before requests of others too
            before[name] = [self.around(function) for function in before[name]]

    def around(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """Return a function that ends with the time of the request that it runs for."""

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


class HostDeadlines:
    """Holds the deadlines of the app's own views: for the view and the guards on it.

    :param own: the app's own registries.
    :param seconds_of: returns what the policy of an endpoint says, ``None`` for nothing.
    """

    def __init__(self, own: Mapping[str, Any], seconds_of: Callable[[str], float | None]) -> None:
        self._own = own
        self._seconds_of = seconds_of
        self._given: dict[str, tuple[Callable[..., Any], Callable[..., Any]]] = {}

    def follow(self) -> None:
        """Look for deadlines anew: what was placed on a view since then holds too."""
        views, given = self._own["view_functions"], self.given()
        found = {e: seconds for e in given if (seconds := self._seconds_of(e)) is not None}
        deadlines = Deadlines(found)
        self._given = {
            endpoint: (deadlines.around(given[endpoint]), given[endpoint]) for endpoint in found
        }
        views |= {endpoint: around for endpoint, (around, _) in self._given.items()}

    def given(self) -> dict[str, Callable[..., Any]]:
        """Return the views as the app registered them."""
        views = dict(self._own["view_functions"])
        known = self._given.items()
        return views | {e: view for e, (around, view) in known if views.get(e) is around}
