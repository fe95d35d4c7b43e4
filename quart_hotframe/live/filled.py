"""The form of a live component: what was typed into it, and what of its mistakes is shown."""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Mapping
from typing import Any

from markupsafe import Markup
from pydantic import BaseModel

from ..errors import SetupError
from ..forms.form import Choices
from ..forms.form import Form
from ..forms.names import Node
from ..forms.rows import change_rows
from ..forms.shapes import Shape
from . import helpers
from .typed import packed
from .typed import replace
from .typed import Texts
from .typed import Typed
from .typed import unpacked
from .typed import write

ROWS = "change_rows"
"""The event that adds or removes a row."""


class LiveForm(Form[Any]):
    """A :class:`~quart_hotframe.forms.Form` that a live component keeps.

    ``errors`` has what is wrong with fields that somebody has changed, and after the form was sent
    in vain with all.

    :param typed: what the state of the component has of it.
    :param secrets: passwords that came with this request, which no state has.
    """

    def __init__(
        self, model: type[BaseModel], typed: Typed, choices: Choices, id: str,
        secrets: Mapping[str, Texts],
    ) -> None:  # fmt: skip
        super().__init__(model, choices=choices, id=id)
        self.bound = True
        self.has_secrets = bool(secrets)
        self.typed = typed
        begun = self._node
        node = unpacked({**typed["values"], **secrets}, Node())
        for name, child in begun.children.items():
            if name not in node.children:  # the field is new in the model
                node.children[name] = child
                typed["values"].update(packed(child, name))
        self._take(node)

    @property
    def dirty(self) -> bool:
        """Whether a field holds something else than it began with, or than was saved."""
        return bool(self.typed["begun"])

    @property
    def valid(self) -> bool:
        """Whether nothing is wrong with it, shown or not."""
        return super().valid and not self.typed["said"]

    @property
    def errors(self) -> Mapping[str, Texts]:
        """What is shown to be wrong, by the names of the fields; ``""`` is the form itself."""
        typed = self.typed
        found = {name: [*texts] for name, texts in self.problems() if
                 (typed["tried"] or name in typed["touched"])}  # fmt: skip
        for name, texts in typed["said"].items():
            found[name] = [*found.get(name, ()), *texts]
        return found

    def problems(self, secret: bool = False) -> Iterator[tuple[str, Texts]]:
        """Yield what the model finds, in its fields that are passwords or in all others."""
        for name, texts in self._problems.items():
            shape = self.shape_at(name)
            if (shape is not None and shape.secret) == secret:
                yield name, texts

    def add_error(self, field: str | None, text: str) -> None:
        """Say what is wrong with a field, or with ``None`` the form, until it is changed.

        :raises FieldNotFound: the model has no such field.
        """
        name = self[field].name if field else ""
        self.typed["said"].setdefault(name, []).append(text)

    def shape_at(self, name: str) -> Shape | None:
        """Return the shape of a field that is there, ``None`` where there is no such field."""
        shape: Shape | None = self._root
        node = self._node
        for part in name.split(".") if name else ():
            if shape is None or (shape.kind == "rows" and part not in node.children):
                return None
            shape = shape.item if shape.kind == "rows" else shape.parts.get(part)
            node = node.at(part)
        return shape

    def write(self, written: Mapping[str, Texts]) -> dict[str, Texts]:
        """Take what stands in fields now, and return the passwords, which no state has.

        A field of a row that is not there any more is left out.
        """
        secrets = {}
        for name, texts in written.items():
            shape = self.shape_at(name)
            if shape is None or shape.kind in ("group", "rows"):
                continue
            if shape.secret:
                secrets[name] = texts
            else:
                write(self.typed, name, texts)
        return secrets

    def try_out(self) -> None:
        """Show all that is wrong; passwords are only known now."""
        self.typed["tried"] = True
        self.typed["said"] = {name: [*texts] for name, texts in self.problems(secret=True)}

    def change_rows(self, wish: str) -> str:
        """Add or remove a row, and return the name of the field that should have the focus."""
        node = unpacked(self.typed["values"], Node())
        name = change_rows(self._root, node, wish)
        replace(self.typed, dict(packed(node)))
        return name

    # -- what a template shows -------------------------------------------------------------------

    def binding(self, name: str, shape: Shape) -> dict[str, str]:
        """Return the attributes that bind the inputs of a field: it is sent when it has changed.

        A password is sent with events alone.
        """
        on = "on:submit" if shape.secret else "on:change"
        return {"hf-bind": name, "hf-with": on, "form": self.id}

    def row_button(self, value: str) -> dict[str, Any]:
        """Return the attributes of a button that adds or removes a row."""
        arguments = helpers.written({"wish": value})
        return {
            "hf-click": ROWS, "hf-args": arguments, "form": self.id, "name": "hf_event",
            "value": f"{ROWS} {arguments}",
        }  # fmt: skip

    @property
    def attributes(self) -> dict[str, str]:
        """Refused: the form of a live component is there already.

        :raises SetupError: always.
        """
        raise SetupError(
            f"The form of {self.model.__name__} is live, so it has its <form> already: write its "
            '{% component "field" %} and a <button {{ on.submit("…") }}> alone.'
        )

    @property
    def token(self) -> Markup:
        """Empty: what sends it has a token."""
        return Markup()


def begun(model: type[BaseModel], initial: Any, choices: Choices) -> dict[str, Texts]:
    """Return the texts that a form begins with, by name."""
    return dict(packed(Form(model, initial=initial, choices=choices)._node))
