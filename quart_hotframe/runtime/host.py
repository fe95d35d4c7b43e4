"""The application as an owner: what it registered itself, apart from what it shows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from jinja2 import Environment
from quart import Quart

from .attributes import GOVERNED


class Host:
    """An app, its class as it was before HotFrame, and its own, mutable registries.

    ``own`` maps each governed attribute to the app's own value. What the app object shows under
    these names is that of a generation. ``asked`` is called with each request that a generation
    with modules answers, before it is matched, in the task of its handler.
    """

    asked: Callable[[Any], None] | None = None

    def __init__(self, app: Quart) -> None:
        self.app = app
        self.kind = type(app)
        self.own: dict[str, Any] = {name: vars(app)[name] for name in GOVERNED}

    @property
    def environment(self) -> Environment:
        """The app's own Jinja environment, made on first use as Quart does."""
        own: Any = self.kind.jinja_env  # a cached property, read past the dynamic subclass
        environment: Environment = own.__get__(self.app, self.kind)
        return environment
