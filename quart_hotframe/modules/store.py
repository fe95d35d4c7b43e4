"""Which modules are wanted, and who follows: the values, and the protocol of a store.

A store holds one :class:`State` for all processes that serve the app. The state names the
modules that every worker should have mounted (under a rising *revision*) and the one
operation that is open. Beside it the store knows the *participants* (the live workers and
commands, and how far each has followed), the *deaths* of workers that ended without a
goodbye, and the *journal* of past operations.

:class:`~quart_hotframe.modules.filestore.FileStore` keeps all of it in files of one host.
"""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Mapping
from collections.abc import Sequence
from dataclasses import dataclass
from dataclasses import field
from typing import Any
from typing import Protocol

from . import shape
from .participants import Death
from .participants import Participant
from .participants import Trouble
from .shape import checked
from .shape import checked_texts


@dataclass(frozen=True)
class Provisional:
    """The trial time of a version: what it has shown since it was published."""

    operation: str
    """Id of the operation that brought the version."""
    since: float
    """When the trial began, in seconds since the epoch."""
    requests: int = 0
    """Requests that the version has answered so far, in all workers."""
    errors: int = 0
    """How many of them failed."""

    def to_dict(self) -> dict[str, Any]:
        """Return the value as JSON types."""
        return dict(vars(self))

    @classmethod
    def from_dict(cls, data: object, where: str) -> Provisional:
        """Make the value from JSON types; ``where`` names the place in a message.

        :raises StoreError: a key is unknown, absent or has a wrong type.
        """
        return cls(**checked(data, _PROVISIONAL, where))


@dataclass(frozen=True)
class Wanted:
    """One installed module as the store wants it."""

    name: str
    version: str
    source: str
    """``"project"``: the folder in the modules folder, edited in place. Otherwise the folder
    ``<version>-<hash>`` below the instance folder's ``hotframe/modules/<name>/``."""
    enabled: bool = False
    set_up: bool = False
    """Whether the module's own ``install`` function has run."""
    previous: str | None = None
    """The source that a rollback returns to."""
    previous_version: str | None = None
    provisional: Provisional | None = None
    """The running trial; ``None`` when the version is confirmed."""
    quarantined: str | None = None
    """Why the module may not be mounted, or ``None``."""
    well_since: float | None = None
    """When somebody said that its errors are over, in seconds since the epoch."""
    error: str | None = None
    """The last error, to be shown."""
    disabled_with: str | None = None
    """The module whose cascade disabled it: enabling that one enables it again."""

    def to_dict(self) -> dict[str, Any]:
        """Return the value as JSON types."""
        data = dict(vars(self))
        data["provisional"] = self.provisional.to_dict() if self.provisional else None
        return data

    @classmethod
    def from_dict(cls, data: object, where: str) -> Wanted:
        """Make the value from JSON types; ``where`` names the place in a message.

        :raises StoreError: a key is unknown, absent or has a wrong type.
        """
        fields = dict(checked(data, _WANTED, where))
        if fields["provisional"] is not None:
            fields["provisional"] = Provisional.from_dict(
                fields["provisional"], f"{where}, provisional"
            )
        return cls(**fields)


@dataclass(frozen=True)
class Operation:
    """The one open change of the set of modules."""

    id: str
    kind: str
    """What was asked: ``"install"``, ``"enable"``, ``"upgrade"``, ``"reload"``, …"""
    module: str
    target: Mapping[str, Wanted]
    """What :attr:`State.modules` becomes at commit: the whole mapping."""
    reload: tuple[str, ...] = ()
    """Modules whose code is loaded anew although their source stays the same."""
    phase: str = "prepare"
    """``"prepare"``, ``"migrate"``, ``"commit"`` or ``"abort"``."""
    coordinator: str = ""
    """Id of the participant that leads."""
    runner: str | None = None
    """Id of the participant that runs the lifecycle functions in the phase ``migrate``."""
    started: float = 0.0
    """Seconds since the epoch."""
    error: str | None = None
    detail: Mapping[str, Any] = field(default_factory=dict)
    """More about the change, in JSON types: from and to which version, what becomes of data."""

    def to_dict(self) -> dict[str, Any]:
        """Return the value as JSON types."""
        return {
            **vars(self),
            "target": _modules_to_dict(self.target),
            "reload": list(self.reload),
            "detail": dict(self.detail),
        }

    @classmethod
    def from_dict(cls, data: object, where: str) -> Operation:
        """Make the value from JSON types; ``where`` names the place in a message.

        :raises StoreError: a key is unknown, absent or has a wrong type.
        """
        fields = dict(checked(data, _OPERATION, where))
        fields["target"] = _modules_from_dict(fields["target"], f"{where}, target")
        fields["reload"] = checked_texts(fields["reload"], f"{where}, reload")
        return cls(**fields)


