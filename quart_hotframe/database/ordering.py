"""Orders of a list, given as names of columns."""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import UnaryExpression
from sqlalchemy.orm import InstrumentedAttribute
from sqlalchemy.orm import Mapper

from ..errors import nearest
from ..errors import SetupError


@dataclass(frozen=True)
class Order:
    """One column of an order; its text is the name, with ``-`` before it when it falls."""

    name: str
    column: InstrumentedAttribute[Any]
    descending: bool = False

    def __str__(self) -> str:
        return f"-{self.name}" if self.descending else self.name

    @property
    def expression(self) -> UnaryExpression[Any]:
        """What stands in ORDER BY."""
        return self.column.desc() if self.descending else self.column.asc()

    @property
    def nullable(self) -> bool:
        """Whether rows may have no value."""
        return any(one.nullable for one in self.column.property.columns)

    @property
    def python_type(self) -> type:
        """The type of the values in Python; ``object`` where the column's type does not say."""
        try:
            kind: type = self.column.type.python_type
        except NotImplementedError:
            return object
        return kind


def orders(mapper: Mapper[Any], names: Iterable[str]) -> list[Order]:
    """Return an order by columns, and then by the primary key, so that no two rows are equal.

    :param names: attributes of the model; ``-`` before one turns its direction.
    :raises SetupError: the model has no such column.
    """
    names = (names,) if isinstance(names, str) else tuple(names)
    found = [_order(mapper, name) for name in names]
    there = {one.name for one in found}
    keys = [mapper.get_property_by_column(one).key for one in mapper.primary_key]
    falls = bool(found) and found[-1].descending
    return found + [_order(mapper, f"-{k}" if falls else k) for k in keys if k not in there]


def columns(mapper: Mapper[Any], names: Iterable[str]) -> Sequence[InstrumentedAttribute[Any]]:
    """Return the attributes of a model that columns of these names have."""
    return [_order(mapper, name).column for name in names]


def _order(mapper: Mapper[Any], text: str) -> Order:
    name = text.removeprefix("-")
    known = mapper.column_attrs.keys()
    if name not in known:
        model = mapper.class_.__name__
        raise SetupError(f"{model} has no column {name!r}.{nearest(name, known)}")
    return Order(name, getattr(mapper.class_, name), text.startswith("-"))
