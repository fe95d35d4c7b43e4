"""The token for clients that do not say where a request comes from."""

from __future__ import annotations

import secrets

from quart import current_app
from quart import session

from ..errors import TokenInvalid
from ..globals import current_hotframe
from ..keys import signing_keys
from ..pieces import refuse_if_kept
from .sessions.record import GENERATION

NAME = "HF-CSRF"
"""The header, and the field of a form."""
LIFETIME = 86_400
"""Seconds that a token is good for."""
_PURPOSE = "hotframe.csrf"


def csrf_token() -> str:
    """Return a token for the field ``HF-CSRF`` of a form, or the header of that name.

    Only clients that send neither ``Sec-Fetch-Site`` nor ``Origin``, but cookies, need it: browsers
    of before 2020, and programs. It belongs to the session, and ends with it.

    :raises ConfigurationError: when the app has no ``SECRET_KEY``.
    """
    refuse_if_kept("csrf_token()")
    signing_keys(current_app)  # before a session is missed for the same reason
    # The data makes each token another text, so that compression tells nothing about it.
    return current_hotframe.tokens.make(
        _PURPOSE,
        secrets.token_hex(4),
        lifetime=LIFETIME,
        bound_to=current_hotframe.sessions.generation(),
    )


def is_valid(token: str) -> bool:
    """Say whether a token was made for this session, not too long ago."""
    generation = session.get(GENERATION)  # asking for it would begin a session
    if not isinstance(generation, str):
        return False
    try:
        current_hotframe.tokens.read(_PURPOSE, token, bound_to=generation)
    except TokenInvalid:
        return False
    return True
