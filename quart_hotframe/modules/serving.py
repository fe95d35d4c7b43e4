"""A module's own functions around serving, which Quart itself would skip for a late module."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from ..globals import running
from ..runtime.contribution import Contribution
from ..runtime.runtime import Runtime
from .calling import contained

log = logging.getLogger("quart_hotframe.modules")


@contextmanager
def _as(runtime: Runtime, brought: Contribution) -> Iterator[None]:
    with (
        runtime.pinned(brought.owner, contribution=brought),
        running(brought.items.get("module")),
    ):
        yield


async def start(runtime: Runtime, brought: Contribution) -> None:
    """Run what the module registered with ``before_app_serving`` and ``while_app_serving``.

    :raises Exception: what one of them raised; those that had started are ended.
    """
    if not (brought.before_serving or brought.while_serving):
        return
    ensure = runtime.app.ensure_async
    try:
        async with runtime.app.app_context():
            with _as(runtime, brought):
                for function in brought.before_serving:
                    await contained(ensure(function)())
                for generator in brought.while_serving:
                    await contained(anext(generator))
    except BaseException:
        for generator in brought.while_serving:
            await generator.aclose()
        raise


async def stop(runtime: Runtime, brought: Contribution) -> None:
    """Run the other halves, last started first; failures are logged and stop nothing."""
    if not (brought.while_serving or brought.after_serving):
        return
    ensure = runtime.app.ensure_async
    async with runtime.app.app_context():
        with _as(runtime, brought):
            for generator in reversed(brought.while_serving):
                try:
                    await contained(anext(generator))
                except StopAsyncIteration:
                    continue
                except Exception:
                    log.exception("Module %r failed when its serving ended.", brought.owner)
                await generator.aclose()
            for function in brought.after_serving:
                try:
                    await contained(ensure(function)())
                except Exception:
                    log.exception("Module %r failed when its serving ended.", brought.owner)
