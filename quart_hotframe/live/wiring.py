"""What the extension does to give an app live components."""

from __future__ import annotations

import asyncio
import weakref
from collections.abc import Callable
from collections.abc import Iterable
from contextlib import suppress

from quart import Quart

from ..components.definition import Definition
from ..components.wiring import note_components
from . import floor
from . import posting
from .answering import answer
from .answering import ENDPOINT
from .answering import RULE
from .facade import Live
from .stream.wiring import StreamRoutes
from .uploads import receiving


def add_live(app: Quart, live: Live, protect: Callable[[str], None]) -> Live:
    """Let an app serve events and streams as soon as there is something to serve.

    :param live: the live components of the app, which are returned.
    :param protect: protects an endpoint of HotFrame's own.
    """
    runtime = live.runtime
    streams = StreamRoutes(app, runtime, live.topics, protect)
    runtime.published.append(streams.published)
    note_components(runtime, LiveRoute(app, protect, streams.add).note)
    runtime.departed.append(live.departed)
    return live


class LiveRoute:
    """The route for events: it is there as soon as there is a live component.

    :param protect: protects an endpoint of HotFrame's own.
    :param refresh: publishes what the app registers.
    """

    def __init__(
        self, app: Quart, protect: Callable[[str], None], refresh: Callable[[], None]
    ) -> None:
        self._app = weakref.ref(app)
        self._protect = protect
        self._refresh = refresh
        self.there = False

    def note(self, definitions: Iterable[Definition]) -> None:
        """Take note of components that are there from now on."""
        if self.there or not any(one.lives for one in definitions):
            return
        with suppress(RuntimeError):  # as where modules are loaded, in a thread of its own
            asyncio.get_running_loop().call_soon(self.add)
            self.there = True

    def add(self) -> None:
        """Serve events."""
        app = self._app()
        if app is None or ENDPOINT in app.view_functions:
            return
        app.add_url_rule(RULE, ENDPOINT, answer, methods=["POST"])
        app.add_url_rule(floor.RULE, posting.ENDPOINT, posting.post, methods=["POST"])
        app.add_url_rule(receiving.RULE, receiving.ENDPOINT, receiving.receive, methods=["POST"])
        self._protect(ENDPOINT)
        self._protect(receiving.ENDPOINT)
        self._protect(posting.ENDPOINT)
        self._refresh()
