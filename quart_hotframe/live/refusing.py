"""Why a request of a page is not answered with patches."""

from __future__ import annotations

from typing import Any


class Refused(Exception):
    """What a page asks for is refused; nothing has changed.

    :param status: of the answer.
    :param reason: one word, for the client.
    :param message: what is wrong, for a person.
    :param more: further members of the answer.
    """

    def __init__(
        self, status: int, reason: str, message: str,
        detail: Any = None, headers: dict[str, str] | None = None, **more: Any,
    ) -> None:  # fmt: skip
        super().__init__(message)
        self.status = status
        self.headers = headers or {}
        error = {"reason": reason, "message": message}
        self.body: dict[str, Any] = {"error": error, **more}
        if detail is not None:
            error["detail"] = detail


class BadSnapshot(Refused):
    """A snapshot was not made here, for this instance, session and login."""

    def __init__(self) -> None:
        super().__init__(
            403, "bad_snapshot", "The state of this page cannot be used: load it again."
        )


class NeedSnapshot(Exception):
    """The state is not here: the page sends its snapshot with the same event."""


class Gone(Exception):
    """The component is not there any more, for example because its module was disabled."""
