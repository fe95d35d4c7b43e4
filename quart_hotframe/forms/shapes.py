"""What a form shows for each part of a model, as the JSON schema of the model describes it."""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import field
from dataclasses import replace
from functools import cached_property
from types import MappingProxyType
from typing import Any

from .names import DEEPEST

NOTHING: Mapping[str, Any] = MappingProxyType({})
LONG = 255
"""Most characters of a text that has one line."""
FORMATS = {
    "email": "email",
    "uri": "url",
    "date": "date",
    "date-time": "datetime-local",
    "time": "time",
    "password": "password",
}
"""Types of ``<input>`` by the format of a text."""
WORDS = ("text", "textarea", "password")


@dataclass(frozen=True)
class Choice:
    """One of the values that a field offers."""

    text: str
    """What is sent."""
    value: Any
    label: str


YES_OR_NO = (Choice("true", True, "Yes"), Choice("false", False, "No"))


@dataclass(frozen=True)
class Shape:
    """What a form shows for one part of a model.

    ``kind`` is ``text``, ``choice`` (one of some values), ``choices`` (any of them), ``check``,
    ``file``, ``files``, ``group`` (a model) or ``rows`` (a list).
    """

    kind: str
    label: str = ""
    hint: str = ""
    required: bool = False
    """Whether a value must be given, so that an empty text is none."""
    nullable: bool = False
    attributes: Mapping[str, Any] = field(default_factory=lambda: NOTHING)
    choices: tuple[Choice, ...] = ()
    default: Any = None
    least: int = 0
    most: int | None = None
    schema: Mapping[str, Any] = field(default_factory=lambda: NOTHING, repr=False)
    defined: Mapping[str, Any] = field(default_factory=lambda: NOTHING, repr=False)
    above: tuple[str, ...] = ()
    """The models around it that are shown with it."""

    @cached_property
    def parts(self) -> Mapping[str, Shape]:
        """The fields of a group, by name; those that a form cannot show are left out."""
        if self.kind != "group":
            return NOTHING
        needed = self.schema.get("required", ())
        found = {
            name: shape_of(one, self.defined, name, name in needed, self.above)
            for name, one in self.schema["properties"].items()
        }
        return {name: shape for name, shape in found.items() if shape is not None}

    @cached_property
    def missing(self) -> list[str]:
        """The names of fields of a group that must be given, but that a form cannot show."""
        needed = self.schema.get("required", ()) if self.kind == "group" else ()
        return [name for name in needed if name not in self.parts]

    @cached_property
    def item(self) -> Shape | None:
        """What one row of a list is; labelled as the list."""
        if self.kind != "rows":
            return None
        found = shape_of(self.schema["items"], self.defined, "", True, ())
        return replace(found, label=self.label) if found is not None else None

    def having(self, parts: Mapping[str, Shape]) -> Shape:
        """Return this group with other fields in the place of those of the same names."""
        changed = replace(self)
        vars(changed)["parts"] = {**self.parts, **parts}  # what is cached there otherwise
        return changed

    def has(self, *kinds: str) -> bool:
        """Say whether this, or what is in it, is of one of these kinds."""
        return any(one.kind in kinds for one in self._all(set()))

    @property
    def has_secret(self) -> bool:
        """Whether this, or what is in it, is a password."""
        return any(one.secret for one in self._all(set()))

    def _all(self, seen: set[int]) -> Iterator[Shape]:
        yield self
        if id(self.schema) in seen and self.schema:
            return  # a model that has itself in a list
        seen.add(id(self.schema))
        for one in [*self.parts.values(), *([self.item] if self.item else [])]:
            yield from one._all(seen)

    @property
    def is_words(self) -> bool:
        """Whether any text will do, so that an empty one is no error to the model."""
        return self.kind == "text" and self.attributes["type"] in WORDS

    @property
    def secret(self) -> bool:
        """Whether what was typed is never shown again."""
        return self.attributes.get("type") == "password"

    def offering(self, choices: Mapping[Any, str]) -> Shape:
        """Return this shape with values to choose from, and their labels."""
        offered = tuple(Choice(_text(value), value, label) for value, label in choices.items())
        kind = "choices" if self.kind in ("rows", "choices") else "choice"
        return replace(self, kind=kind, choices=offered, attributes=NOTHING)


def shape_of(
    schema: Mapping[str, Any],
    defined: Mapping[str, Any],
    name: str,
    required: bool,
    above: tuple[str, ...] = (),
) -> Shape | None:
    """Return what a form shows for a schema, ``None`` when it cannot show it.

    :param defined: the schemas that others refer to.
    :param above: the models around it; one cannot be shown within itself, except in lists.
    """
    kinds, nullable, told = _plain(schema, defined)
    references = tuple(one["$ref"] for one in kinds if "$ref" in one)
    if set(references) & set(above):
        return None
    kinds = [_followed(one, defined) for one in kinds]
    found = _kind(kinds)
    if found is None:
        return None
    kind, attributes, choices, inner = found
    shape = Shape(
        kind,
        label=_label(told, name),
        hint=told.get("description", ""),
        nullable=nullable,
        attributes=_stepping(attributes, told.get("x-step")),
        choices=choices,
        default=told.get("default"),
        schema=inner,
        defined=defined,
        above=(*above, *references),
        least=inner.get("minItems", 0),
        most=inner.get("maxItems"),
    )
    shape = _offered(shape)
    if shape.kind == "rows" and shape.item is None:
        return None
    return replace(shape, required=_must_be_given(shape, required))


