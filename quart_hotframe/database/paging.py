"""Pages of a list: by number, or from the place where the last one ended."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from collections.abc import Mapping
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from datetime import datetime
from datetime import time
from datetime import UTC
from decimal import Decimal
from typing import Any
from typing import Generic
from typing import TypeVar
from uuid import UUID

from sqlalchemy import and_
from sqlalchemy import BigInteger
from sqlalchemy import ColumnElement
from sqlalchemy import literal
from sqlalchemy import or_
from sqlalchemy import true
from werkzeug.exceptions import BadRequest

from ..errors import SetupError
from .ordering import Order
from .types import UtcDateTime

Model = TypeVar("Model")


@dataclass(frozen=True)
class Page(Generic[Model]):
    """One page by its number, and how many there are."""

    items: list[Model]
    number: int
    size: int
    total: int
    """How many rows there are on all pages."""

    @property
    def pages(self) -> int:
        """How many pages there are, at least 1."""
        return max(1, -(-self.total // self.size))

    @property
    def previous(self) -> int | None:
        """The number of the page before, if there is one."""
        return min(self.number - 1, self.pages) if self.number > 1 else None

    @property
    def next(self) -> int | None:
        """The number of the page after, if there is one."""
        return self.number + 1 if self.number < self.pages else None


@dataclass(frozen=True)
class Stretch(Generic[Model]):
    """Rows from one place of an order on, and the cursor at which more begin."""

    items: list[Model]
    next: str | None
    """What to give as ``after`` for what follows; ``None`` at the end."""


_READERS: Mapping[type, Callable[[Any], Any]] = {
    date: date.fromisoformat,
    datetime: datetime.fromisoformat,
    time: time.fromisoformat,
    Decimal: Decimal,
    UUID: UUID,
}
"""How values that JSON does not know are read back; they are written with ``str``."""
_KNOWN = (bool, int, float, str)
BITS = 63
"""Most bits of a number in a cursor."""


def cursor_at(order: Sequence[Order], item: Any) -> str:
    """Return a text that says where in an order *item* stands, fit for a URL."""
    values = [getattr(item, one.name) for one in order]
    plain = [one if isinstance(one, _KNOWN) else str(one) for one in values]
    text = json.dumps([[str(one) for one in order], plain], separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def after(order: Sequence[Order], cursor: str) -> ColumnElement[bool]:
    """Return the condition of all rows that follow a cursor.

    :raises BadRequest: the cursor is damaged or that of another order: visitors can write one.
    """
    values = _read(order, cursor)
    same: ColumnElement[bool] = true()
    steps = []
    for one, value in zip(order, values, strict=True):
        value = literal(value, BigInteger()) if type(value) is int else value  # of any column
        beyond = one.column < value if one.descending else one.column > value
        steps.append(and_(same, beyond))
        same = and_(same, one.column == value)
    return or_(*steps)


def _read(order: Sequence[Order], cursor: str) -> list[Any]:
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        names, values = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
        if names != [str(one) for one in order]:
            raise ValueError(names)
        return [_value(one, value) for one, value in zip(order, values, strict=True)]
    except (ValueError, TypeError, ArithmeticError, RecursionError):
        raise BadRequest("The cursor of the page is not one of this list.") from None


def _value(one: Order, value: Any) -> Any:
    kind = one.python_type
    if kind in _READERS and isinstance(value, str):
        value = _READERS[kind](value)
    elif type(value) is not kind and not (kind is float and type(value) is int):
        raise TypeError(value)
    _refuse_unfit(one, value)
    return value


def _refuse_unfit(one: Order, value: Any) -> None:
    """Refuse what has the type of the column, and no database or the type itself would take."""
    if isinstance(value, str) and b"\0" in value.encode():  # which refuses lone surrogates
        raise ValueError(value)
    if type(value) is int and value.bit_length() > BITS:
        raise ValueError(value)
    if isinstance(one.column.type, UtcDateTime) and isinstance(value, datetime):
        if value.tzinfo is None:
            raise ValueError(value)
        value.astimezone(UTC)  # the end of time has no moment in UTC


def check_order(order: Sequence[Order]) -> None:
    """Refuse an order that has no place to begin again at.

    :raises SetupError: a column may be NULL, or its values cannot stand in a cursor.
    """
    for one in order:
        if one.nullable:
            raise SetupError(
                f"{one.name!r} may be NULL, and rows without a value would be on no page: order "
                "by other columns, or use page()."
            )
        if one.python_type not in (*_READERS, *_KNOWN):
            raise SetupError(
                f"{one.name!r} has the type {one.column.type!r}, whose values cannot stand in a "
                "cursor: order by other columns, or use page()."
            )
