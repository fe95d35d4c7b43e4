"""Routes that the app adds while it serves: what protects them holds, or they are refused."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Mapping
from typing import Any
from typing import NoReturn

from ..errors import SetupError
from ..runtime.runtime import Runtime
from ..runtime.watched import Telling
from .guards.placing import misplaced
from .limits.host import HostLimits
from .limits.kind import without_effect
from .marking import layers
from .marking import placed
from .timeouts import HostDeadlines

View = Callable[..., Any]


class LateRoutes:
    """Follows what the app registers and what is placed on it, from the start to the end."""

    def __init__(self, runtime: Runtime, limits: HostLimits, deadlines: HostDeadlines) -> None:
        self._runtime = runtime
        self._limits = limits
        self._deadlines = deadlines
        self._own = runtime.host.own
        self._known: Mapping[str, View] = {}

    def serve(self) -> None:
        """Begin to follow.

        :raises SetupError: a guard or a limit stands where it has no effect, with file and line.
        """
        self._known = {}
        for sentence in self._wrong().values():
            raise SetupError(sentence)
        self._known = self._views
        self._follow()
        self._runtime.registered = self._registered
        placed.connect(self._placed)

    def stop(self) -> None:
        """Follow no longer."""
        self._runtime.registered = None
        placed.disconnect(self._placed)

    @property
    def _views(self) -> dict[str, View]:
        return self._deadlines.given()

    def _registered(self) -> None:
        """Take note that the app has registered something, which nobody may have seen yet."""
        token = self._runtime.pin.set(self._runtime.host_pin)  # what changes is the app's own
        try:
            self._refuse()
            self._follow()
        finally:
            self._runtime.pin.reset(token)

    def _follow(self) -> None:
        self._deadlines.follow()
        self._limits.follow()
        self._watch()

    def _watch(self) -> None:
        """Notice who puts a view into ``app.view_functions`` by hand."""
        views = self._own["view_functions"]
        if not isinstance(views, Telling):
            self._own["view_functions"] = Telling(views, self._changed)
            self._runtime.settle()

    def _changed(self) -> None:
        runtime = self._runtime
        if runtime.registered is None or runtime.pin.get() is runtime.host_pin:
            return
        try:
            self._registered()
        finally:
            runtime.refresh()

    def _placed(self, target: object) -> None:
        """Take note of what is placed; what stands above a late route comes after it."""
        if not self._serves(target):
            return
        try:
            self._registered()
        finally:
            self._runtime.refresh()

    def _serves(self, target: object) -> bool:
        there = [*self._views.values(), *self._own["blueprints"].values()]
        return any(one is layer for layer in layers(target) for one in there)

    def _refuse(self) -> None:
        """Refuse late routes whose guard or limit has no effect.

        Those that cannot be undone any more fail from now on, whatever is done about the error.
        """
        wrong = self._wrong()
        for endpoint, sentence in wrong.items():
            self._own["view_functions"][endpoint] = _failing(sentence)
        for sentence in wrong.values():
            raise SetupError(sentence)

    def _wrong(self) -> dict[str, str]:
        """Return a sentence about each endpoint that is new and whose guard or limit is lost."""
        views = self._views
        found = without_effect(views) | misplaced(views)
        return {e: text for e, text in found.items() if self._known.get(e) is not views[e]}


def _failing(sentence: str) -> View:
    async def fail(**values: Any) -> NoReturn:
        raise SetupError(sentence)

    return fail
