"""Whether a process has reached the database long enough to judge others by their silence."""

from __future__ import annotations

import time


class Steadiness:
    """Heartbeats of this process that came in time.

    A database that was away made everybody silent, and so did a process that was stopped for
    itself. So who comes back must be there for one timeout before it judges.

    :param timeout: seconds.
    """

    def __init__(self, timeout: float) -> None:
        self._timeout = timeout
        self._since = self._last = -timeout

    def begin(self) -> None:
        """Count anew from now."""
        self._since = self._last = time.monotonic()

    def beaten(self) -> None:
        """Note a heartbeat that reached the database."""
        moment = time.monotonic()
        if self._is_late(moment):
            self._since = moment
        self._last = moment

    def may_judge(self) -> bool:
        """Say whether others may be judged."""
        moment = time.monotonic()
        return not self._is_late(moment) and moment - self._since >= self._timeout

    def _is_late(self, moment: float) -> bool:
        return moment - self._last > self._timeout / 2