@dataclass(frozen=True)
class Owed:
    """Lifecycle functions that a committed operation has yet to run, once the old has ended."""

    operation: str
    """Id of the operation."""
    runner: str
    """Id of the participant that runs them."""
    functions: Sequence[Sequence[Any]]
    """For each function the module, its name and its arguments, in JSON types."""
    modules: Mapping[str, Wanted]
    """What these modules were before the operation."""
    attempts: int = 1
    """How many participants have begun to run them, this one included."""

    def to_dict(self) -> dict[str, Any]:
        """Return the value as JSON types."""
        functions = [list(one) for one in self.functions]
        return {**vars(self), "functions": functions, "modules": _modules_to_dict(self.modules)}

    @classmethod
    def from_dict(cls, data: object, where: str) -> Owed:
        """Make the value from JSON types; ``where`` names the place in a message.

        :raises StoreError: a key is unknown, absent or has a wrong type.
        """
        fields = dict(checked(data, _OWED, where))
        fields["modules"] = _modules_from_dict(fields["modules"], f"{where}, modules")
        return cls(**fields)


@dataclass(frozen=True)
class State:
    """All that the store wants at one moment. Change it with :meth:`ModuleStore.change`."""

    revision: int = 0
    """Rises by one whenever what should be served has changed."""
    modules: Mapping[str, Wanted] = field(default_factory=dict)
    operation: Operation | None = None
    owed: tuple[Owed, ...] = ()
    """What past operations have yet to run."""
    initialised: bool = False
    """False until the modules of the first start were written."""
    signature: object = field(default=None, compare=False, repr=False)
    """Where the state came from, for :meth:`ModuleStore.changed`. It is never written."""

    def to_dict(self) -> dict[str, Any]:
        """Return the value as JSON types, without the signature."""
        return {
            "revision": self.revision,
            "modules": _modules_to_dict(self.modules),
            "operation": self.operation.to_dict() if self.operation else None,
            "owed": [one.to_dict() for one in self.owed],
            "initialised": self.initialised,
        }

    @classmethod
    def from_dict(cls, data: object, where: str, signature: object = None) -> State:
        """Make the value from JSON types; ``where`` names the file in a message.

        :raises StoreError: a key is unknown, absent or has a wrong type.
        """
        fields = dict(checked(data, _STATE, where))
        fields["modules"] = _modules_from_dict(fields["modules"], f"{where}, modules")
        if fields["operation"] is not None:
            fields["operation"] = Operation.from_dict(fields["operation"], f"{where}, operation")
        owed = (Owed.from_dict(one, f"{where}, owed") for one in fields.pop("owed"))
        return cls(**fields, owed=tuple(owed), signature=signature)


@dataclass(frozen=True)
class History:
    """What the journal knows of one operation."""

    id: str
    entries: tuple[Mapping[str, Any], ...]
    """The entries in the order of writing; each has the key ``time`` (seconds since the epoch)."""

    @property
    def phases(self) -> dict[str, float]:
        """When each phase began: the time of the first entry with that ``phase``."""
        times: dict[str, float] = {}
        for entry in self.entries:
            if "phase" in entry:
                times.setdefault(entry["phase"], entry["time"])
        return times

    @property
    def error(self) -> str | None:
        """The last ``error`` of the entries, or ``None``."""
        errors = [entry["error"] for entry in self.entries if entry.get("error")]
        return errors[-1] if errors else None

    @property
    def traceback(self) -> str | None:
        """The last ``traceback`` of the entries, or ``None``."""
        traces = [entry["traceback"] for entry in self.entries if entry.get("traceback")]
        return traces[-1] if traces else None


