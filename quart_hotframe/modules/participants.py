"""Who follows the store: the live workers and commands, what they told, and those that died."""

from __future__ import annotations

import getpass
import os
import platform
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import field
from dataclasses import replace
from typing import Any

from . import shape
from .shape import checked

KEPT_ACKS = 20
"""So many operations keep their acknowledgements, the newest."""


@dataclass(frozen=True)
class Trouble:
    """What is wrong with a module in one process."""

    state: str
    """``"failed"`` (it could not be loaded there) or ``"degraded"`` (it fails too often there)."""
    error: str
    """The last error, shortened."""

    @classmethod
    def from_dict(cls, data: object, where: str) -> Trouble:
        """Make the value from JSON types; ``where`` names the place in a message.

        :raises StoreError: a key is unknown, absent or has a wrong type.
        """
        return cls(**checked(data, _TROUBLE, where))


@dataclass(frozen=True)
class Participant:
    """A live process that follows the store: a worker, or a command that leads a change."""

    id: str
    pid: int
    kind: str
    """``"worker"`` or ``"command"``."""
    started: float
    """Seconds since the epoch."""
    revision: int | None = None
    """The revision that it serves; ``None`` before it serves any."""
    serving_since: float | None = None
    """When it began to serve that revision, in seconds since the epoch."""
    acks: Mapping[str, Mapping[str, str | None]] = field(default_factory=dict)
    """Per operation id and phase: ``None`` when it followed, otherwise the error."""
    safe_mode: bool = False
    """Whether it loads no module (``HOTFRAME_SAFE_MODE``)."""
    troubles: Mapping[str, Trouble] = field(default_factory=dict)
    """The modules that do not fare well in it."""

    @classmethod
    def new(cls, kind: str, *, safe_mode: bool = False) -> Participant:
        """Return a participant for this process with an id of its own.

        :param kind: ``"worker"`` or ``"command"``.
        """
        return cls(uuid.uuid4().hex, os.getpid(), kind, time.time(), safe_mode=safe_mode)

    def to_author(self) -> dict[str, Any]:
        """Return who this process is, in JSON types, for the history of what it leads."""
        return {
            "user": _user(), "process": self.kind, "pid": self.pid, "host": platform.node(),
        }  # fmt: skip

    def acknowledging(self, operation_id: str, phase: str, error: str | None) -> Participant:
        """Return the participant with the outcome of a phase."""
        acks = {operation: dict(phases) for operation, phases in self.acks.items()}
        acks.setdefault(operation_id, {})[phase] = error
        return replace(self, acks=dict(list(acks.items())[-KEPT_ACKS:]))

    def serving(self, revision: int) -> Participant:
        """Return the participant serving a revision from now on."""
        return replace(self, revision=revision, serving_since=time.time())

    def to_dict(self) -> dict[str, Any]:
        """Return the value as JSON types."""
        acks = {operation: dict(phases) for operation, phases in self.acks.items()}
        troubles = {name: dict(vars(one)) for name, one in self.troubles.items()}
        return {**vars(self), "acks": acks, "troubles": troubles}

    @classmethod
    def from_dict(cls, data: object, where: str) -> Participant:
        """Make the value from JSON types; ``where`` names the file in a message.

        :raises StoreError: a key is unknown, absent or has a wrong type.
        """
        fields = dict(checked(data, _PARTICIPANT, where))
        fields["troubles"] = {name: Trouble.from_dict(one, f"{where}, troubles")
                              for name, one in fields["troubles"].items()}  # fmt: skip
        return cls(**fields)


@dataclass(frozen=True)
class Death:
    """A worker that ended without :meth:`ModuleStore.unregister`: killed or crashed."""

    id: str
    pid: int
    started: float
    """When the worker registered, in seconds since the epoch."""
    noticed: float
    """When another participant saw that it was gone, in seconds since the epoch."""
    revision: int | None
    """The revision that it served; ``None`` when it never came to serve."""
    seconds: float
    """How long it had served that revision when it was noticed: never less than the truth,
    and more when nobody looked for a while."""

    @classmethod
    def of(cls, participant: Participant, noticed: float) -> Death:
        """Return the death of a participant that was noticed at a time."""
        since = participant.serving_since
        return cls(
            id=participant.id,
            pid=participant.pid,
            started=participant.started,
            noticed=noticed,
            revision=participant.revision,
            seconds=max(0.0, noticed - since) if since is not None else 0.0,
        )


def _user() -> str:
    """Return the name of the user that the system runs this process for, else its number."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # containers run processes for numbers without a name
        return str(os.getuid())


_PARTICIPANT: shape.Shape = {
    "id": shape.TEXT,
    "pid": shape.WHOLE,
    "kind": shape.TEXT,
    "started": shape.NUMBER,
    "revision": shape.OPTIONAL_WHOLE,
    "serving_since": shape.OPTIONAL_NUMBER,
    "acks": shape.OBJECT,
    "safe_mode": shape.FLAG,
    "troubles": shape.OBJECT,
}
_TROUBLE: shape.Shape = {"state": shape.TEXT, "error": shape.TEXT}
