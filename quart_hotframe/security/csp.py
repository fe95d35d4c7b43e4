"""The ``Content-Security-Policy`` of an answer, with a nonce where a page asked for one."""

from __future__ import annotations

import re
import secrets
from typing import Any

from quart import has_request_context
from quart import request

from ..errors import SetupError
from ..pieces import refuse_if_kept

PLACE = " 'nonce'"
_NONCE, _SENT = "hotframe.nonce", "hotframe.nonce_sent"
_TEXT = re.compile(r"[\x20-\x7e]*")


def csp_nonce() -> str:
    """Return the nonce of this answer, for ``<script nonce="{{ csp_nonce() }}">``.

    :raises SetupError: outside of a request, or when the headers of a stream were sent without it.
    """
    refuse_if_kept("csp_nonce()")
    if not has_request_context():
        raise SetupError("csp_nonce() belongs to a page: there is no request here.")
    scope: Any = request.scope
    if _NONCE not in scope:
        if scope.get(_SENT):
            raise SetupError(
                "The headers were sent without a nonce: call csp_nonce() in the view, before the "
                "stream begins."
            )
        scope[_NONCE] = secrets.token_urlsafe(16)
    nonce: str = scope[_NONCE]
    return nonce


def nonce_if_possible() -> str | None:
    """Return the nonce of this answer, or ``None`` where it can have none."""
    if not has_request_context():
        return None
    scope: Any = request.scope
    return None if scope.get(_SENT) and _NONCE not in scope else csp_nonce()


class ContentSecurityPolicy:
    """A policy text, ready for answers with and without a nonce."""

    def __init__(self, text: str) -> None:
        self._parts = text.split(PLACE)
        self._plain = "".join(self._parts).encode()

    def __call__(self, scope: Any) -> bytes:
        """Return the header's value for a request."""
        nonce = scope.get(_NONCE)
        if nonce is None:
            scope[_SENT] = True
            return self._plain
        return f" 'nonce-{nonce}'".join(self._parts).encode()


def check_csp(text: Any) -> None:
    """Refuse what cannot be a policy.

    :raises ValueError: saying what is wrong.
    """
    if not isinstance(text, str):
        raise ValueError(f"must be text, not {text!r}.")
    if not _TEXT.fullmatch(text):
        raise ValueError("must be one line of ASCII: browsers ignore a policy with other signs.")
    if "'nonce-" in text:
        raise ValueError("write 'nonce': each answer has a nonce of its own there.")
