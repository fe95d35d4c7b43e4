"""``@limit("5/minute")``: a mark on a view or blueprint, which HotFrame reads."""

from __future__ import annotations

from collections.abc import Awaitable
from collections.abc import Callable
from collections.abc import Collection
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from dataclasses import field
from itertools import count
from typing import Any
from typing import TypeVar
from weakref import WeakKeyDictionary
from weakref import WeakSet

from quart import Blueprint

from ...errors import nearest
from ...errors import SetupError
from ..marking import layers
from ..marking import placed
from .rate import Rate

T = TypeVar("T", bound=Callable[..., Any] | Blueprint)
Subject = str | int | None
By = str | Callable[[], Subject | Awaitable[Subject]]

SUBJECTS = ("address", "user")
"""Who is counted, by name."""
_MARK = "_hotframe_limits"
_marked: WeakSet[Any] = WeakSet()
"""The functions that have limits, for finding those that lost them."""
_around: WeakKeyDictionary[Any, tuple[int, ...]] = WeakKeyDictionary()
"""The serials of limits of what wraps a function: served as it is, it is served without them."""


@dataclass(frozen=True, slots=True)
class Limit:
    """A rate, and for whom it is counted."""

    rate: Rate
    by: By = "address"
    serial: int = field(default_factory=count().__next__, compare=False, repr=False)

    @classmethod
    def parse(cls, text: str) -> Limit:
        """Read a limit of a manifest, such as ``"300/minute by address"``.

        :raises ValueError: with a message that says what to write.
        """
        rate, _, by = text.partition(" by ")
        return cls(Rate.parse(rate), _known(by.strip() or "address"))


def limit(rate: str, *, by: By = "address") -> Callable[[T], T]:
    """Let a view, or all views of a blueprint together, be asked only so often.

    ::

        @blueprint.post("/login")
        @limit("5/minute")
        @limit("20/hour", by=lambda: request.authorization and request.authorization.username)
        async def login(): ...

        limit("300/minute", by="user")(blueprint)

    It stands above or below ``@blueprint.get``. Who asks too often gets 429.

    :param rate: ``"5/minute"`` or ``"5/15 minutes"``.
    :param by: ``"address"`` of the client, ``"user"``, or a function without arguments, which may
        be async: it returns text or a number that stands for who asks, or ``None`` for whom
        the limit does not hold.
    :returns: a decorator that returns what it decorates.
    :raises SetupError: when rate or *by* cannot be understood.
    """
    try:
        made = Limit(Rate.parse(rate), by if callable(by) else _known(by))
    except ValueError as error:
        raise SetupError(f"limit({rate!r}): {error}") from None

    def mark(target: T) -> T:
        try:
            setattr(target, _MARK, (made, *limits_of(target)))
        except AttributeError:
            raise SetupError(
                f"limit({rate!r}) marks a view or a blueprint, not {target!r}."
            ) from None
        _note(target, made)
        placed.send(target)
        return target

    return mark


def _note(target: object, made: Limit) -> None:
    if isinstance(target, Blueprint):
        return
    _marked.add(target)
    for inner in [*layers(target)][1:]:
        with suppress(TypeError):
            _around[inner] = (made.serial, *_serials(inner))


def limits_of(target: object) -> tuple[Limit, ...]:
    """Return the limits that mark a view or blueprint, the topmost first."""
    found: tuple[Limit, ...] = getattr(target, _MARK, ())
    return found


def take_marked(names: Collection[str]) -> list[Callable[..., Any]]:
    """Return the functions with limits that belong to Python modules of these names, only once.

    When the same code is loaded again, those of before may still run, and are not its own.
    """
    found = [one for one in list(_marked) if getattr(one, "__module__", None) in names]
    _marked.difference_update(found)
    return found


def bypassed(views: Mapping[str, Callable[..., Any]]) -> list[str]:
    """Return the endpoints of views that a function with a limit wraps, which no view has."""
    used = {limit.serial for view in views.values() for limit in limits_of(view)}
    return [endpoint for endpoint, view in views.items() if not used.issuperset(_serials(view))]


def _serials(view: Any) -> tuple[int, ...]:
    try:
        return _around.get(view, ())
    except TypeError:  # few things cannot be referred to weakly
        return ()


def _known(by: Any) -> str:
    if by not in SUBJECTS:
        hint = nearest(str(by), SUBJECTS) or f" Known are: {', '.join(SUBJECTS)}."
        raise ValueError(f"a limit cannot be by {by!r}.{hint}")
    return str(by)
