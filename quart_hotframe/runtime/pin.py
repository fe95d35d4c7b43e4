"""Pins: every request, socket, event and task sees the generation that it began in."""

from __future__ import annotations

import asyncio
from typing import Any
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .contribution import Contribution
    from .generation import Generation


class Pin:
    """A user of a generation. Without a generation the reader sees the current one.

    :param owner: the module whose code runs, where it is known.
    """

    lasting = False
    """Whether it is a stream or a task, which moves to a new generation of the same owner."""
    request: Any = False
    """The request of a connection: ``None`` until it is known."""
    contribution: Contribution | None = None
    """The version whose code runs, where it need not be that of the generation."""
    waiting = False
    """Whether its code waits for an operation, so that the operation need not wait for it."""
    task: asyncio.Task[Any] | None = None
    """What a drain that takes too long cancels."""

    def __init__(self, generation: Generation | None, owner: str | None = None) -> None:
        self.generation = generation
        self.owner = owner

    def owned_by(self) -> str | None:
        """Return the module whose code answers."""
        return self.owner

    def end(self) -> None:
        """Let go of everything, or pin, task and context would keep each other alive."""
        self.generation = self.contribution = None
        self.task = None

    def close(self) -> None:
        """Ask the user to end; a plain one only ends by itself."""

    def abort(self) -> None:
        """End the user now, because a drain takes too long."""
        if self.task is not None:
            self.task.cancel()
