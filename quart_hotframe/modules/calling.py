"""Calling what a module brought, so that nothing that it raises ends the process."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import Any


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
