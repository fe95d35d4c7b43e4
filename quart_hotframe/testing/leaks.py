"""What of modules is still there after a test, and who holds it."""

from __future__ import annotations

import asyncio
import gc
import sys
import threading
import time
import weakref
from collections.abc import Callable
from collections.abc import Collection
from collections.abc import Iterable
from collections.abc import Sequence
from dataclasses import dataclass
from types import FrameType
from types import FunctionType
from types import MethodType
from types import ModuleType
from typing import Any

from blinker import NamedSignal
from blinker import Signal

from ..live.stream.streams import Streams
from ..runtime.contribution import NAMESPACE
from ..runtime.generation import Generation
from .held import every
from .held import held

GRACE = 2.0
"""Seconds that threads, tasks and old versions may take to end."""
SHOWN = 4
"""How many holders are shown of each object."""


@dataclass(frozen=True)
class Leak:
    """One thing that should be gone, in words, and what holds it."""

    what: str
    holders: tuple[str, ...] = ()

    def __str__(self) -> str:
        return "\n".join([self.what, *(f"    held by {holder}" for holder in self.holders)])


@dataclass(frozen=True)
class Snapshot:
    """What there was before a test. Of objects only the identities are kept."""

    packages: frozenset[str]
    objects: frozenset[int]
    receivers: dict[int, frozenset[Any]]
    """Keys of receivers by signal."""
    tasks: frozenset[int]
    threads: frozenset[int | None]
    held: frozenset[tuple[object, ...]]

    @classmethod
    def now(cls) -> Snapshot:
        """Take a snapshot of this process."""
        return cls(
            frozenset(_packages()),
            frozenset(map(id, _living())),
            {id(signal): frozenset(signal.receivers) for signal in _signals()},
            frozenset(map(id, _tasks())),
            frozenset(thread.ident for thread in threading.enumerate()),
            frozenset(held(every())),
        )


def find_leaks(before: Snapshot, grace: float = GRACE) -> list[Leak]:
    """Return what is there now and was not at *before*. It blocks.

    :param grace: seconds to wait for the last of it to go.
    """
    end = time.monotonic() + grace
    while (leaks := _look(before)) and time.monotonic() < end:
        time.sleep(0.02)
    return leaks


async def find_tasks(grace: float = GRACE) -> list[Leak]:
    """Return the tasks that still run in this loop.

    :param grace: seconds to wait for the last of them to end.
    """
    left = asyncio.all_tasks() - {asyncio.current_task()}
    if left:
        _, left = await asyncio.wait(left, timeout=grace)
    return [Leak(f"task {one!r}") for one in left]


def find_held(apps: Iterable[Streams], before: Collection[tuple[object, ...]] = ()) -> list[Leak]:
    """Return what apps hold of streams, and did not before.

    :param before: the keys of what was held then.
    """
    return [Leak(text) for key, text in held(apps).items() if key not in before]


def _look(before: Snapshot) -> list[Leak]:
    gc.collect()
    leaks = [Leak(f"sys.modules[{name!r}]") for name in sorted(_packages() - before.packages)]
    living = [one for one in _living() if id(one) not in before.objects]
    leaks += [Leak(_named(one), _holders(one, living)) for one in living]
    leaks += [Leak(text) for signal in _signals() for text in _receivers(signal, before)]
    leaks += [Leak(f"task {one!r}") for one in _tasks() if id(one) not in before.tasks]
    leaks += [Leak(f"thread {one.name!r}") for one in _threads(before)]
    return leaks + find_held(every(), before.held)


def _packages() -> set[str]:
    return {name for name in sys.modules if name.startswith(f"{NAMESPACE}.")}


def _living() -> list[Any]:
    """Return modules, classes and functions of loaded versions, and generations with versions."""
    return [one for one in gc.get_objects() if _is_of_module(one)]


def _is_of_module(one: object) -> bool:
    kind = type(one)  # never isinstance(): a proxy would answer for what it stands for
    if kind is ModuleType:
        return _is_private(vars(one).get("__name__"))
    if kind is Generation:
        return bool(one.contributions)  # type: ignore[attr-defined]
    if kind is FunctionType or issubclass(kind, type):
        return _is_private(getattr(one, "__module__", None))
    return False


def _is_private(name: object) -> bool:
    return type(name) is str and name.startswith(f"{NAMESPACE}.")


def _signals() -> list[Signal]:
    return [one for one in gc.get_objects() if issubclass(type(one), Signal)]


def _receivers(signal: Signal, before: Snapshot) -> list[str]:
    """Name the receivers that are new, of a signal that was there before."""
    known = before.receivers.get(id(signal))
    if known is None:
        return []
    named = f"signal {signal.name!r}" if isinstance(signal, NamedSignal) else repr(signal)
    found = [one() if isinstance(one, weakref.ref) else one
             for key, one in list(signal.receivers.items()) if key not in known]  # fmt: skip
    return [f"receiver {_named(one)} of {named}" for one in found if one is not None]


def _tasks() -> list[asyncio.Task[Any]]:
    tasks = [one for one in gc.get_objects() if issubclass(type(one), asyncio.Task)]
    return [one for one in tasks if not one.done()]


def _threads(before: Snapshot) -> list[threading.Thread]:
    # The loop's own executor ("asyncio_0", …) is joined when the loop is closed.
    return [
        one
        for one in threading.enumerate()
        if one.ident not in before.threads and not one.name.startswith("asyncio_")
    ]


# -- who holds it --------------------------------------------------------------------------------


def _holders(one: object, living: Sequence[object]) -> tuple[str, ...]:
    """Say who refers to a leaked object, without those that leaked themselves."""
    leaked = {id(other) for other in living} | {id(living)}
    leaked |= {id(vars(other)) for other in living if type(other) is ModuleType}
    found = [holder for holder in gc.get_referrers(one)
             if id(holder) not in leaked and type(holder) is not FrameType]  # fmt: skip
    return tuple(_unique(_described(holder) for holder in found))[:SHOWN]


def _unique(texts: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(texts))


def _described(holder: Any) -> str:
    if type(holder) is dict:
        return _owner_of(holder, lambda owner: getattr(owner, "__dict__", None) is holder)
    if type(holder) in (list, tuple, set):
        return f"a {type(holder).__name__} of {len(holder)}"
    return _named(holder)


def _owner_of(namespace: dict[str, Any], owns: Callable[[Any], bool]) -> str:
    """Name the object whose attributes a dictionary is."""
    for owner in gc.get_referrers(namespace):
        if type(owner) is not FrameType and owns(owner):
            return f"attributes of {_named(owner)}"
    return f"a dict with {', '.join(repr(key) for key in list(namespace)[:SHOWN])}"


def _named(one: Any) -> str:
    kind = type(one)
    if kind is ModuleType:
        return f"module {one.__name__}"
    if kind is FunctionType or issubclass(kind, type):
        return (
            f"{'function' if kind is FunctionType else 'class'} {one.__module__}.{one.__qualname__}"
        )
    if kind is MethodType:
        return f"method {one.__module__}.{one.__qualname__}"
    if kind is Generation:
        return f"generation {one.number} with {', '.join(one.contributions)}"
    return f"{kind.__module__}.{kind.__qualname__} object"
