"""The globals of a template, which Jinja copies at every rendering, copied sooner.

Jinja keeps them in a ``ChainMap``, which raises and catches an error for each name that is not the
template's own. For a small page that costs more than all that HotFrame does for it.
"""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import KeysView
from collections.abc import MutableMapping
from typing import Any

from jinja2 import Environment

Names = MutableMapping[str, Any]


class TemplateGlobals(Names):
    """A template's own globals over those of its environment, whose changes show.

    :param own: those of the template; changes are made here.
    :param general: those of the environment.
    """

    def __init__(self, own: Names, general: Names) -> None:
        self._own = own
        self._general = general

    def __getitem__(self, name: str) -> Any:
        own = self._own
        return own[name] if own and name in own else self._general[name]

    def __setitem__(self, name: str, value: Any) -> None:
        self._own[name] = value

    def __delitem__(self, name: str) -> None:
        del self._own[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.keys())

    def __len__(self) -> int:
        return len(self.keys())

    def keys(self) -> KeysView[str]:
        """Return the names that there are now."""
        return {**self._general, **self._own}.keys()


def quicken(environment: Environment) -> None:
    """Let an environment give its templates such globals, unless it makes them in its own way."""
    kind = type(environment)
    if kind.make_globals is Environment.make_globals:
        members = {"make_globals": _make_globals, "__module__": kind.__module__}
        environment.__class__ = type(kind.__name__, (kind,), members)


def _make_globals(environment: Environment, own: Names | None) -> TemplateGlobals:
    return TemplateGlobals({} if own is None else own, environment.globals)
