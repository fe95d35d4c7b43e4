"""What a page may write into a live component that is a form: also the fields of that."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from typing import TYPE_CHECKING

from ..errors import SetupError
from ..forms.describing import describe
from ..forms.names import DEEPEST
from ..forms.names import is_row
from ..forms.shapes import Shape
from .floor import WITHOUT
from .inputs import Inputs
from .refusing import Refused
from .typed import Texts

if TYPE_CHECKING:
    from werkzeug.datastructures import MultiDict

    from .component import LiveComponent
    from .described import Described


class FormInputs(Inputs):
    """The bound fields of a class, and the fields of its form.

    :param model: the model of the form.
    :raises TypeError: there is none, or no form can show it.
    """

    def __init__(self, described: Described, model: type[Any] | None) -> None:
        super().__init__(described)
        if model is None:
            raise TypeError("a FormComponent needs the model of its form: model = …")
        self.model = model
        try:
            self._shape = describe(model)
        except SetupError as error:
            raise TypeError(str(error).rstrip(".")) from error

    def check_class(self, kind: type[LiveComponent]) -> None:
        """Go on if the class can be used.

        :raises TypeError: it takes files, a name is there twice, or nothing takes the form.
        """
        name, described = kind.__name__, self._described
        assert self.model is not None
        if self._shape.has("file", "files"):
            raise TypeError(f"{name}.model has files: let a field of {name} hold them instead")
        if twice := self._shape.parts.keys() & described.writable.names:
            raise TypeError(f"{name}.{min(twice)} is a field of its form already")
        if kind.element in WITHOUT:
            raise TypeError(f"{name} is a form, so its element cannot be {kind.element!r}")
        if not described.submits:
            model = self.model.__name__
            raise TypeError(
                f"{name} has no event for its form: write @event async def save(self, "
                f"form: {model}) -> None"
            )

    def posted(self, given: MultiDict[str, str]) -> dict[str, Any]:
        """Return what a form without JavaScript brings, by name."""
        found = {name: given.getlist(name) for name in given if self._is_field(name)}
        return {**super().posted(given), **found}

    def check(self, written: Mapping[str, Any]) -> None:
        """Go on if a page may write these.

        :raises Refused: a name is not known, or a value is none that a field has.
        """
        others = {}
        for name, value in written.items():
            if not self._is_field(name):
                others[name] = value
            elif _texts(value) is None:
                raise Refused(422, "bad_args", f"{name!r} must be a text, or texts.")
        super().check(others)

    def write(self, component: LiveComponent, written: Mapping[str, Any]) -> dict[str, Texts]:
        """Set fields, and return what is wrong with those that are not of the form."""
        own = {name: _texts(value) for name, value in written.items() if self._is_field(name)}
        form: Any = component
        if own:
            form._hotframe_write(own)
        return super().write(
            component, {name: one for name, one in written.items() if name not in own}
        )

    def _is_field(self, name: str) -> bool:
        """Say whether a form of this model can have such a field."""
        shape: Shape | None = self._shape
        parts = name.split(".", DEEPEST)
        for part in parts:
            if shape is None or (shape.kind == "rows" and not is_row(part)):
                return False
            shape = shape.item if shape.kind == "rows" else shape.parts.get(part)
        return shape is not None and shape.kind != "group" and len(parts) <= DEEPEST


def _texts(value: Any) -> Texts | None:
    """Return the texts that a field holds, ``None`` where it can hold no such thing."""
    if value is None:
        return []
    texts = value if isinstance(value, list) else [value]
    if not all(isinstance(one, str) for one in texts):
        return None
    return [one.replace("\r\n", "\n") for one in texts]
