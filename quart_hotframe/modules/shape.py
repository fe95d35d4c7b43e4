"""Check the shape of what was read from JSON before a value is made of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..errors import nearest
from ..errors import StoreError

Shape = Mapping[str, tuple[type, ...]]
"""The keys of one JSON object and the types that each may have."""

TEXT = (str,)
OPTIONAL_TEXT = (str, type(None))
WHOLE = (int,)
OPTIONAL_WHOLE = (int, type(None))
NUMBER = (int, float)
OPTIONAL_NUMBER = (int, float, type(None))
FLAG = (bool,)
OBJECT = (dict,)
OPTIONAL_OBJECT = (dict, type(None))
ARRAY = (list,)

_JSON_NAMES = {
    str: "a string",
    int: "a whole number",
    float: "a number",
    bool: "true or false",
    dict: "an object",
    list: "an array",
    type(None): "null",
}


def checked(data: object, shape: Shape, where: str) -> dict[str, Any]:
    """Return ``data`` when it is an object with exactly the keys and types of ``shape``.

    :param data: what :func:`json.loads` gave.
    :param shape: every key that must be there, with its types.
    :param where: the file and the place in it, for the message.
    :returns: ``data`` itself, typed.
    :raises StoreError: a key is unknown or absent, or its value has another type.
    """
    if not isinstance(data, dict):
        raise StoreError(f"{where}: expected an object, found {_name(data)}.")
    for key in data:
        if key not in shape:
            raise StoreError(_unknown(str(key), shape, where))
    for key, types in shape.items():
        _check_value(data, key, types, where)
    return data


def _unknown(key: str, shape: Shape, where: str) -> str:
    return (
        f"{where}: unknown key {key!r}.{nearest(key, shape)} If a newer version of"
        " quart-hotframe has written it, run that version."
    )


def _check_value(data: Mapping[str, object], key: str, types: tuple[type, ...], where: str) -> None:
    if key not in data:
        raise StoreError(f"{where}: the key {key!r} is missing.")
    value = data[key]
    if type(value) not in types:
        wanted = " or ".join(dict.fromkeys(_JSON_NAMES[kind] for kind in types))
        raise StoreError(f"{where}: {key!r} must be {wanted}, found {_name(value)}.")


def _name(value: object) -> str:
    return _JSON_NAMES.get(type(value), type(value).__name__)


def checked_texts(items: object, where: str) -> tuple[str, ...]:
    """Return a JSON array of strings as a tuple.

    :raises StoreError: it is no array, or holds something else than strings.
    """
    if not isinstance(items, list) or not all(isinstance(item, str) for item in items):
        raise StoreError(f"{where} must be an array of strings.")
    return tuple(items)
