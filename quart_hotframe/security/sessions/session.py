"""The session of one request, on top of what is stored."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from quart.sessions import session_json_serializer
from quart.sessions import SessionMixin

from ...errors import SessionsUnavailable
from ...errors import SessionTooLarge
from .record import Record

MAX_BYTES = 64 * 1024
"""Most bytes of keys and values of one session."""


class ServerSession(SessionMixin):
    """What ``quart.session`` is. Values are decoded when they are asked for.

    What was changed is found by comparing, so a list in it can be changed in place.

    :param identifier: the id that the visitor has, unless the session is new.
    :param record: what is stored.
    :param failure: why it could not be read; whoever uses the session gets this error.
    """

    modified = False

    def __init__(
        self,
        identifier: str | None = None,
        record: Record | None = None,
        failure: SessionsUnavailable | None = None,
    ) -> None:
        self.failure = failure
        self.used = False
        """Whether anybody looked at it or changed it."""
        self.saved(identifier, record)

    def saved(self, identifier: str | None, record: Record | None) -> None:
        """Begin anew from what is stored."""
        self.identifier = identifier
        self.record = record
        self.rotates = self.restarts = self.ended = False
        self._texts = dict(record.values) if record is not None else {}
        self._values: dict[str, Any] = {}
        self._deleted: set[str] = set()

    @property
    def new(self) -> bool:  # type: ignore[override]
        """Whether nothing of it is stored yet."""
        return self.record is None

    def rotate(self, *, restart: bool = False) -> None:
        """Give it another id when it is saved.

        :param restart: whether its absolute time-out begins anew.
        """
        self.rotates = True
        self.restarts |= restart

    def forget(self) -> None:
        """Be a new and empty session: the stored one has ended."""
        self.use()
        self.saved(None, None)
        self.ended = True

    def changes(self) -> tuple[dict[str, str], frozenset[str]]:
        """Return what has to be stored: changed values, and deleted keys.

        :raises TypeError: a value is nothing that JSON of sessions can hold; its key is named.
        :raises SessionTooLarge: there is too much in it.
        """
        texts = {key: _dumped(key, value) for key, value in self._values.items()}
        texts = {key: text for key, text in texts.items() if text != self._texts.get(key)}
        deleted = frozenset(self._deleted & self._texts.keys())
        if texts:
            self._check({**self._texts, **texts})
        return texts, deleted

    def _check(self, texts: dict[str, str]) -> None:
        sizes = {key: len(key) + len(text) for key, text in texts.items()}
        if (size := sum(sizes.values())) > MAX_BYTES:
            largest = max(sizes, key=sizes.__getitem__)
            raise SessionTooLarge(
                f"The session would have {size} bytes, and {MAX_BYTES} are allowed. Its largest "
                f"value is {largest!r}: store the data elsewhere, and its key in the session."
            )

    # -- the mapping -----------------------------------------------------------------------------

    def use(self) -> None:
        """Note that somebody uses it.

        :raises SessionsUnavailable: it could not be read.
        """
        if self.failure is not None:
            raise self.failure
        self.used = True

    def __getitem__(self, key: str) -> Any:
        self.use()
        if key not in self._values:
            if key in self._deleted:
                raise KeyError(key)
            self._values[key] = session_json_serializer.loads(self._texts[key])
        return self._values[key]

    def __setitem__(self, key: str, value: Any) -> None:
        self.use()
        if not isinstance(key, str):
            raise TypeError(f"The keys of a session are text, not {key!r}.")
        self._values[key] = value
        self._deleted.discard(key)

    def __delitem__(self, key: str) -> None:
        if key not in self:
            raise KeyError(key)
        self._values.pop(key, None)
        self._deleted.add(key)

    def __contains__(self, key: object) -> bool:
        self.use()
        return key in self._values or key in self._texts and key not in self._deleted

    def __iter__(self) -> Iterator[str]:
        return iter(self._keys())

    def __len__(self) -> int:
        return len(self._keys())

    def _keys(self) -> list[str]:
        self.use()
        return [key for key in {**self._texts, **self._values} if key not in self._deleted]

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {'new' if self.new else 'stored'}>"


def _dumped(key: str, value: Any) -> str:
    try:
        text: str = session_json_serializer.dumps(value)
    except (TypeError, ValueError) as error:
        raise TypeError(f"session[{key!r}] cannot be stored: {error}.") from error
    return text
