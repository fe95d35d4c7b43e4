"""What guards ask of a user."""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Mapping
from collections.abc import Set
from inspect import isawaitable
from typing import Any
from typing import Final
from typing import Protocol

from ...errors import SetupError


class User(Protocol):
    """What guards ask of a user. Whatever is missing means no."""

    @property
    def id(self) -> Any:
        """What tells users apart."""
        ...

    @property
    def is_authenticated(self) -> bool:
        """Whether this is somebody; without it nothing else counts."""
        ...

    @property
    def is_staff(self) -> bool:
        """Whether the user works here."""
        ...

    @property
    def is_superuser(self) -> bool:
        """Whether the user has all permissions."""
        ...

    @property
    def permissions(self) -> Iterable[str]:
        """Names of permissions, or patterns such as ``shop.*``."""
        ...


class Anonymous:
    """Nobody: the user where the loader returns ``None``."""

    id = None
    is_authenticated = False
    is_staff = False
    is_superuser = False
    permissions: frozenset[str] = frozenset()

    def __repr__(self) -> str:
        return "<Anonymous>"


ANONYMOUS: Final = Anonymous()


async def is_true(user: User, name: str) -> bool:
    """Say whether a user has a flag. What is absent is false, and only a truth value is true.

    :raises SetupError: it is a method, which would be true for everybody.
    """
    return await means_true(getattr(user, name, False), user, name)


async def means_true(value: Any, user: User, name: str) -> bool:
    """Say whether this value of a user's flag is true, read once: it may be a coroutine.

    :raises SetupError: it is a method, which would be true for everybody.
    """
    if isinstance(value, bool):
        return value
    if isawaitable(value):
        value = await value
    if callable(value):
        raise SetupError(f"{type(user).__name__}.{name} is a method: make it a property.")
    return isinstance(value, int) and bool(value)


async def permissions_of(user: User) -> Set[str]:
    """Return the permissions and patterns that a user holds.

    :raises SetupError: they are no collection of names.
    """
    found: Any = getattr(user, "permissions", ())
    if isawaitable(found):
        found = await found
    if isinstance(found, Set):
        return found
    # The letters of a text are no names, and '*' is one; the keys of a mapping may mean "no".
    if isinstance(found, (str, bytes, Mapping)) or not isinstance(found, Iterable):
        raise SetupError(f"{type(user).__name__}.permissions must be a collection of names.")
    return frozenset(found)
