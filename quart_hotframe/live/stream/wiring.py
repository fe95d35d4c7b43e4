"""What the extension does to serve streams, as soon as there is something to follow."""

from __future__ import annotations

import asyncio
import weakref
from collections.abc import Callable

from quart import Quart

from ...runtime.generation import Generation
from ...runtime.runtime import Runtime
from ..topics.facade import Topics
from ..topics.table import TopicsKind
from .views import ENDPOINT
from .views import open_public_stream
from .views import open_stream
from .views import PUBLIC_ENDPOINT
from .views import PUBLIC_RULE
from .views import RULE


class StreamRoutes:
    """The routes of streams: they are there as soon as a topic or a live component is.

    :param protect: protects an endpoint of HotFrame's own.
    """

    def __init__(
        self, app: Quart, runtime: Runtime, topics: Topics, protect: Callable[[str], None]
    ) -> None:
        self._app = weakref.ref(app)
        self._runtime = runtime
        self._topics = topics
        self._protect = protect
        self._there = False

    def published(self, generation: Generation) -> None:
        """Add them when something can be followed; called with each generation."""
        if self._there or not generation.kinds[TopicsKind.name].declarations:
            return
        self._there = True
        try:
            asyncio.get_running_loop().call_soon(self.add)  # not while one is published
        except RuntimeError:
            self.add()  # the app is being set up

    def add(self) -> None:
        """Serve streams, and note at the begin of each request where topics are."""
        app = self._app()
        if app is None:
            return
        if ENDPOINT not in app.view_functions:
            self._add(app)
        self._runtime.refresh()  # who calls may have added more

    def _add(self, app: Quart) -> None:
        self._there = True
        app.add_url_rule(RULE, ENDPOINT, open_stream, methods=["POST"])
        app.add_url_rule(PUBLIC_RULE, PUBLIC_ENDPOINT, open_public_stream, methods=["GET"])
        for endpoint in (ENDPOINT, PUBLIC_ENDPOINT):
            self._protect(endpoint)
        self._runtime.arriving = (*self._runtime.arriving, self._topics.note_position)
