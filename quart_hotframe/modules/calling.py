"""Calling what a module brought, so that nothing that it raises ends the process."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from collections.abc import Coroutine
from typing import Any
from typing import TypeVar

from ..runtime.drain import GRACE

T = TypeVar("T")


async def contained(call: Awaitable[Any]) -> Any:
    """Await a call of a module's function and return its result.

    :raises RuntimeError: in the place of ``SystemExit``, ``KeyboardInterrupt`` and the like, which
        asyncio would pass through to end the server.
    """
    try:
        return await call
    except (Exception, asyncio.CancelledError, GeneratorExit):
        raise
    except BaseException as error:
        raise RuntimeError(repr(error)) from error


async def within(timeout: float, call: Coroutine[Any, Any, T]) -> T:
    """Await a call of a module's function for at most *timeout* seconds.

    ``asyncio.wait_for`` would wait for ever for a function that swallows its cancellation.

    :raises TimeoutError: when it takes longer; it was cancelled, and may run on all the same.
    """
    task = asyncio.get_running_loop().create_task(call)
    task.add_done_callback(_heard)
    try:
        done, _ = await asyncio.wait({task}, timeout=timeout)
    except asyncio.CancelledError:
        await _cancel(task)
        raise
    if done:
        return task.result()
    await _cancel(task)
    raise TimeoutError


async def _cancel(task: asyncio.Task[Any]) -> None:
    task.cancel()
    await asyncio.wait({task}, timeout=GRACE)


def _heard(task: asyncio.Task[Any]) -> None:
    """Take note of how it ended, or asyncio would log that nobody did."""
    if not task.cancelled():
        task.exception()
