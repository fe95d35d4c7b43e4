"""Values of a model, an object or a mapping as texts that fields show."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from datetime import time
from datetime import UTC
from enum import Enum
from typing import Any

from pydantic import AliasChoices
from pydantic import BaseModel
from pydantic_core import to_jsonable_python

from .names import Node
from .shapes import Shape


def show(shape: Shape, value: Any, names: Mapping[str, str] | None = None) -> Node:
    """Return the tree of texts for a value.

    :param names: the attributes of an object by the names of its fields, where they differ.
    """
    if value is None or shape.kind in ("file", "files") or shape.secret:
        return Node()
    if shape.kind == "group":
        return _group(shape, value, names or {})
    if shape.kind == "rows":
        assert shape.item is not None
        rows = {str(number): show(shape.item, one) for number, one in enumerate(value)}
        return _branch(rows)
    if shape.kind == "choices":
        return Node(*map(_text, value))
    return Node(_text(value))


def fresh(shape: Shape) -> Node:
    """Return the tree of a row or group that is new: what the model has when nothing is given."""
    if shape.kind != "group":
        return show(shape, shape.default)
    return _branch({name: fresh(part) for name, part in shape.parts.items()})


def _group(shape: Shape, value: Any, names: Mapping[str, str]) -> Node:
    if isinstance(value, BaseModel):
        value = _fields(value)
    found = {}
    for name, part in shape.parts.items():
        one = _value(value, name, names.get(name, name))
        is_new = one is None and part.kind == "group" and not part.nullable
        found[name] = fresh(part) if is_new else show(part, one)
    return _branch(found)


def _value(value: Any, name: str, attribute: str) -> Any:
    if isinstance(value, Mapping):
        return value[attribute] if attribute in value else value.get(name)
    return getattr(value, attribute, None)


def _fields(model: BaseModel) -> dict[str, Any]:
    """Return the values of a model by the names that its schema has for them."""
    fields = type(model).model_fields
    return {name_of(name, one): getattr(model, name) for name, one in fields.items()}


def name_of(name: str, field: Any) -> str:
    """Return the name that the schema of a model has for a field."""
    alias = field.validation_alias
    if isinstance(alias, AliasChoices):
        alias = next((one for one in alias.choices if isinstance(one, str)), None)
    return alias if isinstance(alias, str) else field.alias or name


def _branch(children: Mapping[str, Node]) -> Node:
    node = Node()
    node.children.update(children)
    return node


def _text(value: Any) -> str:
    if isinstance(value, Enum):
        value = value.value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return _moment(value)
    if isinstance(value, time):
        return _brief(value)
    return str(to_jsonable_python(value, fallback=str))


def _moment(value: datetime) -> str:
    """Return a moment as browsers take it, which know no zones: in UTC if it has one."""
    if value.tzinfo is not None:
        value = value.astimezone(UTC).replace(tzinfo=None)
    return f"{value.date().isoformat()}T{_brief(value.time())}"


def _brief(value: time) -> str:
    value = value.replace(tzinfo=None)
    return value.isoformat() if value.second or value.microsecond else value.isoformat("minutes")


def defaults(model: type[BaseModel]) -> dict[str, Any]:
    """Return what the fields of a model are when nothing is given, by name."""
    return {
        name: field.get_default(call_default_factory=True)
        for name, field in model.model_fields.items()
        if not (field.is_required() or field.default_factory_takes_validated_data)
    }
