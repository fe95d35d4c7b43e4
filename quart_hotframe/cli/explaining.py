"""Why a module is as it is: all that store and journal know of it, in sentences."""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ..extension import HotFrame
from ..modules.participants import Participant
from ..modules.records import Module
from ..modules.state import History
from ..modules.state import Operation
from ..modules.state import State
from ..modules.state import Wanted
from ..modules.troubles import Troubles
from . import listing
from .condition import Condition
from .condition import condition_of
from .printing import print_json

MEANINGS = {
    "available": "it lies in the modules folder and is not enabled",
    "pending": "the store cannot be read, so nobody knows whether it is wanted",
    "disabled": "it is installed, and nobody wants it served",
    "active": "it serves",
    "provisional": "it serves a new version on trial, which goes back by itself if it fails",
    "degraded": "it serves, but fails too often; reload it when the cause is gone",
    "failed": "it is wanted, but could not be loaded",
    "failed_unload": "it is not served, but its code still runs: restart the process",
    "quarantined": "it may not serve, because it failed; enable it to try again",
}
LIMIT = 5
"""How many of the module's last operations are shown."""
LOOK_BACK = 200
"""Among how many operations they are looked for."""


@dataclass(frozen=True)
class Explanation:
    """All that is known of a module."""

    condition: Condition
    state: State
    workers: Sequence[Participant]
    needed_by: Sequence[str]
    operations: Sequence[History]
    safe_mode: bool

    @property
    def module(self) -> Module:
        """The record."""
        return self.condition.module

    @property
    def wanted(self) -> Wanted | None:
        """What the store wants of the module; ``None`` when it is not installed."""
        return self.state.modules.get(self.module.name)

    @property
    def open(self) -> Operation | None:
        """The operation that is open now, of whatever module."""
        return self.state.operation


async def explanation(hotframe: HotFrame, name: str) -> Explanation:
    """Return all that is known of a module.

    :raises ModuleNotFound: with the nearest name.
    """
    manager = hotframe.modules
    manager[name]  # before all else, because it may not be there
    live = await manager.store.participants()
    past = await manager.operations(LOOK_BACK)
    return Explanation(
        condition_of(manager[name], Troubles.told_by(live.values())),
        await manager.store.read(),
        [one for one in live.values() if one.kind == "worker"],
        [one.name for one in manager if one.manifest and _needs(one, name)],
        [one for one in past if listing.name(one) == name][:LIMIT],
        hotframe.settings.safe_mode,
    )


def print_explanation(found: Explanation, *, as_json: bool) -> None:
    """Print what is known, as sentences or as JSON."""
    if as_json:
        print_json(_as_data(found))
        return
    for line in _lines(found):
        print(line)


def _needs(module: Module, name: str) -> bool:
    assert module.manifest is not None
    return any(wish.name == name for wish in module.manifest.requires)


def _lines(found: Explanation) -> Iterator[str]:
    module = found.module
    if found.safe_mode:
        yield f"{module.name} {module.version}: HOTFRAME_SAFE_MODE is on here, no module is served."
    else:
        yield f"{module.name} {module.version} is {module.state}: {MEANINGS[module.state]}."
    for sentence in found.condition.sentences:
        yield f"It is {sentence}"
    if module.error:
        yield f"Error: {module.error}"
    if module.failed_unload:
        yield f"Still running: {module.failed_unload}"
    if found.wanted is not None:
        yield from _about_wanted(found.wanted)
    yield from _about_workers(found)
    yield from _about_others(found)
    yield from _about_operations(found)


def _about_wanted(wanted: Wanted) -> Iterator[str]:
    yield f"The store wants it {'enabled' if wanted.enabled else 'disabled'}, from {wanted.source}."
    if wanted.disabled_with:
        other = wanted.disabled_with
        yield f"{wanted.name} was disabled with {other}; enabling {other} enables it again."
    if wanted.quarantined:
        yield f"Quarantined: {wanted.quarantined}"
    trial = wanted.provisional
    if trial is not None:
        since = listing.clock(trial.since)
        yield f"On trial since {since}: {trial.requests} requests, {trial.errors} errors."
    if wanted.previous_version:
        yield f"It can go back to {wanted.previous_version}."


def _about_workers(found: Explanation) -> Iterator[str]:
    if not found.workers:
        yield "No worker is live."
    for one in sorted(found.workers, key=lambda worker: worker.pid):
        if one.safe_mode:
            yield f"Worker {one.pid} is in safe mode: it serves no module."
            continue
        follows = one.revision == found.state.revision
        behind = "" if follows else f"; the store is at {found.state.revision}"
        yield f"Worker {one.pid} serves revision {one.revision}{behind}."


def _about_others(found: Explanation) -> Iterator[str]:
    if found.module.requires:
        yield f"It needs {', '.join(found.module.requires)}."
    if found.needed_by:
        yield f"It is needed by {', '.join(found.needed_by)}."


def _about_operations(found: Explanation) -> Iterator[str]:
    if found.open is not None:
        began = listing.clock(found.open.started)
        yield (
            f"Open: the {found.open.kind} of {found.open.module!r} since {began}, "
            f"in phase {found.open.phase}."
        )
    for past in found.operations:
        error = f": {past.error}" if past.error else ""
        yield f"{listing.when(past)} {listing.kind(past)} {listing.ended(past)}{error}"
    if found.operations and found.operations[0].traceback:
        yield from found.operations[0].traceback.splitlines()


def _as_data(found: Explanation) -> dict[str, Any]:
    return {
        "module": found.condition.to_dict(),
        "meaning": MEANINGS[found.module.state],
        "wanted": found.wanted.to_dict() if found.wanted else None,
        "revision": found.state.revision,
        "workers": [
            {"pid": one.pid, "revision": one.revision, "safe_mode": one.safe_mode}
            for one in found.workers
        ],
        "needed_by": list(found.needed_by),
        "open_operation": found.open.to_dict() if found.open else None,
        "operations": [{"id": one.id, "entries": list(one.entries)} for one in found.operations],
        "safe_mode": found.safe_mode,
    }
