"""Values against their model, and what is wrong with them, by the names of the fields."""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Mapping
from typing import Any
from typing import TypeVar

from pydantic import BaseModel
from pydantic import ValidationError

from .messages import Problem
from .messages import problem_of
from .names import joined
from .shapes import Shape

M = TypeVar("M", bound=BaseModel)

MOST = 100
"""Most problems that are told."""
OTHER = Shape("other")
"""Stands for what a form does not show."""


def validate(model: type[M], given: Any) -> M:
    """Return the model of what a form brought.

    A moment without a zone, as browsers send it, is in UTC where the model wants a zone.

    :raises ValidationError: it does not fit.
    """
    try:
        return model.model_validate(given)
    except ValidationError as error:
        if not _add_zones(given, error):
            raise
    return model.model_validate(given)


def _add_zones(given: Any, error: ValidationError) -> bool:
    added = False
    for one in error.errors(include_url=False):
        if one["type"] == "timezone_aware" and isinstance(one["input"], str):
            added = _put(given, one["loc"], one["input"] + "Z") or added
    return added


def _put(given: Any, place: tuple[Any, ...], value: Any) -> bool:
    *above, last = place
    try:
        for part in above:
            given = given[part]
        given[last] = value
    except (LookupError, TypeError):
        return False
    return True


def problems_of(
    error: ValidationError, shape: Shape, rows: Mapping[str, list[int]] | None
) -> Iterator[Problem]:
    """Return what is wrong, by the names that fields have.

    :param rows: the numbers of the rows that items came from, ``None`` when JSON was sent: then
        what a form does not show has a name, too.
    """
    for one in error.errors(include_url=False)[:MOST]:
        name, found = _name(one["loc"], shape, rows)
        yield problem_of(one, name, found)


def _name(
    place: tuple[Any, ...], shape: Shape, rows: Mapping[str, list[int]] | None
) -> tuple[str, Shape]:
    name = ""
    for part in place:
        below = _below(shape, part)
        if below is None and (rows is not None or shape.kind not in ("group", "other")):
            break  # the rest says which member of a union it was
        if shape.kind == "rows" and rows is not None and name in rows:
            part = rows[name][part]
        name, shape = joined(name, part), below or OTHER
    return name, shape


def _below(shape: Shape, part: Any) -> Shape | None:
    if shape.kind == "rows":
        return shape.item if isinstance(part, int) else None
    return shape.parts.get(part) if isinstance(part, str) else None
