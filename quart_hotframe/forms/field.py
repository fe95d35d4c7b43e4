"""A field of a form, as a template shows it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from typing import NamedTuple
from typing import TYPE_CHECKING

from .names import is_row
from .names import joined
from .names import Node
from .reading import OFF
from .rows import can_have_rows
from .shapes import Shape

if TYPE_CHECKING:
    from .form import Form

FEW = 4
"""Most values that are shown as radio buttons."""
MANY = 12
"""Most values that are shown as boxes to tick."""


class Option(NamedTuple):
    """One of the values that a field offers."""

    value: str
    label: str
    id: str
    chosen: bool


class Row(NamedTuple):
    """A row of a list."""

    field: FormField
    number: int
    remove: str
    """The value of the button that takes it away."""


class FormField:
    """A field of a form: what a template needs to show it.

    ``name`` and ``id`` are those of the element, ``label`` and ``hint`` the words beside it,
    ``errors`` what is wrong with it.
    """

    def __init__(
        self,
        form: Form[Any],
        shape: Shape,
        node: Node,
        name: str,
        *,
        spared: bool = False,
        within: str = "",
    ) -> None:
        self._form = form
        self._shape = shape
        self._node = node
        self._spared = spared or shape.nullable
        self.name = name
        self.id = f"{form.id}-{name.replace('.', '-')}" if name else form.id
        self.label = shape.label
        self._within = within
        self.hint = shape.hint
        self.required = shape.required and not spared

    @property
    def errors(self) -> list[str]:
        """What is wrong with it."""
        return self._form.errors.get(self.name, [])

    @property
    def control(self) -> str:
        """What shows it.

        ``input``, ``textarea``, ``select``, ``radios``, ``checkbox``, ``checkboxes``, ``file``,
        ``group`` or ``rows``.
        """
        shape = self._shape
        match shape.kind:
            case "text":
                return "textarea" if shape.attributes["type"] == "textarea" else "input"
            case "choice":
                few = shape.required and len(shape.choices) <= FEW
                return "radios" if few else "select"
            case "choices":
                return "checkboxes" if len(shape.choices) <= MANY else "select"
            case "check":
                return "checkbox"
            case "files":
                return "file"
        return shape.kind

    @property
    def multiple(self) -> bool:
        """Whether several values may be chosen."""
        return self._shape.kind in ("choices", "files")

    @property
    def value(self) -> str:
        """What was typed, or what it begins with; never that of a password."""
        texts = self._texts
        return texts[-1] if texts else ""

    @property
    def _texts(self) -> list[str]:
        if self._shape.secret:
            return []
        return [one for one in self._node.values if isinstance(one, str)]

    @property
    def checked(self) -> bool:
        """Whether its box is ticked."""
        return self.value.lower() not in OFF

    @property
    def options(self) -> list[Option]:
        """The values that it offers."""
        chosen = set(self._texts)
        return [
            Option(one.text, one.label, f"{self.id}-{number}", one.text in chosen)
            for number, one in enumerate(self._shape.choices)
        ]

    @property
    def attributes(self) -> dict[str, Any]:
        """The attributes of its element, by name."""
        own = {name: one for name, one in self._shape.attributes.items() if one != "textarea"}
        found = {"id": self.id, "name": self.name, **own, **self.described}
        if self.control in ("input", "file", "textarea", "select", "checkbox"):
            found["required"] = self.required
        if self.control == "input" and not self._shape.secret:
            found["value"] = self.value or None
        if own.get("type") in ("datetime-local", "time") and self.value.count(":") > 1:
            found["step"] = "any"  # there are seconds
        if self.control == "checkbox":
            found |= {"type": "checkbox", "value": "true", "checked": self.checked}
        if self.control == "select":
            found["multiple"] = self.multiple
        return _given(found | self.bound)

    @property
    def bound(self) -> dict[str, str]:
        """The attributes that bind each of its inputs to a live component, empty elsewhere."""
        return self._form.binding(self.name, self._shape)

    def button(self, value: str) -> dict[str, Any]:
        """Return the attributes of a button that adds or removes a row.

        :param value: ``add``, or ``remove`` of a row.
        """
        return self._form.row_button(value)

    @property
    def described(self) -> dict[str, Any]:
        """The attributes that tell of its hint and its errors, and whether it begins focused."""
        by = [self.hint_id] if self.hint else []
        if self.errors:
            by.append(self.errors_id)
        found = {
            "aria-invalid": "true" if self.errors else None,
            "aria-describedby": " ".join(by) or None,
            "autofocus": self._form.focused == self.name,
        }
        return _given(found)

    @property
    def hint_id(self) -> str:
        """The ``id`` of its hint."""
        return f"{self.id}-hint"

    @property
    def errors_id(self) -> str:
        """The ``id`` of its errors."""
        return f"{self.id}-errors"

    @property
    def fields(self) -> list[FormField]:
        """The fields of a group."""
        return list(self)

    def __iter__(self) -> Iterator[FormField]:
        for name in self._shape.parts:
            yield self.below(name)

    def below(self, part: str) -> FormField:
        """Return a field of a group, or a row of a list.

        :raises FieldNotFound: there is no such field; the message names the nearest.
        """
        name, node = joined(self.name, part), self._node.at(part)
        if self._shape.item is not None:
            return self._row(self._shape.item, node, name, part)
        if part not in self._shape.parts:
            raise self._form.no_field(name, self._shape)
        shape, within = self._shape.parts[part], self.full_label
        return FormField(self._form, shape, node, name, spared=self._spared, within=within)

    def _row(self, item: Shape, node: Node, name: str, part: str) -> FormField:
        plain = item.kind != "group"  # an empty text is no row
        row = FormField(self._form, item, node, name, spared=plain, within=self._within)
        before = [number for number, _ in self._node.rows() if is_row(part) and number < int(part)]
        row.label = f"{self.label} {len(before) + 1}"
        return row

    @property
    def full_label(self) -> str:
        """Its label, after those of the groups and rows that it stands in."""
        return f"{self._within}, {self.label}" if self._within else self.label

    @property
    def rows(self) -> list[Row]:
        """The rows of a list."""
        found = []
        for number, _ in self._node.rows():
            field = self.below(str(number))
            found.append(Row(field, number, f"remove {field.name}"))
        return found

    @property
    def add(self) -> str | None:
        """The value of the button that adds a row, ``None`` when the list is full."""
        most = self._shape.most
        full = not can_have_rows(self.name)
        full = full or (most is not None and len(self._node.rows()) >= most)
        return None if full else f"add {self.name}"

    def __repr__(self) -> str:
        return f"<FormField {self.name!r}>"


def _given(attributes: dict[str, Any]) -> dict[str, Any]:
    return {
        name: value
        for name, value in attributes.items()
        if value is not None and value is not False
    }
