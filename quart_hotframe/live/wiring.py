"""What the extension does to give an app live components."""

from __future__ import annotations

import asyncio
import weakref
from collections.abc import Callable
from collections.abc import Iterable
from contextlib import suppress

from quart import Quart

from ..components.definition import Definition
from . import floor
from . import posting
from .answering import answer
from .answering import ENDPOINT
from .answering import RULE


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
        self._protect(ENDPOINT)
        self._protect(posting.ENDPOINT)
        self._refresh()
