"""What is wrong with modules in one worker alone, told to all through the store.

A module can fail to load, or fail too often, in one worker and be well in the others. Each worker
writes that into its record among the participants: only when it has changed, and not in requests.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from collections.abc import Mapping
from dataclasses import dataclass

from .health import Watch
from .loading import line_in
from .loading import Loaded
from .mounting import Mounting
from .participants import Participant
from .participants import Trouble
from .store import ModuleStore

INTERVAL = 1.0
"""Seconds between two reports of which only the texts differ: errors may come by the thousand."""

LONGEST = 500
"""How many characters of an error are told, without its place."""


class Reporter:
    """Tells the others what is wrong in this worker.

    :param watch: how the modules fare in this process.
    """

    def __init__(self, store: ModuleStore, mounting: Mounting, watch: Watch) -> None:
        self._store = store
        self._mounting = mounting
        self._watch = watch
        self._told: dict[str, Trouble] = {}
        self._texts_from = 0.0

    async def report(self) -> None:
        """Look, and write into the store what has changed."""
        now = time.monotonic()
        if self._states() == _states_of(self._told) and now < self._texts_from:
            return
        found = self._found()
        if found != self._told:
            self._texts_from = now + INTERVAL
            await self._store.report(found)
            self._told = found

    def _states(self) -> dict[str, str]:
        degraded = (name for name in self._mounting.mounted if self._watch.is_degraded(name))
        return {
            **dict.fromkeys(self._mounting.lingering.versions(), "failed_unload"),
            **dict.fromkeys(degraded, "degraded"),
            **dict.fromkeys(self._mounting.failures, "failed"),
        }

    def _found(self) -> dict[str, Trouble]:
        return {
            name: Trouble(state, self._error_of(name, state))
            for name, state in self._states().items()
        }

    def _error_of(self, name: str, state: str) -> str:
        if state == "failed_unload":
            return _short(self._mounting.lingering.reason(name) or "")
        if name in self._mounting.failures:
            return _short(str(self._mounting.failures[name]))
        error = self._watch.of(name).last_error
        return _described(self._mounting.mounted[name], error) if error is not None else ""


def _states_of(troubles: Mapping[str, Trouble]) -> dict[str, str]:
    return {name: one.state for name, one in troubles.items()}


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= LONGEST else f"{line[: LONGEST - 1]}…"


def _described(loaded: Loaded, error: BaseException) -> str:
    """Return an error with the innermost line of the module that took part in it."""
    try:
        text = _short(f"{type(error).__name__}: {error}")
    except Exception:  # the module's own exception cannot say what it is
        text = type(error).__name__
    line = line_in(loaded.package.folder, error)
    if line is None:
        return text
    return f"{text} at {loaded.name}/{line[0].relative_to(loaded.package.folder)}:{line[1]}"


@dataclass(frozen=True)
class Troubles:
    """What the live workers told of modules that do not fare well in them.

    ``workers`` says how many live; ``by_module`` has the troubles by name and process id.
    """

    workers: int
    by_module: Mapping[str, Mapping[int, Trouble]]

    @classmethod
    def told_by(cls, participants: Iterable[Participant]) -> Troubles:
        """Gather them from the records of the participants."""
        workers = [one for one in participants if one.kind == "worker"]
        found: dict[str, dict[int, Trouble]] = {}
        for one in sorted(workers, key=lambda worker: worker.pid):
            for name, trouble in one.troubles.items():
                found.setdefault(name, {})[one.pid] = trouble
        return cls(len(workers), found)

    def of(self, name: str) -> Mapping[int, Trouble]:
        """Return the troubles of a module by process id; none if it is well everywhere."""
        return self.by_module.get(name, {})

    def sentences(self, name: str) -> list[str]:
        """Say in how many workers a module is in trouble, and why; one text for equal troubles."""
        told = self.of(name)
        return [
            self._sentence(one, [pid for pid, other in told.items() if other == one])
            for one in dict.fromkeys(told.values())
        ]

    def _sentence(self, trouble: Trouble, pids: list[int]) -> str:
        which = f"pid{'s' if len(pids) > 1 else ''} {', '.join(map(str, pids))}"
        workers = f"worker{'s' if self.workers > 1 else ''}"
        return (
            f"{trouble.state} in {len(pids)} of {self.workers} {workers} ({which}): {trouble.error}"
        )
