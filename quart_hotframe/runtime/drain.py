"""Waiting for the last users of what departs, and ending those that take too long."""

from __future__ import annotations

import asyncio
import logging

from .connection import Connection
from .contribution import Contribution
from .pin import Pin
from .runtime import Runtime
from .waiting import detach

log = logging.getLogger("quart_hotframe.runtime")

GRACE = 1.0
"""Seconds that what was cancelled may take to end, at the least."""


async def drain(runtime: Runtime, contribution: Contribution, timeout: float) -> list[str]:
    """Wait until nobody can see a contribution any more, for at most twice *timeout*.

    :param timeout: seconds after which requests and tasks of its own are ended: they get a 503 or
        their stream's goodbye, and are cancelled. Those that have not ended after as long again
        (at least a second) are given up.
    :returns: what was given up and may still run, in words.
    """
    if contribution.generations == 0 or await _is_unused(contribution, timeout):
        return []
    for pin in runtime.users_of(contribution):
        log.warning("A %s of %r did not end within %g s and is cancelled.",
                    described(pin), contribution.owner, timeout)  # fmt: skip
        pin.abort()
    if await _is_unused(contribution, max(timeout, GRACE)):
        return []
    return [_give_up(runtime, pin) for pin in runtime.users_of(contribution)]


async def _is_unused(contribution: Contribution, timeout: float) -> bool:
    try:
        async with asyncio.timeout(timeout):
            await contribution.unused.wait()
    except TimeoutError:
        return contribution.unused.is_set()
    return True


def _give_up(runtime: Runtime, pin: Pin) -> str:
    """Count a user no more; what still runs of it sees the current generation."""
    what = described(pin)
    if isinstance(pin, Connection) and pin.call is not None:
        pin.cut = detach(pin.call, pin)
    runtime.let_go(pin)
    return what


def described(pin: Pin) -> str:
    """Return what a user of a generation is, in words."""
    if pin.request:
        return f"request {pin.request.method} {pin.request.path}"
    return f"task {pin.task.get_name()!r}" if pin.task is not None else "request"
