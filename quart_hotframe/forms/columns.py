"""A pydantic model made from the columns of a SQLAlchemy model."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from typing import Literal

from pydantic import AwareDatetime
from pydantic import BaseModel
from pydantic import create_model
from pydantic import Field
from sqlalchemy import Column
from sqlalchemy import Enum
from sqlalchemy import inspect
from sqlalchemy import Integer
from sqlalchemy import Numeric
from sqlalchemy import String
from sqlalchemy.exc import NoInspectionAvailable

from ..errors import nearest
from ..errors import SetupError


def model_of(model: type[Any], *columns: str, **fields: Any) -> type[BaseModel]:
    """Return a pydantic model with some columns of a SQLAlchemy model, for a form.

    ::

        ProductForm = model_of(Product, "name", "price", tags=list[Literal["new", "used"]])

    Types, lengths, digits, choices, what may be empty and defaults are those of the columns. Only
    what is named is there, so that nobody can set anything else.

    :param columns: names of attributes that are columns.
    :param fields: other fields, or other types for columns: a type, or a type and a default.
    :raises SetupError: there is no such column, or its type is none of Python's.
    """
    known = _columns(model)
    unknown = [name for name in columns if name not in known]
    if unknown:
        hint = nearest(unknown[0], known) or f" It has {', '.join(known)}."
        raise SetupError(f"{model.__name__} has no column {unknown[0]!r}.{hint}")
    own = {name: one if isinstance(one, tuple) else (one, ...) for name, one in fields.items()}
    found = {name: _field(model, name, known[name]) for name in columns if name not in own}
    everything: dict[str, Any] = {**found, **own}
    return create_model(f"{model.__name__}Form", __module__=model.__module__, **everything)


def _columns(model: type[Any]) -> dict[str, Column[Any]]:
    try:
        mapper = inspect(model)
    except NoInspectionAvailable:
        raise SetupError(f"{model!r} is no model of SQLAlchemy.") from None
    return {one.key: one.columns[0] for one in mapper.column_attrs}


def _field(model: type[Any], name: str, column: Column[Any]) -> tuple[Any, Any]:
    kind, limits = _type(model, name, column), _limits(column)
    default: Any = column.default
    if default is not None and default.is_scalar:
        limits["default"] = default.arg
    elif column.nullable:
        limits["default"] = None
    return (kind | None if column.nullable else kind), Field(**limits)


def _type(model: type[Any], name: str, column: Column[Any]) -> Any:
    if isinstance(column.type, Enum) and column.type.enum_class is None:
        return Literal[tuple(column.type.enums)]
    try:
        kind = column.type.python_type
    except NotImplementedError:
        raise SetupError(
            f"The column {model.__name__}.{name} is of no type of Python: give {name}=…."
        ) from None
    is_zoned = kind is datetime and getattr(column.type, "timezone", True)
    return AwareDatetime if is_zoned else kind


def _limits(column: Column[Any]) -> dict[str, Any]:
    """Return what is asked of a value beside its type."""
    kind = column.type
    found: dict[str, Any] = {"title": column.info.get("title"), "description": column.comment}
    if isinstance(kind, String) and not isinstance(kind, Enum):
        found["max_length"] = kind.length
    if isinstance(kind, Numeric) and kind.python_type.__name__ == "Decimal":
        found |= {"max_digits": kind.precision, "decimal_places": kind.scale}
    if isinstance(kind, Integer):
        bits = _BITS.get(kind.__visit_name__, 32)
        found |= {"ge": -(2 ** (bits - 1)), "le": 2 ** (bits - 1) - 1}
    return {name: value for name, value in found.items() if value is not None}


_BITS = {"small_integer": 16, "integer": 32, "big_integer": 64}
"""Bits that databases have for whole numbers; a larger one would be an error there."""
