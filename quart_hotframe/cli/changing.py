"""Changing the set of modules from a shell: the plan alone, or the change and who follows it."""

from __future__ import annotations

from collections.abc import Awaitable
from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import field
from pathlib import Path
from typing import Any

from quart.cli import ScriptInfo

from ..extension import HotFrame
from ..modules.manager import ModuleManager
from ..modules.plan import Plan
from ..modules.records import Module
from .printing import print_json
from .printing import talk
from .running import Failure
from .running import run_async

DONE = {
    "install": ("{0} {1} is installed, not enabled", "noted"),
    "enable": ("{0} {1} is enabled", "served"),
    "disable": ("{0} is disabled", "left"),
    "upgrade": ("{0} is upgraded to {1}", "served"),
    "rollback": ("{0} is back at {1}", "served"),
    "reload": ("{0} {1} is loaded anew", "served"),
    "uninstall": ("{0} is uninstalled", "left"),
}
"""What is said after each operation, and what the workers did."""


@dataclass(frozen=True)
class Change:
    """What a command was asked to change.

    :param kind: the operation, which is the name of the manager's method.
    :param name: the module; to install, the source.
    :param source: what to upgrade to.
    :param options: further arguments of the method.
    """

    kind: str
    name: str
    source: Path | None = None
    options: Mapping[str, Any] = field(default_factory=dict)

    def apply(self, manager: ModuleManager) -> Awaitable[Module | None]:
        """Make the change."""
        arguments = (self.name,) if self.source is None else (self.name, self.source)
        done: Awaitable[Module | None] = getattr(manager, self.kind)(*arguments, **self.options)
        return done


@dataclass(frozen=True)
class Outcome:
    """What came of a change: the record, and the processes that follow or do not, by id."""

    module: Module | None
    followers: tuple[str, ...]
    others: Mapping[str, int | None]
    """Those that do not follow, with the process id where it is known."""


def change(info: ScriptInfo, wanted: Change, *, dry_run: bool, as_json: bool) -> None:
    """Make a change, or print its plan when *dry_run* is true.

    :raises Failure: when it did not happen, or a worker does not follow.
    """
    if dry_run:
        print_plan(planned(info, wanted), as_json=as_json)
        return
    outcome = run_async(info, lambda hotframe: _apply(hotframe, wanted))
    if as_json:
        print_json(_as_data(wanted, outcome))
    else:
        print(_sentence(wanted, outcome))
    if outcome.others:
        raise Failure(_laggards(outcome))


def planned(info: ScriptInfo, wanted: Change) -> Plan:
    """Return what a change would do.

    :raises Failure: when it cannot be done.
    """

    async def plan(hotframe: HotFrame) -> Plan:
        return await hotframe.modules.plan(
            wanted.kind, wanted.name, wanted.source, **wanted.options
        )

    return run_async(info, plan)


def print_plan(plan: Plan, *, as_json: bool) -> None:
    """Print what a change would do."""
    if as_json:
        print_json(plan.to_dict())
        return
    print(plan)
    talk("Nothing was changed.")


async def _apply(hotframe: HotFrame, wanted: Change) -> Outcome:
    module = await wanted.apply(hotframe.modules)
    acknowledged = hotframe.modules.acknowledged
    live = await hotframe.modules.store.participants()
    behind = [one for one, follows in acknowledged.items() if not follows]
    return Outcome(
        module,
        tuple(one for one, follows in acknowledged.items() if follows),
        {one: live[one].pid if one in live else None for one in behind},
    )


def _sentence(wanted: Change, outcome: Outcome) -> str:
    text, did = DONE[wanted.kind]
    module = outcome.module
    done = text.format(module.name, module.version) if module else text.format(wanted.name)
    if module is not None and module.state not in ("active", "disabled"):
        done += f" ({module.state})"
    return f"{done}; {_by(did, outcome)}."


def _by(did: str, outcome: Outcome) -> str:
    count = len(outcome.followers)
    if not count and not outcome.others:
        here = "checked and loaded here" if did == "served" else "noted for the next start"
        return f"0 workers: {here}"
    return f"{did} by {count} worker{'' if count == 1 else 's'}"


def _laggards(outcome: Outcome) -> str:
    names = ", ".join(f"process {pid}" if pid else one for one, pid in outcome.others.items())
    total = len(outcome.followers) + len(outcome.others)
    return (
        f"The change is in the store, but {len(outcome.others)} of {total} workers did not follow "
        f"in time: {names}. Look at its log, or restart it."
    )


def _as_data(wanted: Change, outcome: Outcome) -> dict[str, Any]:
    return {
        "operation": wanted.kind,
        "name": outcome.module.name if outcome.module else wanted.name,
        "module": outcome.module.to_dict() if outcome.module else None,
        "workers": len(outcome.followers) + len(outcome.others),
        "followed_by": list(outcome.followers),
        "not_followed_by": list(outcome.others),
    }
