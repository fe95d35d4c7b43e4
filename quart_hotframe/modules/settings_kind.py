"""Settings as a kind of contribution: each generation has the values of its modules."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from collections.abc import Mapping
from collections.abc import Sequence
from types import ModuleType
from typing import Any
from typing import cast

from ..errors import LoadError
from ..runtime.contribution import Contribution
from ..runtime.runtime import Runtime
from .manifest import Manifest
from .settings import brief
from .settings import Declared
from .settings import OfManifest
from .settings import Share
from .settings import Values
from .state import State

log = logging.getLogger("quart_hotframe.modules")


class SettingsKind:
    """Collects what modules declare, and gives each generation ``{owner: Values}``."""

    name = "settings"

    def __init__(self) -> None:
        self.stored: Mapping[str, Mapping[str, Any]] = {}
        """What this process has seen in the store last, by module and name."""
        self.number = 0
        """The :attr:`State.configured` of it."""
        self._values: dict[Declared, tuple[Mapping[str, Any], Values]] = {}

    def collect(self, contribution: Contribution, sources: Mapping[str, Any]) -> Declared:
        """Return what the manifest and ``settings.py`` declare.

        :raises LoadError: they declare one setting twice, or the model cannot be used.
        """
        return declared(sources["manifest"], sources["settings"])

    def clashes(self, items: Any, others: Iterable[tuple[str, Any]]) -> Iterable[str]:
        """Yield nothing: each module has settings of its own."""
        return ()

    def merge(self, owners: Iterable[tuple[str, Declared | None]]) -> dict[str, Values]:
        """Return the values of a generation."""
        return {owner: self.values(one) for owner, one in owners if one is not None}

    def values(self, declared: Declared) -> Values:
        """Return the values of a version, as the store has them now; what does not fit is told."""
        stored = self.stored.get(declared.module, {})
        known = self._values.get(declared)
        if known is not None and known[0] == stored:
            return known[1]
        values, faults = declared.fit(stored)
        for name, fault in faults.items():
            log.warning("The stored setting%s of the module %r %s; its default is used.",
                        f" {name!r}" if name else "s", declared.module, brief(fault))  # fmt: skip
        self._values[declared] = stored, values
        return values

    def dispose(self, items: Any) -> None:
        """Forget the values of a version, which may be objects of its classes."""
        self._values.pop(items, None)

    def abandon(self, code: Sequence[ModuleType]) -> None:
        """Do nothing: no values were read."""


def values_of(runtime: Runtime, contribution: Contribution) -> Values:
    """Return the values that a version has now."""
    return kind_of(runtime).values(contribution.items["settings"])


def kind_of(runtime: Runtime) -> SettingsKind:
    """Return the settings of an app."""
    return cast(SettingsKind, runtime.kinds["settings"])


def declared(manifest: Manifest, code: ModuleType | None) -> Declared:
    """Return what a module declares.

    :param code: its ``settings.py``, if it has one.
    :raises LoadError: a setting is declared twice, or the model cannot be used.
    """
    shares: list[Share] = [OfManifest(manifest.settings)]
    if code is not None and hasattr(code, "Settings"):
        from .settings_model import of_model  # pydantic takes its time, and the module has it

        model = of_model(manifest.name, code)
        shares += [model] if model is not None else []
        for name in model.settings if model is not None else ():
            if name in manifest.settings:
                raise LoadError(
                    f"{code.__file__}: {name!r} is also in [settings] of {manifest.path}. Keep it "
                    "in one of the two.",
                    module=manifest.name,
                )
    return Declared(manifest.name, shares)


def take(
    runtime: Runtime, state: State, there: Iterable[Contribution]
) -> dict[str, tuple[Values, Values]]:
    """Let requests from now on see what the store has; those that run keep what they saw.

    :param there: what is mounted.
    :returns: the values before and after, of the modules whose values changed.
    """
    kind = kind_of(runtime)
    if state.configured <= kind.number:
        return {}
    declared = [one.items["settings"] for one in there]
    before = {one.module: kind.values(one) for one in declared}
    kind.stored, kind.number = state.settings, state.configured
    after = {one.module: kind.values(one) for one in declared}
    changed = {n: (before[n], values) for n, values in after.items() if values != before[n]}
    if changed:
        runtime.publish(runtime.compose(list(runtime.current.contributions.values())))
    return changed
