"""Signed tokens: data that comes back from outside as it was given out.

A token is ``body.signature``, both in URL-safe base64 without padding. The signature is
HMAC-SHA256 over the purpose, the binding and the body *as it was received*; it is compared as
text. So each token has one spelling. The serializers of itsdangerous decode a signature before
they compare it, and accept many spellings of the same one.
"""

from __future__ import annotations

import hmac
import json
import math
import time
from base64 import urlsafe_b64decode
from base64 import urlsafe_b64encode
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from ..errors import TokenExpired
from ..errors import TokenInvalid

MAX_LENGTH = 4096
"""Most characters of a token: it should fit into an address, a header and a cookie."""
SALT = b"quart-hotframe"


class Signer:
    """Signs bytes for a purpose.

    :param keys: returns the secrets, newest first: the first one signs, and all of them verify.
    """

    def __init__(self, keys: Callable[[], tuple[bytes, ...]]) -> None:
        self._keys = keys
        self._derived = lru_cache(maxsize=256)(derived_key)

    def sign(self, purpose: str, body: bytes, bound_to: str | None = None) -> bytes:
        """Return the signature of *body*, in base64."""
        return self._signature(self._keys()[0], purpose, body, bound_to)

    def verifies(
        self, purpose: str, body: bytes, signature: bytes, bound_to: str | None = None
    ) -> bool:
        """Say whether one of the keys made this very signature."""
        return any(
            hmac.compare_digest(self._signature(key, purpose, body, bound_to), signature)
            for key in self._keys()
        )

    def _signature(self, key: bytes, purpose: str, body: bytes, bound_to: str | None) -> bytes:
        message = _prefixed(bound_to) + body
        return _encoded(hmac.digest(self._derived(key, purpose), message, "sha256"))


class Tokens:
    """Makes and reads the tokens of an app: ``hotframe.tokens``.

    ::

        token = hotframe.tokens.make("invite", {"team": 7}, lifetime=3600)
        data = hotframe.tokens.read("invite", token)

    :param clock: returns the seconds since the epoch.
    :param longest: most characters of a token; more fit into the body of a request.
    """

    def __init__(
        self,
        signer: Signer,
        clock: Callable[[], float] = time.time,
        *,
        longest: int = MAX_LENGTH,
    ) -> None:
        self._signer = signer
        self._clock = clock
        self._longest = longest

    def make(self, purpose: str, data: Any, *, lifetime: float, bound_to: str | None = None) -> str:
        """Return a token. Whoever has it can read the data, and cannot change it.

        :param purpose: what it is for; a token for one purpose is none for another.
        :param data: what JSON can hold.
        :param lifetime: seconds until it expires.
        :param bound_to: who may use it, such as ``hotframe.sessions.generation()``; the token does
            not contain it.
        :raises TypeError: JSON cannot hold the data.
        :raises ValueError: the token would have more than 4096 characters, the lifetime is not
            above 0, or *bound_to* is empty.
        """
        written = json.dumps(data, separators=(",", ":"), allow_nan=False)
        return self.make_written(purpose, written, lifetime=lifetime, bound_to=bound_to)

    def make_written(
        self, purpose: str, data: str, *, lifetime: float, bound_to: str | None = None
    ) -> str:
        """Return a token of data that is JSON already; otherwise as :meth:`make`."""
        if not 0 < lifetime < math.inf:
            raise ValueError(f"A token's lifetime is in seconds and above 0, not {lifetime!r}.")
        if bound_to == "":
            raise ValueError("bound_to is empty: pass None for a token that anybody may use.")
        expires = math.ceil(self._clock() + lifetime)
        body = _encoded(f'{{"d":{data},"e":{expires}}}'.encode())
        token = body + b"." + self._signer.sign(purpose, body, bound_to)
        if len(token) > self._longest:
            raise ValueError(
                f"The token for {purpose!r} would have {len(token)} characters, and "
                f"{self._longest} are allowed: store the data, and put its key into the token."
            )
        return token.decode()

    def read(self, purpose: str, token: str | None, *, bound_to: str | None = None) -> Any:
        """Return the data of a token.

        :param token: as it came; ``None`` is refused like any other that is wrong.
        :raises TokenExpired: it was made by this app for this, and is too old.
        :raises TokenInvalid: anything else is wrong with it.
        """
        body, _, signature = self._received(token).partition(b".")
        if not self._signer.verifies(purpose, body, signature, bound_to):
            raise TokenInvalid(f"This is no valid token for {purpose!r}.")
        content = json.loads(_decoded(body))
        if self._clock() >= content["e"]:
            raise TokenExpired(f"The token for {purpose!r} has expired: ask for a new one.")
        return content["d"]

    def _received(self, token: str | None) -> bytes:
        if not isinstance(token, str) or len(token) > self._longest or not token.isascii():
            raise TokenInvalid("This is no token.")
        return token.encode("ascii")


def derived_key(secret: bytes, purpose: str) -> bytes:
    """Return the key for a purpose: HKDF with SHA-256, one block (RFC 5869, sections 2.2, 2.3)."""
    pseudorandom = hmac.digest(SALT, secret, "sha256")
    return hmac.digest(pseudorandom, _bytes(purpose) + b"\x01", "sha256")


def _prefixed(bound_to: str | None) -> bytes:
    """Return the binding so that nothing of it can be taken for a part of the body."""
    if bound_to is None:
        return b"\x00"
    binding = _bytes(bound_to)
    return b"\x01" + len(binding).to_bytes(8, "big") + binding


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def _encoded(data: bytes) -> bytes:
    return urlsafe_b64encode(data).rstrip(b"=")


def _decoded(text: bytes) -> bytes:
    return urlsafe_b64decode(text + b"=" * (-len(text) % 4))
