"""The state of a store as JSON, checked when it is written and when it is read."""

from __future__ import annotations

import json
import re

from ...errors import StoreError
from ..state import State

FORMAT = 1
_IDENTIFIER = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")


def encode(state: State) -> bytes:
    """Return a state as JSON.

    :raises StoreError: it holds what JSON cannot hold.
    """
    try:
        text = json.dumps({"format": FORMAT, **state.to_dict()}, indent=1, allow_nan=False)
    except (TypeError, ValueError) as error:
        raise StoreError(
            f"the state cannot be written as JSON: {error}. Use strings, numbers, lists and"
            " dicts only in the detail of an operation."
        ) from error
    return text.encode()


def decode(data: bytes | str, where: str, signature: object) -> State:
    """Return the state that JSON tells.

    :param where: the file or table, for messages.
    :param signature: what the state gets as :attr:`State.signature`.
    :raises StoreError: it is damaged, or from a newer version.
    """
    try:
        found = json.loads(data)
    except ValueError as error:
        raise StoreError(f"{where} is damaged: {error}.") from error
    if isinstance(found, dict):
        _check_format(found.pop("format", None), where)
    return State.from_dict(found, where, signature)


def _check_format(number: object, where: str) -> None:
    if number != FORMAT:
        raise StoreError(
            f"{where}: the format is {number!r}, this version of quart-hotframe reads {FORMAT}."
            " If a newer version has written it, run that version."
        )


def check_change(old: State, new: State) -> None:
    """Check that a state may follow another.

    :raises StoreError: the revision would fall.
    """
    if new.revision < old.revision:
        raise StoreError(
            f"the revision may not fall from {old.revision} to {new.revision}."
            " Write an older set of modules under a new, higher revision."
        )


def check_identifier(identifier: str) -> None:
    """Check the id of a participant or an operation, after which files are named.

    :raises StoreError: it is not fit for that.
    """
    if not _IDENTIFIER.fullmatch(identifier):
        raise StoreError(
            f"the id {identifier!r} is not fit for a file name. Use 1 to 64 letters, digits,"
            " '-' and '_', beginning with a letter or digit."
        )


def unwritable(operation_id: str, error: Exception) -> StoreError:
    """Return the error for an entry of the journal that JSON cannot hold."""
    return StoreError(
        f"the entry for operation {operation_id} cannot be written as JSON: {error}."
        " Use strings, numbers, lists and dicts only."
    )
