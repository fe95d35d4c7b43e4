"""The id of a session: made here, signed, and stored only as its hash."""

from __future__ import annotations

import hashlib
import re
import secrets

from ..tokens import Signer

PURPOSE = "session"
LENGTH = 43 + 1 + 43
"""Characters of a cookie: 256 bits, a dot, 256 bits."""


def new_identifier() -> str:
    """Return an id of 256 random bits."""
    return secrets.token_urlsafe(32)


def hashed(identifier: str) -> str:
    """Return what is stored of an id: who reads the store cannot use a session."""
    return hashlib.sha256(identifier.encode()).hexdigest()


def is_hash(text: str) -> bool:
    """Say whether a text can be what :func:`hashed` returns; databases do not take any text."""
    return re.fullmatch("[0-9a-f]{64}", text) is not None


def cookie_for(signer: Signer, identifier: str) -> str:
    """Return the cookie for an id.

    It is signed so that a made-up id is refused before the store is asked.
    """
    return f"{identifier}.{signer.sign(PURPOSE, identifier.encode()).decode()}"


def identifier_in(signer: Signer, cookie: str | None) -> str | None:
    """Return the id in a cookie that this app made."""
    if cookie is None or len(cookie) != LENGTH or not cookie.isascii():
        return None
    identifier, _, signature = cookie.partition(".")
    if not signer.verifies(PURPOSE, identifier.encode(), signature.encode()):
        return None
    return identifier
