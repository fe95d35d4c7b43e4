"""A module's own functions around a change: ``install``, ``enable``, ``disable``, …

They stand in the module's ``lifecycle.py``, sync or async, each of them optional::

    async def install(): ...
    async def enable(): ...
    async def upgrade(from_version, to_version): ...
    async def disable(): ...
    async def uninstall(keep_data): ...

Each runs once per operation, in one process. A process that is killed at the wrong moment makes it
run again, so write them to be repeatable.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable
from typing import Any

from ..errors import LifecycleError
from ..globals import running
from ..runtime.runtime import Runtime
from .calling import contained
from .calling import within
from .loading import Loaded

log = logging.getLogger("quart_hotframe.modules")


async def run(runtime: Runtime, loaded: Loaded, function: str, *args: Any, timeout: float) -> None:
    """Run one function of ``lifecycle.py`` if the module has it.

    :param timeout: seconds it may take.
    :raises LifecycleError: when it raises or takes longer.
    """
    found = getattr(loaded.lifecycle, function, None)
    if found is None:
        return
    try:
        await within(timeout, _run(runtime, loaded, runtime.app.ensure_async(found)(*args)))
    except TimeoutError as error:
        message = f"{loaded.name}: lifecycle.{function}() did not end within {timeout:g} s."
        raise LifecycleError(message, module=loaded.name) from error
    except Exception as error:
        message = f"{loaded.name}: lifecycle.{function}() failed: {type(error).__name__}: {error}"
        raise LifecycleError(message, module=loaded.name) from error


async def _run(runtime: Runtime, loaded: Loaded, call: Awaitable[Any]) -> None:
    async with runtime.app.app_context():
        brought = loaded.contribution
        with runtime.pinned(loaded.name, contribution=brought), running(brought.items["module"]):
            await contained(call)


async def run_quietly(
    runtime: Runtime, loaded: Loaded, function: str, *args: Any, timeout: float
) -> None:
    """Run a function whose failure must not keep the module from going; it is logged."""
    try:
        await run(runtime, loaded, function, *args, timeout=timeout)
    except LifecycleError:
        log.exception("The module goes all the same.")
