"""Running, in tasks of their owners, the receivers that a sender does not wait for."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from collections.abc import Coroutine
from collections.abc import Mapping
from collections.abc import Sequence
from contextvars import copy_context
from typing import Any

from .delivery import deliver
from .receiver import Receiver

logger = logging.getLogger("quart_hotframe.hooks")

Task = asyncio.Task[Any]
Start = Callable[[str, Coroutine[Any, Any, Any]], Task]
"""Makes a task that belongs to an owner."""
Find = Callable[[], Sequence[Receiver]]
"""Returns the receivers that the caller's context sees."""


class Followers:
    """Calls receivers after a plain ``send`` has returned, one after the other, each isolated.

    :param start: makes the task of a receiver; called in the event loop.
    """

    def __init__(self, start: Start) -> None:
        self._start = start
        self._tasks: set[Task] = set()
        self._loop: asyncio.AbstractEventLoop | None = None

    def serve(self) -> None:
        """Take the running event loop for what is sent from threads without one."""
        self._loop = asyncio.get_running_loop()

    async def finish(self, timeout: float) -> None:
        """Wait for what was begun; threads begin nothing from now on.

        :param timeout: seconds after which what still runs is cancelled.
        """
        self._loop = None
        if not self._tasks:
            return
        _, late = await asyncio.wait(self._tasks, timeout=timeout)
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)

    def follow(self, name: str, find: Find, sender: Any, kwargs: Mapping[str, Any]) -> None:
        """Begin to call receivers: in the running event loop, else in the one that serves.

        :param name: the signal, for messages.
        """
        if has_loop():
            self._begin(name, find, sender, kwargs)
            return
        context = copy_context()
        try:
            if self._loop is None:
                raise RuntimeError("no loop serves")
            self._loop.call_soon_threadsafe(
                lambda: context.run(self._begin, name, find, sender, kwargs)
            )
        except RuntimeError:  # also a loop that was just closed
            for receiver in find():
                _log_left_out(name, receiver)

    def _begin(self, name: str, find: Find, sender: Any, kwargs: Mapping[str, Any]) -> None:
        before: Task | None = None
        for receiver in find():
            before = self._start(receiver.owner, _call(name, receiver, sender, kwargs, before))
            self._tasks.add(before)
            before.add_done_callback(self._tasks.discard)


async def _call(
    name: str, receiver: Receiver, sender: Any, kwargs: Mapping[str, Any], before: Task | None
) -> None:
    if before is not None:
        await asyncio.wait([before])
    await deliver(name, (receiver,), (sender,), kwargs)


def has_loop() -> bool:
    """Say whether an event loop runs in this thread."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True


def _log_left_out(name: str, receiver: Receiver) -> None:
    logger.error(
        "%r of %r is async and was not called: %r was sent with send() in a thread without an "
        "event loop while the app does not serve; send it while the app serves, or hook a plain "
        "function.",
        receiver.label,
        receiver.owner,
        name,
    )
