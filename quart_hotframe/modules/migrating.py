"""What a plan does to tables: which migrations it brings, and whose requests wait for them."""

from __future__ import annotations

import time
from collections.abc import Iterable
from collections.abc import Mapping
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from . import dependencies
from .cascade import is_served
from .library import Library
from .manifest import Manifest
from .plan import Plan
from .plan import Step
from .schema import Files
from .schema import Migration
from .schema import Schema
from .state import State
from .state import Wanted

BEHIND = ("lifecycle", "publish", "remove")
"""Steps before which migrations stand."""


def files_of(library: Library, wanted: Wanted) -> Files:
    """Return a version as the schema sees it."""
    return Files(wanted.name, wanted.version, wanted.source, library.folder(wanted))


class MigrationPlanner:
    """Completes plans with what they do to the database."""

    def __init__(self, schema: Schema, library: Library) -> None:
        self._schema = schema
        self._library = library

    async def complete(
        self, plan: Plan, state: State, manifests: Mapping[str, Manifest], *,
        downgrade: bool = False, looked_at: Path | None = None,
    ) -> Plan:  # fmt: skip
        """Return the plan with its migrations.

        :param downgrade: take back what the version that goes has migrated.
        :param looked_at: the folder of the plan's module, where it is not taken in yet.
        :raises MigrationError: the database does not fit what the plan wants to serve.
        """
        if plan.kind == "uninstall":
            found = await self._removals(plan, state)
        else:
            found = await self._loads(plan, state, downgrade, looked_at)
        if not found:
            return plan
        if plan.detail.get("data") == "export":
            detail = {**plan.detail, "exports": self._exports(found)}
            plan = replace(plan, detail=detail)
        closing = _closing(found, state, manifests)
        target = {name: _bound(wanted, found) for name, wanted in plan.target.items()}
        steps = _with_steps(plan.steps, _steps(plan, found, closing))
        return replace(
            plan, steps=steps, target=target, migrations=tuple(found), closing=tuple(closing)
        )

    async def _removals(self, plan: Plan, state: State) -> list[Migration]:
        if plan.detail["data"] == "keep":
            return []
        there = [files_of(self._library, state.modules[name]) for name in plan.detail["modules"]]
        found = [await self._schema.dropping(files) for files in there]
        return [one for one in found if one is not None]

    def _exports(self, found: Iterable[Migration]) -> dict[str, str]:
        folder, now = self._library.installed.parent / "exports", time.strftime("%Y%m%d-%H%M%S")
        return {m.module: str(folder / f"{m.module}-{m.version}-{now}.jsonl") for m in found}

    async def _loads(
        self, plan: Plan, state: State, downgrade: bool, looked_at: Path | None
    ) -> list[Migration]:
        found = []
        for name in _loaded(plan, state):
            files = files_of(self._library, plan.target[name])
            if looked_at is not None and name == plan.module:
                files = replace(files, folder=looked_at)
            before = self._before(state.modules.get(name), plan.target[name])
            if downgrade and name == plan.module and before is not None:
                one = await self._schema.downgrading(files, before)
            else:
                one = await self._schema.upgrading(files, before)
            found += [one] if one is not None else []
        return found

    def _before(self, now: Wanted | None, wanted: Wanted) -> Files | None:
        """Return the version whose migrations the database may have, if it is another one."""
        if now is not None and now.source != wanted.source:
            return files_of(self._library, now)
        if wanted.previous is None or wanted.previous_version is None:
            return None
        return files_of(
            self._library, Wanted(wanted.name, wanted.previous_version, wanted.previous)
        )


def _loaded(plan: Plan, state: State) -> list[str]:
    """Return the modules whose code a plan loads, in its order."""
    named = [step.module for step in plan.steps if step.action == "load"]
    return [name for name in dict.fromkeys([*named, *plan.reload])
            if is_served(plan.target.get(name))]  # fmt: skip


def _bound(wanted: Wanted, migrations: Iterable[Migration]) -> Wanted:
    """Note that the version before cannot serve what this one's migrations made."""
    mine = (one for one in migrations if one.module == wanted.name and one.action == "upgrade")
    return replace(wanted, one_way=True) if any(one.exclusive for one in mine) else wanted


def _closing(
    found: Sequence[Migration], state: State, manifests: Mapping[str, Manifest]
) -> list[str]:
    """Return the served modules that use tables which do not fit their code meanwhile."""
    served = [one for name, one in manifests.items() if is_served(state.modules.get(name))]
    known = {one.name for one in served}
    names: dict[str, None] = {}
    for one in found:
        if one.exclusive and one.module in known:
            names |= dict.fromkeys(dependencies.dependents(one.module, served, optional=True))
            names[one.module] = None
    return list(names)


def _steps(plan: Plan, found: Sequence[Migration], closing: Sequence[str]) -> list[Step]:
    steps = []
    if closing:
        text = f"hold the requests of {', '.join(closing)} until this is done"
        steps.append(Step("close", "", text))
    for name, path in plan.detail.get("exports", {}).items():
        steps.append(Step("export", name, f"write the data of {name} to {path}"))
    for one in found:
        steps += [Step("migrate", one.module, text) for text in one.texts]
    return steps


def _with_steps(steps: Sequence[Step], new: Sequence[Step]) -> tuple[Step, ...]:
    place = next((i for i, one in enumerate(steps) if one.action in BEHIND), len(steps))
    return (*steps[:place], *new, *steps[place:])
