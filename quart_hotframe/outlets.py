"""In development: telling of what fills outlets that are not there."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

from jinja2 import Environment
from jinja2 import TemplateNotFound

from .hooks.unknown import outlets_named_in
from .hooks.unknown import UnknownOutlets
from .runtime.generation import Generation
from .runtime.runtime import Runtime


class OutletWatch:
    """Looks at the outlets of each generation that an app in debug mode publishes."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._unknown = UnknownOutlets()

    def look(self, generation: Generation) -> None:
        """Look, in a thread: it reads all templates."""
        if not self._runtime.app.debug or not generation.kinds["hooks"].fillers:
            return
        try:
            asyncio.get_running_loop()
        except RuntimeError:
            return  # not served yet
        self._runtime.spawn(asyncio.to_thread(self._tell, generation))

    def _tell(self, generation: Generation) -> None:
        environment = generation.jinja_env
        templates = environment.list_templates()
        sources = [
            *_sources(environment, templates),
            *generation.kinds["components"].sources(),
        ]
        named = outlets_named_in(sources)
        outlets = None if named is None else named | _declared(generation)
        self._unknown.tell(generation.kinds["hooks"].fillers, outlets, templates)


def _sources(environment: Environment, names: list[str]) -> Iterator[str]:
    assert environment.loader is not None
    for name in names:
        try:
            yield environment.loader.get_source(environment, name)[0]
        except (UnicodeDecodeError, TemplateNotFound):
            continue  # not a template: a picture, or a file that is gone again


def _declared(generation: Generation) -> set[str]:
    """Return the outlets that manifests name, which may be rendered by Python only."""
    modules: Any = (one.items.get("module") for one in generation.contributions.values())
    return {name for one in modules if one is not None for name in one.manifest.outlets}
