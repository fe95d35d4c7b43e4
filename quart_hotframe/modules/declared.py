"""The settings that a manifest declares, and frozen copies of its tables."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import field
from datetime import date
from datetime import time
from types import MappingProxyType
from typing import Any

from ..config import MASK
from ..errors import ManifestError
from ..errors import nearest
from .document import described
from .document import Document
from .document import is_a

TYPES: Mapping[str, type] = MappingProxyType(
    {"str": str, "int": int, "float": float, "bool": bool, "list": list}
)
"""The types that a setting may have, by the name used in a manifest."""

_NAME = re.compile(r"[a-z][a-z0-9_]*", re.ASCII)
_KEYS = ("type", "default", "description", "secret")


@dataclass(frozen=True)
class Setting:
    """One setting that a module declares under ``[settings]``."""

    name: str
    type: str
    """One of :data:`TYPES`, or the annotation in a model."""
    default: Any = field(repr=False)
    """A list is a ``tuple`` here; ``None`` if the manifest gives no default."""
    description: str = ""
    secret: bool = False
    """Whether its value must not be shown."""

    def to_dict(self) -> dict[str, Any]:
        """Return type, default, description and whether it is secret, as plain values for JSON."""
        return {
            "type": self.type,
            "default": MASK if self.secret and self.default else thawed(self.default),
            "description": self.description,
            "secret": self.secret,
        }


def read_settings(document: Document) -> Mapping[str, Setting]:
    """Read the table ``[settings]`` of a manifest.

    :raises ManifestError: naming file, line and key.
    """
    table = document.value("settings", dict, {})
    return MappingProxyType({name: _setting(document, name, table[name]) for name in table})


def _setting(document: Document, name: str, value: Any) -> Setting:
    if not _NAME.fullmatch(name):
        problem = "a setting's name has small letters, digits and '_', beginning with a letter."
        raise document.fault("settings", name, problem=problem)
    if not isinstance(value, dict):
        return Setting(name, _type_of(document, name, value), frozen(value))
    _refuse_unknown(document, name, value)
    kind = _type(document, name, value)
    description = value.get("description", "")
    if not isinstance(description, str):
        raise document.fault("settings", name, "description", problem="must be text.")
    secret = value.get("secret", False)
    if not isinstance(secret, bool):
        raise document.fault("settings", name, "secret", problem="must be true or false.")
    return Setting(name, kind, _default(document, name, kind, value), description, secret)


def _refuse_unknown(document: Document, name: str, table: dict[str, Any]) -> None:
    for key in table:
        if key not in _KEYS:
            hint = nearest(key, _KEYS) or f" Known are: {', '.join(_KEYS)}."
            raise document.fault("settings", name, key, problem=f"unknown key.{hint}")


def _type(document: Document, name: str, table: dict[str, Any]) -> str:
    if "type" not in table:
        if "default" in table:
            return _type_of(document, name, table["default"])
        raise document.fault("settings", name, problem="needs a type. Write type = 'str'.")
    kind = table["type"]
    if not isinstance(kind, str) or kind not in TYPES:
        hint = nearest(str(kind), TYPES) or f" Known are: {', '.join(TYPES)}."
        problem = f"{described(kind)} is no type of a setting.{hint}"
        raise document.fault("settings", name, "type", problem=problem)
    return kind


def _type_of(document: Document, name: str, value: Any) -> str:
    for kind in ("str", "bool", "int", "float", "list"):
        if is_a(value, TYPES[kind]):
            return kind
    raise _wrong_default(document, name, value, f"one of {', '.join(TYPES)}")


def _default(document: Document, name: str, kind: str, table: dict[str, Any]) -> Any:
    if "default" not in table:
        return None
    value = table["default"]
    if not is_a(value, TYPES[kind]):
        raise _wrong_default(document, name, value, kind)
    return float(value) if kind == "float" else frozen(value)


def _wrong_default(document: Document, name: str, value: Any, wanted: str) -> ManifestError:
    problem = f"the default {described(value)} has the wrong type; it must be {wanted}."
    return document.fault("settings", name, "default", problem=problem)


def frozen(value: Any) -> Any:
    """Return a TOML value that cannot be changed: tables read-only, lists as tuples."""
    if isinstance(value, dict):
        return MappingProxyType({key: frozen(item) for key, item in value.items()})
    return tuple(frozen(item) for item in value) if isinstance(value, list) else value


def thawed(value: Any) -> Any:
    """Return a frozen value as plain values for JSON; dates and times become ISO texts."""
    if isinstance(value, Mapping):
        return {key: thawed(item) for key, item in value.items()}
    if isinstance(value, tuple):
        return [thawed(item) for item in value]
    return value.isoformat() if isinstance(value, (date, time)) else value
