"""Guards: what decides whether somebody may come in.

A guard answers true, false, or ``None`` when it cannot tell. Only true lets in, and what cannot be
told stays so when it is negated: ``~HasPermission("shop.tpyo")`` lets nobody in either.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any
from typing import Final

from ...errors import SetupError
from ...globals import this_hotframe
from .names import holders
from .names import is_pattern
from .names import RULE
from .user import is_true
from .user import means_true
from .user import permissions_of
from .visit import Visit


class Guard:
    """Decides for one visit. Guards combine with ``&``, ``|`` and ``~``, left before right."""

    async def decide(self, visit: Visit) -> bool | None:
        """Return whether the visitor may come in, or ``None`` when that cannot be told."""
        raise NotImplementedError

    def __and__(self, other: Guard | Callable[..., Any]) -> Guard:
        return _Both(self, as_guard(other))

    def __rand__(self, other: Callable[..., Any]) -> Guard:
        return _Both(as_guard(other), self)

    def __or__(self, other: Guard | Callable[..., Any]) -> Guard:
        return _Either(self, as_guard(other))

    def __ror__(self, other: Callable[..., Any]) -> Guard:
        return _Either(as_guard(other), self)

    def __invert__(self) -> Guard:
        return _Not(self)

    def __bool__(self) -> bool:
        raise SetupError("Guards combine with '&', '|' and '~', not with 'and', 'or' and 'not'.")


class _Anybody(Guard):
    async def decide(self, visit: Visit) -> bool:
        return True

    def __repr__(self) -> str:
        return "AllowAny"


class _Flags(Guard):
    """Asks for attributes of the user, all of which must be true."""

    def __init__(self, name: str, *attributes: str) -> None:
        self._name = name
        self._attributes = attributes

    async def decide(self, visit: Visit) -> bool:
        user = await visit.user()
        for attribute in self._attributes:
            value = getattr(user, attribute, False)
            if value is not True and not await means_true(value, user, attribute):
                return False
        return True

    def __repr__(self) -> str:
        return self._name


AllowAny: Final[Guard] = _Anybody()
"""Lets everybody in; nobody is looked up."""
IsAuthenticated: Final[Guard] = _Flags("IsAuthenticated", "is_authenticated")
"""Lets in who has signed in."""
IsStaff: Final[Guard] = _Flags("IsStaff", "is_authenticated", "is_staff")
"""Lets in users whose ``is_staff`` is true."""
IsSuperuser: Final[Guard] = _Flags("IsSuperuser", "is_authenticated", "is_superuser")
"""Lets in users whose ``is_superuser`` is true."""


class HasPermission(Guard):
    """Lets in users who hold a permission, and superusers.

    ::

        HasPermission("shop.edit")
        HasPermission("shop.*")       # all permissions that are declared below "shop"

    A permission that nobody declares is refused to everybody.

    :param name: the permission, or a pattern for several, of which users need each.
    :raises SetupError: it is badly written.
    """

    def __init__(self, name: str) -> None:
        if not isinstance(name, str) or not is_pattern(name):
            raise SetupError(f"{name!r} is no permission. {RULE}")
        self.name = name
        self._holders = holders(name)

    async def decide(self, visit: Visit) -> bool | None:
        """See :meth:`Guard.decide`."""
        names = this_hotframe().permissions.find(self.name)
        if not names:
            return None
        user = await visit.user()
        if not await is_true(user, "is_authenticated"):
            return False
        if await is_true(user, "is_superuser"):
            return True
        held = await permissions_of(user)
        if not self._holders.isdisjoint(held):
            return True
        return "*" in self.name and all(not holders(one).isdisjoint(held) for one in names)

    def __repr__(self) -> str:
        return f"HasPermission({self.name!r})"


class _Rule(Guard):
    """Asks a function of the app's own, about users who have signed in."""

    def __init__(self, function: Callable[..., Any], takes_subject: bool) -> None:
        self._function = function
        self._takes_subject = takes_subject

    async def decide(self, visit: Visit) -> bool | None:
        user = await visit.user()
        # An order without an owner is not that of everybody without an id.
        if not await is_true(user, "is_authenticated"):
            return None
        arguments = (user, visit.subject) if self._takes_subject else (user,)
        found = self._function(*arguments)
        if inspect.isawaitable(found):
            found = await found
        if not isinstance(found, bool):
            raise SetupError(f"{self!r} must return True or False, not {type(found).__name__}.")
        return found

    def __repr__(self) -> str:
        return getattr(self._function, "__qualname__", repr(self._function))


class _Both(Guard):
    def __init__(self, left: Guard, right: Guard) -> None:
        self._left, self._right = left, right

    async def decide(self, visit: Visit) -> bool | None:
        left = await self._left.decide(visit)
        if left is False:
            return False
        right = await self._right.decide(visit)
        return right if left or right is False else None

    def __repr__(self) -> str:
        return f"({self._left!r} & {self._right!r})"


class _Either(Guard):
    def __init__(self, left: Guard, right: Guard) -> None:
        self._left, self._right = left, right

    async def decide(self, visit: Visit) -> bool | None:
        left = await self._left.decide(visit)
        if left:
            return True
        right = await self._right.decide(visit)
        return right if left is False or right else None

    def __repr__(self) -> str:
        return f"({self._left!r} | {self._right!r})"


class _Not(Guard):
    def __init__(self, inner: Guard) -> None:
        self._inner = inner

    async def decide(self, visit: Visit) -> bool | None:
        found = await self._inner.decide(visit)
        return None if found is None else not found

    def __repr__(self) -> str:
        return f"~{self._inner!r}"


def as_guard(wanted: Guard | Callable[..., Any]) -> Guard:
    """Return a guard for what may stand in the place of one.

    :raises SetupError: it is neither a guard nor a function of user, or of user and subject.
    """
    if isinstance(wanted, Guard):
        return wanted
    if isinstance(wanted, str):
        raise SetupError(f"{wanted!r} is no guard: write HasPermission({wanted!r}).")
    if isinstance(wanted, type) or not callable(wanted):
        raise SetupError(f"{wanted!r} is no guard: give one, or a function of the user.")
    return _Rule(wanted, _takes_subject(wanted))


def _takes_subject(function: Callable[..., Any]) -> bool:
    needed = [one for one in inspect.signature(function).parameters.values() if _is_needed(one)]
    if not 1 <= len(needed) <= 2:
        raise SetupError(
            f"{function!r} needs {len(needed)} arguments: a guard is a function of (user) or of "
            "(user, subject), and stands in parentheses: @guard(IsStaff)."
        )
    return len(needed) == 2


def _is_needed(parameter: inspect.Parameter) -> bool:
    places = (parameter.POSITIONAL_ONLY, parameter.POSITIONAL_OR_KEYWORD)
    return parameter.kind in places and parameter.default is parameter.empty


NAMED: Final = {"authenticated": IsAuthenticated, "staff": IsStaff, "superuser": IsSuperuser}
"""Guards that a manifest names by a word; anything with a dot is a permission."""


def named(text: str) -> Guard:
    """Return the guard that a manifest names."""
    return NAMED[text] if text in NAMED else HasPermission(text)
