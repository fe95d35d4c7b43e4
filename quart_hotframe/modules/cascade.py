"""Who goes with a module, and who comes back with it.

A cascade disables modules on behalf of the one that they need. The store remembers that, so that
enabling this one enables exactly those again, and no module that somebody disabled himself.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from . import dependencies
from .dependencies import Requirement
from .manifest import Manifest
from .state import Wanted


def disabled(target: dict[str, Wanted], going: list[str]) -> None:
    """Disable modules in *target*; those that served until now on behalf of the last one.

    What waits for one of them that served until now was not brought back, so it waits no more.
    """
    served = {one for one in going if is_served(target.get(one))}
    forget(target, served)
    for one in going:
        behalf = going[-1] if one in served and one != going[-1] else None
        target[one] = replace(target[one], enabled=False, provisional=None, disabled_with=behalf)


def forget(target: dict[str, Wanted], names: set[str]) -> None:
    """Let nobody in *target* wait for these modules any more."""
    for one, wanted in target.items():
        if wanted.disabled_with in names:
            target[one] = replace(wanted, disabled_with=None)


def come_back(
    name: str, target: dict[str, Wanted], manifests: Mapping[str, Manifest]
) -> tuple[list[str], dict[str, str]]:
    """Enable in *target* what was disabled with a module that is served there again.

    What still lacks another module waits for that one from now on.

    :returns: the modules that come back, in the order of dependencies, and why others do not.
    """
    back: list[str] = []
    stay: dict[str, str] = {}
    for one in dependencies.order(_waiting(target, manifests)):
        if target[one].disabled_with not in (name, *back):
            continue
        lack = _lack(manifests[one], target, manifests)
        if lack is None:
            target[one] = enabled(target[one])
            back.append(one)
            continue
        stay[one] = f"it requires {lack}, and {_there(lack, target, manifests)}"
        if lack.name in target:
            target[one] = replace(target[one], disabled_with=lack.name)
    return back, stay


def enabled(wanted: Wanted) -> Wanted:
    """Return a module as one that is to be served."""
    return replace(
        wanted, enabled=True, set_up=True, quarantined=None, error=None, disabled_with=None
    )


def is_served(wanted: Wanted | None) -> bool:
    """Say whether the workers serve a module."""
    return wanted is not None and wanted.enabled and not wanted.quarantined


def _waiting(target: Mapping[str, Wanted], manifests: Mapping[str, Manifest]) -> list[Manifest]:
    return [
        manifests[name]
        for name, wanted in target.items()
        if wanted.disabled_with and not wanted.enabled and name in manifests
    ]


def _lack(
    manifest: Manifest, target: Mapping[str, Wanted], manifests: Mapping[str, Manifest]
) -> Requirement | None:
    """Return the first requirement of a module that is not met."""
    for wish in manifest.requires:
        there = manifests.get(wish.name) if is_served(target.get(wish.name)) else None
        if there is None or not wish.accepts(there.version):
            return wish
    return None


def _there(
    lack: Requirement, target: Mapping[str, Wanted], manifests: Mapping[str, Manifest]
) -> str:
    if is_served(target.get(lack.name)) and lack.name in manifests:
        return f"there is {manifests[lack.name].version}"
    return f"{lack.name} is not enabled"
