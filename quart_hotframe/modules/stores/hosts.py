"""Which participants are on this host, and who of them is gone."""

from __future__ import annotations

import os
import platform
from collections.abc import Mapping
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path

from ..files import reported
from .presence import Presence

BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
"""Where Linux names the running kernel: containers that share it share its locks."""


class Hosts:
    """The locks of this host; without effect on a system that has none.

    Two processes are of one host when the same kernel locks the same folder for them.

    :param folder: where the locks lie.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._presence = Presence(folder) if find_spec("fcntl") is not None else None
        self.here = ""
        """The name of this host, once it has a participant."""

    def hold(self, identifier: str) -> None:
        """Hold the lock of a participant."""
        if self._presence is not None:
            with reported("lock", self._folder):
                self._presence.hold(identifier)
                self.here = self._name()

    def leave(self, identifier: str) -> None:
        """Remove the files of a participant, and let go of its lock."""
        if self._presence is not None:
            if self._presence.is_held():
                self._presence.forget(identifier)
            self._presence.let_go()

    def let_go(self) -> None:
        """Let go of the lock; the files stay for those who look."""
        if self._presence is not None:
            self._presence.let_go()

    def leaving(self, identifier: str) -> None:
        """Note that a participant was asked to end; from a signal handler, without waiting."""
        if self._presence is not None:
            with suppress(OSError):
                self._presence.leaving(identifier)

    def gone(self, hosts: Mapping[str, str]) -> dict[str, bool | None]:
        """Return who of this host is gone, and whether it was asked to end.

        It is ``None`` for one without a lock: most likely another process has just buried it.

        :param hosts: by participant, the name of its host.
        """
        found: dict[str, bool | None] = {}
        if self._presence is None or not self._folder.exists():
            return found
        here = self._name()
        for one in (identifier for identifier, host in hosts.items() if host == here):
            with reported("look at", self._folder), self._presence.absence(one) as gone:
                if gone is not False:
                    found[one] = self._presence.is_leaving(one) if gone else None
        return found

    def forget(self, identifier: str) -> None:
        """Remove the files of a participant that is gone."""
        if self._presence is not None:
            self._presence.forget(identifier)

    def _name(self) -> str:
        status = os.stat(self._folder)
        try:
            kernel = BOOT_ID.read_text("ascii").strip()
        except OSError:
            kernel = platform.node()
        return f"{kernel}:{status.st_dev}:{status.st_ino}"
