"""A thread for imports, which may hang."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from contextlib import suppress
from contextvars import Context
from queue import SimpleQueue
from types import TracebackType
from typing import Any
from typing import TypeVar

from ..errors import LoadTimeout

T = TypeVar("T")


class Loader:
    """Does one piece of work after another in a daemon thread, which ends with the block.

    An import that hangs must hold neither the process at its end nor other imports, so this is no
    pool: a thread that takes too long is given up, and the next piece of work gets another one.
    """

    def __init__(self) -> None:
        self._thread: threading.Thread | None = None
        self._queue: SimpleQueue[Callable[[], None] | None] = SimpleQueue()

    def __enter__(self) -> Loader:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:  # fmt: skip
        self._give_up()

    async def run(
        self, module: str, work: Callable[[], T], timeout: float, late: Callable[[T], object],
        stuck: Callable[[threading.Thread], object],
    ) -> T:  # fmt: skip
        """Run *work* in the thread and return what it returns; await it before the next one.

        :param module: for messages.
        :param timeout: seconds to wait.
        :param late: called in the loop with a result for which nobody waits any more.
        :param stuck: called with the thread when it takes too long.
        :raises LoadTimeout: when it takes longer; the thread cannot be stopped and stays.
        """
        loop = asyncio.get_running_loop()
        done: asyncio.Future[T] = loop.create_future()

        def settle(result: T) -> None:
            if done.done():
                late(result)
            else:
                done.set_result(result)

        def refuse(error: BaseException) -> None:
            if not done.done():
                done.set_exception(error)

        def do() -> None:
            try:
                result = work()
            except BaseException as error:
                _call(loop, refuse, error)
            else:
                _call(loop, settle, result)

        thread = self._hand_over(do, f"hotframe-load-{module}")
        try:
            async with asyncio.timeout(timeout):
                return await done
        except TimeoutError:
            self._give_up()
            stuck(thread)
            raise LoadTimeout(
                f"Loading {module!r} did not end within {timeout:g} s (HOTFRAME_LOAD_TIMEOUT). Its "
                "thread cannot be stopped: correct the module and restart this process.",
                module=module,
            ) from None

    def _hand_over(self, do: Callable[[], None], name: str) -> threading.Thread:
        if self._thread is None:
            self._queue = SimpleQueue()
            self._thread = threading.Thread(target=_serve, args=(self._queue,), daemon=True)
            self._thread.start()
        self._thread.name = name  # it is what a message about a hung import tells
        self._queue.put(do)
        return self._thread

    def _give_up(self) -> None:
        """Let the thread end as soon as it can."""
        self._queue.put(None)
        self._thread = None


def _serve(queue: SimpleQueue[Callable[[], None] | None]) -> None:
    while (do := queue.get()) is not None:
        Context().run(do)  # what an import sets is not seen by the next one
        del do


def _call(loop: asyncio.AbstractEventLoop, function: Callable[[Any], object], value: Any) -> None:
    with suppress(RuntimeError):  # the loop was closed while the import hung
        loop.call_soon_threadsafe(function, value)
