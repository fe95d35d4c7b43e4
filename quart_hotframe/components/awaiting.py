"""In development: telling of what a template puts out and nobody has awaited."""

from __future__ import annotations

from types import CoroutineType
from typing import Any

from jinja2 import Environment
from jinja2 import TemplateRuntimeError

from .place import caller

MACRO = "Macro._async_invoke"


def refuse_unawaited(environment: Environment) -> None:
    """Let templates that are compiled from now on refuse to show a coroutine as text.

    It costs a call for each output, so it is for debug mode. An app that finalizes its outputs
    itself goes on with that.
    """
    if environment.finalize is None:
        environment.finalize = _shown


def hint_about(value: Any) -> str:
    """Return what is to be done about a value, ``""`` if it is no coroutine.

    >>> hint_about("text")
    ''
    """
    if type(value) is not CoroutineType:
        return ""
    if value.__qualname__ == MACRO:
        return (
            " It is a macro that Python code has called without awaiting it: write the filter, "
            "test or function that calls it with async def."
        )
    return f" It comes from {value.__qualname__}(), which nobody has awaited: write await."


def _shown(value: Any) -> Any:
    hint = hint_about(value)
    if not hint:
        return value
    value.close()  # or Python warns of it a second time
    file, line = caller()
    raise TemplateRuntimeError(f"{file}:{line}: This would show a coroutine as text.{hint}")
