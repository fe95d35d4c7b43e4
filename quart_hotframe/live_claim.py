"""One process at a time has the states of live components, as long as they lie in its memory.

Pages of one session reach any worker of a server. Where each worker has states of its own, a page
is right only as long as it happens to reach the same one. So a second worker is refused.
"""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import threading
import time
from collections.abc import Iterable
from collections.abc import Mapping
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

from .components.registry import Components
from .components.registry import Share
from .components.registry import STARTER
from .errors import LoadError
from .errors import SetupError
from .errors import StoreError
from .modules import locking
from .modules.files import make_folder
from .runtime.contribution import Contribution
from .runtime.generation import Generation
from .runtime.goodbye import Goodbye

log = logging.getLogger("quart_hotframe.live")

FILE = "live.lock"
_held_by: dict[Path, int] = {}
"""The process that has the claim, by file: two apps of one process, as in tests, share it."""
LOOK = 0.02
"""Seconds between two looks at whether another process has gone."""
ADVICE = (
    "pages would lose what they show whenever they reach the other one. Serve with one worker; or "
    "let a proxy send each session to the same worker, and set HOTFRAME_LIVE_WORKERS=sticky."
)


class LiveClaim:
    """The claim of this process to the live components of an app.

    It is a lock of the kernel on a file, so it goes with the process. A process that is asked to
    end lets go at once, while it still answers its last requests: its successor need not wait.

    :param folder: of the store, which all workers of a host share.
    :param patience: seconds to wait for a process that is leaving.
    :param needed: whether states lie in the memory of one process.
    """

    def __init__(self, folder: Path, patience: float, *, needed: bool) -> None:
        self._path = folder / FILE
        self._patience = patience
        self._needed = needed
        self._lock: locking.Lock | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._mutex = threading.Lock()
        self._goodbye = Goodbye(self.give_up, (signal.SIGTERM, signal.SIGINT))

    @property
    def is_held(self) -> bool:
        """Whether this process has it."""
        return self._lock is not None

    async def begin(self, generation: Generation) -> None:
        """Claim what the app serves from its start, and from now on what modules bring later.

        :raises SetupError: another process has the claim, and does not leave.
        """
        if not self._needed:
            return
        if _has_live_components(generation):
            await self._wait()
        self._loop = asyncio.get_running_loop()
        self._goodbye.arm(self.is_held)

    async def _wait(self) -> None:
        end, told = time.monotonic() + self._patience, False
        while (other := await asyncio.to_thread(self._try)) is not None:
            if time.monotonic() >= end:
                raise SetupError(
                    f"This worker is not started. The states of live components lie in the memory "
                    f"of one process, and {other} serves this app already: {ADVICE}"
                )
            if not told:
                log.warning("The live components of this app are served by %s, which is waited for "
                            "%g s in case it leaves.", other, self._patience)  # fmt: skip
                told = True
            await asyncio.sleep(LOOK)

    def take(self, module: str) -> None:
        """Claim the live components of a module that is loaded while the app serves.

        :raises LoadError: another process has the claim.
        """
        loop = self._loop
        if loop is None:  # nothing is served yet, or never, as by a command
            return
        other = self._try()
        if other is not None:
            raise LoadError(
                f"{module} has live components, whose states lie in the memory of one process, "
                f"and {other} serves this app too: {ADVICE}",
                module=module,
            )
        loop.call_soon_threadsafe(self._arm)

    def give_up(self) -> None:
        """Let go for good; from a signal handler, too."""
        self._loop = None
        self._let_go()

    def end(self) -> None:
        """Let go when the app ends."""
        self.give_up()
        self._goodbye.arm(False)

    def _arm(self) -> None:
        self._goodbye.arm(self.is_held)

    def _try(self) -> str | None:
        """Take the claim, or return who has it."""
        with self._mutex:
            if self._lock is not None and self._lock.is_in_place():
                return None
            try:
                make_folder(self._path.parent)
                lock = locking.try_lock(self._path)
            except (OSError, StoreError, ImportError) as error:
                log.info("Whether other workers have live components cannot be told: %s", error)
                return None
            if lock is None:
                own = _held_by.get(self._path) == os.getpid()
                return None if own else locking.signer(self._path)
            lock.sign()
            self._lock, _held_by[self._path] = lock, os.getpid()
            return None

    def _let_go(self) -> None:
        lock, self._lock = self._lock, None
        if lock is not None:
            _held_by.pop(self._path, None)
            lock.release()


class LiveClaimKind:
    """Refuses to load what this process could not serve rightly; as a kind of contribution."""

    name = "live_claim"

    def __init__(self, claim: LiveClaim) -> None:
        self._claim = claim

    def collect(self, contribution: Contribution, sources: Mapping[str, Any]) -> None:
        """Claim the module's live components.

        :raises LoadError: another process has them.
        """
        share = contribution.items["components"]
        if share is not None and _lives(share):
            self._claim.take(contribution.owner)

    def clashes(self, items: Any, others: Iterable[tuple[str, Any]]) -> Iterable[str]:
        """Yield nothing."""
        return ()

    def merge(self, owners: Iterable[tuple[str, Any]]) -> None:
        """Return nothing."""

    def dispose(self, items: Any) -> None:
        """Do nothing: the claim stays until this process ends, which is in nobody's way."""

    def abandon(self, code: Sequence[ModuleType]) -> None:
        """Do nothing."""


def _has_live_components(generation: Generation) -> bool:
    components: Components = generation.kinds["components"]
    return any(_lives(share) for owner, share in components.shares.items() if owner != STARTER)


def _lives(share: Share) -> bool:
    return any(one.lives for one in dict(share.definitions).values())
