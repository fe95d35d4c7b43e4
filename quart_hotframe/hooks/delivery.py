"""Calling receivers: async ones awaited, sync ones off the event loop, failures kept apart."""

from __future__ import annotations

import asyncio
import inspect
import logging
from collections.abc import Callable
from collections.abc import Mapping
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from typing import Literal

from quart import current_app
from quart import has_app_context

from ..errors import HookError
from .receiver import Receiver

logger = logging.getLogger("quart_hotframe.hooks")

ErrorPolicy = Literal["collect", "raise"]
AsyncWrapper = Callable[[Callable[..., Any]], Callable[..., Any]]


@dataclass(frozen=True, slots=True)
class HookFailure:
    """A receiver that raised.

    :param owner: the module's name, or ``"app"``.
    :param receiver: the function's name.
    :param exception: what it raised.
    """

    owner: str
    receiver: str
    exception: Exception


class Results(list[Any]):
    """What the receivers returned, in running order; those that failed are in ``errors``."""

    __slots__ = ("errors",)

    def __init__(self) -> None:
        self.errors: list[HookFailure] = []


def check_policy(errors: str) -> None:
    """Refuse an unknown error policy.

    :raises ValueError: it is neither ``"collect"`` nor ``"raise"``.
    """
    if errors != "collect" and errors != "raise":
        raise ValueError(f'errors={errors!r} is unknown: write "collect" or "raise".')


async def call(receiver: Receiver, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Any:
    """Call a receiver without blocking the event loop and return its result."""
    if receiver.is_async:
        return await receiver.function(*args, **kwargs)
    if not receiver.blocking:
        result = receiver.function(*args, **kwargs)
    elif has_app_context():
        result = await current_app.ensure_async(_call_plain)(receiver.function, args, kwargs)
    else:
        result = await asyncio.to_thread(_call_plain, receiver.function, args, kwargs)
    # A decorator may have wrapped an async function in a plain one.
    return await result if inspect.isawaitable(result) else result


def _call_plain(
    function: Callable[..., Any], args: Sequence[Any], kwargs: Mapping[str, Any]
) -> Any:
    # A future cannot carry StopIteration: before Python 3.12 the one who awaits it waits for ever.
    try:
        return function(*args, **kwargs)
    except StopIteration as error:
        raise RuntimeError(f"the receiver raised {error!r}") from error


async def deliver(
    name: str,
    receivers: Sequence[Receiver],
    args: Sequence[Any],
    kwargs: Mapping[str, Any],
    errors: ErrorPolicy = "collect",
) -> Results:
    """Call receivers one after the other.

    :param name: the event or signal, for messages.
    :param errors: ``"collect"`` logs a failure and goes on, ``"raise"`` stops at it.
    :raises HookError: a receiver failed and ``errors`` is ``"raise"``.
    """
    results = Results()
    for receiver in receivers:
        if receiver.once is not None and not receiver.once.take():
            continue
        try:
            if receiver.is_async:
                result = await receiver.function(*args, **kwargs)
            else:
                result = await call(receiver, args, kwargs)
        except Exception as error:
            if errors == "raise":
                raise hook_error(name, receiver, error) from error
            results.errors.append(log_failure(name, receiver, error))
        else:
            results.append(result)
    return results


def deliver_sync(
    name: str,
    receivers: Sequence[Receiver],
    args: Sequence[Any],
    kwargs: Mapping[str, Any],
    async_wrapper: AsyncWrapper | None = None,
) -> list[tuple[Callable[..., Any], Any]]:
    """Call receivers for a sender that does not await, in the sender's thread.

    An async receiver needs ``async_wrapper``; without one the omission is logged as an error.

    :returns: function and result of each that succeeded, as blinker gives them.
    """
    results: list[tuple[Callable[..., Any], Any]] = []
    for receiver in receivers:
        if receiver.is_async and async_wrapper is None:
            logger.error(
                "%r of %r is async and was not called: %r was sent with send(), which cannot "
                "await; send it with send_async(), or hook a plain function.",
                receiver.label,
                receiver.owner,
                name,
            )
            continue
        if receiver.once is not None and not receiver.once.take():
            continue
        function = receiver.function
        if receiver.is_async and async_wrapper is not None:
            function = async_wrapper(function)
        try:
            results.append((receiver.function, function(*args, **kwargs)))
        except Exception as error:
            log_failure(name, receiver, error)
    return results


def log_failure(name: str, receiver: Receiver, error: Exception) -> HookFailure:
    """Log a failed receiver with its owner and return the record of it."""
    logger.error(
        "%r of %r failed on %s %r; the others are not affected: mend the receiver.",
        receiver.label,
        receiver.owner,
        receiver.kind,
        name,
        exc_info=error,
    )
    return HookFailure(receiver.owner, receiver.label, error)


def hook_error(name: str, receiver: Receiver, error: Exception) -> HookError:
    """Return the error for a sender that asked for the first failure."""
    return HookError(
        f"{receiver.label!r} of {receiver.owner!r} failed on {receiver.kind} {name!r} with "
        f"{type(error).__name__}: {error}. Mend the receiver, or send with "
        'errors="collect" to go on past failures.'
    )
