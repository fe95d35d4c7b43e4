"""Noting in the store that a module could not be loaded, for those who look after this process."""

from __future__ import annotations

import time
import traceback
import uuid
from collections.abc import Mapping
from dataclasses import replace

from ..errors import HotFrameError
from .mounting import Mounting
from .state import State
from .state import Wanted
from .store import ModuleStore

NOT_LOADED = "not loaded: "
"""How an error of this kind begins in the store; it goes when the module is loaded again."""

LONGEST = 20_000
"""So many characters of a traceback are kept, the last ones."""


async def note_loads(store: ModuleStore, state: State, mounting: Mounting) -> None:
    """Write what could not be loaded in this process into the store, and what is well again.

    Nothing is written when the store says so already.

    :param state: the state that this process serves.
    :raises StoreError: when it cannot be written.
    """
    news = _news(state.modules, mounting)
    if not news:
        return

    def note(now: State) -> State:
        known = {n: w for n, w in news.items() if _is_same(now.modules.get(n), state.modules[n])}
        noted = {n: replace(now.modules[n], error=error) for n, error in known.items()}
        return replace(now, modules={**now.modules, **noted})

    await store.change(note)
    for name, error in news.items():
        if error is not None:
            await _journal(store, name, mounting.failures[name])


def trace_of(error: BaseException) -> str:
    """Return the traceback of an error with its causes, as text."""
    return "".join(traceback.format_exception(error))[-LONGEST:]


def _news(modules: Mapping[str, Wanted], mounting: Mounting) -> dict[str, str | None]:
    """Return the errors that the store should have, where it has others."""
    found: dict[str, str | None] = {}
    for name, wanted in modules.items():
        failure = mounting.failures.get(name)
        error = f"{NOT_LOADED}{failure}" if failure is not None else None
        well = name in mounting.mounted and (wanted.error or "").startswith(NOT_LOADED)
        if error != wanted.error and (error is not None or well):
            found[name] = error
    return found


def _is_same(now: Wanted | None, then: Wanted) -> bool:
    return now is not None and (now.source, now.version) == (then.source, then.version)


async def _journal(store: ModuleStore, name: str, failure: HotFrameError) -> None:
    await store.journal(f"{int(time.time())}-{uuid.uuid4().hex[:8]}", {
        "phase": "failed", "kind": "load", "module": name, "error": str(failure),
        "traceback": trace_of(failure),
    })  # fmt: skip
