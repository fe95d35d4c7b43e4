"""The state of a component as a page carries it: signed, readable, bound and limited in time."""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode
from typing import Any
from typing import NamedTuple
from typing import Self
from typing import TYPE_CHECKING

from ..errors import TokenExpired
from ..errors import TokenInvalid
from ..security.tokens import Tokens
from .refusing import BadSnapshot
from .refusing import Refused

if TYPE_CHECKING:
    from .component import LiveComponent

PURPOSE = "hotframe.live"


class Claims(NamedTuple):
    """What a snapshot says.

    :param schema: the ``state_version`` of the class that wrote it.
    :param version: of the instance.
    :param seq: the last event of the page that the state knows.
    :param state: JSON by field, as it was written.
    """

    component: str
    id: str
    schema: int
    version: int
    seq: int
    page: str
    state: bytes

    @classmethod
    def first(cls, name: str, id: str, kind: type[LiveComponent], state: bytes) -> Self:
        """Return the claims of an instance that begins."""
        return cls(name, id, kind.state_version, 0, 0, "", state)


class Snapshots:
    """Makes and reads snapshots.

    :param lifetime: seconds until one expires.
    """

    def __init__(self, tokens: Tokens, lifetime: float) -> None:
        self._tokens = tokens
        self._lifetime = lifetime

    def make(self, claims: Claims, bound_to: str) -> str:
        """Return the snapshot of a state.

        :param bound_to: session and login.
        :raises ValueError: it would be too large.
        """
        head = json.dumps(claims[:-1], separators=(",", ":"))
        data = f"{head[:-1]},{claims.state.decode()}]"  # it is JSON, so nothing is read and written
        return self._tokens.make_written(
            PURPOSE, data, lifetime=self._lifetime, bound_to=bound_to
        )  # fmt: skip

    def read(self, text: str, component: str, id: str, bound_to: str) -> Claims:
        """Return what a snapshot says.

        :raises Refused: it is not one of this instance, session and login, or is too old.
        """
        claims = self._read(text, bound_to)
        if (claims.component, claims.id) != (component, id):
            raise BadSnapshot
        return claims

    def peek(self, text: str) -> Claims:
        """Return what a snapshot says of itself, which :meth:`read` has to confirm.

        :raises BadSnapshot: it says nothing.
        """
        try:
            body = text.partition(".")[0]
            return _claims(json.loads(urlsafe_b64decode(body + "=" * (-len(body) % 4)))["d"])
        except (ValueError, TypeError, LookupError):
            raise BadSnapshot from None

    def _read(self, text: str, bound_to: str) -> Claims:
        try:
            return _claims(self._tokens.read(PURPOSE, text, bound_to=bound_to))
        except TokenExpired:
            raise Refused(403, "expired", "This page is too old: load it again.") from None
        except TokenInvalid:
            raise BadSnapshot from None


def _claims(data: Any) -> Claims:
    return Claims._make([*data[:-1], json.dumps(data[-1], separators=(",", ":")).encode()])