def _offered(shape: Shape) -> Shape:
    """Return a shape as one of values to choose from, if it is one."""
    if shape.kind == "rows" and shape.item is not None and shape.item.kind == "choice":
        return replace(shape, kind="choices", choices=shape.item.choices)
    if shape.kind == "check" and shape.nullable and not shape.choices:
        return replace(shape, kind="choice", choices=YES_OR_NO)
    return shape


def _plain(
    schema: Mapping[str, Any], defined: Mapping[str, Any]
) -> tuple[list[Mapping[str, Any]], bool, Mapping[str, Any]]:
    """Return what a value may be apart from nothing, whether it may be nothing, and its words."""
    branches = schema.get("anyOf") or schema.get("oneOf") or schema.get("allOf") or [schema]
    kinds = [one for one in branches if one.get("type") != "null"]
    told = dict(schema)
    if len(kinds) == 1 and "$ref" in kinds[0] and "description" not in told:
        told["description"] = ""  # that of the class is for who reads the code
    return kinds, len(kinds) < len(branches), told


def _followed(schema: Mapping[str, Any], defined: Mapping[str, Any]) -> Mapping[str, Any]:
    followed = 0
    while "$ref" in schema and followed < DEEPEST:
        schema, followed = defined[schema["$ref"].rpartition("/")[2]], followed + 1
    return schema


Found = tuple[str, Mapping[str, Any], tuple[Choice, ...], Mapping[str, Any]]


def _kind(kinds: list[Mapping[str, Any]]) -> Found | None:
    if len(kinds) > 1:
        kinds = _joined(kinds)
    if len(kinds) != 1:
        return None
    (schema,) = kinds
    if choices := _choices(schema):
        is_box = [one.value for one in choices] == [True]
        return "check" if is_box else "choice", NOTHING, choices, NOTHING
    match schema.get("type"):
        case "boolean":
            return "check", NOTHING, (), NOTHING
        case "integer" | "number":
            return "text", _number(schema), (), NOTHING
        case "string":
            return _of_text(schema)
        case "array" if "items" in schema:
            return _of_list(schema)
        case "object" if "properties" in schema:
            return "group", NOTHING, (), schema
    return None


def _joined(kinds: list[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Return one for several: a number that may be written as text, such as a Decimal, or text."""
    types = {one.get("type") for one in kinds}
    if types == {"number", "string"}:
        return [one for one in kinds if one["type"] == "number"]
    return [{"type": "string"}] if types <= {"number", "integer", "string"} else kinds


def _choices(schema: Mapping[str, Any]) -> tuple[Choice, ...]:
    values = [schema["const"]] if "const" in schema else schema.get("enum", [])
    return tuple(Choice(_text(one), one, _words(_text(one))) for one in values if one is not None)


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _number(schema: Mapping[str, Any]) -> Mapping[str, Any]:
    whole = schema["type"] == "integer"
    low, high = schema.get("minimum"), schema.get("maximum")
    above, below = schema.get("exclusiveMinimum"), schema.get("exclusiveMaximum")
    if whole:
        low = above + 1 if low is None and above is not None else low
        high = below - 1 if high is None and below is not None else high
    low, high = (above if low is None else low), (below if high is None else high)
    step, every = None if whole else "any", schema.get("multipleOf")
    if every and low is not None:  # browsers count the steps from there
        step, low = every, -(-low // every) * every
    mode = "numeric" if whole else "decimal"
    return _given(type="number", min=_short(low), max=_short(high), step=step, inputmode=mode)


def _stepping(attributes: Mapping[str, Any], step: str | None) -> Mapping[str, Any]:
    """Return attributes with a step, if there is a number from which browsers count the steps."""
    return {**attributes, "step": step} if step and "min" in attributes else attributes


def _short(number: Any) -> Any:
    return int(number) if isinstance(number, float) and number.is_integer() else number


def _of_text(schema: Mapping[str, Any]) -> Found | None:
    if schema.get("format") == "binary":
        return "file", _given(type="file", accept=schema.get("x-accept")), (), NOTHING
    kind = FORMATS.get(schema.get("format", ""), "text")
    shortest, longest = schema.get("minLength", 0), schema.get("maxLength")
    attributes = _given(
        type=kind,
        minlength=shortest if shortest > 1 else None,
        maxlength=longest,
    )
    if kind == "text" and longest is not None and longest > LONG:
        attributes = {**attributes, "type": "textarea"}
    return "text", attributes, (), NOTHING


def _of_list(schema: Mapping[str, Any]) -> Found | None:
    items = schema["items"]
    if items.get("format") == "binary":
        accept = _given(type="file", accept=items.get("x-accept"), multiple=True)
        return "files", accept, (), schema
    return "rows", NOTHING, (), schema


def _given(**attributes: Any) -> Mapping[str, Any]:
    return {name: value for name, value in attributes.items() if value is not None}


def _must_be_given(shape: Shape, required: bool) -> bool:
    if shape.nullable or shape.kind in ("rows", "choices", "files", "group"):
        return False
    if shape.kind == "check":
        return required and bool(shape.choices)
    return required or not (shape.is_words or shape.kind == "file")


def _label(schema: Mapping[str, Any], name: str) -> str:
    title = str(schema.get("title", ""))
    made = name.title().replace("_", " ").strip()  # what pydantic gives a field without a title
    return title if title and title != made else _words(name)


def _words(name: str) -> str:
    """Return a name as words.

    >>> _words("first_name"), _words("XL")
    ('First name', 'XL')
    """
    words = name.replace("_", " ").strip()
    return words[:1].upper() + words[1:]
