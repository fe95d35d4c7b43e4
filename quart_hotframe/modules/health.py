"""How modules fare: errors counted over a window, and the trial of a provisional version."""

from __future__ import annotations

import time
from collections import deque
from dataclasses import dataclass
from dataclasses import field

from ..config import Settings


@dataclass(eq=False)
class Health:
    """What one module showed in this process since it was mounted or reset."""

    errors: deque[float]
    degraded: bool = False
    last_error: BaseException | None = None
    requests: int = 0
    failed: int = 0
    reported: tuple[int, int] = field(default=(0, 0))
    """Requests and errors that the store knows already."""
    opened: float | None = None
    """Since when its requests are refused, on the monotonic clock."""
    trying: object = None
    """The request that was let through to see whether it is well again."""


class Watch:
    """Counts requests and unhandled errors by module, in this process.

    A module is degraded when ``error_threshold`` errors fall into ``error_window`` seconds, and
    well again when they have left it, or by :meth:`reset`. With ``breaker_seconds`` its requests
    are refused from then on, but for one after each such time: when that one succeeds, the module
    is well.
    """

    def __init__(self, settings: Settings) -> None:
        self.threshold = settings.error_threshold
        self.window = settings.error_window
        self.rest = settings.breaker_seconds
        self._by_module: dict[str, Health] = {}

    def of(self, name: str) -> Health:
        """Return a module's health; a module that nobody saw yet is well."""
        if name not in self._by_module:
            self._by_module[name] = Health(deque(maxlen=max(self.threshold, 1)))
        return self._by_module[name]

    def answered(self, name: str) -> None:
        """Count a request that ended."""
        self.of(name).requests += 1

    def failed(self, name: str, error: BaseException) -> bool:
        """Count an unhandled error; return whether the module became degraded by it."""
        health = self.of(name)
        health.errors.append(time.monotonic())
        health.failed += 1
        health.last_error = error
        was = health.degraded
        health.degraded = self.is_degraded(name)
        if health.degraded and health.opened is None:
            health.opened = time.monotonic()
        return health.degraded and not was

    def refuses(self, name: str, request: object) -> float:
        """Return for how many more seconds requests of a module are refused; 0 admits this one."""
        health = self._by_module.get(name)
        if health is None or health.opened is None:
            return 0.0
        left = health.opened + self.rest - time.monotonic()
        if left > 0:
            return left
        health.opened, health.trying = time.monotonic(), request  # others wait for what it shows
        return 0.0

    def succeeded(self, name: str, request: object) -> None:
        """Take note of a request without an error: the one that tries makes the module well."""
        health = self._by_module.get(name)
        if health is not None and health.trying is request:
            self.reset(name)

    def is_degraded(self, name: str) -> bool:
        """Say whether too many errors lie in the window now."""
        health = self._by_module.get(name)
        if health is None or not self.threshold or len(health.errors) < self.threshold:
            return False
        health.degraded = time.monotonic() - health.errors[0] <= self.window
        return health.degraded

    def reset(self, name: str) -> None:
        """Forget what a module showed, because it was reset or another version serves."""
        self._by_module.pop(name, None)
