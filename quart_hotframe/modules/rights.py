"""The permissions that a manifest declares, and the guard before the module."""

from __future__ import annotations

from ..errors import nearest
from ..security.guards.guard import NAMED
from ..security.guards.names import is_name
from ..security.guards.names import is_pattern
from ..security.guards.names import matches
from ..security.guards.names import RULE
from .document import Document


def read_permissions(document: Document, own: str) -> tuple[str, ...]:
    """Read the permissions of a manifest.

    :param own: the module's name, with which each begins.
    :raises ManifestError: naming file, line and key.
    """
    found = document.texts("permissions")
    for text in found:
        if not is_name(text):
            raise document.fault("permissions", problem=f"{text!r} is no permission. {RULE}")
        if text.partition(".")[0] != own:
            problem = f"{text!r} must begin with the module's name. Write for example '{own}.edit'."
            raise document.fault("permissions", problem=problem)
        if found.count(text) > 1:
            raise document.fault("permissions", problem=f"{text!r} is given twice. Remove one.")
    return found


def read_guard(document: Document, own: str) -> str:
    """Read the guard of a manifest: a word, or a permission of the module or of another.

    :param own: the module's name.
    :raises ManifestError: naming file, line and key.
    """
    text = document.value("guard", str, "")
    declared = document.texts("permissions")
    if "guard" not in document.values or text in (*NAMED, *declared):
        return text
    if "." not in text or not is_pattern(text):
        words = ", ".join(map(repr, NAMED))
        hint = nearest(text, [*NAMED, *declared]) or f" Write {words} or a permission."
        raise document.fault("guard", problem=f"{text!r} is no guard.{hint}")
    if text.partition(".")[0] == own and not any(matches(text, one) for one in declared):
        hint = nearest(text, declared) or " Declare it in 'permissions'."
        raise document.fault("guard", problem=f"{text!r} is not in 'permissions'.{hint}")
    return text
