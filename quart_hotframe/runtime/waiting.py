"""Where tasks and threads are, and how one that nobody can end is left behind."""

from __future__ import annotations

import asyncio
import gc
import os
import sys
import threading
from collections.abc import Callable
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import AsyncGeneratorType
from types import CoroutineType
from types import FrameType
from types import GeneratorType
from typing import Any

from quart.wrappers import Request
from quart.wrappers import Websocket

_NEXT = {
    CoroutineType: ("cr_frame", "cr_await"),
    AsyncGeneratorType: ("ag_frame", "ag_await"),
    GeneratorType: ("gi_frame", "gi_yieldfrom"),
}
_LINKS = (*_NEXT, asyncio.Future)


def chain(task: asyncio.Task[Any]) -> Iterator[tuple[Any, FrameType | None]]:
    """Yield what a suspended task awaits, from its coroutine inwards, with frames.

    The last one is the future for which it waits.
    """
    return _links(task.get_coro())


def _links(link: Any) -> Iterator[tuple[Any, FrameType | None]]:
    while link is not None:
        frame, following = _NEXT.get(type(link), ("", ""))
        yield link, getattr(link, frame, None)
        if isinstance(link, asyncio.Future):
            return
        link = getattr(link, following) if following else _hidden(link)


def _hidden(link: Any) -> Any:
    """Return what an awaitable without attributes stands for, such as a step of a generator."""
    return next((one for one in gc.get_referents(link) if isinstance(one, _LINKS)), None)


@dataclass(frozen=True)
class Place:
    """Where code runs or waits.

    ``what`` is the request, task or thread; ``file`` and ``line`` are the innermost of that code;
    ``own`` says that the whole task is that code, not only what it awaits.
    """

    what: str
    file: str
    line: int
    task: asyncio.Task[Any] | None = None
    own: bool = False

    def __str__(self) -> str:
        return f"{self.what} is at {self.file}:{self.line}"


def places(package: str) -> list[Place]:
    """Return where code of a package runs or waits now, in this loop's tasks and in threads.

    :param package: its name in ``sys.modules``.
    """
    return [*_in_tasks(package), *_in_threads(package)]


def _in_tasks(package: str) -> Iterator[Place]:
    current = asyncio.current_task()
    for task in asyncio.all_tasks():
        if task is not current and _runs(task, package):
            frames = [frame for _, frame in chain(task) if frame is not None]
            own = [frame for frame in frames if _is_of(frame, package)]
            file, line = own[-1].f_code.co_filename, own[-1].f_lineno
            yield Place(_named(task, frames[0]), file, line, task, own[0] is frames[0])


def _runs(task: asyncio.Task[Any], package: str) -> bool:
    """Say whether a task awaits code of a package; quickly, as there may be thousands of tasks."""
    link: Any = task.get_coro()
    while type(link) is CoroutineType:
        frame = link.cr_frame
        if frame is not None and _is_of(frame, package):
            return True
        link = link.cr_await
    if type(link).__name__ == "FutureIter":  # a plain wait, as most are: no frame is behind it
        return False
    return any(frame is not None and _is_of(frame, package) for _, frame in _links(link))


def _in_threads(package: str) -> Iterator[Place]:
    for thread in threading.enumerate():
        if thread is not threading.current_thread():
            frame = _innermost(thread, lambda one: _is_of(one, package))
            if frame is not None:
                yield _in_thread(thread, frame)


def place_of(thread: threading.Thread, folder: Path) -> Place:
    """Return where a thread is in the files of a folder, else where it is at all."""
    frame = _innermost(thread, lambda one: one.f_code.co_filename.startswith(f"{folder}{os.sep}"))
    return _in_thread(thread, frame or sys._current_frames().get(thread.ident or 0))


def _innermost(thread: threading.Thread, fits: Callable[[FrameType], bool]) -> FrameType | None:
    frame = sys._current_frames().get(thread.ident or 0)
    while frame is not None and not fits(frame):
        frame = frame.f_back
    return frame


def _in_thread(thread: threading.Thread, frame: FrameType | None) -> Place:
    if frame is None:
        return Place(f"thread {thread.name!r}", "its end", 0)
    return Place(f"thread {thread.name!r}", frame.f_code.co_filename, frame.f_lineno)


def _is_of(frame: FrameType, package: str) -> bool:
    name = frame.f_globals.get("__name__")
    if not isinstance(name, str) or not name.startswith(package):
        return False
    return len(name) == len(package) or name[len(package)] == "."


def _named(task: asyncio.Task[Any], outermost: FrameType) -> str:
    return request_in(outermost) or f"task {task.get_name()!r}"


def request_in(frame: FrameType) -> str | None:
    """Return which request or socket a frame of Quart handles, in words."""
    for value in frame.f_locals.values():
        if isinstance(value, Request):
            return f"request {value.method} {value.path}"
        if isinstance(value, Websocket):
            return f"websocket {value.path}"
    return None


def detach(task: asyncio.Task[Any], holder: object) -> bool:
    """Let the server go on though a handler does not end: its task awaits it no longer.

    :param task: that of the call, in which the door awaits the app.
    :param holder: what the door keeps in a local variable meanwhile.
    :returns: whether it was done. The door then gets a :exc:`RuntimeError`.
    """
    links = list(chain(task))
    held = [n for n, (_, frame) in enumerate(links) if frame and _holds(frame, holder)]
    if not held or held[0] + 1 >= len(links):
        return False
    inner, waits = links[held[0] + 1][0], links[-1][0]
    try:
        inner.close()
    except (AttributeError, RuntimeError):  # it awaits while it is closed: left as it is
        return False
    if isinstance(waits, asyncio.Future) and not isinstance(waits, asyncio.Task):
        asyncio.Future.cancel(waits)  # not gather()'s own, which waits for the handler
    return True


def _holds(frame: FrameType, holder: object) -> bool:
    return any(value is holder for value in frame.f_locals.values())


def leave_behind(task: asyncio.Task[Any]) -> None:
    """Keep a task that cannot be ended from holding the process at its end.

    The loop's end would wait for it; and were it collected, its code could run once more and
    never end. A daemon thread is what Python neither waits for nor takes apart.
    """
    asyncio._unregister_task(task)  # documented for those who extend asyncio
    done = threading.Event()
    task.add_done_callback(lambda _: done.set())
    threading.Thread(target=_keep, args=(task, done), name="hotframe-left", daemon=True).start()


def _keep(task: asyncio.Task[Any], done: threading.Event) -> None:
    done.wait()
