"""In development: telling of what modules bring and nobody can see."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator
from threading import Lock
from typing import Any

from .hooks.unknown import outlets_named_in
from .hooks.unknown import unknown_outlets
from .hooks.unknown import unknown_owners
from .runtime.contribution import HOST
from .runtime.generation import Generation
from .runtime.runtime import Runtime
from .runtime.shadows import shadows
from .runtime.templates import names_in
from .runtime.templates import sources_in

log = logging.getLogger("quart_hotframe")


class Advice:
    """Looks at each generation that an app in debug mode publishes, and tells each thing once."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._told: frozenset[str] = frozenset()
        self._lock = Lock()  # threads look

    def look(self, generation: Generation) -> None:
        """Look, in a thread: it reads all templates."""
        if not self._runtime.app.debug:
            return
        try:
            asyncio.get_running_loop()
        except RuntimeError:
            return  # not served yet
        self._runtime.spawn(asyncio.to_thread(self._tell, generation))

    def _tell(self, generation: Generation) -> None:
        found = frozenset(_advice(generation))
        with self._lock:
            for sentence in sorted(found - self._told):
                log.warning(sentence)
            self._told = found


def _advice(generation: Generation) -> Iterator[str]:
    environment, components = generation.jinja_env, generation.kinds["components"]
    templates = names_in(environment)
    yield from shadows(generation.contributions.values())
    yield from components.overrides_of_nothing()
    fillers = generation.kinds["hooks"].fillers
    yield from unknown_owners(fillers, [HOST, *generation.contributions])
    if fillers and templates is not None:
        sources = [*sources_in(environment), *components.sources()]
        named = outlets_named_in(sources)
        outlets = None if named is None else named | _declared(generation)
        yield from unknown_outlets(fillers, outlets, templates)


def _declared(generation: Generation) -> set[str]:
    """Return the outlets that manifests name, which may be rendered by Python only."""
    modules: Any = (one.items.get("module") for one in generation.contributions.values())
    return {name for one in modules if one is not None for name in one.manifest.outlets}
