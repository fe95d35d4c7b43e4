"""The topics of a generation: declared by app and modules, and gone with them."""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Mapping
from collections.abc import Sequence
from dataclasses import dataclass
from types import ModuleType
from typing import Any

from ...errors import nearest
from ...errors import TopicError
from ...hooks.names import matches
from ...runtime.contribution import Contribution
from ...security.guards.guard import Guard
from .declaring import Declaration
from .declaring import Presence

MAX_FOUND = 1024
"""Most topics whose declarations are remembered; names are made from data."""


@dataclass(frozen=True, slots=True)
class Audience:
    """Who may follow one topic.

    :param guards: each of them has to let a visitor in.
    :param presence: what followers see of each other, if they do.
    """

    guards: tuple[Guard, ...]
    presence: Presence | None

    @property
    def is_public(self) -> bool:
        """Whether it is everybody."""
        return not self.guards


class TopicTable:
    """All declarations of one generation; never changed after it was built."""

    def __init__(self, declarations: Sequence[Declaration] = ()) -> None:
        self.declarations = tuple(declarations)
        self._found: dict[str, Audience | None] = {}

    def find(self, name: str) -> Audience | None:
        """Return who may follow a topic, or ``None`` when nothing is declared of it."""
        if name in self._found:
            return self._found[name]
        if len(self._found) >= MAX_FOUND:
            self._found.clear()
        found = self._found[name] = self._look_up(name)
        return found

    def audience(self, name: str) -> Audience:
        """Return who may follow a topic.

        :raises TopicError: nothing is declared of it.
        """
        found = self.find(name)
        if found is None:
            hint = nearest(name, [one.pattern for one in self.declarations])
            raise TopicError(
                f"Nobody may follow the topic {name!r}: declare it with "
                f"hotframe.live.authorise({name!r})(guard) or hotframe.live.public({name!r}).{hint}"
            )
        return found

    def _look_up(self, name: str) -> Audience | None:
        declared = [one for one in self.declarations if matches(one.pattern, name)]
        if not declared:
            return None
        guards = tuple(one.guard for one in declared if one.guard is not None)
        shown = [one.presence for one in declared if one.presence is not None]
        return Audience(guards, shown[0] if shown and guards else None)


class TopicsKind:
    """Topics as a kind of contribution."""

    name = "topics"

    def collect(
        self, contribution: Contribution, sources: Mapping[str, Any]
    ) -> tuple[Declaration, ...]:
        """Return what the module's files declared."""
        return tuple(one for one in sources["declared"] if isinstance(one, Declaration))

    def clashes(self, items: Any, others: Iterable[tuple[str, Any]]) -> Iterable[str]:
        """Yield each pattern that another owner declares too."""
        own = {one.pattern for one in items}
        for owner, declared in others:
            for pattern in sorted(own & {one.pattern for one in declared or ()}):
                yield f"The topics {pattern!r} are declared by {owner!r} too: rename one of them."

    def merge(self, owners: Iterable[tuple[str, Sequence[Declaration] | None]]) -> TopicTable:
        """Return the table of a generation."""
        return TopicTable([one for _, declared in owners for one in declared or ()])

    def dispose(self, items: Any) -> None:
        """Do nothing: tables alone hold the declarations."""

    def abandon(self, code: Sequence[ModuleType]) -> None:
        """Do nothing: no table ever held them."""
