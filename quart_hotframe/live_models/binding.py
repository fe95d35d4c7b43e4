"""What a model says to a component that is bound to one of its rows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import ColumnElement
from sqlalchemy import inspect
from sqlalchemy.exc import ArgumentError
from sqlalchemy.exc import NoInspectionAvailable
from sqlalchemy.orm import class_mapper
from sqlalchemy.orm import Mapper
from sqlalchemy.orm.exc import UnmappedClassError

from ..database.mixins import SoftDelete
from .topics import topic_of


class Binding:
    """A model as a component sees it.

    ``keys`` are the attributes of its primary key with their types, ``version`` the attribute that
    counts its changes, ``None`` where the model has none.

    :raises TypeError: it is no mapped class, or a type of its key is not known.
    """

    def __init__(self, model: type[Any]) -> None:
        self.model = model
        self.mapper = mapper = _mapper(model)
        self.keys = {
            mapper.get_property_by_column(one).key: _type(model, one) for one in mapper.primary_key
        }
        column = mapper.version_id_col
        self.version = None if column is None else mapper.get_property_by_column(column).key
        self.hides = issubclass(model, SoftDelete)

    def where(self, values: Mapping[str, Any]) -> list[ColumnElement[bool]]:
        """Return the conditions that the row with a key meets."""
        return [getattr(self.model, name) == values[name] for name in self.keys]

    def version_of(self, row: Any) -> str | None:
        """Return the version of a row as a text; ``None`` where the model has none."""
        return None if self.version is None else str(getattr(row, self.version))

    def topic(self, values: Mapping[str, Any]) -> str:
        """Return the topic of the row with a key."""
        return topic_of(self.mapper, [values[name] for name in self.keys])

    def expired(self, row: Any) -> set[str]:
        """Return the columns of a row that a flush has left to the database to tell."""
        expired: set[str] = inspect(row).expired_attributes
        return expired & {*self.mapper.column_attrs.keys()}

    def is_deleted(self, row: Any) -> bool:
        """Say whether a row was deleted in its session."""
        state = inspect(row)
        return bool(state.deleted or state.was_deleted)


def _mapper(model: type[Any]) -> Mapper[Any]:
    try:
        # Other models of its module may not be there yet, so nothing is configured.
        return class_mapper(model, configure=False)
    except (ArgumentError, NoInspectionAvailable, UnmappedClassError):
        raise TypeError(f"ModelComponent[…] needs a mapped class, not {model!r}") from None


def _type(model: type[Any], column: Any) -> type[Any]:
    try:
        found: type[Any] = column.type.python_type
    except NotImplementedError:
        raise TypeError(
            f"The key {column.name!r} of {model.__name__} has a type that is not known: give its "
            "column type a python_type"
        ) from None
    return found
