"""Stand-ins for the hooks of an owner that is being exchanged: they wait for the next ones."""

from __future__ import annotations

from collections.abc import Awaitable
from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from typing import Any

from .delivery import call
from .outlets import is_shown
from .receiver import Receiver
from .table import Hook


def stand_ins(
    hooks: Iterable[Hook], wait: Callable[[], Awaitable[None]], now: Callable[[], Sequence[Hook]],
    seeing: Callable[[], AbstractContextManager[object]],
) -> tuple[Hook, ...]:  # fmt: skip
    """Return hooks in the place of an owner's, each of which waits and then calls the new one.

    Of two versions of an owner those are the same that have the same target and function name. One
    that the new version does not have any more does nothing.

    :param wait: returns when the new version is there, and raises when that takes too long.
    :param now: returns the owner's hooks then.
    :param seeing: lets code see what is there then, such as the new version's templates.
    """
    return tuple(_stand_in(hook, wait, now, seeing) if isinstance(hook, Receiver) else hook
                 for hook in hooks)  # fmt: skip


def _stand_in(
    receiver: Receiver, wait: Callable[[], Awaitable[None]], now: Callable[[], Sequence[Hook]],
    seeing: Callable[[], AbstractContextManager[object]],
) -> Receiver:  # fmt: skip
    async def standing_in(*args: Any, **kwargs: Any) -> Any:
        await wait()
        new = next((one for one in now() if _is_same(one, receiver)), None)
        with seeing():
            if not isinstance(new, Receiver) or not await _is_due(new, kwargs):
                return _unchanged(receiver, args)
            return await call(new, args, kwargs)

    standing_in.__qualname__ = receiver.label
    return replace(receiver, function=standing_in, is_async=True, once=None, when=None, guard=None)


def _is_same(one: Hook, receiver: Receiver) -> bool:
    wanted = (receiver.kind, receiver.target, receiver.label)
    return isinstance(one, Receiver) and (one.kind, one.target, one.label) == wanted


async def _is_due(receiver: Receiver, context: dict[str, Any]) -> bool:
    if receiver.once is not None and not receiver.once.take():
        return False
    return await is_shown(receiver, context)


def _unchanged(receiver: Receiver, args: tuple[Any, ...]) -> Any:
    if receiver.kind == "filter":
        return args[0]
    return "" if receiver.kind == "outlet" else None
