"""Whether a value fits a type: what props are checked with.

Props are values of Python, so nothing is converted: ``"2"`` is no ``int``. An ``int`` is a
``float``, as type checkers see it, and a ``bool`` is neither.
"""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Collection
from collections.abc import Mapping
from types import NoneType
from types import UnionType
from typing import Annotated
from typing import Any
from typing import get_args
from typing import get_origin
from typing import is_typeddict
from typing import Literal
from typing import TypeVar
from typing import Union

Fits = Callable[[Any], bool]


def fits_of(annotation: Any) -> Fits:
    """Return a function that says whether a value fits an annotation.

    :raises TypeError: the annotation is none that values can be compared with.
    """
    if annotation is Any or annotation is object or isinstance(annotation, TypeVar):
        return lambda value: True
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return fits_of(arguments[0])
    if origin is Literal:
        return lambda value: any(one == value and _alike(one, value) for one in arguments)
    if origin in (Union, UnionType):
        choices = [fits_of(one) for one in arguments]
        return lambda value: any(fits(value) for fits in choices)
    if origin is not None:
        return _generic(origin, arguments)
    return _plain(annotation)


def _alike(one: Any, value: Any) -> bool:
    """Tell ``1`` from ``True``; a text may be markup."""
    return isinstance(value, str) or type(one) is type(value)


def _plain(kind: Any) -> Fits:
    if kind is None:
        kind = NoneType
    if is_typeddict(kind):
        kind = dict
    if not isinstance(kind, type):
        raise TypeError(f"{kind!r} is no type")
    if kind is int:
        return lambda value: isinstance(value, int) and not isinstance(value, bool)
    if kind is float:
        return lambda value: isinstance(value, (int, float)) and not isinstance(value, bool)
    isinstance(None, kind)  # protocols that cannot be asked say so now
    return lambda value: isinstance(value, kind)


def _generic(origin: Any, arguments: tuple[Any, ...]) -> Fits:
    outer = _plain(origin)
    if issubclass(origin, Mapping) and len(arguments) == 2:
        keys, values = map(fits_of, arguments)
        return lambda value: (
            outer(value) and all(keys(key) and values(one) for key, one in value.items())
        )
    if issubclass(origin, tuple) and arguments[-1:] != (...,):
        parts = [fits_of(one) for one in arguments]
        return lambda value: (
            outer(value)
            and len(value) == len(parts)
            and all(fits(one) for fits, one in zip(parts, value, strict=True))
        )
    if issubclass(origin, Collection) and arguments:
        element = fits_of(arguments[0])
        return lambda value: outer(value) and all(element(one) for one in value)
    return outer


def admits_text(annotation: Any) -> bool:
    """Say whether ``str`` itself fits, also as one of several types."""
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return admits_text(arguments[0])
    if origin in (Union, UnionType):
        return any(admits_text(one) for one in arguments)
    return annotation is str


def shown(annotation: Any) -> str:
    """Return an annotation as its author would write it.

    >>> shown(int | None), shown(Literal["info", "warn"])
    ('int | None', "'info' | 'warn'")
    """
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return shown(arguments[0])
    if origin is Literal:
        return " | ".join(map(repr, arguments))
    if origin in (Union, UnionType):
        return " | ".join(shown(one) for one in arguments)
    if annotation in (None, NoneType):
        return "None"
    if isinstance(annotation, type) and origin is None:
        return annotation.__name__
    return str(annotation).replace("typing.", "")
