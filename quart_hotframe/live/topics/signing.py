"""Signed names of topics: what a page was given to follow, and nothing else."""

from __future__ import annotations

from collections.abc import Awaitable
from collections.abc import Callable

from quart import session

from ...errors import TokenInvalid
from ...pieces import refuse_if_kept
from ...security.sessions.record import GENERATION
from ...security.tokens import Tokens
from .names import is_topic

PURPOSE = "hotframe.topic"
LIFETIME = 86_400
"""Seconds for which a page may begin to follow."""
OPEN = "public:"
"""How the signed name of a public topic begins: it needs no signature, and pages with it no session
and no end. No token contains a colon."""


class Signing:
    """Signs names of topics, and checks them.

    :param binding: returns what stands for session and login of the request, and begins a session.
    """

    def __init__(self, tokens: Tokens, binding: Callable[[], Awaitable[str]]) -> None:
        self._tokens = tokens
        self._binding = binding

    async def sign(self, name: str) -> str:
        """Return a name as a page of this session and login is given it."""
        refuse_if_kept("topic()")
        binding = await self._binding()
        return self._tokens.make(PURPOSE, name, lifetime=LIFETIME, bound_to=binding)

    async def check(self, signed: str) -> str:
        """Return the name that a page was given, with :data:`OPEN` before one without signature.

        :raises TokenExpired: it is too old.
        :raises TokenInvalid: it was not given to this visitor, with this login.
        """
        if signed.startswith(OPEN):
            if not is_topic(signed.removeprefix(OPEN)):
                raise TokenInvalid("This is no topic.")
            return signed
        if not isinstance(session.get(GENERATION), str):  # asking for one would begin a session
            raise TokenInvalid("Without a session no topic was given to this visitor.")
        binding = await self._binding()
        return str(self._tokens.read(PURPOSE, signed, bound_to=binding))
