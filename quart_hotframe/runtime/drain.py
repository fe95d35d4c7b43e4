"""Waiting for the last users of what departs, and ending those that take too long."""

from __future__ import annotations

import asyncio
import logging

from .contribution import Contribution
from .runtime import Runtime

log = logging.getLogger("quart_hotframe.runtime")


async def drain(runtime: Runtime, contribution: Contribution, timeout: float) -> None:
    """Wait until nobody can see a contribution any more.

    :param timeout: seconds after which requests and tasks of its own are ended: they get a 503 or
        their stream's goodbye, and are cancelled.
    """
    if contribution.generations == 0:
        return
    try:
        await asyncio.wait_for(contribution.unused.wait(), timeout)
    except TimeoutError:
        for pin in runtime.users_of(contribution):
            log.warning(
                "A request or task of %r did not end within %g s and is cancelled.",
                contribution.owner,
                timeout,
            )
            pin.abort()
        await contribution.unused.wait()
