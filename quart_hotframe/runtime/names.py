"""Filters, tests and globals of templates, which the app may change at any time.

Each generation's Jinja environment has its own, so ``app.jinja_env.filters["late"] = function``
would reach one generation alone and be lost at the next swap. Here such a change goes to the app's
own environment, and from there to all that are alive.
"""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Mapping
from typing import Any
from weakref import WeakSet

from jinja2 import Environment

from ..errors import SetupError
from .contribution import Contribution
from .contribution import NAMESPACE
from .watched import Watched

KINDS = ("filters", "tests", "globals")
"""The attributes of an environment that templates take names from."""


BARE = Environment()
"""What every environment has by itself, and what others may have in the place of."""


def own_names(environment: Environment, kind: str) -> dict[str, Any]:
    """Return the names that an app has given to its environment.

    :param kind: one of :data:`KINDS`.
    """
    known = getattr(BARE, kind)
    return {name: one for name, one in getattr(environment, kind).items() if name not in known}


def lay_over(new: Environment, host: Environment, contributions: Iterable[Contribution]) -> None:
    """Give an environment the names of the app's own one, and those of the owners over them."""
    shares = list(contributions)
    for kind in KINDS:
        own = getattr(host, kind)
        if not isinstance(own, HostNames):
            own = HostNames(kind, own)
            setattr(host, kind, own)
        own.environments.add(new)
        brought = [(c.owner, getattr(c, f"template_{kind}")) for c in shares]
        setattr(new, kind, GenerationNames(own, brought))


class HostNames(Watched):
    """The app's own names; a change of them reaches the environments of the generations.

    :param kind: one of :data:`KINDS`.
    """

    def __init__(self, kind: str, names: Mapping[str, Any]) -> None:
        super().__init__(names)
        self.kind = kind
        self.environments: WeakSet[Environment] = WeakSet()

    def __setitem__(self, name: str, value: Any) -> None:
        super().__setitem__(name, value)
        self._tell(name)

    def __delitem__(self, name: str) -> None:
        super().__delitem__(name)
        self._tell(name)

    def _tell(self, name: str) -> None:
        for environment in list(self.environments):
            names = getattr(environment, self.kind)
            if isinstance(names, GenerationNames):
                names.follow(name)


class GenerationNames(Watched):
    """The names of one generation: the app's own, and those of the owners over them.

    :param own: those of the app, which get the changes.
    :param brought: owners and the names that they bring.
    """

    def __init__(self, own: HostNames, brought: Iterable[tuple[str, Mapping[str, Any]]]) -> None:
        super().__init__(own)
        self._own = own
        self._owners: dict[str, str] = {}
        for owner, names in brought:
            dict.update(self, names)
            self._owners.update(dict.fromkeys(names, owner))

    def __setitem__(self, name: str, value: Any) -> None:
        self._refuse_owned(name)
        self._refuse_code_of_module(name, value)
        self._own[name] = value
        self.follow(name)

    def __delitem__(self, name: str) -> None:
        self._refuse_owned(name)
        del self._own[name]
        self.follow(name)

    def follow(self, name: str) -> None:
        """Take over what the app's own names say of one, unless an owner brought it."""
        if name in self._owners:
            return
        if name in self._own:
            dict.__setitem__(self, name, self._own[name])
        else:
            dict.pop(self, name, None)

    def _refuse_owned(self, name: str) -> None:
        if name in self._owners:
            raise SetupError(
                f"app.jinja_env.{self._own.kind}[{name!r}] belongs to {self._owners[name]!r}, "
                "which is mounted: choose another name."
            )

    def _refuse_code_of_module(self, name: str, value: Any) -> None:
        if str(getattr(value, "__module__", "")).startswith(f"{NAMESPACE}."):
            raise SetupError(
                f"app.jinja_env.{self._own.kind}[{name!r}] would keep code of a module when the "
                "module goes: register it in the module, with blueprint.app_template_filter(), "
                "app_template_test() or app_template_global()."
            )
