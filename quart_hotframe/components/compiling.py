"""Compiling the template of a component into the macro that a use calls."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from jinja2 import BaseLoader
from jinja2 import Environment
from jinja2 import TemplateNotFound

from .definition import Definition

Macro = Callable[..., Any]


class _One(BaseLoader):
    """Gives the template of one component."""

    def __init__(self, found: Definition) -> None:
        self._found = found

    def get_source(self, environment: Environment, template: str) -> Any:
        if template != self._found.template:
            raise TemplateNotFound(template)
        return self._found.source, str(self._found.file), None


async def compiled(found: Definition, environment: Environment) -> Macro:
    """Return the macro of a component; its code is kept as that of other templates."""
    loader = _One(found)
    known = environment.make_globals(None)
    template = loader.load(environment, found.template, known)
    # Shared: the macro looks names up in the globals themselves, which may change.
    module: Any = await template.make_module_async(known, shared=True)  # type: ignore[arg-type]
    macro: Macro = module.component
    return macro
