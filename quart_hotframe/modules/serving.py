"""A module's own functions around serving, which Quart itself would skip for a late module."""

from __future__ import annotations

import logging

from ..runtime.runtime import Runtime
from .loading import Loaded

log = logging.getLogger("quart_hotframe.modules")


async def start(runtime: Runtime, loaded: Loaded) -> None:
    """Run what the module registered with ``before_app_serving`` and ``while_app_serving``.

    :raises Exception: what one of them raised; those that had started are ended.
    """
    ensure, brought = runtime.app.ensure_async, loaded.contribution
    try:
        async with runtime.app.app_context():
            with runtime.pinned(loaded.name):
                for function in brought.before_serving:
                    await ensure(function)()
                for generator in brought.while_serving:
                    await anext(generator)
    except BaseException:
        for generator in brought.while_serving:
            await generator.aclose()
        raise


async def stop(runtime: Runtime, loaded: Loaded) -> None:
    """Run the other halves, last started first; failures are logged and stop nothing."""
    ensure, brought = runtime.app.ensure_async, loaded.contribution
    async with runtime.app.app_context():
        with runtime.pinned(loaded.name):
            for generator in reversed(brought.while_serving):
                try:
                    await anext(generator)
                except StopAsyncIteration:
                    continue
                except Exception:
                    log.exception("Module %r failed when its serving ended.", loaded.name)
                await generator.aclose()
            for function in brought.after_serving:
                try:
                    await ensure(function)()
                except Exception:
                    log.exception("Module %r failed when its serving ended.", loaded.name)