class ModuleStore(Protocol):
    """What the manager needs of a store. Every method may raise ``StoreError``."""

    async def read(self) -> State:
        """Return the state; a store that is not there yet gives ``State()`` and stays absent."""

    async def change(self, function: Callable[[State], State]) -> State:
        """Replace the state by what ``function`` makes of it, atomically across processes.

        ``function`` gets the newest state and returns the next one. It must be pure and quick:
        it runs in a thread, under the lock of the store. What it raises reaches the caller,
        and nothing is written then.

        :returns: the state that is now in the store.
        :raises StoreError: the lock stayed taken, or the store cannot be read or written.
        """

    def changed(self, since: State) -> bool:
        """Say whether the store may hold another state than ``since``; cheap, never waits.

        :param since: a state that :meth:`read` or :meth:`change` returned.
        """

    async def register(self, participant: Participant) -> None:
        """Make this process known as alive until :meth:`unregister` or its end.

        :raises StoreError: this store object has registered already.
        """

    async def unregister(self) -> None:
        """Say goodbye, so that the end of this process is no death; harmless when repeated."""

    def leaving(self) -> None:
        """Note at once that this process was asked to end, so that its end is no death.

        It is called from a signal handler: it writes little and waits for no lock.
        """

    async def acknowledge(self, operation_id: str, phase: str, error: str | None = None) -> None:
        """Tell that this participant has done its part of a phase, or why it could not.

        :raises StoreError: this process is not registered.
        """

    async def served(self, revision: int) -> None:
        """Tell that this participant now serves ``revision``.

        :raises StoreError: this process is not registered.
        """

    async def report(self, troubles: Mapping[str, Trouble]) -> None:
        """Tell which modules do not fare well in this participant, in place of what it told before.

        :raises StoreError: this process is not registered.
        """

    async def participants(self) -> Mapping[str, Participant]:
        """Return the live participants by id; the dead are noted as deaths and cleared away."""

    async def deaths(self) -> Sequence[Death]:
        """Return the newest deaths, oldest first."""

    async def journal(self, operation_id: str, entry: Mapping[str, Any]) -> None:
        """Append an entry to the history of an operation.

        :param entry: JSON types; ``phase``, ``error`` and ``traceback`` are understood by
            :class:`History`.
        """

    async def operations(self, limit: int = 20) -> Sequence[History]:
        """Return the history of operations, the newest first.

        :param limit: how many at most.
        """


def _modules_to_dict(modules: Mapping[str, Wanted]) -> dict[str, Any]:
    return {name: wanted.to_dict() for name, wanted in sorted(modules.items())}


def _modules_from_dict(data: Mapping[str, object], where: str) -> dict[str, Wanted]:
    return {name: Wanted.from_dict(item, f"{where}, {name!r}") for name, item in data.items()}


_PROVISIONAL: shape.Shape = {
    "operation": shape.TEXT,
    "since": shape.NUMBER,
    "requests": shape.WHOLE,
    "errors": shape.WHOLE,
}
_WANTED: shape.Shape = {
    "name": shape.TEXT,
    "version": shape.TEXT,
    "source": shape.TEXT,
    "enabled": shape.FLAG,
    "set_up": shape.FLAG,
    "previous": shape.OPTIONAL_TEXT,
    "previous_version": shape.OPTIONAL_TEXT,
    "provisional": shape.OPTIONAL_OBJECT,
    "quarantined": shape.OPTIONAL_TEXT,
    "well_since": shape.OPTIONAL_NUMBER,
    "error": shape.OPTIONAL_TEXT,
    "disabled_with": shape.OPTIONAL_TEXT,
}
_OPERATION: shape.Shape = {
    "id": shape.TEXT,
    "kind": shape.TEXT,
    "module": shape.TEXT,
    "target": shape.OBJECT,
    "reload": shape.ARRAY,
    "phase": shape.TEXT,
    "coordinator": shape.TEXT,
    "runner": shape.OPTIONAL_TEXT,
    "started": shape.NUMBER,
    "error": shape.OPTIONAL_TEXT,
    "detail": shape.OBJECT,
}
_OWED: shape.Shape = {
    "operation": shape.TEXT,
    "runner": shape.TEXT,
    "functions": shape.ARRAY,
    "modules": shape.OBJECT,
    "attempts": shape.WHOLE,
}
_STATE: shape.Shape = {
    "revision": shape.WHOLE,
    "modules": shape.OBJECT,
    "operation": shape.OPTIONAL_OBJECT,
    "owed": shape.ARRAY,
    "initialised": shape.FLAG,
}
