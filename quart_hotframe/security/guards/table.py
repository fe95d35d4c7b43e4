"""The permissions of a generation: declared by modules, and gone with them."""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Mapping
from collections.abc import Sequence
from types import ModuleType
from typing import Any

from ...errors import ConfigurationError
from ...errors import nearest
from ...runtime.contribution import Contribution
from .names import is_name
from .names import matches
from .names import RULE
from .telling import log
from .telling import Once

MAX_FOUND = 256
"""Most wildcards whose permissions are remembered."""


class Permissions(Mapping[str, str]):
    """All declared permissions and their owners, never changed after it was built.

    ::

        hotframe.permissions["shop.edit"]     # 'shop'; 'app' for those of HOTFRAME_PERMISSIONS

    :param owners: owner by permission.
    :param once: where permissions are told that nobody declares.
    """

    def __init__(self, owners: Mapping[str, str], once: Once) -> None:
        self._owners = dict(owners)
        self._found: dict[str, tuple[str, ...]] = {}
        self._once = once

    def __getitem__(self, name: str) -> str:
        return self._owners[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._owners)

    def __len__(self) -> int:
        return len(self._owners)

    def find(self, wanted: str) -> tuple[str, ...]:
        """Return the permissions that a guard means; none is told to the operator, once."""
        if wanted in self._owners:
            return (wanted,)
        found = self._found.get(wanted)
        if found is None:
            found = self._match(wanted)
        if not found and self._once.first(wanted):
            log.error("The permission %r is declared by no module that is served, nor by "
                      "HOTFRAME_PERMISSIONS: it is refused to everybody.%s",
                      wanted, nearest(wanted, self))  # fmt: skip
        return found

    def _match(self, wanted: str) -> tuple[str, ...]:
        if "*" not in wanted:
            return ()
        if len(self._found) >= MAX_FOUND:
            self._found.clear()
        found = tuple(name for name in self if matches(wanted, name))
        self._found[wanted] = found
        return found


class PermissionsKind:
    """Permissions as a kind of contribution."""

    name = "permissions"

    def __init__(self) -> None:
        self._once = Once()

    def collect(self, contribution: Contribution, sources: Mapping[str, Any]) -> tuple[str, ...]:
        """Return what the manifest declares."""
        declared: tuple[str, ...] = sources["manifest"].permissions
        return declared

    def clashes(self, items: Any, others: Iterable[tuple[str, Any]]) -> Iterable[str]:
        """Yield each permission that another owner declares too."""
        for owner, names in others:
            for name in sorted(set(items) & set(names or ())):
                yield f"The permission {name!r} is declared by {owner!r} too: rename one of them."

    def merge(self, owners: Iterable[tuple[str, Sequence[str] | None]]) -> Permissions:
        """Return the permissions of a generation."""
        return Permissions({name: owner for owner, all in owners for name in all or ()}, self._once)

    def dispose(self, items: Any) -> None:
        """Do nothing: names hold nothing."""

    def abandon(self, code: Sequence[ModuleType]) -> None:
        """Do nothing: names come from the manifest."""


def declared_by_app(names: Sequence[str]) -> tuple[str, ...]:
    """Return the permissions of the app's own.

    :raises ConfigurationError: for one that is badly written.
    """
    for name in names:
        if not is_name(name):
            raise ConfigurationError(f"HOTFRAME_PERMISSIONS: {name!r} is no permission. {RULE}")
    return tuple(names)
