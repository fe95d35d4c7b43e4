"""What a plan says of the settings: which values of the store its version will not use."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from .library import Library
from .manifest import Manifest
from .plan import Plan
from .plan import Step
from .settings import Declared
from .settings import OfManifest
from .state import State

KINDS = ("enable", "upgrade", "rollback", "reload")
"""Operations that bring a version."""


def has_code(folder: Path) -> bool:
    """Say whether a version may declare settings in Python."""
    return (folder / "settings.py").is_file() or (folder / "settings" / "__init__.py").is_file()


async def with_settings(
    plan: Plan, state: State, manifests: Mapping[str, Manifest], library: Library,
    looked_at: Path | None = None,
) -> Plan:  # fmt: skip
    """Return the plan with a step for each value of the store that stays unused.

    No code is imported for a plan: what a model declares is told in the log when it is loaded.

    :param looked_at: the folder of the plan's module, where it is not taken in yet.
    """
    stored, name = state.settings.get(plan.module), plan.module
    if not stored or plan.kind not in KINDS or name not in manifests:
        return plan
    folder = looked_at or library.folder(plan.target[name])
    declares = Declared(name, [OfManifest(manifests[name].settings)])
    _, faults = declares.fit(stored)
    if await asyncio.to_thread(has_code, folder):
        faults = {one: fault for one, fault in faults.items() if one in declares.settings}
    steps = [
        Step("settings", name, f"keep the stored setting {one!r} unused: it {fault}")
        for one, fault in sorted(faults.items())
    ]
    return replace(plan, steps=(*plan.steps, *steps))
