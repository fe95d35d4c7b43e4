"""All settings: read once from ``app.config`` and the environment into one frozen value."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import field
from dataclasses import fields
from pathlib import Path
from typing import Any
from typing import get_type_hints

from .errors import ConfigurationError
from .errors import nearest

PREFIX = "HOTFRAME_"


@dataclass(frozen=True)
class Settings:
    """The ``HOTFRAME_…`` settings of one app; a field ``x_y`` is the key ``HOTFRAME_X_Y``."""

    modules_folder: str = "modules"
    """Folder of the project's own modules, relative to the app; also the import root."""
    modules: tuple[str, ...] = ()
    """Modules enabled at the very first start, before a store exists."""
    instance_folder: str = ""
    """Where store and installed versions lie; ``""`` is ``hotframe`` in the instance folder."""
    safe_mode: bool = False
    """Start without modules, so that a broken one can be taken out."""
    drain_timeout: float = 10.0
    """Seconds that requests of a departing version may still run before they are cancelled, and
    then have to end before they are given up."""
    load_timeout: float = 30.0
    """Seconds that importing one module may take."""
    lifecycle_timeout: float = 30.0
    """Seconds that one function of a module's ``lifecycle.py`` may take."""
    operation_timeout: float = 60.0
    """Seconds to wait for another operation, and for the workers to follow one."""
    poll_interval: float = 0.1
    """Seconds between two looks at the store."""
    provisional_seconds: float = 60.0
    """Seconds that a new version must serve before it is confirmed; 0 confirms at once."""
    provisional_requests: int = 20
    """Requests that a new version must answer before it is confirmed."""
    error_threshold: int = 10
    """Unhandled errors within ``error_window`` that make a module degraded; 0 never does."""
    error_window: float = 60.0
    """Seconds over which unhandled errors are counted."""
    breaker_seconds: float = 0.0
    """Seconds that a degraded module answers 503 before one request tries again; 0 never does."""
    database_url: str = field(default="", repr=False)
    """The database; ``""`` is a file of SQLite in the folder of the store."""
    databases: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    """Further databases: names and URLs."""
    databases_read_only: tuple[str, ...] = ()
    """Names of databases that refuse to write; ``"default"`` is the one without a name."""
    database_pool_size: int = 5
    """Most connections of one process to one database."""
    database_pool_timeout: float = 10.0
    """Seconds that a unit of work waits for a connection."""
    database_timeout: float = 5.0
    """Seconds that connecting may take, and that SQLite waits for others who write."""
    archive_max_bytes: int = 50 * 1024 * 1024
    """Largest unpacked size of an archive, in bytes."""
    archive_max_files: int = 10_000
    """Most files in an archive."""

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Settings:
        """Read the settings; ``app.config`` wins over the environment.

        :raises ConfigurationError: for an unknown key or a value of the wrong type.
        """
        found = {k: v for k, v in os.environ.items() if k.startswith(PREFIX)}
        found = {k: v for k, v in found.items() if not k.startswith(PREFIX + "TEST_")}
        found.update({k: v for k, v in config.items() if k.startswith(PREFIX)})
        known = {PREFIX + field.name.upper(): field.name for field in fields(cls)}
        types = get_type_hints(cls)
        values: dict[str, Any] = {}
        for key, value in found.items():
            if key not in known:
                raise ConfigurationError(f"Unknown setting {key}.{nearest(key, known, PREFIX)}")
            values[known[key]] = _convert(key, value, types[known[key]])
        return cls(**values)

    def folder_of_modules(self, root_path: str) -> Path:
        """Return the absolute modules folder for an app at ``root_path``."""
        return (Path(root_path) / self.modules_folder).resolve()

    def folder_of_instance(self, instance_path: str | os.PathLike[str]) -> Path:
        """Return the absolute folder for the store and the installed versions."""
        if self.instance_folder:
            return (Path(instance_path) / self.instance_folder).resolve()
        return (Path(instance_path) / "hotframe").resolve()


def _convert(key: str, value: Any, kind: Any) -> Any:
    try:
        if kind is bool:
            return _boolean(value)
        if kind in (int, float):
            return _number(value, kind)
        if kind is str:
            return _text(value)
        if kind == tuple[tuple[str, str], ...]:
            return _pairs(value)
        return _names(value)
    except (TypeError, ValueError):
        expected = {bool: "true or false", int: "a whole number", float: "a number of seconds"}
        expected[tuple[tuple[str, str], ...]] = "like 'name=url name=url', or a dictionary"
        meant = expected.get(kind, "text" if kind is str else "a list of names")
        shown = "" if "DATABASE" in key else f", not {value!r}"  # it may hold a password
        raise ConfigurationError(f"{key} must be {meant}{shown}.") from None


def _boolean(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    words = {"1": True, "true": True, "yes": True, "on": True}
    words |= {"0": False, "false": False, "no": False, "off": False, "": False}
    word = str(value).strip().lower()
    if word not in words:
        raise ValueError(value)
    return words[word]


def _number(value: Any, kind: type[int] | type[float]) -> int | float:
    if isinstance(value, bool):
        raise TypeError(value)
    number = kind(value)
    if isinstance(value, float) and number != value or number < 0:
        raise ValueError(value)
    return number


def _text(value: Any) -> str:
    if not isinstance(value, (str, os.PathLike)):
        raise TypeError(value)
    return os.fspath(value)


def _pairs(value: Any) -> tuple[tuple[str, str], ...]:
    pairs = [one.split("=", 1) for one in value.split()] if isinstance(value, str) else value
    found = dict(pairs)
    if not all(isinstance(k, str) and k and isinstance(v, str) for k, v in found.items()):
        raise TypeError(value)
    return tuple(found.items())


def _names(value: Any) -> tuple[str, ...]:
    if isinstance(value, str):
        return tuple(name.strip() for name in value.split(",") if name.strip())
    names = tuple(value)
    if not all(isinstance(name, str) for name in names):
        raise TypeError(value)
    return names
