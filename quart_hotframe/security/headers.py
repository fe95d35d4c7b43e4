"""The headers that protect an answer, where the view has not set them itself."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from ..runtime.dressing import Headers
from .csp import ContentSecurityPolicy
from .request_ids import HEADER as REQUEST_ID
from .request_ids import id_of

USUAL: Mapping[str, str] = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}
"""Frames are forbidden by the policy's ``frame-ancestors``, so ``X-Frame-Options`` is not sent."""

_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
_VALUE = re.compile(r"[\x20-\x7e]*")
_REQUEST_ID = REQUEST_ID.lower().encode()
_CSP = b"content-security-policy"
_CSPS = frozenset({_CSP, b"content-security-policy-report-only"})
_HSTS = b"strict-transport-security"


class ProtectiveHeaders:
    """The headers of one policy, ready to be set.

    :param csp: the ``Content-Security-Policy``, or ``""``.
    :param more: what a policy adds to the usual headers or takes from them.
    :param hsts: seconds for which browsers shall use HTTPS only; 0 does not say it.
    """

    def __init__(self, csp: str, more: Mapping[str, str], hsts: float) -> None:
        found = {name.lower(): value for name, value in (*USUAL.items(), *more.items())}
        self._fixed = [(name.encode(), value.encode()) for name, value in found.items() if value]
        self._names = frozenset(name for name, _ in self._fixed)
        self._csp = ContentSecurityPolicy(csp) if csp else None
        self._hsts = f"max-age={int(hsts)}".encode() if hsts else b""

    def set_on(self, scope: Any, headers: Headers, present: set[bytes]) -> None:
        """Set what the view has not set."""
        if present.isdisjoint(self._names):
            headers += self._fixed
        else:
            headers += [one for one in self._fixed if one[0] not in present]
        if self._csp is not None and present.isdisjoint(_CSPS):
            headers.append((_CSP, self._csp(scope)))
        if self._hsts and scope["scheme"] == "https" and _HSTS not in present:
            headers.append((_HSTS, self._hsts))
        if _REQUEST_ID not in present:
            headers.append((_REQUEST_ID, id_of(scope).encode()))


def check_header(name: Any, value: Any) -> None:
    """Refuse what cannot be a header: a line break in it would begin another one.

    :raises ValueError: saying what is wrong.
    """
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise ValueError(f"{name!r} cannot be the name of a header.")
    if name.lower() == _CSP.decode():
        raise ValueError("write csp = …: the nonce is set there.")
    if not isinstance(value, str) or not _VALUE.fullmatch(value):
        raise ValueError(f"must be one line of ASCII, not {value!r}.")
