"""What one owner brings: everything that its blueprints registered, and the items of each kind."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncGenerator
from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Mapping
from collections.abc import Sequence
from dataclasses import dataclass
from dataclasses import field
from types import ModuleType
from typing import Any
from typing import Protocol

from click import Command
from jinja2 import BaseLoader
from quart import Blueprint
from werkzeug.routing import BaseConverter
from werkzeug.routing import Rule

HOST = "app"
"""The owner of what the application itself registered."""

NAMESPACE = "hotframe_modules"
"""The parent package of all loaded versions of modules."""


def module_of(name: str) -> str | None:
    """Return the module to which code belongs, by its ``__name__``; ``None`` for other code."""
    namespace, _, rest = name.partition(".")
    return rest.partition(".")[0].rpartition("__")[0] if namespace == NAMESPACE else None


_serials = itertools.count(1)


@dataclass(eq=False)
class Contribution:
    """The registrations of one owner, taken from a scratch app.

    ``functions`` maps an attribute of the app, such as ``before_request_funcs``, to
    ``{blueprint name or None: [function, …]}``; ``lists`` maps one such as
    ``teardown_appcontext_funcs`` to its functions; ``items`` maps a kind to what it collected.
    """

    owner: str
    needs: frozenset[str] = frozenset()
    """The owners that it requires, whose templates it may override."""
    blueprints: dict[str, Blueprint] = field(default_factory=dict)
    views: dict[str, Callable[..., Any]] = field(default_factory=dict)
    rules: list[Rule] = field(default_factory=list)
    converters: dict[str, type[BaseConverter]] = field(default_factory=dict)
    functions: dict[str, dict[str | None, list[Any]]] = field(default_factory=dict)
    lists: dict[str, list[Any]] = field(default_factory=dict)
    error_handlers: dict[str | None, dict[int | None, dict[type[Exception], Any]]] = field(
        default_factory=dict
    )
    template_filters: dict[str, Any] = field(default_factory=dict)
    template_tests: dict[str, Any] = field(default_factory=dict)
    template_globals: dict[str, Any] = field(default_factory=dict)
    loaders: list[BaseLoader] = field(default_factory=list)
    commands: dict[str, Command] = field(default_factory=dict)
    before_serving: list[Callable[..., Any]] = field(default_factory=list)
    while_serving: list[AsyncGenerator[None, None]] = field(default_factory=list)
    after_serving: list[Callable[..., Any]] = field(default_factory=list)
    items: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.serial = next(_serials)
        """Tells two contributions of one owner apart, also when the first is long gone."""
        self.generations = 0
        """How many generations that somebody can still see contain it."""
        self.published = False
        """Whether anybody could see it yet."""
        self.unused = asyncio.Event()
        """Set when nobody can see it any more."""

    def acquire(self) -> None:
        """Count one more generation that contains it."""
        self.generations += 1
        self.published = True
        self.unused.clear()

    def release(self) -> None:
        """Count one generation less."""
        self.generations -= 1
        if self.generations == 0:
            self.unused.set()


class Kind(Protocol):
    """A subject's share of a contribution, such as hooks or components."""

    name: str

    def collect(self, contribution: Contribution, sources: Mapping[str, Any]) -> Any:
        """Return the owner's items; *sources* is what the loader gathered while importing."""

    def clashes(self, items: Any, others: Iterable[tuple[str, Any]]) -> Iterable[str]:
        """Yield a sentence for each clash of *items*, which are not empty, with those of others.

        :param others: can be gone through once.
        """

    def merge(self, owners: Iterable[tuple[str, Any]]) -> Any:
        """Return the value that a generation holds for this kind, from all owners in order."""

    def dispose(self, items: Any) -> None:
        """Let go of what would keep the items alive; nobody can see them any more."""

    def abandon(self, code: Sequence[ModuleType]) -> None:
        """Let go of what the Python modules of a load that failed have made."""
