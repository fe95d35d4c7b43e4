"""Saying who may follow which topics."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from typing import TypeVar

from ...errors import SetupError
from ...hooks.collecting import active_collector
from ...security.guards.guard import as_guard
from ...security.guards.guard import Guard
from .names import check_pattern

G = TypeVar("G", bound=Guard | Callable[..., Any])
Presence = Callable[[Any], Any]
"""Returns what others see of a user who follows a topic; ``None`` shows nothing."""
Declare = Callable[["Declaration"], None]


@dataclass(frozen=True, slots=True, eq=False)
class Declaration:
    """Who may follow the topics of a pattern.

    :param guard: decides on visitor and name; ``None`` lets everybody in, without asking.
    :param presence: what followers see of each other, if they do.
    """

    pattern: str
    guard: Guard | None
    presence: Presence | None = None


class Declaring:
    """Takes declarations for one owner.

    :param declare: keeps them.
    """

    def __init__(self, declare: Declare) -> None:
        self._declare = declare

    def public(self, pattern: str) -> None:
        """Let everybody follow topics, also other programs, at ``/hotframe/topics``.

        ::

            public("prices")
            public("news.*")

        :raises TopicError: the pattern is badly written.
        """
        self._declare(Declaration(check_pattern(pattern), None))

    def authorise(self, pattern: str, *, presence: Presence | None = None) -> Callable[[G], G]:
        """Say who may follow topics: a guard, or a function of user and topic.

        ::

            authorise("shop.orders")(HasPermission("shop.see"))

            @authorise("orders.*")
            async def may_follow(user: User, topic: str) -> bool: ...

        It is asked when a page begins to follow, about every minute while it does, and at once when
        the login ends. If several patterns have a topic, each of them has to let the visitor in.

        :param pattern: a topic, or a pattern: ``*`` is one word, ``**`` any number of words.
        :param presence: lets followers know of each other: returns what they see of a user, which
            JSON can hold, or ``None``.
        :raises TopicError: the pattern is badly written.
        :raises SetupError: what is decorated is neither a guard nor such a function.
        """
        check_pattern(pattern)

        def decorate(guard: G) -> G:
            self._declare(Declaration(pattern, as_guard(guard), presence))
            return guard

        return decorate


def _declare_for_module(declaration: Declaration) -> None:
    collector = active_collector()
    if collector is None:
        raise SetupError(
            f"The topics {declaration.pattern!r} are declared while no module is loaded: at the "
            "top level of a module's file use these functions; in the app's own code those of the "
            "HotFrame object: hotframe.live.authorise(...)."
        )
    collector.declare(declaration)


_module = Declaring(_declare_for_module)
public = _module.public
authorise = _module.authorise
