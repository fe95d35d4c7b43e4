"""What a store holds: the modules that every worker should have mounted, and what is changing.

A :class:`State` is one value for all processes that serve the app. It is written as JSON.
"""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Sequence
from dataclasses import dataclass
from dataclasses import field
from typing import Any

from ..errors import StoreError
from . import shape
from .schema import Migration
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
    one_way: bool = False
    """Whether its migrations did more than add, so that the version before cannot serve."""

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
    """``"prepare"``, ``"close"``, ``"migrate"``, ``"start"``, ``"commit"`` or ``"abort"``."""
    coordinator: str = ""
    """Id of the participant that leads."""
    runner: str | None = None
    """Id of the participant that runs the lifecycle functions in the phase ``migrate``."""
    started: float = 0.0
    """Seconds since the epoch."""
    error: str | None = None
    migrations: tuple[Migration, ...] = ()
    """What it does to tables; without the SQL."""
    closing: tuple[str, ...] = ()
    """The modules whose doors are closed from the phase ``close`` to the end."""
    detail: Mapping[str, Any] = field(default_factory=dict)
    """More about the change, in JSON types: from and to which version, what becomes of data."""

    @property
    def holds(self) -> bool:
        """Whether modules must not be served now, because their tables change."""
        return bool(self.closing) and self.phase in ("close", "migrate", "start", "abort")

    @property
    def may_have_migrated(self) -> bool:
        """Whether tables may have changed already."""
        return bool(self.migrations) and self.phase in ("migrate", "start", "abort")

    def to_dict(self) -> dict[str, Any]:
        """Return the value as JSON types."""
        return {
            **vars(self),
            "target": _modules_to_dict(self.target),
            "reload": list(self.reload),
            "migrations": [one.to_dict() for one in self.migrations],
            "closing": list(self.closing),
            "detail": dict(self.detail),
        }

    @classmethod
    def from_dict(cls, data: object, where: str) -> Operation:
        """Make the value from JSON types; ``where`` names the place in a message.

        :raises StoreError: a key is unknown, absent or has a wrong type.
        """
        fields = dict(checked(data, _OPERATION, where))
        fields["target"] = _modules_from_dict(fields["target"], f"{where}, target")
        for key in ("reload", "closing"):
            fields[key] = checked_texts(fields[key], f"{where}, {key}")
        found = (Migration.from_dict(one, f"{where}, migrations") for one in fields["migrations"])
        fields["migrations"] = tuple(found)
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
    settings: Mapping[str, Mapping[str, Any]] = field(default_factory=dict, repr=False)
    """Values that somebody set, by module and setting, in JSON types; also those of modules that
    are not installed, and of settings that their version does not declare."""
    configured: int = 0
    """Rises by one whenever :attr:`settings` have changed."""
    signature: object = field(default=None, compare=False, repr=False)
    """Where the state came from, for :meth:`ModuleStore.changed`. It is never written."""

    def to_dict(self) -> dict[str, Any]:
        """Return the value as JSON types, without the signature."""
        settings = {name: dict(one) for name, one in sorted(self.settings.items())}
        return {
            "revision": self.revision,
            "modules": _modules_to_dict(self.modules),
            "operation": self.operation.to_dict() if self.operation else None,
            "owed": [one.to_dict() for one in self.owed],
            "initialised": self.initialised,
            **({"settings": settings, "configured": self.configured} if self.configured else {}),
        }

    @classmethod
    def from_dict(cls, data: object, where: str, signature: object = None) -> State:
        """Make the value from JSON types; ``where`` names the file in a message.

        :raises StoreError: a key is unknown, absent or has a wrong type.
        """
        if isinstance(data, dict):
            data = {"settings": {}, "configured": 0, **data}  # absent until somebody sets one
        fields = dict(checked(data, _STATE, where))
        if not all(isinstance(values, dict) for values in fields["settings"].values()):
            raise StoreError(f"{where}: 'settings' must be an object of objects.")
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
    def by(self) -> Mapping[str, Any]:
        """Who asked: the keys ``user``, ``process`` (``"worker"`` or ``"command"``), ``pid`` and
        ``host``; empty when it was not noted."""
        return next((entry["by"] for entry in self.entries if "by" in entry), {})

    @property
    def plan(self) -> str | None:
        """The plan as it was printed, or ``None``."""
        return next((entry["plan"] for entry in self.entries if "plan" in entry), None)

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
    "one_way": shape.FLAG,
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
    "migrations": shape.ARRAY,
    "closing": shape.ARRAY,
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
    "settings": shape.OBJECT,
    "configured": shape.WHOLE,
}
