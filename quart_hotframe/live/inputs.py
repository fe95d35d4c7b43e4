"""What a page may write into a live component: the values of bound fields."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from typing import TYPE_CHECKING

from .refusing import Refused
from .shape import Misfit

if TYPE_CHECKING:
    from quart.datastructures import FileStorage
    from werkzeug.datastructures import MultiDict

    from .component import LiveComponent
    from .described import Described


class Inputs:
    """The bound fields of a class.

    ``model`` is that of its form, if it has one.
    """

    model: type[Any] | None = None

    def __init__(self, described: Described) -> None:
        self._described = described

    def check_class(self, kind: type[LiveComponent]) -> None:
        """Go on if the class can be used; called when it is read.

        :raises TypeError: it cannot.
        """

    def posted(self, given: MultiDict[str, str]) -> dict[str, Any]:
        """Return what a form without JavaScript brings, by name; the rest of it is not ours."""
        known = self._described.writable.names & given.keys()
        return {name: self._value(name, given.getlist(name)) for name in known}

    def files(self, given: MultiDict[str, FileStorage]) -> dict[str, list[FileStorage]]:
        """Return the files that a form without JavaScript brings, by field."""
        chosen = {name: [one for one in given.getlist(name) if one.filename]
                  for name in self._described.uploads}  # fmt: skip
        return {name: files for name, files in chosen.items() if files}

    def _value(self, name: str, values: list[str]) -> Any:
        """Return the value of a field. The page sends an empty text before those of boxes."""
        if self._described.is_list(name):
            return values[1:] if values[0] == "" else values
        return False if values == [""] and self._described.is_flag(name) else values[-1]

    def check(self, written: Mapping[str, Any]) -> None:
        """Go on if a page may write these names.

        :raises Refused: it may not.
        """
        if unknown := written.keys() - self._described.writable.names:
            raise Refused(403, "unwritable", f"{min(unknown)!r} cannot be set by a page.")

    def write(self, component: LiveComponent, written: Mapping[str, Any]) -> dict[str, list[str]]:
        """Set fields, and return what is wrong with those that cannot be set."""
        wrong: dict[str, list[str]] = {}
        refused = component._memo["refused"]
        for name, value in written.items():
            try:
                fits = self._described.writable.check({name: value})
            except Misfit as error:
                wrong[name] = [one for said in error.messages.values() for one in said]
                refused[name] = (value, wrong[name])
            else:
                refused.pop(name, None)
                component._memo.get("said", {}).pop(name, None)
                setattr(component, name, fits[name])
        return wrong
